//! What a recurrence says, as the parts of a sentence (`model::repeat`); `text` says it in a language.
//!
//! Only what fits a sentence exactly is described: the description, read as a rule, gives the rule's own dates (a property
//! below). Everything else is shown as it is written.

use chrono::{Datelike, Weekday};
use model::repeat::{DayOfMonth, Ends, Repeat, Rhythm};

use crate::recurrence::{Budget, Freq, Last, Recurrence, Rule, Series, Slot, Start};

/// The farthest from an end of the month that a sentence counts.
const NTH: i8 = 5;

const WORKWEEK: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
const WEEKEND: [Weekday; 2] = [Weekday::Sat, Weekday::Sun];
const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// Whatever a calendar sent: an opaque series is shown as it came.
pub fn series(series: &Series, budget: Budget) -> Repeat {
    match series {
        Series::Understood(recurrence) => recurrence_of(recurrence, budget),
        Series::Opaque { lines, .. } => {
            Repeat { rhythm: Rhythm::Custom(lines.join(" ")), ends: Ends::Unknown, added: 0, excluded: 0 }
        }
    }
}

/// How `recurrence` repeats. `budget` is for finding its last date, and again for each date that was added or excluded:
/// those that change nothing are not counted.
pub fn recurrence_of(recurrence: &Recurrence, budget: Budget) -> Repeat {
    let start = recurrence.start();
    let rhythm = match (recurrence.rules(), recurrence.ex_rules()) {
        ([], []) => Rhythm::Chosen(recurrence.all(budget).map_or(recurrence.rdates().len(), |all| all.len())),
        ([rule], []) => rhythm(rule, start).unwrap_or_else(|| custom(recurrence)),
        _ => custom(recurrence),
    };
    let ends = match (recurrence.rules(), recurrence.last(budget)) {
        (_, Ok(Last::Never)) => Ends::NoDates,
        (_, Ok(Last::Endless)) => Ends::Never,
        ([rule], _) if rule.count().is_some() => Ends::After(rule.count().unwrap_or_default()),
        (_, Ok(Last::At(slot))) => Ends::On(slot.date()),
        (_, Err(_)) => Ends::Unknown,
    };
    let (added, excluded) = match recurrence.rules() {
        [] => (0, 0),
        rules => changes(recurrence, rules, budget),
    };
    Repeat { rhythm, ends, added, excluded }
}

/// How many dates were really added and taken away.
fn changes(recurrence: &Recurrence, rules: &[Rule], budget: Budget) -> (usize, usize) {
    let Ok(plain) = Recurrence::new(recurrence.start(), rules.to_vec()) else { return (0, 0) };
    // What costs too much to find out is taken at its word.
    let in_rhythm = |slot: &Slot, otherwise| plain.contains(*slot, budget).unwrap_or(otherwise);
    let added = recurrence
        .rdates()
        .iter()
        .filter(|slot| recurrence.exdates().binary_search(slot).is_err() && !in_rhythm(slot, false));
    let excluded = recurrence.exdates().iter().filter(|slot| in_rhythm(slot, true));
    (added.count(), excluded.count())
}

fn custom(recurrence: &Recurrence) -> Rhythm {
    let rules = recurrence.rules().iter().map(|rule| format!("RRULE:{rule}"));
    let without = recurrence.ex_rules().iter().map(|rule| format!("EXRULE:{rule}"));
    Rhythm::Custom(rules.chain(without).collect::<Vec<_>>().join(" "))
}

/// `None` where no sentence fits.
fn rhythm(rule: &Rule, start: Start) -> Option<Rhythm> {
    // The hour is told beside the sentence; more than one a day is no rhythm of days.
    let one = |hours: &[u8]| hours.len() <= 1;
    let daily_once = one(&rule.by_hour) && one(&rule.by_minute) && one(&rule.by_second);
    if rule.freq.is_sub_daily() || !daily_once {
        return None;
    }
    if !rule.by_week_no.is_empty() || !rule.by_year_day.is_empty() {
        return None;
    }
    match rule.freq {
        Freq::Daily => daily(rule),
        Freq::Weekly => weekly(rule, start),
        Freq::Monthly => monthly(rule, start),
        Freq::Yearly => yearly(rule, start),
        Freq::Secondly | Freq::Minutely | Freq::Hourly => None,
    }
}

fn daily(rule: &Rule) -> Option<Rhythm> {
    let every = rule.interval;
    if !rule.by_set_pos.is_empty() || !rule.by_month.is_empty() {
        return None;
    }
    match (rule.by_day.is_empty(), rule.by_month_day.is_empty()) {
        (true, true) => Some(Rhythm::Days { every }),
        (false, true) if every == 1 => Some(weeks(1, weekdays(rule)?)),
        (true, false) if every == 1 => Some(Rhythm::Months { every: 1, on: month_days(&rule.by_month_day)? }),
        _ => None,
    }
}

fn weekly(rule: &Rule, start: Start) -> Option<Rhythm> {
    if !rule.by_set_pos.is_empty() || !rule.by_month.is_empty() {
        return None;
    }
    let days = match rule.by_day.is_empty() {
        true => vec![start.wall().weekday()],
        false => weekdays(rule)?,
    };
    Some(weeks(rule.interval, days))
}

/// Every day of every week is every day.
fn weeks(every: u32, days: Vec<Weekday>) -> Rhythm {
    if every == 1 && days == WEEK { Rhythm::Days { every: 1 } } else { Rhythm::Weeks { every, days } }
}

fn monthly(rule: &Rule, start: Start) -> Option<Rhythm> {
    let every = rule.interval;
    if let Some(rhythm) = every_week_after_all(rule) {
        return Some(rhythm);
    }
    let on = days_of_month(rule, start)?;
    match months(rule) {
        months if months.is_empty() || months.len() == 12 && every == 1 => Some(Rhythm::Months { every, on }),
        // Some months of every year; with a longer step it would depend on where it began.
        months if every == 1 => Some(Rhythm::Years { every, months, on }),
        _ => None,
    }
}

fn yearly(rule: &Rule, start: Start) -> Option<Rhythm> {
    let every = rule.interval;
    if let Some(rhythm) = every_week_after_all(rule) {
        return Some(rhythm);
    }
    let months = months(rule);
    let positions = !rule.by_set_pos.is_empty();
    match (months.len(), rule.by_day.is_empty(), rule.by_month_day.is_empty()) {
        // The day that it began on.
        (0, true, true) if !positions => {
            let month = u8::try_from(start.wall().month()).ok()?;
            Some(Rhythm::Years { every, months: vec![month], on: days_of_month(rule, start)? })
        }
        // That day of every month.
        (0, true, false) if every == 1 && !positions => {
            Some(Rhythm::Months { every, on: days_of_month(rule, start)? })
        }
        // A numbered weekday of a whole year, or a position in it.
        (0, ..) => None,
        // A position counts through all months of the year together.
        (2.., ..) if positions => None,
        (12, ..) if every == 1 => Some(Rhythm::Months { every, on: days_of_month(rule, start)? }),
        _ => Some(Rhythm::Years { every, months, on: days_of_month(rule, start)? }),
    }
}

/// "Monthly on Mondays" and "yearly on Mondays" are every Monday.
fn every_week_after_all(rule: &Rule) -> Option<Rhythm> {
    let plain = rule.interval == 1
        && rule.by_month.is_empty()
        && rule.by_month_day.is_empty()
        && rule.by_set_pos.is_empty()
        && !rule.by_day.is_empty();
    plain.then(|| weekdays(rule)).flatten().map(|days| weeks(1, days))
}

/// Which days of a month: by number, by weekday, or by position among the days that are named.
fn days_of_month(rule: &Rule, start: Start) -> Option<Vec<DayOfMonth>> {
    match (rule.by_day.is_empty(), rule.by_month_day.is_empty(), rule.by_set_pos.is_empty()) {
        (true, true, true) => Some(vec![DayOfMonth::Day(i8::try_from(start.wall().day()).ok()?)]),
        (true, false, true) => month_days(&rule.by_month_day),
        (false, true, true) => numbered_weekdays(rule),
        (false, true, false) => positions(rule),
        // The last of the 28th to the 31st is the last day of the month, and the last that there is of the 31st and those
        // before it, too.
        (true, false, false) if rule.by_set_pos == [-1] => last_days(&rule.by_month_day),
        _ => None,
    }
}

fn month_days(days: &[i8]) -> Option<Vec<DayOfMonth>> {
    let numbers = sorted(days.to_vec());
    let fits = |day: &i8| (-NTH..=31).contains(day);
    numbers.iter().all(fits).then(|| numbers.into_iter().map(DayOfMonth::Day).collect())
}

fn last_days(days: &[i8]) -> Option<Vec<DayOfMonth>> {
    let has = |day: i8| days.contains(&day);
    let of_the_end = days.iter().all(|day| *day > 0) && (28..=31).all(has);
    of_the_end.then(|| vec![DayOfMonth::Day(-1)])
}

fn numbered_weekdays(rule: &Rule) -> Option<Vec<DayOfMonth>> {
    let numbered: Option<Vec<(i8, Weekday)>> = rule
        .by_day
        .iter()
        .map(|day| day.nth.filter(|nth| nth.abs() <= NTH).map(|nth| (nth, day.weekday)))
        .collect();
    let mut numbered = numbered?;
    numbered.sort_by_key(|(nth, weekday)| (from_the_front(*nth), weekday.num_days_from_monday()));
    numbered.dedup();
    Some(numbered.into_iter().map(|(nth, weekday)| DayOfMonth::Weekday { nth, weekday }).collect())
}

fn positions(rule: &Rule) -> Option<Vec<DayOfMonth>> {
    let days = weekdays(rule)?;
    let narrow: Option<Vec<i8>> =
        rule.by_set_pos.iter().map(|position| i8::try_from(*position).ok()).collect();
    let numbers = sorted(narrow?);
    if numbers.iter().any(|number| number.abs() > NTH) {
        return None;
    }
    let day = |number| match &days[..] {
        [weekday] => Some(DayOfMonth::Weekday { nth: number, weekday: *weekday }),
        days if days == WORKWEEK => Some(DayOfMonth::Workday(number)),
        days if days == WEEKEND => Some(DayOfMonth::WeekendDay(number)),
        days if days == WEEK => Some(DayOfMonth::Day(number)),
        _ => None,
    };
    numbers.into_iter().map(day).collect()
}

/// The weekdays from Monday on, each once; `None` if one is numbered.
fn weekdays(rule: &Rule) -> Option<Vec<Weekday>> {
    if rule.by_day.iter().any(|day| day.nth.is_some()) {
        return None;
    }
    let has = |weekday: &Weekday| rule.by_day.iter().any(|day| day.weekday == *weekday);
    Some(WEEK.into_iter().filter(has).collect())
}

fn months(rule: &Rule) -> Vec<u8> {
    let mut months = rule.by_month.clone();
    months.sort_unstable();
    months.dedup();
    months
}

/// From the front first, then from the end; each once.
fn sorted(mut numbers: Vec<i8>) -> Vec<i8> {
    numbers.sort_unstable_by_key(|number| from_the_front(*number));
    numbers.dedup();
    numbers
}

const fn from_the_front(number: i8) -> (bool, i8) {
    (number < 0, number)
}

#[cfg(test)]
mod tests;
