//! One date.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::super::dates::Instance;
use super::super::overrides::{Override, Own};
use super::super::plan::{Outcome, Part, Reach, Why};
use super::super::shift::Shift;
use super::{BUDGET, Change, Edit, Edited, Move, Refused, moved};
use crate::recurrence::{Length, Slot};

/// The date becomes an exception, which keeps its identity wherever it goes; the master is not touched. What it has for
/// itself already stays, unless this edit says something else. A date that is again what the rule makes of it is none.
pub(super) fn this(cx: &Edited<'_>) -> Result<Outcome, Refused> {
    Ok(Outcome {
        old: Some(changed(cx)?),
        new: None,
        reach: Reach::Nothing,
        shift: Shift::NONE,
        touched: vec![cx.request.at],
        withheld: BTreeSet::new(),
        why: Why::Cancelled,
    })
}

/// The series with the one date edited.
pub(super) fn changed(cx: &Edited<'_>) -> Result<Part, Refused> {
    let (at, now) = (cx.request.at, cx.request.now);
    let mut part = cx.before.clone();
    let Some(was) = part.master.instance(&part.overrides, at) else {
        return Err(Refused::Cancelled(at));
    };
    let begun = cx.has_begun(&was);
    let change = match cx.request.edit {
        // Who ends a running meeting shortens it: its beginning took place.
        Edit::Cancel if begun => return Err(Refused::Past),
        Edit::Cancel => {
            part.overrides.insert(at, Override::Cancelled);
            return Ok(part);
        }
        Edit::Change(change) => change,
    };
    if change.rule.is_some() {
        return Err(Refused::RuleOfOneDate);
    }
    if begun && was.end(cx.zone) <= now {
        return Err(Refused::Past);
    }
    let mut own = match part.overrides.get(&at) {
        Some(Override::Changed(own)) => own.clone(),
        _ => Own::default(),
    };
    set_time(change, &mut own, &was, cx.zone)?;
    set_details(change, &mut own);
    let becomes = own.on(&part.master, at);
    if becomes.start.is_date() != matches!(becomes.length, Length::Days(_)) {
        return Err(Refused::OtherKind);
    }
    // A running meeting goes on from where it began.
    let stays = becomes.start == was.start;
    if (begun && !stays) || becomes.end(cx.zone) <= now || (!begun && cx.has_begun(&becomes)) {
        return Err(Refused::IntoThePast(at));
    }
    own.drop_changed(change, &part.master.regular(at));
    if own.is_empty() && part.master.recurrence.contains(at, BUDGET)? {
        part.overrides.remove(&at);
    } else {
        part.overrides.insert(at, Override::Changed(own));
    }
    Ok(part)
}

fn set_time(change: &Change, own: &mut Own, was: &Instance, zone: Tz) -> Result<(), Refused> {
    let Some(time) = change.time else { return Ok(()) };
    match time.start {
        None => {}
        Some(Move::By(wall)) => own.start = Some(by(was.start, wall, zone)?),
        Some(Move::To(start)) => own.start = Some(start.slot()),
    }
    if let Some(length) = time.length {
        own.length = Some(length);
    }
    Ok(())
}

fn by(slot: Slot, wall: chrono::TimeDelta, zone: Tz) -> Result<Slot, Refused> {
    moved(slot, wall, zone).ok_or(Refused::OtherKind)
}

fn set_details(change: &Change, own: &mut Own) {
    let Change { title, people, rooms, .. } = change;
    own.title = title.clone().or(own.title.take());
    own.people = people.clone().or(own.people.take());
    own.rooms = rooms.clone().or(own.rooms.take());
}

impl Own {
    /// What was just changed to what the rule says anyway is nothing of its own.
    fn drop_changed(&mut self, change: &Change, regular: &Instance) {
        let time = change.time.unwrap_or_default();
        self.start.take_if(|start| time.start.is_some() && *start == regular.start);
        self.length.take_if(|length| time.length.is_some() && *length == regular.length);
        self.title.take_if(|title| change.title.is_some() && *title == regular.details.title);
        self.people.take_if(|people| change.people.is_some() && *people == regular.details.people);
        self.rooms.take_if(|rooms| change.rooms.is_some() && *rooms == regular.details.rooms);
    }
}
