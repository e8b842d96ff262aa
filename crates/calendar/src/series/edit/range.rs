//! Cancelling what falls into some days: a holiday, a trip.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use model::Instant;

use super::super::dates::Instance;
use super::super::master::Master;
use super::super::overrides::{Override, Overrides};
use super::super::plan::{Outcome, Part, Plan, Reach, Why};
use super::super::shift::Shift;
use super::{BUDGET, MOST_EXCEPTIONS, Refused, live};
use crate::recurrence::Slot;
use crate::zone;

/// Cancels every date that begins on a day in `[from, to)`, days of the series' zone, and has not begun. Days without a
/// date change nothing.
///
/// Two or more regular dates are taken out of the rule (`EXDATE`): one write at Google and one message, where a cancelled
/// instance each would be many. A single date, and a date that is an exception, becomes a cancelled instance.
pub fn cancel_dates(
    master: &Master,
    overrides: &Overrides,
    from: NaiveDate,
    to: NaiveDate,
    now: Instant,
) -> Result<Plan, Refused> {
    if overrides.len() > MOST_EXCEPTIONS {
        return Err(Refused::TooManyExceptions(MOST_EXCEPTIONS));
    }
    let before = Part { master: master.clone(), overrides: overrides.clone() };
    let zone = master.zone();
    let is_meant = |instance: &Instance| {
        let date = match instance.start.at() {
            Some(at) => zone::date_at(zone, at),
            None => instance.start.date(),
        };
        (from..to).contains(&date) && instance.start.instant(zone) >= now
    };
    let (first, end) = (from.and_time(NaiveTime::MIN), to.and_time(NaiveTime::MIN));
    let regular: Vec<Slot> = if from < to {
        let slots = master.recurrence.between(first, end, BUDGET)?;
        slots
            .into_iter()
            .filter(|slot| !overrides.contains_key(slot) && is_meant(&master.regular(*slot)))
            .collect()
    } else {
        Vec::new()
    };
    if master.recurrence.exdates().len() + overrides.len() + regular.len() > MOST_EXCEPTIONS {
        return Err(Refused::TooManyExceptions(MOST_EXCEPTIONS));
    }
    let exceptions: Vec<Slot> = live(overrides)
        .filter(|(slot, own)| is_meant(&own.on(master, *slot)))
        .map(|(slot, _)| slot)
        .collect();

    let touched = regular.iter().chain(&exceptions).copied().collect();
    let mut part = before.clone();
    let singly = regular.len() < 2 || !master.recurrence.ex_rules().is_empty();
    if !singly {
        let excluded = master.recurrence.exdates().iter().chain(&regular).copied().collect();
        part.master.recurrence.set_exdates(excluded);
    }
    for slot in exceptions.into_iter().chain(regular.into_iter().filter(|_| singly)) {
        part.overrides.insert(slot, Override::Cancelled);
    }
    let old = has_dates(&part)?.then_some(part);
    let outcome = Outcome {
        old,
        new: None,
        reach: Reach::Nothing,
        shift: Shift::NONE,
        touched,
        withheld: BTreeSet::new(),
        why: Why::Cancelled,
    };
    Ok(outcome.told(&before, now, BUDGET)?)
}

fn has_dates(part: &Part) -> Result<bool, Refused> {
    if live(&part.overrides).next().is_some() {
        return Ok(true);
    }
    for slot in part.master.recurrence.slots(BUDGET) {
        if !part.overrides.contains_key(&slot?) {
            return Ok(true);
        }
    }
    Ok(false)
}
