//! What a room at Google would answer to a series, told before anything is sent.
//!
//! A resource calendar that accepts by itself takes a single meeting if it is free and declines it else. A series it
//! takes as a whole while enough dates are free, and then declines the taken dates one by one; otherwise it declines
//! the whole series. Google has published two pairs of bounds at different times, so the pair is a setting.

/// From when on a room declines a whole series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesRule {
    /// The least share of dates that must be free, as a fraction: `(1, 2)` is a half. Exactly that share is enough.
    pub free_share: (usize, usize),
    /// At most this many dates may be taken.
    pub most_taken: usize,
}

impl SeriesRule {
    /// Google's Workspace help, today: free for at least half of the dates, taken at most eight times.
    pub const HALF_AND_EIGHT: Self = Self { free_share: (1, 2), most_taken: 8 };
    /// The older wording of the same page: two thirds, and five times.
    pub const TWO_THIRDS_AND_FIVE: Self = Self { free_share: (2, 3), most_taken: 5 };

    /// The fewest of `dates` that must be free; at most `dates`, whatever the fraction says.
    fn least_free(self, dates: usize) -> usize {
        let (part, whole) = self.free_share;
        if whole == 0 {
            return dates;
        }
        dates.saturating_mul(part).div_ceil(whole).min(dates)
    }
}

/// A room's answer. Dates are named by their position in what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Every date.
    Accepts,
    /// The series, but not these dates; ascending, never empty, never all.
    AcceptsExcept(Vec<usize>),
    /// Nothing at all.
    Declines(Vec<Reason>),
}

/// Why a room declines the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is a single date, and the room is taken then.
    Taken,
    /// Fewer dates are free than the share demands.
    TooFewFree { free: usize, needed: usize },
    /// More dates are taken than are tolerated.
    TooManyTaken { taken: usize, most: usize },
}

/// What a room answers that is `taken[i]` on the i-th date. A list of one is a single meeting, an empty list is accepted.
///
/// An endless series is judged by the dates that are given: how far Google looks ahead is not published.
pub fn answer(taken: &[bool], rule: SeriesRule) -> Answer {
    let declined: Vec<usize> =
        taken.iter().enumerate().filter(|(_, taken)| **taken).map(|(date, _)| date).collect();
    if declined.is_empty() {
        return Answer::Accepts;
    }
    if taken.len() == 1 {
        return Answer::Declines(vec![Reason::Taken]);
    }
    let (free, needed) = (taken.len() - declined.len(), rule.least_free(taken.len()));
    let mut reasons = Vec::new();
    if free < needed || free == 0 {
        reasons.push(Reason::TooFewFree { free, needed: needed.max(1) });
    }
    if declined.len() > rule.most_taken {
        reasons.push(Reason::TooManyTaken { taken: declined.len(), most: rule.most_taken });
    }
    if reasons.is_empty() { Answer::AcceptsExcept(declined) } else { Answer::Declines(reasons) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `dates` dates, the first `taken` of them taken.
    fn ask(dates: usize, taken: usize, rule: SeriesRule) -> Answer {
        answer(&(0..dates).map(|date| date < taken).collect::<Vec<_>>(), rule)
    }

    #[test]
    fn both_published_rules_at_their_edges() {
        let few = |free, needed| Answer::Declines(vec![Reason::TooFewFree { free, needed }]);
        let many = |taken, most| Answer::Declines(vec![Reason::TooManyTaken { taken, most }]);
        let except = |taken: usize| Answer::AcceptsExcept((0..taken).collect());
        let table = [
            (SeriesRule::HALF_AND_EIGHT, 10, 0, Answer::Accepts),
            (SeriesRule::HALF_AND_EIGHT, 10, 5, except(5)),
            (SeriesRule::HALF_AND_EIGHT, 10, 6, few(4, 5)),
            (SeriesRule::HALF_AND_EIGHT, 9, 5, few(4, 5)),
            (SeriesRule::HALF_AND_EIGHT, 52, 8, except(8)),
            (SeriesRule::HALF_AND_EIGHT, 52, 9, many(9, 8)),
            (SeriesRule::TWO_THIRDS_AND_FIVE, 12, 4, except(4)),
            (SeriesRule::TWO_THIRDS_AND_FIVE, 12, 5, few(7, 8)),
            (SeriesRule::TWO_THIRDS_AND_FIVE, 15, 5, except(5)),
            (SeriesRule::TWO_THIRDS_AND_FIVE, 52, 6, many(6, 5)),
        ];
        for (rule, dates, taken, expected) in table {
            assert_eq!(ask(dates, taken, rule), expected, "{taken} of {dates} taken, {rule:?}");
        }
        let both = Answer::Declines(vec![
            Reason::TooFewFree { free: 11, needed: 14 },
            Reason::TooManyTaken { taken: 9, most: 5 },
        ]);
        assert_eq!(ask(20, 9, SeriesRule::TWO_THIRDS_AND_FIVE), both);
    }

    #[test]
    fn a_single_meeting_is_taken_or_not() {
        assert_eq!(ask(1, 0, SeriesRule::HALF_AND_EIGHT), Answer::Accepts);
        assert_eq!(ask(1, 1, SeriesRule::HALF_AND_EIGHT), Answer::Declines(vec![Reason::Taken]));
        assert_eq!(answer(&[], SeriesRule::HALF_AND_EIGHT), Answer::Accepts);
    }

    proptest! {
        /// A setting may be nonsense; the answer is one of the three all the same, and never accepts a series without a date.
        #[test]
        fn any_setting_gives_an_answer(
            taken in prop::collection::vec(any::<bool>(), 0..60),
            part in any::<usize>(),
            whole in any::<usize>(),
            most_taken in any::<usize>(),
        ) {
            let busy = taken.iter().filter(|taken| **taken).count();
            match answer(&taken, SeriesRule { free_share: (part, whole), most_taken }) {
                Answer::Accepts => prop_assert_eq!(busy, 0),
                Answer::AcceptsExcept(dates) => {
                    prop_assert!(dates.iter().all(|date| taken[*date]));
                    prop_assert!(dates.len() == busy && busy > 0 && busy < taken.len() && busy <= most_taken);
                }
                Answer::Declines(reasons) => prop_assert!(!reasons.is_empty() && busy > 0),
            }
        }
    }
}
