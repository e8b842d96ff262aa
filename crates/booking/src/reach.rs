//! Google → screens: how long changes took from Google to the frame that tells a screen, of late.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use model::CompanyId;
use model::health::Reach;

/// So many of the last ones are kept for each company.
const KEPT: usize = 512;

/// The last times of each company, in microseconds; of this server.
#[derive(Default)]
pub(crate) struct Reaches(Mutex<HashMap<CompanyId, VecDeque<i64>>>);

impl Reaches {
    pub(crate) fn add(&self, company: CompanyId, micros: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = all.entry(company).or_default();
        if times.len() == KEPT {
            times.pop_front();
        }
        times.push_back(micros);
    }

    /// `None` before the first one.
    pub(crate) fn of(&self, company: CompanyId) -> Option<Reach> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut times: Vec<i64> = all.get(&company)?.iter().copied().collect();
        times.sort_unstable();
        Some(Reach {
            p50_ms: percentile(&times, 50)? / 1_000,
            p95_ms: percentile(&times, 95)? / 1_000,
            count: i64::try_from(times.len()).ok()?,
        })
    }
}

/// The smallest of the sorted values that so many percent of them do not exceed.
fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use model::Instant;

    use super::*;

    #[test]
    fn percentiles_are_of_the_last_ones() {
        let (reaches, company) = (Reaches::default(), CompanyId::new(Instant::from_secs(1), [1; 10]));
        assert_eq!(reaches.of(company), None);
        reaches.add(company, 7_000);
        assert_eq!(reaches.of(company), Some(Reach { p50_ms: 7, p95_ms: 7, count: 1 }));
        // Slow ones, and then so many that they are forgotten.
        (0..400).for_each(|_| reaches.add(company, 9_000_000));
        (1..=KEPT).for_each(|n| reaches.add(company, i64::try_from(n).unwrap() * 1_000));
        assert_eq!(reaches.of(company), Some(Reach { p50_ms: 256, p95_ms: 487, count: 512 }));
        assert_eq!(reaches.of(CompanyId::new(Instant::from_secs(1), [2; 10])), None, "another company's");
    }
}
