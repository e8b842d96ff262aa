//! A plan as calls to Google, in the order in which they may be made and, after a crash, made again.
//!
//! Each step says what an event shall be, not what is different: whoever makes the call compares with what Google has
//! (decisions 2) and makes none where there is nothing to do. Guests are told once.

use super::dates::among;
use super::master::Master;
use super::overrides::Override;
use super::plan::{Part, Plan};
use super::shape::{self, Event, Status, Unwritable};
use crate::recurrence::{Budget, Slot};

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub call: Call,
    /// Whether guests are told (`sendUpdates`).
    pub notify: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `events.insert` under the event's id; if it is there already, it is adopted.
    Insert(Event),
    /// `events.patch` of the master.
    Patch(Event),
    /// `events.patch` of the instance with the event's `recurringEventId` and `originalStartTime`, once its id is found. To
    /// cancel one that is not there is nothing to do.
    Instance(Event),
    /// `events.delete`: the series and all that belongs to it.
    Delete { id: String },
}

/// What brings `before` to what `plan` says.
///
/// A split with rooms goes in the order of decisions 14: the new series without its rooms, told to nobody; the old one
/// trimmed, which frees them; then the rooms. The naive order makes the room decline the whole new series, because the old
/// one still holds it.
pub fn steps(before: &Part, plan: &Plan) -> Result<Vec<Step>, Unwritable> {
    let mut steps = Vec::new();
    let Some(old) = &plan.old else {
        steps.push(Step { call: Call::Delete { id: before.master.id.clone() }, notify: true });
        return Ok(steps);
    };
    let Some(new) = &plan.new else {
        return in_place(before, old, true);
    };
    let quiet = |call| Step { call, notify: false };
    let all = instances(new, new.overrides.keys());
    let has_rooms = |event: &Event| event.attendees.iter().any(|attendee| attendee.resource);
    let whole = shape::master(&new.master)?;
    let needs_rooms = has_rooms(&whole) || all.iter().any(has_rooms);
    steps.push(Step { call: Call::Insert(without_rooms(whole.clone())), notify: !needs_rooms });
    steps.extend(all.iter().cloned().map(without_rooms).map(Call::Instance).map(quiet));
    steps.extend(in_place(before, old, false)?);
    if needs_rooms {
        steps.push(Step { call: Call::Patch(whole), notify: true });
        steps.extend(all.into_iter().filter(has_rooms).map(Call::Instance).map(quiet));
    }
    Ok(steps)
}

/// The master, if it changed; then its exceptions.
fn in_place(before: &Part, after: &Part, notify: bool) -> Result<Vec<Step>, Unwritable> {
    let is_patched = !is_same(&before.master, &after.master);
    let mut steps = Vec::new();
    let mut said = changed(before, after);
    if is_patched {
        steps.push(Step { call: Call::Patch(shape::master(&after.master)?), notify });
        steps.extend(left_behind(before, after)?.into_iter().map(|call| Step { call, notify: false }));
        said = of_a_changed_master(before, after);
    }
    let notify = notify && !is_patched;
    let calls = instances(after, said.iter()).into_iter().map(Call::Instance);
    steps.extend(calls.map(|call| Step { call, notify }));
    Ok(steps)
}

fn is_same(one: &Master, other: &Master) -> bool {
    one.recurrence.start() == other.recurrence.start()
        && one.recurrence.lines() == other.recurrence.lines()
        && one.recurrence.ex_rules() == other.recurrence.ex_rules()
        && one.length == other.length
        && one.details == other.details
}

/// Exceptions that are known by another start now, live in the new series, or are none any more. Whether Google drops them
/// with the change of their master is not documented; where it does, there is nothing left to do. Where the changed rule
/// has a date at such a start, that date is an ordinary one.
fn left_behind(before: &Part, after: &Part) -> Result<Vec<Call>, Unwritable> {
    let mut calls = Vec::new();
    let slots = before.overrides.keys().copied().collect();
    let in_rule = among(&after.master.recurrence, slots, Budget::DEFAULT)?;
    for (slot, exception) in &before.overrides {
        if after.overrides.contains_key(slot) {
            continue;
        }
        let event = shape::exception(after, *slot);
        if in_rule.contains(slot) {
            calls.push(Call::Instance(event));
        } else if !exception.is_cancelled() {
            calls.push(Call::Instance(Event {
                status: Status::Cancelled,
                recurring_event_id: event.recurring_event_id,
                original_start_time: event.original_start_time,
                ..Event::default()
            }));
        }
    }
    Ok(calls)
}

fn instances<'a>(part: &Part, slots: impl Iterator<Item = &'a Slot>) -> Vec<Event> {
    slots.map(|slot| shape::exception(part, *slot)).collect()
}

/// Exceptions that are new, other ones, or none any more.
fn changed(before: &Part, after: &Part) -> Vec<Slot> {
    let mut slots: Vec<Slot> = before.overrides.keys().chain(after.overrides.keys()).copied().collect();
    slots.sort_unstable();
    slots.dedup();
    slots.retain(|slot| before.overrides.get(slot) != after.overrides.get(slot));
    slots
}

/// Under a changed master every exception is said anew, since what Google makes of them is not documented; but for those
/// that were cancelled under the same start, and those that a trimmed series just keeps.
fn of_a_changed_master(before: &Part, after: &Part) -> Vec<Slot> {
    let is_trimmed =
        before.master.details == after.master.details && before.master.length == after.master.length;
    let said = |slot: &Slot, exception: &Override| {
        let same = before.overrides.get(slot) == Some(exception);
        !(same && (is_trimmed || exception.is_cancelled()))
    };
    after.overrides.iter().filter(|(slot, exception)| said(slot, exception)).map(|(slot, _)| *slot).collect()
}

fn without_rooms(mut event: Event) -> Event {
    event.attendees.retain(|attendee| !attendee.resource);
    event
}
