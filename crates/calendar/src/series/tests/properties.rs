//! What holds of every edit of every series.

use std::collections::BTreeSet;

use model::{Instant, TimeRange};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError};

use super::super::dates::Window;
use super::super::steps::{Call, steps};
use super::super::{
    Change, Date, Edit, Exceptions, Fate, Instance, Move, Override, Overrides, Own, Part, Plan, Retime,
    Scope, Why, shape,
};
use super::random::{Case, cases, plan};
use crate::recurrence::{Bound, Budget, Slot};

/// What a date is, whoever it is: start, end, title, people, rooms.
type Told = (Instant, Instant, String, Vec<String>);

fn told(instance: &Instance, part: &Part) -> Told {
    let zone = part.master.zone();
    let details = &instance.details;
    let who = details.people.iter().chain(&details.rooms).cloned().collect();
    (instance.start.instant(zone), instance.end(zone), details.title.clone(), who)
}

fn is_endless(part: &Part) -> bool {
    part.master.recurrence.rules().iter().any(|rule| rule.bound == Bound::Endless)
}

/// Everything that takes place, sorted; or what of it is on in the hundred days after `now`.
fn takes_place(parts: &[&Part], soon_after: Option<Instant>) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for part in parts {
        let Part { master, overrides } = part;
        if let Some(now) = soon_after {
            let found = master.overlapping(overrides, soon(now), Budget::DEFAULT).unwrap();
            all.extend(found.iter().map(|instance| told(instance, part)));
        } else {
            let found = master.dates(overrides, Window::Whole, Budget::DEFAULT).unwrap();
            all.extend(found.values().flatten().map(|instance| told(instance, part)));
        }
    }
    all.sort();
    all
}

fn soon(now: Instant) -> TimeRange {
    TimeRange::new(now, now.plus_minutes(100 * 1_440)).unwrap()
}

fn parts(plan: &Plan) -> Vec<&Part> {
    [&plan.old, &plan.new].into_iter().flatten().collect()
}

/// The list is what was and what shall be, each date once.
fn lists_every_date_once(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    let zone = case.part.master.zone();
    let soon_after = (!plan.whole).then_some(case.now);
    let listed = |instances: Vec<&Instance>| {
        let mut listed: Vec<Told> = instances
            .into_iter()
            .filter(|instance| {
                plan.whole || instance.range(zone).is_some_and(|on| on.overlaps(soon(case.now)))
            })
            .map(|instance| told(instance, &case.part))
            .collect();
        listed.sort();
        listed
    };
    let was = plan.dates.iter().filter_map(|date| date.before.as_ref()).collect();
    prop_assert_eq!(listed(was), takes_place(&[&case.part], soon_after));
    let becomes = plan.dates.iter().filter_map(|date| date.after.as_ref()).collect();
    prop_assert_eq!(listed(becomes), takes_place(&parts(plan), soon_after));
    let mut slots = BTreeSet::new();
    for date in plan.dates.iter().filter(|date| date.fate != Fate::Added) {
        prop_assert!(slots.insert(date.slot), "{} is told twice", date.slot);
    }
    Ok(())
}

/// What has begun is as it was, but for a running meeting that is edited by itself; nothing is moved into the past.
fn leaves_the_past(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    let zone = case.part.master.zone();
    let begun = |instance: &Option<Instance>| {
        instance.as_ref().is_some_and(|instance| instance.start.instant(zone) < case.now)
    };
    for Date { slot, fate, before, after } in &plan.dates {
        let itself = case.scope == Scope::This && *slot == case.at;
        if begun(before) && !itself {
            prop_assert_eq!(*fate, Fate::Past);
        }
        if begun(after) {
            prop_assert!(begun(before), "{} is moved into the past", slot);
            prop_assert_eq!(before.as_ref().unwrap().start, after.as_ref().unwrap().start);
        }
    }
    Ok(())
}

fn says_what_is(case: &Case, date: &Date) -> Result<(), TestCaseError> {
    let Date { slot, fate, before, after } = date;
    let same = match (before, after) {
        (Some(before), Some(after)) => before.is_as(after),
        _ => false,
    };
    match fate {
        Fate::Past | Fate::Kept => prop_assert!(same),
        Fate::Changed => prop_assert!(before.is_some() && after.is_some() && !same),
        Fate::ExceptionKept => {
            prop_assert!(before.as_ref().unwrap().exception && after.as_ref().unwrap().exception);
        }
        Fate::Added => prop_assert!(before.is_none() && case.change().unwrap().rule.is_some()),
        Fate::Dropped(why) => {
            prop_assert!(before.is_some() && after.is_none());
            let rule = case.change().is_some_and(|change| change.rule.is_some());
            prop_assert_eq!(*why, if rule { Why::NotInRule } else { Why::Cancelled });
            prop_assert!(rule || case.edit == Edit::Cancel);
        }
        Fate::StaysCancelled => prop_assert!(matches!(case.part.overrides[slot], Override::Cancelled)),
    }
    Ok(())
}

/// An exception that goes on, and at which the edit is not made, has what it had for itself.
fn keeps_exceptions(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    if case.change().is_some_and(|change| change.exceptions == Exceptions::Reset) {
        return Ok(());
    }
    for date in plan.dates.iter().filter(|date| date.slot != case.at) {
        let Some(Override::Changed(own)) = case.part.overrides.get(&date.slot) else { continue };
        let Some(after) = &date.after else { continue };
        let Own { start, length, title, people, rooms } = own;
        prop_assert!(start.is_none_or(|start| start == after.start));
        prop_assert!(length.is_none_or(|length| length == after.length));
        prop_assert!(title.as_ref().is_none_or(|title| *title == after.details.title));
        prop_assert!(people.as_ref().is_none_or(|people| *people == after.details.people));
        prop_assert!(rooms.as_ref().is_none_or(|rooms| *rooms == after.details.rooms));
    }
    Ok(())
}

/// A cancelled date does not come back, nor does an excluded one.
fn brings_nothing_back(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    let is_moved = case.change().is_some_and(|change| change.time.is_some_and(|time| time.start.is_some()));
    for Date { slot, before, after, .. } in &plan.dates {
        let was_cancelled = case.part.overrides.get(slot).is_some_and(Override::is_cancelled);
        prop_assert!(
            !(was_cancelled && before.is_none() && after.is_some() && !is_moved),
            "{} is back",
            slot
        );
        if let (Some(after), false) = (after, is_moved) {
            prop_assert!(!case.part.master.recurrence.exdates().contains(&after.slot), "{} is back", slot);
        }
    }
    Ok(())
}

/// An edit of one date, or of what follows, leaves the others.
fn stays_in_its_scope(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    for date in &plan.dates {
        let outside = match case.scope {
            Scope::This => date.slot != case.at,
            Scope::Following => date.slot < case.at && date.fate != Fate::Added,
            Scope::All => false,
        };
        if outside {
            prop_assert!(
                matches!(date.fate, Fate::Past | Fate::Kept | Fate::StaysCancelled),
                "{} {:?}",
                date.slot,
                date.fate
            );
        }
    }
    Ok(())
}

/// Our model, Google's shape, our model.
fn survives_google(part: &Part) -> Result<(), TestCaseError> {
    let events = shape::write(part).unwrap();
    let json = serde_json::to_string(&events).unwrap();
    let events: Vec<shape::Event> = serde_json::from_str(&json).unwrap();
    let read = shape::read(&events, part.master.calendar_zone).unwrap();
    prop_assert_eq!(&read.master.id, &part.master.id);
    prop_assert_eq!(read.master.recurrence.start(), part.master.recurrence.start());
    prop_assert_eq!(read.master.recurrence.lines(), part.master.recurrence.lines());
    prop_assert_eq!(read.master.length, part.master.length);
    prop_assert_eq!(&read.master.details, &part.master.details);
    let expected: Overrides = part
        .overrides
        .iter()
        .map(|(slot, exception)| match exception {
            Override::Cancelled => (*slot, Override::Cancelled),
            Override::Changed(own) => {
                (*slot, Override::Changed(own.clone().relative_to(&part.master.regular(*slot))))
            }
        })
        .collect();
    prop_assert_eq!(&read.overrides, &expected);
    Ok(())
}

/// Not one call needs a room that the series itself still holds, and guests are told once.
fn is_called_in_order(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    let steps = steps(&case.part, plan).unwrap();
    let has_rooms = |event: &shape::Event| event.attendees.iter().any(|one| one.resource);
    let trimmed = steps
        .iter()
        .position(|step| matches!(&step.call, Call::Patch(event) if event.id.as_deref() == Some("old")));
    if plan.new.is_some() {
        prop_assert!(matches!(steps[0].call, Call::Insert(_)));
        for (position, step) in steps.iter().enumerate() {
            if let Call::Insert(event) | Call::Instance(event) | Call::Patch(event) = &step.call {
                let is_new = event.id.as_deref().or(event.recurring_event_id.as_deref()) == Some("new");
                prop_assert!(!(is_new && has_rooms(event)) || trimmed.is_none_or(|trim| position > trim));
            }
        }
    }
    let told = steps.iter().filter(|step| step.notify).count();
    prop_assert!(told <= 1 || steps.iter().all(|step| matches!(step.call, Call::Instance(_))));
    Ok(())
}

/// The edit that undoes this one, for those that can be undone by an edit.
fn inverse(case: &Case) -> Option<Edit> {
    let change =
        case.change().filter(|change| change.exceptions == Exceptions::Keep && change.rule.is_none())?;
    let Part { master, overrides } = &case.part;
    let own = match overrides.get(&case.at) {
        Some(Override::Changed(own)) => own.clone(),
        _ => Own::default(),
    };
    let time = change.time.unwrap_or_default();
    // What the date had for itself, and what the series has, is one value after the edit: there is no way back from it.
    let merged = (time.length.is_some() && own.length.is_some())
        || (change.title.is_some() && own.title.is_some())
        || (change.people.is_some() && own.people.is_some())
        || (change.rooms.is_some() && own.rooms.is_some());
    // Nor is there one for a single date out of a gap of the clocks.
    let skipped = time.start.is_some()
        && (own.start.is_some() || case.scope == Scope::This)
        && !matches!(master.zone(), chrono_tz::Asia::Seoul | chrono_tz::UTC);
    if merged || skipped {
        return None;
    }
    let start = match time.start {
        Some(Move::By(wall)) => Some(Move::By(-wall)),
        Some(Move::To(_)) => return None,
        None => None,
    };
    let details = &master.details;
    Some(Edit::Change(Box::new(Change {
        time: Some(Retime { start, length: time.length.map(|_| master.length) }),
        title: change.title.as_ref().map(|_| details.title.clone()),
        people: change.people.as_ref().map(|_| details.people.clone()),
        rooms: change.rooms.as_ref().map(|_| details.rooms.clone()),
        ..Change::default()
    })))
}

fn seed() -> RngSeed {
    match ProptestConfig::default().rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        given => given,
    }
}

// The same cases in every run; `PROPTEST_RNG_SEED` draws others. One in some ten thousand shows what is not right yet: a new
// rule for a series of one date, whose extra date was put off, gives that date another time than its own.
proptest! {
    #![proptest_config(ProptestConfig { rng_seed: seed(), ..ProptestConfig::default() })]

    #[test]
    fn an_edit_does_what_it_says_and_no_more(case in cases()) {
        let Ok(plan) = case.plan() else { return Ok(()) };
        lists_every_date_once(&case, &plan)?;
        leaves_the_past(&case, &plan)?;
        for date in &plan.dates {
            says_what_is(&case, date)?;
        }
        keeps_exceptions(&case, &plan)?;
        brings_nothing_back(&case, &plan)?;
        stays_in_its_scope(&case, &plan)?;
    }

    #[test]
    fn a_series_survives_the_way_to_google_and_back(case in cases()) {
        survives_google(&case.part)?;
        let Ok(plan) = case.plan() else { return Ok(()) };
        for part in parts(&plan) {
            survives_google(part)?;
        }
        is_called_in_order(&case, &plan)?;
    }

    #[test]
    fn an_edit_and_its_inverse_are_none(case in cases()) {
        let Some(inverse) = inverse(&case) else { return Ok(()) };
        let Ok(plan_there) = case.plan() else { return Ok(()) };
        // Made at the same date, wherever it is known now.
        let Some(here) = plan_there.dates.iter().find(|date| date.slot == case.at && date.fate == Fate::Changed) else {
            return Ok(());
        };
        let at = here.after.as_ref().unwrap().slot;
        // Where exceptions were changed one by one, it takes an edit of each to undo.
        let before = &case.part;
        if let Some(old) = &plan_there.old {
            let is_in_place = old.master.recurrence.start() != before.master.recurrence.start();
            // An extra date before the cut is one of them, were it the one that was meant.
            let alone = plan_there.new.is_none();
            let is_as_before = |(slot, own): (&Slot, &Override)| {
                alone && *slot == case.at || before.overrides.get(slot) == Some(own)
            };
            if !is_in_place && !old.overrides.iter().all(is_as_before) {
                return Ok(());
            }
        }
        let (edited, scope) = match (&plan_there.new, case.scope) {
            // The new series has it, unless it is an exception that the old one kept.
            (Some(new), _) if here.slot >= at || new.master.instance(&new.overrides, at).is_some() => (new, Scope::All),
            (_, scope) => (plan_there.old.as_ref().unwrap(), scope),
        };
        let Ok(back) = plan(edited, &inverse, scope, at, case.now) else { return Ok(()) };
        let mut now: Vec<&Part> = parts(&back);
        if plan_there.new.is_some() {
            now.extend(plan_there.old.as_ref());
        }
        let soon_after = is_endless(&case.part).then_some(case.now);
        prop_assert_eq!(takes_place(&now, soon_after), takes_place(&[&case.part], soon_after));
    }
}
