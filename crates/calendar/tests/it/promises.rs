//! What holds for every series: a window shows what a walk would, two halves are the whole, lines are read back.

use calendar::recurrence::{Bound, Budget, Last, Length, Recurrence, Rule, Slot, Start, Until};
use chrono::{Duration, NaiveDateTime};
use chrono_tz::Tz;
use model::{Instant, TimeRange};

use crate::random::{Case, Random};

const CASES: u64 = 1_000;
const BUDGET: Budget = Budget { work: 200_000, output: 5_000 };

/// A drawn series of any kind, at times with a second rule, extra and excluded dates. None whose dates cost the budget.
fn draw(random: &mut Random) -> Option<(Recurrence, Vec<Slot>)> {
    let case = Case::draw(random);
    let start = match random.within(0, 5) {
        0 if !case.rule.freq.is_sub_daily() && case.rule.by_hour.is_empty() => Start::Date(case.wall.date()),
        1 => Start::Floating(case.wall),
        // A zone with a skipped day, and one whose offset changes by half an hour: near their changes.
        2 => Start::Zoned { wall: "2011-12-20T09:00:00".parse().unwrap(), zone: Tz::Pacific__Apia },
        3 => Start::Zoned { wall: "2025-09-25T02:15:00".parse().unwrap(), zone: Tz::Australia__Lord_Howe },
        _ => Start::Zoned { wall: case.wall, zone: case.zone },
    };
    let mut rules = vec![case.rule];
    if random.percent(15) {
        rules.push(Case::draw(random).rule);
    }
    if start.is_date() {
        for rule in &mut rules {
            *rule = daily_or_rarer(rule);
        }
    }
    let mut series = Recurrence::new(start, rules).ok()?;
    let known: Vec<Slot> = series.slots(BUDGET).take(80).collect::<Result<_, _>>().ok()?;
    for _ in 0..random.within(0, 3) {
        if let Some(slot) = known.get(usize::try_from(random.within(0, 79)).unwrap()) {
            series.exclude(*slot);
        }
    }
    if random.percent(20) {
        let later = start.wall() + Duration::days(random.within(0, 90));
        series.include(start.at_wall(later).slot());
    }
    let slots = series.slots(BUDGET).take(80).collect::<Result<_, _>>().ok()?;
    Some((series, slots))
}

/// Times of the day mean nothing to dates.
fn daily_or_rarer(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    if rule.freq.is_sub_daily() {
        rule.freq = calendar::recurrence::Freq::Daily;
        rule.by_year_day.clear();
    }
    rule.by_hour.clear();
    rule.by_minute.clear();
    rule.by_second.clear();
    rule.by_set_pos.clear();
    if let Bound::Until(Until::Utc(until)) = rule.bound {
        rule.bound = Bound::Until(Until::Date(until.date()));
    }
    rule
}

fn for_each_series(mut check: impl FnMut(&Recurrence, &[Slot], &mut Random)) {
    let mut checked = 0;
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        if let Some((series, slots)) = draw(&mut random) {
            check(&series, &slots, &mut random);
            checked += 1;
        }
    }
    assert!(checked > CASES / 2, "only {checked} series were drawn");
}

#[test]
fn slots_come_in_order_and_once() {
    for_each_series(|series, slots, _| {
        assert!(slots.is_sorted_by(|a, b| a < b), "{series:?}: {slots:?}");
    });
}

#[test]
fn a_window_shows_what_a_walk_would() {
    for_each_series(|series, slots, random| {
        let (Some(first), Some(last)) = (slots.first(), slots.last()) else { return };
        let span = (last.wall() - first.wall()).num_minutes();
        let edge = |random: &mut Random| first.wall() + Duration::minutes(random.within(-100, span));
        let (from, to) = (edge(random), edge(random));
        let within = |slot: &Slot| {
            let edge = |wall: NaiveDateTime| series.start().at_wall(wall).slot();
            // An all-day series has whole days only: its edges are wall times all the same.
            if slot.is_date() {
                (from..to).contains(&slot.wall())
            } else {
                *slot >= edge(from) && *slot < edge(to)
            }
        };
        let expected: Vec<Slot> = slots.iter().copied().filter(within).collect();
        let Ok(found) = series.between(from, to, BUDGET) else { return };
        assert_eq!(found, expected, "{:?} {:?} {from} {to}", series.start(), series.lines());
    });
}

#[test]
fn an_occurrence_is_seen_while_it_lasts() {
    for_each_series(|series, slots, random| {
        let (Some(first), Some(last)) = (slots.first(), slots.last()) else { return };
        let zone = random.pick(&crate::random::ZONES);
        let length = if slots[0].is_date() {
            Length::Days(u32::try_from(random.within(1, 3)).unwrap())
        } else {
            Length::Elapsed(random.within(0, 200) * 900_000_000)
        };
        let seconds = (last.instant(zone).as_secs() - first.instant(zone).as_secs()).max(2);
        let start = first.instant(zone).plus_secs(random.within(-3_600, seconds));
        let end = start.plus_secs(random.within(1, seconds)).min(last.instant(zone));
        let Some(range) = TimeRange::new(start, end) else { return };
        let overlaps = |slot: &&Slot| {
            let begins = slot.instant(zone);
            let ends = series.end(**slot, length, zone);
            TimeRange::new(begins, ends)
                .map_or(range.contains(begins), |occurrence| occurrence.overlaps(range))
        };
        let expected: Vec<Slot> = slots.iter().filter(overlaps).copied().collect();
        let Ok(found) = series.overlapping(range, length, zone, BUDGET) else { return };
        assert_eq!(found, expected, "{:?} {:?} {range:?}", series.start(), series.lines());

        let begins: Vec<Slot> =
            slots.iter().filter(|slot| range.contains(slot.instant(zone))).copied().collect();
        assert_eq!(series.starting(range, zone, BUDGET), Ok(begins));
    });
}

#[test]
fn two_halves_are_the_whole() {
    let mut split_series = 0;
    for_each_series(|series, slots, random| {
        if slots.is_empty() {
            return;
        }
        let index = usize::try_from(random.next()).unwrap() % slots.len();
        let Ok(split) = series.split_at(slots[index], BUDGET) else { return };
        split_series += 1;
        let said = || format!("{:?} {:?} at {}", series.start(), series.lines(), slots[index]);
        let before = split.before.map_or(Ok(Vec::new()), |before| before.all(BUDGET)).unwrap();
        assert_eq!(before, slots[..index], "before: {}", said());
        let after: Vec<Slot> =
            split.after.slots(BUDGET).take(slots.len() - index).collect::<Result<_, _>>().unwrap();
        assert_eq!(after, slots[index..], "after: {}\n{:?}", said(), split.after.lines());
        if slots.len() < 80 {
            assert_eq!(split.after.all(BUDGET).unwrap(), after, "no more than the rest: {}", said());
        }
    });
    assert!(split_series > CASES / 4, "only {split_series} were split");
}

#[test]
fn the_last_date_is_the_last() {
    for_each_series(|series, slots, _| {
        let endless = series.rules().iter().any(|rule| rule.bound == Bound::Endless);
        match series.last(BUDGET) {
            Ok(Last::Endless) => assert!(endless),
            Ok(Last::Never) => assert!(slots.is_empty()),
            Ok(Last::At(slot)) if slots.len() < 80 => {
                assert_eq!(Some(&slot), slots.last(), "{:?}", series.lines())
            }
            Ok(Last::At(slot)) => assert!(slot >= slots[79]),
            Err(_) => {}
        }
        for slot in slots.iter().take(5) {
            assert_eq!(series.contains(*slot, BUDGET), Ok(true), "{:?} {slot}", series.lines());
        }
    });
}

#[test]
fn lines_are_read_back() {
    for_each_series(|series, slots, _| {
        let again = Recurrence::read_strict(series.start(), &series.lines()).unwrap();
        assert_eq!(again.lines(), series.lines());
        let back: Vec<Slot> = again.slots(BUDGET).take(80).collect::<Result<_, _>>().unwrap();
        assert_eq!(back, slots, "{:?}", series.lines());
    });
}

#[test]
fn questions_far_away_are_answered_or_refused() {
    let millennium = Instant::parse_rfc3339("2926-01-01T00:00:00Z").unwrap();
    let range = TimeRange::new(millennium, millennium.plus_minutes(60 * 24 * 400)).unwrap();
    for_each_series(|series, _, _| {
        // Either is fine: what counts is that it ends.
        let _ = series.starting(range, Tz::UTC, BUDGET);
    });
}
