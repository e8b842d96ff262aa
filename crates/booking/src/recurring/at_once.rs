//! Many dates of a series at once: read in one batch, written in another (facts: google-calendar §7).
//!
//! This only goes ahead of the push of a series, which says its dates one by one. What does not end well here is left, and
//! planned there again: a write whose answer was lost meets the date's new etag and is read first.

use std::collections::BTreeSet;

use calendar::recurrence::Slot;
use store::Lane;
use sync::crash;
use sync::port::{RemoteOp, Secret};
use sync::push::CopySeen;
use sync::series::{About, Effect, Next, plan, settle};

use super::job::Job;
use super::push::{MAX_DATES, seen_date};
use crate::engine::Engine;
use crate::failure::Failure;

/// Fewer dates are said one by one.
const FEW: usize = 3;

impl Engine {
    /// Says as many dates as one push may, apart from those that have to be merged first.
    pub(super) async fn say_at_once(
        &self,
        job: &mut Job,
        lane: Lane,
        token: &Secret,
        master: Option<&CopySeen>,
    ) -> Result<(), Failure> {
        let left = MAX_DATES.saturating_sub(job.said.len());
        let unsaid = job.wanted.dates.iter().copied();
        let unsaid = unsaid.filter(|slot| !job.said.contains(slot) && !job.wished.contains(slot));
        let asked: Vec<(Slot, RemoteOp)> = unsaid
            .filter_map(|slot| match next_of(job, master, slot, None)? {
                Next::Call(op, About::Date(slot)) => Some((slot, op)),
                _ => None,
            })
            .take(left)
            .collect();
        if asked.len() < FEW {
            return Ok(());
        }
        job.sent_before = true;
        let (mut as_wanted, mut written) = (Vec::new(), Vec::new());
        for (slot, effect) in self.settled(job, lane, token, master, asked).await {
            let Effect::Date { event, written: false, .. } = effect else { continue };
            let copy = seen_date(job.event.way_calendar.clone(), &event);
            if job.kept.contains(&slot) && !job.is_plain(slot, &event) {
                as_wanted.push((slot, copy));
                continue;
            }
            match next_of(job, master, slot, Some(&copy)) {
                Some(Next::Call(op, About::Date(slot))) => written.push((slot, op)),
                Some(Next::Said(slot)) => as_wanted.push((slot, copy)),
                _ => {}
            }
        }
        for (slot, copy) in as_wanted {
            job.date = Some((slot, copy));
            self.said(job, slot, None).await?;
        }
        for (slot, effect) in self.settled(job, lane, token, master, written).await {
            let Effect::Date { event, written: true, .. } = effect else { continue };
            self.lanes().answered(lane);
            self.said(job, slot, Some(*event)).await?;
        }
        Ok(())
    }

    /// Makes the calls and answers what came of each.
    async fn settled(
        &self,
        job: &Job,
        lane: Lane,
        token: &Secret,
        master: Option<&CopySeen>,
        calls: Vec<(Slot, RemoteOp)>,
    ) -> Vec<(Slot, Effect)> {
        let ops = calls.iter().map(|(_, op)| op.clone()).collect();
        self.crash_point(crash::PUSH_BEFORE_CALL);
        let outcomes = self.call_all(lane, token, ops).await;
        self.crash_point(crash::PUSH_AFTER_CALL);
        let attempt = self.attempt(&job.row, 0);
        let settled = calls.into_iter().zip(outcomes).map(|((slot, op), outcome)| {
            let about = About::Date(slot);
            (slot, settle(&job.wanted, about, master, &op, outcome, attempt))
        });
        settled.collect()
    }
}

/// What is planned for one date, as if all others were said.
fn next_of(job: &Job, master: Option<&CopySeen>, slot: Slot, read: Option<&CopySeen>) -> Option<Next> {
    let others: BTreeSet<Slot> = job.wanted.dates.iter().copied().filter(|other| *other != slot).collect();
    plan(&job.wanted, master, read.map(|copy| (slot, copy)), &others, job.sent_before).ok()
}
