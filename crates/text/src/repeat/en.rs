//! In English: Every month on the first and third Monday, 10 times.

use chrono::{Datelike, NaiveDate, Weekday};
use model::repeat::DayOfMonth;

use super::{MONDAY_TO_FRIDAY, Words, same_weekday};

pub(super) struct English;

impl Words for English {
    fn comma(&self) -> &'static str {
        ", "
    }

    fn chosen(&self, dates: usize) -> String {
        if dates == 1 { "Does not repeat".into() } else { format!("On {dates} chosen dates") }
    }

    fn days(&self, every: u32) -> String {
        each(every, "day")
    }

    fn weeks(&self, every: u32, days: &[Weekday]) -> String {
        match (every, days) {
            (1, days) if days == MONDAY_TO_FRIDAY => "Every weekday".into(),
            (1, days) => format!("Every {}", weekdays(days)),
            (_, days) if days == MONDAY_TO_FRIDAY => format!("{} on weekdays", each(every, "week")),
            (_, days) => format!("{} on {}", each(every, "week"), weekdays(days)),
        }
    }

    fn months(&self, every: u32, on: &[DayOfMonth]) -> String {
        format!("{} on {}", each(every, "month"), days(on))
    }

    fn years(&self, every: u32, months: &[u8], on: &[DayOfMonth]) -> String {
        let names = list(months.iter().map(|month| self::month(*month).to_owned()).collect());
        let year = each(every, "year");
        match (months, on) {
            ([_], [DayOfMonth::Day(day @ 1..)]) => format!("{year} on {day} {names}"),
            _ => format!("{year} on {} of {names}", days(on)),
        }
    }

    fn custom(&self, rule: &str) -> String {
        format!("Custom rule ({rule})")
    }

    fn times(&self, count: u32) -> String {
        if count == 1 { "once".into() } else { format!("{count} times") }
    }

    fn until(&self, last: NaiveDate) -> String {
        let month = u8::try_from(last.month()).map_or("", month);
        format!("until {} {month} {}", last.day(), last.year())
    }

    fn no_dates(&self) -> &'static str {
        "no matching dates"
    }

    fn added(&self, dates: usize) -> String {
        format!("plus {}", counted(dates))
    }

    fn excluded(&self, dates: usize) -> String {
        format!("except {}", counted(dates))
    }
}

fn each(every: u32, unit: &str) -> String {
    if every == 1 { format!("Every {unit}") } else { format!("Every {every} {unit}s") }
}

fn counted(dates: usize) -> String {
    if dates == 1 { "1 date".into() } else { format!("{dates} dates") }
}

/// `a`, `a and b`, `a, b and c`.
fn list(mut items: Vec<String>) -> String {
    match (items.pop(), items.is_empty()) {
        (Some(last), false) => format!("{} and {last}", items.join(", ")),
        (last, _) => last.unwrap_or_default(),
    }
}

fn weekdays(days: &[Weekday]) -> String {
    list(days.iter().map(|day| weekday(*day).to_owned()).collect())
}

fn days(on: &[DayOfMonth]) -> String {
    if let Some((numbers, day)) = same_weekday(on) {
        let numbers = list(numbers.into_iter().map(nth).collect());
        return format!("the {numbers} {}", weekday(day));
    }
    let numbered: Option<Vec<String>> = on
        .iter()
        .map(|one| match one {
            DayOfMonth::Day(number @ 1..) => Some(ordinal(*number)),
            _ => None,
        })
        .collect();
    match numbered {
        Some(numbers) => format!("the {}", list(numbers)),
        None => list(on.iter().map(|one| day(*one)).collect()),
    }
}

fn day(on: DayOfMonth) -> String {
    match on {
        DayOfMonth::Day(number @ 1..) => format!("the {}", ordinal(number)),
        DayOfMonth::Day(number) => format!("the {} day", nth(number)),
        DayOfMonth::Weekday { nth: number, weekday: day } => format!("the {} {}", nth(number), weekday(day)),
        DayOfMonth::Workday(number) => format!("the {} weekday", nth(number)),
        DayOfMonth::WeekendDay(number) => format!("the {} weekend day", nth(number)),
    }
}

fn ordinal(number: i8) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn nth(number: i8) -> String {
    let word = match number.unsigned_abs() {
        1 => "first",
        2 => "second",
        3 => "third",
        4 => "fourth",
        5 => "fifth",
        _ => return ordinal(number),
    };
    match number {
        -1 => "last".into(),
        1.. => word.into(),
        _ => format!("{word} to last"),
    }
}

const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

const fn month(number: u8) -> &'static str {
    match number {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        12 => "December",
        _ => "",
    }
}
