//! Random series, exceptions and edits, odd ones among them.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use model::Instant;
use proptest::prelude::*;

use super::super::{
    Change, Details, Edit, Exceptions, Master, Move, Override, Overrides, Own, Part, Plan, Refused, Request,
    Retime, Scope, edit,
};
use crate::recurrence::{Bound, Budget, Freq, Length, NthWeekday, Recurrence, Rule, Slot, Start, Until};

/// An edit of a series.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) part: Part,
    pub(super) edit: Edit,
    pub(super) scope: Scope,
    pub(super) at: Slot,
    pub(super) now: Instant,
}

impl Case {
    pub(super) fn plan(&self) -> Result<Plan, Refused> {
        plan(&self.part, &self.edit, self.scope, self.at, self.now)
    }

    pub(super) fn change(&self) -> Option<&Change> {
        match &self.edit {
            Edit::Change(change) => Some(change),
            Edit::Cancel => None,
        }
    }
}

pub(super) fn plan(
    part: &Part,
    edited: &Edit,
    scope: Scope,
    at: Slot,
    now: Instant,
) -> Result<Plan, Refused> {
    let request = Request { edit: edited, scope, at, now, new_id: "new" };
    edit(&part.master, &part.overrides, &request)
}

const ZONES: [Tz; 6] = [
    chrono_tz::Asia::Seoul,
    chrono_tz::UTC,
    chrono_tz::America::New_York,
    chrono_tz::Europe::London,
    // Half an hour of summer time; and clocks that change at midnight.
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Asia::Beirut,
];

pub(super) fn cases() -> impl Strategy<Value = Case> {
    series().prop_flat_map(|part| {
        let all_day = part.master.recurrence.start().is_date();
        let scope = prop::sample::select(vec![Scope::This, Scope::Following, Scope::All]);
        (Just(part), edits(all_day), scope, 0usize..24, -20i64 * 1_440..60 * 1_440).prop_map(
            |(part, edit, scope, index, minutes)| {
                let start = part.master.recurrence.start().slot();
                let now = start.instant(part.master.zone()).plus_minutes(minutes);
                let known = some_slots(&part);
                let at = known.get(index % known.len().max(1)).copied().unwrap_or(start);
                Case { part, edit, scope, at, now }
            },
        )
    })
}

/// The first slots of the series, and every exception's.
fn some_slots(part: &Part) -> Vec<Slot> {
    let slots = part.master.recurrence.slots(Budget::DEFAULT).take(20).flatten();
    let slots: BTreeSet<Slot> = slots.chain(part.overrides.keys().copied()).collect();
    slots.into_iter().collect()
}

fn series() -> impl Strategy<Value = Part> {
    let start = (prop::sample::select(&ZONES[..]), any::<bool>(), 0i64..400, 0i64..96);
    let dates = (
        prop::collection::vec(0i64..40 * 96, 0..3),
        prop::collection::vec(0usize..20, 0..4),
        prop::collection::vec((0usize..20, exceptions()), 0..6),
    );
    (start, rules(), bounds(), 0i64..60, dates).prop_map(
        |((zone, all_day, day, quarter), rule, bound, last, (extra, excluded, changed))| {
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
            let wall = first + TimeDelta::minutes(day * 1_440 + quarter * 15);
            let start = if all_day { Start::Date(wall.date()) } else { Start::Zoned { wall, zone } };
            let rule = rule.bounded(bound.at(start, wall + TimeDelta::days(last)));
            let mut recurrence = Recurrence::new(start, vec![rule]).unwrap();
            for quarters in extra {
                recurrence.include(start.at_wall(wall + TimeDelta::minutes(quarters * 15)).slot());
            }
            let slots: Vec<Slot> = recurrence.slots(Budget::DEFAULT).take(20).map(Result::unwrap).collect();
            let excluded = excluded.into_iter().filter_map(|index| slots.get(index).copied());
            recurrence.set_exdates(excluded.collect());
            let overrides: Overrides = changed
                .into_iter()
                .filter_map(|(index, exception)| Some((*slots.get(index)?, exception)))
                .filter(|(slot, _)| !recurrence.exdates().contains(slot))
                .map(|(slot, exception)| (slot, exception.at(slot, zone)))
                .collect();
            let length = if all_day { Length::Days(1) } else { Length::Elapsed(3_600_000_000) };
            let details = Details {
                title: "Standup".into(),
                people: BTreeSet::from(["kim@hanbit.example".into()]),
                rooms: BTreeSet::from(["halla".into()]),
            };
            let master = Master { id: "old".into(), calendar_zone: zone, recurrence, length, details };
            Part { master, overrides }
        },
    )
}

pub(super) fn rules() -> impl Strategy<Value = Rule> {
    use chrono::Weekday::{Fri, Mon, Sun, Wed};
    let days = |days: &[chrono::Weekday]| days.iter().map(|day| NthWeekday::every(*day)).collect::<Vec<_>>();
    prop::sample::select(vec![
        Rule::every(Freq::Daily),
        Rule { interval: 3, ..Rule::every(Freq::Daily) },
        Rule { by_day: days(&[Mon, Wed, Fri]), ..Rule::every(Freq::Daily) },
        Rule::every(Freq::Weekly),
        Rule { by_day: days(&[Mon, Wed]), ..Rule::every(Freq::Weekly) },
        Rule { by_day: days(&[Sun, Mon]), interval: 2, ..Rule::every(Freq::Weekly) },
        Rule { by_day: days(&[Sun, Mon]), interval: 2, week_start: Some(Sun), ..Rule::every(Freq::Weekly) },
        Rule::every(Freq::Monthly),
        Rule { by_month_day: vec![3, 17], ..Rule::every(Freq::Monthly) },
        Rule { by_month_day: vec![-1], ..Rule::every(Freq::Monthly) },
        Rule { by_day: vec![NthWeekday::nth(2, Mon)], ..Rule::every(Freq::Monthly) },
        Rule::every(Freq::Yearly),
    ])
}

#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Never,
    After(u32),
    On,
    OnAsUtc,
}

impl End {
    pub(super) fn at(self, start: Start, last: NaiveDateTime) -> Bound {
        match self {
            Self::Never => Bound::Endless,
            Self::After(count) => Bound::Count(count),
            Self::On => Bound::Until(Until::Date(last.date())),
            Self::OnAsUtc if start.is_date() => Bound::Until(Until::Date(last.date())),
            Self::OnAsUtc => Bound::Until(Until::Utc(last)),
        }
    }
}

fn bounds() -> impl Strategy<Value = End> {
    prop_oneof![
        1 => Just(End::Never),
        3 => (1u32..16).prop_map(End::After),
        1 => Just(End::On),
        1 => Just(End::OnAsUtc),
    ]
}

/// What makes a date an exception.
#[derive(Clone, Debug)]
enum Exceptional {
    Cancelled,
    Moved(i64),
    Retitled,
    Elsewhere,
    Everything(i64),
}

impl Exceptional {
    fn at(&self, slot: Slot, zone: Tz) -> Override {
        let moved = |quarters: i64| {
            let minutes = if slot.is_date() { quarters / 24 * 1_440 } else { quarters * 15 };
            let wall = slot.wall() + TimeDelta::minutes(minutes);
            let start = if slot.is_date() { Start::Date(wall.date()) } else { Start::Zoned { wall, zone } };
            Some(start.slot())
        };
        let title = || Some("Demo".to_owned());
        let rooms = || Some(BTreeSet::from(["baekdu".to_owned(), "seorak".to_owned()]));
        let length = if slot.is_date() { Length::Days(2) } else { Length::Elapsed(1_800_000_000) };
        Override::Changed(match self {
            Self::Cancelled => return Override::Cancelled,
            Self::Moved(quarters) => Own { start: moved(*quarters), ..Own::default() },
            Self::Retitled => Own { title: title(), ..Own::default() },
            Self::Elsewhere => Own { rooms: rooms(), ..Own::default() },
            Self::Everything(quarters) => Own {
                start: moved(*quarters),
                length: Some(length),
                title: title(),
                people: Some(BTreeSet::new()),
                rooms: rooms(),
            },
        })
    }
}

/// Up to a fortnight away: before the first date, onto others, behind the last.
fn exceptions() -> impl Strategy<Value = Exceptional> {
    let quarters = -14i64 * 96..14 * 96;
    prop_oneof![
        2 => Just(Exceptional::Cancelled),
        3 => quarters.clone().prop_map(Exceptional::Moved),
        1 => Just(Exceptional::Retitled),
        1 => Just(Exceptional::Elsewhere),
        1 => quarters.prop_map(Exceptional::Everything),
    ]
}

fn edits(all_day: bool) -> impl Strategy<Value = Edit> {
    let retimed = move |quarters: i64| {
        let minutes = if all_day { quarters / 96 * 1_440 } else { quarters * 15 };
        Change {
            time: Some(Retime { start: Some(Move::By(TimeDelta::minutes(minutes))), length: None }),
            ..Change::default()
        }
    };
    let longer = if all_day { Length::Days(2) } else { Length::Elapsed(5_400_000_000) };
    let length = Change { time: Some(Retime { start: None, length: Some(longer) }), ..Change::default() };
    let title = || Change { title: Some("Retro".into()), ..Change::default() };
    let rooms = Change { rooms: Some(BTreeSet::from(["jiri".into()])), ..Change::default() };
    let everything = move |quarters: i64| Change {
        people: Some(BTreeSet::from(["lee@hanbit.example".into()])),
        rooms: Some(BTreeSet::new()),
        ..Change { title: Some("Retro".into()), ..retimed(quarters) }
    };
    let change = prop_oneof![
        4 => (-300i64..300).prop_map(retimed),
        1 => Just(length),
        2 => Just(title()),
        2 => Just(rooms),
        1 => (-300i64..300).prop_map(everything),
        2 => (rules(), 1u32..12).prop_map(|(rule, count)| Change {
            rule: Some(rule.bounded(Bound::Count(count))),
            ..Change::default()
        }),
    ];
    let change = (change, 0u8..6).prop_map(|(change, reset)| {
        let exceptions = if reset == 0 { Exceptions::Reset } else { Exceptions::Keep };
        Edit::Change(Box::new(Change { exceptions, ..change }))
    });
    prop_oneof![5 => change, 1 => Just(Edit::Cancel)]
}
