//! Pace: how soon a calendar is listed after a notification.
//!
//! The first notification after a calm is followed at once, and what comes right after it a quarter of a second later.
//! In a rush, which is what hours of silence end in, no calendar is listed more than twice in ten seconds: one listing
//! brings everything, however many notifications told of it.

use std::collections::{BTreeMap, VecDeque};

use model::{CalendarId, Instant};

/// How far two listings in a row are apart at least, in microseconds. A pull that waits longer after a notification waits for a
/// rush, whichever server heard of it.
pub const APART: i64 = 250_000;
/// In a rush, two listings in this time; a little more than ten seconds, since servers' clocks differ a little.
const WINDOW: i64 = 10_100_000;
/// So many notifications in ten seconds are a rush, for all calendars together and for one.
const RUSH: usize = 40;
const RUSH_OF_ONE: usize = 12;
const RUSH_TIME: i64 = 10_000_000;

/// The last two listings of a calendar, each by its end: Google had its call before that. One that is under way counts
/// by its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    pub last: Option<Instant>,
    pub before: Option<Instant>,
}

/// When a calendar is to be listed of which a notification told `now`.
pub fn next(listed: Listed, rush: bool, now: Instant) -> Instant {
    let apart = listed.last.map(|at| at.plus_micros(APART));
    let twice = listed.before.filter(|_| rush).map(|at| at.plus_micros(WINDOW));
    // A clock that was set back makes nobody wait for longer than the rule does.
    now.max(apart.into_iter().chain(twice).max().unwrap_or(now).min(now.plus_micros(WINDOW)))
}

/// Whether a pull that is planned for `planned` may be left as it is, where one is wanted at `wanted`. A rest after
/// failures ends with a notification.
pub fn suffices(planned: Instant, wanted: Instant, now: Instant) -> bool {
    planned >= wanted && planned <= now.plus_micros(WINDOW)
}

/// Notifications of late, those that were believed: whether they are a rush.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    all: VecDeque<Instant>,
    of: BTreeMap<CalendarId, VecDeque<Instant>>,
}

impl Heard {
    /// A notification came; answers whether it belongs to a rush.
    pub fn hear(&mut self, calendar: CalendarId, now: Instant) -> bool {
        keep(&mut self.all, RUSH, now);
        keep(self.of.entry(calendar).or_default(), RUSH_OF_ONE, now);
        self.is_rush(calendar, now)
    }

    /// Whether there is one now.
    pub fn is_rush(&self, calendar: CalendarId, now: Instant) -> bool {
        let many = |times: &VecDeque<Instant>, many: usize| {
            times.len() == many && times.front().is_some_and(|first| now.since(*first) < RUSH_TIME)
        };
        many(&self.all, RUSH) || self.of.get(&calendar).is_some_and(|times| many(times, RUSH_OF_ONE))
    }
}

fn keep(times: &mut VecDeque<Instant>, many: usize, now: Instant) {
    times.push_back(now);
    while times.len() > many {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_secs(1_795_000_000);

    fn calendar(number: u8) -> CalendarId {
        CalendarId::new(NOW, [number; 10])
    }

    /// Notifications of so many calendars in turn, so many of each a second, for a minute; what a listing takes. Answers
    /// when each calendar was listed.
    fn listed(calendars: u8, each: i64, takes: i64) -> Vec<Vec<Instant>> {
        let mut heard = Heard::default();
        let many = usize::from(calendars);
        let (mut over, mut planned) = (vec![Listed::default(); many], vec![None::<Instant>; many]);
        let mut listed = vec![Vec::new(); many];
        let step = 1_000_000 / (each * i64::from(calendars));
        for tick in 0..60 * each * i64::from(calendars) {
            let now = NOW.plus_micros(tick * step);
            for index in 0..many {
                let free = over[index].last.is_none_or(|at| at <= now);
                if free && planned[index].is_some_and(|at| at <= now) {
                    over[index] = Listed { last: Some(now.plus_micros(takes)), before: over[index].last };
                    listed[index].push(now);
                    planned[index] = None;
                }
            }
            let number = u8::try_from(tick % i64::from(calendars)).unwrap();
            let index = usize::from(number);
            let wanted = next(over[index], heard.hear(calendar(number), now), now);
            if planned[index].is_none_or(|at| !suffices(at, wanted, now)) {
                planned[index] = Some(wanted);
            }
        }
        listed
    }

    #[test]
    fn in_a_rush_a_calendar_is_listed_twice_in_ten_seconds() {
        for (calendars, each) in [(1, 167), (4, 42), (24, 7), (50, 3), (100, 2)] {
            for takes in [1_000, 20_000, 300_000] {
                for times in listed(calendars, each, takes) {
                    let most = times.windows(3).map(|three| three[2].since(three[0])).min().unwrap();
                    assert!(most >= 10_000_000, "{calendars} calendars, {each} a second: {most}");
                    assert!(times.len() >= 10, "and goes on being listed: {}", times.len());
                }
            }
        }
    }

    #[test]
    fn the_first_after_a_calm_never_waits() {
        let long_ago = Listed { last: Some(NOW.plus_secs(-11)), before: Some(NOW.plus_secs(-12)) };
        for rush in [false, true] {
            assert_eq!(next(Listed::default(), rush, NOW), NOW);
            assert_eq!(next(long_ago, rush, NOW), NOW);
        }
    }

    #[test]
    fn out_of_a_rush_a_quarter_of_a_second_is_all_there_is_to_wait() {
        let mut heard = Heard::default();
        let busy = Listed { last: Some(NOW), before: Some(NOW.plus_micros(-250_000)) };
        for count in 0..10 {
            let now = NOW.plus_micros(count * 900_000 + 1);
            assert!(!heard.hear(calendar(1), now), "{count}");
        }
        assert_eq!(next(busy, false, NOW.plus_micros(1)), NOW.plus_micros(250_000));
    }

    #[test]
    fn a_rush_ends_by_itself() {
        let mut heard = Heard::default();
        let rush = (0..60).map(|_| heard.hear(calendar(1), NOW)).filter(|rush| *rush).count();
        assert_eq!(rush, 60 - (RUSH_OF_ONE - 1));
        assert!(heard.hear(calendar(2), NOW.plus_secs(9)));
        assert!(!heard.hear(calendar(2), NOW.plus_secs(10)));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let ahead = Listed { last: Some(NOW.plus_secs(3_600)), before: Some(NOW.plus_secs(3_599)) };
        assert!(next(ahead, true, NOW) <= NOW.plus_micros(WINDOW));
    }

    #[test]
    fn a_rest_after_failures_ends_with_a_notification() {
        assert!(suffices(NOW.plus_secs(1), NOW, NOW));
        assert!(!suffices(NOW, NOW.plus_secs(1), NOW), "a rush that began meanwhile");
        assert!(!suffices(NOW.plus_secs(600), NOW, NOW));
    }
}
