//! Random rules from a seed: every BY part, INTERVAL, WKST and BYSETPOS together, the same on every machine.

use std::collections::BTreeMap;

use calendar::recurrence::{Bound, Freq, NthWeekday, Rule, Until};
use chrono::{Datelike as _, Duration, NaiveDate, NaiveDateTime, Timelike as _, Weekday};
use chrono_tz::Tz;

/// `SplitMix64`: small, and good enough to draw rules.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In `low..=high`.
    pub(crate) fn within(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.next() % u64::try_from(high - low + 1).unwrap()).unwrap()
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.next()).unwrap() % from.len()]
    }

    /// One to `most` numbers, `drawn` each; sometimes `near`, so that the rule passes soon.
    fn some<T: TryFrom<i64>>(
        &mut self,
        most: i64,
        near: i64,
        mut drawn: impl FnMut(&mut Self) -> i64,
    ) -> Vec<T> {
        let mut values: Vec<i64> = (0..self.within(1, most)).map(|_| drawn(self)).collect();
        if self.percent(60) {
            values[0] = near;
        }
        values.into_iter().filter_map(|value| T::try_from(value).ok()).collect()
    }

    /// -`high` to `high`, never 0, more often from the start.
    fn signed(&mut self, high: i64) -> i64 {
        let value = self.within(1, high);
        if self.percent(30) { -value } else { value }
    }
}

const WEEKDAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

pub(crate) const ZONES: [Tz; 10] = [
    Tz::Asia__Seoul,
    Tz::America__New_York,
    Tz::Europe__Berlin,
    Tz::Australia__Lord_Howe,
    Tz::Asia__Kathmandu,
    Tz::America__Sao_Paulo,
    Tz::Pacific__Auckland,
    Tz::America__St_Johns,
    Tz::Africa__Casablanca,
    Tz::UTC,
];

/// A drawn series: one rule with its start.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) wall: NaiveDateTime,
    pub(crate) zone: Tz,
    pub(crate) rule: Rule,
}

impl Case {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let day = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + Duration::days(random.within(0, 16_000));
        let time = Duration::minutes(random.within(0, 95) * 15);
        let wall = day.and_hms_opt(0, 0, 0).unwrap() + time;
        let zone = random.pick(&ZONES);
        let rule = rule(random, wall);
        let begun = i64::from(wall.weekday().days_since(rule.week_start()));
        // The crate lets the first week of a weekly rule begin with the start, which moves its positions.
        let wall = if rule.freq == Freq::Weekly && !rule.by_set_pos.is_empty() {
            wall - Duration::days(begun)
        } else {
            wall
        };
        Self { wall, zone, rule }
    }
}

fn rule(random: &mut Random, start: NaiveDateTime) -> Rule {
    let freq = match random.within(0, 99) {
        0..=21 => Freq::Yearly,
        22..=46 => Freq::Monthly,
        47..=66 => Freq::Weekly,
        67..=82 => Freq::Daily,
        83..=90 => Freq::Hourly,
        91..=96 => Freq::Minutely,
        _ => Freq::Secondly,
    };
    let mut rule = Rule::every(freq);
    rule.interval = match random.within(0, 9) {
        0..=4 => 1,
        5..=8 => u32::try_from(random.within(2, 6)).unwrap(),
        _ => u32::try_from(random.within(7, 400)).unwrap(),
    };
    if freq == Freq::Yearly {
        rule.interval = rule.interval.min(12);
    }
    days(random, &mut rule, start);
    if random.percent(15) {
        rule.by_hour = random.some(3, start.hour().into(), |random| random.within(0, 23));
    }
    if random.percent(12) {
        rule.by_minute = random.some(3, start.minute().into(), |random| random.within(0, 59));
    }
    if random.percent(8) {
        rule.by_second = random.some(3, 0, |random| random.within(0, 59));
    }
    let has_parts = !(rule.by_month.is_empty()
        && rule.by_week_no.is_empty()
        && rule.by_year_day.is_empty()
        && rule.by_month_day.is_empty()
        && rule.by_day.is_empty()
        && rule.by_hour.is_empty()
        && rule.by_minute.is_empty()
        && rule.by_second.is_empty());
    // More positions than dates would only compare nothing with nothing.
    let most = match freq {
        Freq::Yearly | Freq::Monthly => 6,
        Freq::Weekly => 3,
        _ => 2,
    };
    if has_parts && random.percent(25) {
        rule.by_set_pos = random.some(2, 1, |random| random.signed(most));
    }
    if random.percent(30) {
        rule.week_start = Some(random.pick(&WEEKDAYS));
    }
    rule.bound = match random.within(0, 9) {
        0..=3 => Bound::Endless,
        4..=6 => Bound::Count(u32::try_from(random.within(1, 50)).unwrap()),
        _ => Bound::Until(Until::Utc(start + Duration::hours(random.within(1, 40_000)))),
    };
    rule
}

fn days(random: &mut Random, rule: &mut Rule, start: NaiveDateTime) {
    let freq = rule.freq;
    if random.percent(30) {
        rule.by_month = random.some(4, start.month().into(), |random| random.within(1, 12));
    }
    if freq != Freq::Weekly && random.percent(25) {
        rule.by_month_day = random.some(3, start.day().into(), |random| random.signed(31));
    }
    if (freq == Freq::Yearly || freq.is_sub_daily()) && random.percent(12) {
        rule.by_year_day = random.some(3, start.ordinal().into(), |random| random.signed(366));
    }
    if freq == Freq::Yearly && random.percent(15) {
        rule.by_week_no = random.some(3, start.iso_week().week().into(), |random| random.signed(53));
    }
    if random.percent(45) {
        // All or none: the crate takes `MO,3TH` for Mondays that are third Thursdays.
        let numbered =
            matches!(freq, Freq::Monthly | Freq::Yearly) && rule.by_week_no.is_empty() && random.percent(50);
        rule.by_day = (0..random.within(1, 4))
            .map(|_| {
                let weekday = random.pick(&WEEKDAYS);
                match numbered {
                    // The crate refuses -5 within a month.
                    true if freq == Freq::Monthly => {
                        NthWeekday::nth(i8::try_from(random.signed(5)).unwrap().max(-4), weekday)
                    }
                    true => NthWeekday::nth(i8::try_from(random.signed(53)).unwrap().max(-52), weekday),
                    false => NthWeekday::every(weekday),
                }
            })
            .collect();
    }
}

/// How often each part was drawn, for the reader of a test run.
#[derive(Default)]
pub(crate) struct Distribution(BTreeMap<String, usize>);

impl Distribution {
    pub(crate) fn count(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn count_rule(&mut self, rule: &Rule) {
        let text = rule.to_string();
        self.count(format!("FREQ={}", rule.freq.name()));
        for part in text.split(';').skip(1) {
            self.count(part.split('=').next().unwrap_or(part));
        }
        self.count(format!("{} BY parts", text.matches(";BY").count()));
    }

    pub(crate) fn print(&self) {
        for (what, count) in &self.0 {
            println!("{count:>7}  {what}");
        }
    }
}
