//! What `following` and `all` have in common: everything from some date on.

use std::collections::{BTreeMap, BTreeSet};

use model::Instant;

use super::super::dates::among;
use super::super::master::Master;
use super::super::overrides::{Override, Overrides, Own};
use super::super::plan::{Outcome, Part, Reach, Why};
use super::super::shift::{Shift, shifted};
use super::{BUDGET, Change, Edit, Edited, Exceptions, MOST_EXCEPTIONS, Move, Refused, live, moved, this};
use crate::recurrence::{Length, Recurrence, Rule, Slot, Split};

/// Edits the dates whose slots begin at `boundary` or later and which have not begun. `boundary` is not before now.
///
/// A series is cut at a date of its rules, for only there they go on. What is still to come and has an earlier slot is a
/// *stray*, and edited as an exception: extra dates (`RDATE`) just before the cut, and exceptions of past dates that were
/// put off, where `reaches` says so.
pub(super) fn rest(
    cx: &Edited<'_>,
    boundary: Instant,
    reaches: impl Fn(Slot) -> bool,
) -> Result<Outcome, Refused> {
    check_kind(cx)?;
    let ahead = ahead(cx, boundary)?;
    let put_off = live(&cx.before.overrides)
        .filter(|(slot, _)| ahead.first.is_none_or(|first| *slot < first) && reaches(*slot))
        .filter(|(slot, own)| !cx.has_begun(&own.on(&cx.before.master, *slot)))
        .map(|(slot, _)| slot);
    let mut strays: Vec<Slot> = put_off.collect();
    let Some(first) = ahead.first else {
        return if strays.is_empty() {
            Err(Refused::Past)
        } else {
            in_exceptions(cx, cx.before.clone(), &strays)
        };
    };
    let outcome = match cx.change() {
        Some(change) if is_nothing_new(cx, change)? => in_exceptions(cx, cx.before.clone(), &[])?,
        _ => from(cx, first, &ahead, &mut strays)?,
    };
    // The date that it is made at is told wherever it is, and so are strays.
    let touched = strays.into_iter().chain([cx.request.at]).collect();
    Ok(Outcome { touched, ..outcome })
}

/// Whether `change` says only what the series says already: a form that was sent as it was opened must not split it.
fn is_nothing_new(cx: &Edited<'_>, change: &Change) -> Result<bool, Refused> {
    let master = &cx.before.master;
    let own_says_other = match cx.before.overrides.get(&cx.request.at) {
        Some(Override::Changed(own)) => change.is_withheld_by(own),
        _ => false,
    };
    let length = change.time.and_then(|time| time.length).unwrap_or(master.length);
    Ok(change.rule.is_none()
        && change.exceptions == Exceptions::Keep
        && !own_says_other
        && cx.shift()?.is_none()
        && length == master.length
        && change.details(&master.details) == master.details)
}

/// Edits what is still to come from `first` on, and `strays`, to which extra dates may join.
fn from(cx: &Edited<'_>, first: Slot, ahead: &Ahead, strays: &mut Vec<Slot>) -> Result<Outcome, Refused> {
    if !is_live_before(cx, first)? {
        return match cx.request.edit {
            Edit::Cancel => cancelled(cx, first, None, strays),
            Edit::Change(change) => in_place(cx, change, ahead.ruled.unwrap_or(first)),
        };
    }
    // What is left of a series is one date: a series of its own would be too much for it.
    let plain =
        cx.change().is_none_or(|change| change.rule.is_none() && change.exceptions == Exceptions::Keep);
    if first == cx.request.at && !ahead.others && plain {
        return in_exceptions(cx, this::changed(cx)?, strays);
    }
    strays.extend(&ahead.extra);
    match (cx.request.edit, ahead.ruled) {
        (Edit::Cancel, Some(cut)) => {
            let before = until(cx, cut)?;
            cancelled(cx, cut, before, strays)
        }
        (Edit::Change(change), Some(cut)) => {
            let Split { before, after } = match change.rule {
                // The old rules need not go on.
                Some(_) => Split { before: until(cx, cut)?, after: unruled(cx, cut)? },
                None => split(cx, cut)?,
            };
            match before {
                Some(before) => split_at(cx, change, cut, (before, after), strays),
                None => in_place(cx, change, cut),
            }
        }
        (Edit::Change(change), None) if change.rule.is_some() => begun_anew(cx, change, first, strays),
        (_, None) => in_exceptions(cx, cx.before.clone(), strays),
    }
}

/// A length must go with the kind of the series.
fn check_kind(cx: &Edited<'_>) -> Result<(), Refused> {
    let is_date = cx.before.master.recurrence.start().is_date();
    match cx.change().and_then(|change| change.time).and_then(|time| time.length) {
        Some(Length::Days(_)) if !is_date => Err(Refused::OtherKind),
        Some(Length::Elapsed(_)) if is_date => Err(Refused::OtherKind),
        _ => Ok(()),
    }
}

/// What is still to come.
struct Ahead {
    /// The first slot that is a date and has not begun.
    first: Option<Slot>,
    /// The first of them that a rule gives.
    ruled: Option<Slot>,
    /// Those before it, extra dates all of them.
    extra: Vec<Slot>,
    /// Whether there are more than the first.
    others: bool,
}

fn ahead(cx: &Edited<'_>, boundary: Instant) -> Result<Ahead, Refused> {
    let Part { master, overrides } = cx.before;
    let recurrence = &master.recurrence;
    let rules = Recurrence::new(recurrence.start(), recurrence.rules().to_vec())?;
    let is_ruled = |slot: Slot| {
        // Without a rule the start is the series.
        let may_be = !recurrence.rules().is_empty() && recurrence.rdates().contains(&slot);
        if may_be { rules.contains(slot, BUDGET) } else { Ok(!recurrence.rdates().contains(&slot)) }
    };
    let mut ahead = Ahead { first: None, ruled: None, extra: Vec::new(), others: false };
    for slot in recurrence.slots(BUDGET) {
        let slot = slot?;
        let to_come = || master.instance(overrides, slot).is_some_and(|instance| !cx.has_begun(&instance));
        if slot.instant(cx.zone) < boundary || !to_come() {
            continue;
        }
        ahead.others = ahead.first.is_some();
        ahead.first = ahead.first.or(Some(slot));
        if ahead.ruled.is_some() {
            break;
        }
        if is_ruled(slot)? {
            ahead.ruled = Some(slot);
        } else {
            ahead.extra.push(slot);
        }
        if ahead.ruled.is_some() && ahead.others {
            break;
        }
    }
    // Exceptions that are in no rule.
    ahead.others |= live(overrides).any(|(slot, own)| {
        ahead.first.is_some_and(|first| slot > first) && !cx.has_begun(&own.on(master, slot))
    });
    Ok(ahead)
}

fn is_live_before(cx: &Edited<'_>, cut: Slot) -> Result<bool, Refused> {
    let Part { master, overrides } = cx.before;
    if live(overrides).any(|(slot, _)| slot < cut) {
        return Ok(true);
    }
    for slot in master.recurrence.slots(BUDGET) {
        let slot = slot?;
        if slot >= cut {
            break;
        }
        if !overrides.contains_key(&slot) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The master stays; `strays` of `part` are edited as exceptions.
fn in_exceptions(cx: &Edited<'_>, mut part: Part, strays: &[Slot]) -> Result<Outcome, Refused> {
    let withheld = edit_strays(cx, &mut part.overrides, strays)?;
    Ok(outcome(Some(part), None, Reach::Nothing, Shift::NONE, withheld))
}

fn outcome(
    old: Option<Part>,
    new: Option<Part>,
    reach: Reach,
    shift: Shift,
    withheld: BTreeSet<Slot>,
) -> Outcome {
    Outcome { old, new, reach, shift, touched: Vec::new(), withheld, why: Why::Cancelled }
}

/// Strays stay with the old master, which does not change: what the edit changes becomes their own.
fn edit_strays(
    cx: &Edited<'_>,
    overrides: &mut Overrides,
    strays: &[Slot],
) -> Result<BTreeSet<Slot>, Refused> {
    let mut withheld = BTreeSet::new();
    for slot in strays {
        let exception = overrides.entry(*slot).or_insert_with(|| Override::Changed(Own::default()));
        let Override::Changed(own) = exception else { continue };
        let Some(change) = cx.change() else {
            *exception = Override::Cancelled;
            continue;
        };
        let here = *slot == cx.request.at;
        if !here && change.exceptions == Exceptions::Keep && change.is_withheld_by(own) {
            withheld.insert(*slot);
        }
        if change.exceptions == Exceptions::Reset {
            *own = Own { start: own.start, length: own.length, ..Own::default() };
        }
        let time = change.time.unwrap_or_default();
        match time.start {
            Some(Move::By(wall)) if here => {
                let start = own.start.unwrap_or(*slot);
                own.start = Some(moved(start, wall, cx.zone).ok_or(Refused::OtherKind)?);
            }
            Some(Move::To(start)) if here => own.start = Some(start.slot()),
            Some(_) if own.start.is_none() => {
                own.start = cx.shift()?.slot(cx.before.master.recurrence.start(), *slot);
            }
            _ => {}
        }
        give(&mut own.length, time.length, here);
        give(&mut own.title, change.title.clone(), here);
        give(&mut own.people, change.people.clone(), here);
        give(&mut own.rooms, change.rooms.clone(), here);
        if own.is_empty() && !cx.before.overrides.contains_key(slot) {
            overrides.remove(slot);
        }
    }
    Ok(withheld)
}

fn give<T>(own: &mut Option<T>, new: Option<T>, here: bool) {
    if here || own.is_none() {
        *own = new.or(own.take());
    }
}

/// The series, if it can be written in parts.
fn divisible<'a>(cx: &Edited<'a>) -> Result<&'a Recurrence, Refused> {
    let recurrence = &cx.before.master.recurrence;
    if recurrence.ex_rules().is_empty() { Ok(recurrence) } else { Err(Refused::ExcludingRule) }
}

/// The series before `cut` and from there on.
fn split(cx: &Edited<'_>, cut: Slot) -> Result<Split, Refused> {
    Ok(divisible(cx)?.split_at(cut, BUDGET)?)
}

/// The series before `cut`, if there is anything.
fn until(cx: &Edited<'_>, cut: Slot) -> Result<Option<Recurrence>, Refused> {
    Ok(divisible(cx)?.until(cut, BUDGET)?)
}

/// The extra and the excluded dates from `cut` on, without the rules.
fn unruled(cx: &Edited<'_>, cut: Slot) -> Result<Recurrence, Refused> {
    let whole = divisible(cx)?;
    let mut rest = Recurrence::new(whole.start(), Vec::new())?;
    whole.rdates().iter().filter(|slot| **slot >= cut).for_each(|slot| rest.include(*slot));
    rest.set_exdates(whole.exdates().iter().copied().filter(|slot| *slot >= cut).collect());
    Ok(rest)
}

/// Cancels everything from `cut` on, and the strays; `before` is what the lines have before it.
fn cancelled(
    cx: &Edited<'_>,
    cut: Slot,
    before: Option<Recurrence>,
    strays: &[Slot],
) -> Result<Outcome, Refused> {
    let Part { master, overrides } = cx.before;
    // Exceptions that were moved into the past took place.
    let held: BTreeSet<Slot> = live(overrides)
        .filter(|(slot, own)| *slot >= cut && cx.has_begun(&own.on(master, *slot)))
        .map(|(slot, _)| slot)
        .collect();
    let recurrence = match held.last() {
        None => before,
        Some(last) => Some(only_until(cx, cut, *last, &held)?),
    };
    let mut old = recurrence.map(|recurrence| Part {
        master: Master { recurrence, ..master.clone() },
        overrides: overrides
            .iter()
            .filter(|(slot, _)| **slot < cut || held.contains(slot))
            .map(|(slot, exception)| (*slot, exception.clone()))
            .collect(),
    });
    if let Some(old) = &mut old {
        edit_strays(cx, &mut old.overrides, strays)?;
    }
    Ok(outcome(old, None, Reach::Nothing, Shift::NONE, BTreeSet::new()))
}

/// The rule up to `last`, of whose dates from `cut` on only `held` remain.
fn only_until(cx: &Edited<'_>, cut: Slot, last: Slot, held: &BTreeSet<Slot>) -> Result<Recurrence, Refused> {
    let whole = divisible(cx)?;
    let mut excluded = whole.exdates().to_vec();
    let mut next = None;
    for slot in whole.slots(BUDGET) {
        let slot = slot?;
        if slot > last {
            next = Some(slot);
            break;
        }
        if slot >= cut && !held.contains(&slot) {
            excluded.push(slot);
        }
        if excluded.len() > MOST_EXCEPTIONS {
            return Err(Refused::TooManyExceptions(MOST_EXCEPTIONS));
        }
    }
    let ended = match next {
        Some(next) => whole.until(next, BUDGET)?,
        None => None,
    };
    let mut recurrence = ended.unwrap_or_else(|| whole.clone());
    excluded.retain(|slot| next.is_none_or(|next| *slot < next));
    recurrence.set_exdates(excluded);
    Ok(recurrence)
}

/// Changes the series itself; a new rule begins at `cut`.
fn in_place(cx: &Edited<'_>, change: &Change, cut: Slot) -> Result<Outcome, Refused> {
    let shift = cx.shift()?;
    let mut withheld = BTreeSet::new();
    let whole = Changed { cx, change, shift, cut, is_new: false }.part(cx.before.clone(), &mut withheld)?;
    let outcome = outcome(Some(whole), None, Reach::Everything, shift, withheld);
    Ok(Outcome { why: Why::NotInRule, ..outcome })
}

/// Ends the series before `cut`, and changes what goes on from there in a series of its own.
fn split_at(
    cx: &Edited<'_>,
    change: &Change,
    cut: Slot,
    (before, after): (Recurrence, Recurrence),
    strays: &[Slot],
) -> Result<Outcome, Refused> {
    let shift = cx.shift()?;
    let Part { master, overrides } = cx.before;
    let mut earlier = overrides.clone();
    let later = earlier.split_off(&cut);
    let mut withheld = edit_strays(cx, &mut earlier, strays)?;
    let new = Part { master: with(master, after, cx.request.new_id), overrides: later };
    let new = Changed { cx, change, shift, cut, is_new: true }.part(new, &mut withheld)?;
    let old = Part { master: with(master, before, &master.id), overrides: earlier };
    let outcome = outcome(Some(old), Some(new), Reach::From(cut), shift, withheld);
    Ok(Outcome { why: Why::NotInRule, ..outcome })
}

/// The rules are over, only extra dates are to come, and a new rule is wanted: a series of its own from `first` on. The old
/// one keeps its extra dates.
fn begun_anew(cx: &Edited<'_>, change: &Change, first: Slot, strays: &[Slot]) -> Result<Outcome, Refused> {
    let shift = cx.shift()?;
    let Part { master, overrides } = cx.before;
    let mut after = Recurrence::new(master.recurrence.start(), Vec::new())?;
    after.set_exdates(master.recurrence.exdates().to_vec());
    let cancelled = overrides.iter().filter(|(slot, exception)| **slot >= first && exception.is_cancelled());
    let new = Part {
        master: with(master, after, cx.request.new_id),
        overrides: cancelled.map(|(slot, exception)| (*slot, exception.clone())).collect(),
    };
    let mut old = cx.before.clone();
    let mut withheld = edit_strays(cx, &mut old.overrides, strays)?;
    let new = Changed { cx, change, shift, cut: first, is_new: true }.part(new, &mut withheld)?;
    Ok(outcome(Some(old), Some(new), Reach::Nothing, shift, withheld))
}

fn with(master: &Master, recurrence: Recurrence, id: &str) -> Master {
    Master { recurrence, id: id.to_owned(), ..master.clone() }
}

/// A change of a whole part.
struct Changed<'a> {
    cx: &'a Edited<'a>,
    change: &'a Change,
    shift: Shift,
    cut: Slot,
    /// Whether the part becomes a series of its own.
    is_new: bool,
}

impl Changed<'_> {
    fn part(&self, part: Part, withheld: &mut BTreeSet<Slot>) -> Result<Part, Refused> {
        let Part { mut master, overrides } = part;
        // Where the lines are written anew, they also say which dates are cancelled: at Google a cancelled instance is
        // known by the start that the rule gave it, and would come back under another.
        let is_rewritten = self.is_new || !self.shift.is_none() || self.change.rule.is_some();
        if is_rewritten && !master.recurrence.ex_rules().is_empty() {
            return Err(Refused::ExcludingRule);
        }
        let mut recurrence = match &self.change.rule {
            Some(rule) => self.ruled(&master.recurrence, rule)?,
            None if self.shift.is_none() => master.recurrence.clone(),
            None => shifted(&master.recurrence, self.shift).ok_or(Refused::RuleDoesNotMove)?,
        };
        let mut moved = BTreeMap::new();
        for slot in overrides.keys() {
            moved.insert(*slot, self.slot(*slot).ok_or(Refused::RuleDoesNotMove)?);
        }
        let in_rule = among(&recurrence, moved.values().copied().collect(), BUDGET)?;
        let mut excluded = recurrence.exdates().to_vec();
        let mut kept = Overrides::new();
        for (slot, exception) in overrides {
            let moved = moved.get(&slot).copied().unwrap_or(slot);
            let own = match exception {
                Override::Cancelled if is_rewritten => {
                    excluded.push(moved);
                    continue;
                }
                Override::Cancelled => {
                    kept.insert(moved, Override::Cancelled);
                    continue;
                }
                Override::Changed(own) => own,
            };
            let was = own.on(&self.cx.before.master, slot);
            let begun = self.cx.has_begun(&was);
            let is_in_rule = in_rule.contains(&moved);
            if !begun && !is_in_rule && self.change.rule.is_some() {
                continue;
            }
            if is_rewritten && !is_in_rule {
                // Google takes an exception only of a date that the lines have.
                excluded.retain(|excluded| *excluded != moved);
                recurrence.include(moved);
            }
            if !begun && slot != self.cx.request.at && self.is_withheld(&own) {
                withheld.insert(slot);
            }
            let own = if begun { Own::pinned(&was) } else { self.own(slot, own)? };
            if !own.is_empty() || !(is_in_rule || is_rewritten) {
                kept.insert(moved, Override::Changed(own));
            }
        }
        recurrence.set_exdates(excluded);
        master.recurrence = recurrence;
        master.length = self.change.time.and_then(|time| time.length).unwrap_or(master.length);
        master.details = self.change.details(&master.details);
        Ok(Part { master, overrides: kept })
    }

    fn slot(&self, slot: Slot) -> Option<Slot> {
        self.shift.slot(self.cx.before.master.recurrence.start(), slot)
    }

    fn is_withheld(&self, own: &Own) -> bool {
        self.change.exceptions == Exceptions::Keep && self.change.is_withheld_by(own)
    }

    /// What an exception that has not begun has for itself afterwards.
    fn own(&self, slot: Slot, mut own: Own) -> Result<Own, Refused> {
        if self.change.exceptions == Exceptions::Reset {
            return Ok(Own::default());
        }
        if slot != self.cx.request.at {
            return Ok(own);
        }
        // Who edits the series at this date means this date, too.
        let time = self.change.time.unwrap_or_default();
        own.start = match (time.start, own.start) {
            (Some(Move::By(wall)), Some(start)) => {
                Some(moved(start, wall, self.cx.zone).ok_or(Refused::OtherKind)?)
            }
            (Some(Move::To(_)), _) => None,
            (_, start) => start,
        };
        own.length.take_if(|_| time.length.is_some());
        own.title.take_if(|_| self.change.title.is_some());
        own.people.take_if(|_| self.change.people.is_some());
        own.rooms.take_if(|_| self.change.rooms.is_some());
        if own.length.is_none() {
            // Without a length of its own it cannot be of another kind.
            own.start.take_if(|start| start.is_date() != slot.is_date());
        }
        Ok(own)
    }

    /// The dates of `rule`, from the first one at or after the cut; extra dates and excluded ones remain.
    fn ruled(&self, old: &Recurrence, rule: &Rule) -> Result<Recurrence, Refused> {
        // At the usual time, also where the first date is an extra one at another.
        let usual = self.cx.before.master.recurrence.start();
        let days = [Some(self.cut.date()), self.cut.date().succ_opt()].into_iter().flatten();
        let mut starts = days.map(|date| usual.at_wall(date.and_time(usual.wall().time())));
        let cut = starts.find(|start| start.slot() >= self.cut).ok_or(Refused::RuleDoesNotMove)?;
        let start = self.shift.start(cut).ok_or(Refused::RuleDoesNotMove)?;
        let given = Recurrence::new(start, vec![rule.clone()])?;
        let first = given.slots(BUDGET).next().transpose()?.ok_or(Refused::NoDates)?;
        // A start that is no date of the rule is undefined (RFC 5545 section 3.8.5.3), so that it moves to the first one.
        let start = start.at_wall(start.nominal(first));
        let mut ruled = Recurrence::new(start, vec![rule.clone()])?;
        for slot in old.rdates().iter().filter(|slot| **slot >= self.cut) {
            ruled.include(self.slot(*slot).ok_or(Refused::RuleDoesNotMove)?);
        }
        let excluded = old.exdates().iter().map(|slot| self.slot(*slot)).collect::<Option<Vec<_>>>();
        ruled.set_exdates(excluded.ok_or(Refused::RuleDoesNotMove)?);
        Ok(ruled)
    }
}
