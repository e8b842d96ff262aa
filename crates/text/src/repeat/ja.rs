//! In Japanese: 毎月第1・第3月曜日、全10回.

use chrono::{Datelike, NaiveDate, Weekday};
use model::repeat::DayOfMonth;

use super::{MONDAY_TO_FRIDAY, Words, same_weekday, sunday_first};

pub(super) struct Japanese;

impl Words for Japanese {
    fn comma(&self) -> &'static str {
        "、"
    }

    fn chosen(&self, dates: usize) -> String {
        if dates == 1 { "繰り返しなし".into() } else { format!("指定した日付{dates}件") }
    }

    fn days(&self, every: u32) -> String {
        if every == 1 { "毎日".into() } else { format!("{every}日ごと") }
    }

    fn weeks(&self, every: u32, days: &[Weekday]) -> String {
        let each = if every == 1 { "毎週".to_owned() } else { format!("{every}週間ごとの") };
        if days == MONDAY_TO_FRIDAY {
            return format!("{each}平日");
        }
        let names: Vec<&str> = sunday_first(days).into_iter().map(weekday).collect();
        format!("{each}{}曜日", names.join("・"))
    }

    fn months(&self, every: u32, on: &[DayOfMonth]) -> String {
        let of = if needs_of(on) { "の" } else { "" };
        match every {
            1 => format!("毎月{of}{}", days(on)),
            _ => format!("{every}か月ごとの{}", days(on)),
        }
    }

    fn years(&self, every: u32, months: &[u8], on: &[DayOfMonth]) -> String {
        let each = if every == 1 { "毎年".to_owned() } else { format!("{every}年ごとの") };
        let names: Vec<String> = months.iter().map(|month| format!("{month}月")).collect();
        let of = if matches!((months, on), ([_], [DayOfMonth::Day(1..), ..])) { "" } else { "の" };
        format!("{each}{}{of}{}", names.join("・"), days(on))
    }

    fn custom(&self, rule: &str) -> String {
        format!("カスタムルール（{rule}）")
    }

    fn times(&self, count: u32) -> String {
        format!("全{count}回")
    }

    fn until(&self, last: NaiveDate) -> String {
        format!("{}年{}月{}日まで", last.year(), last.month(), last.day())
    }

    fn no_dates(&self) -> &'static str {
        "該当する日なし"
    }

    // 日分: 2日を除く would read as "except on the 2nd".
    fn added(&self, dates: usize) -> String {
        format!("{dates}日分を追加")
    }

    fn excluded(&self, dates: usize) -> String {
        format!("{dates}日分を除く")
    }
}

/// 毎月15日, 毎月第2火曜日, but 毎月の最後の平日.
fn needs_of(on: &[DayOfMonth]) -> bool {
    match on.first() {
        Some(DayOfMonth::Day(number)) => *number < -1,
        Some(DayOfMonth::Weekday { nth, .. }) => *nth < -1,
        Some(DayOfMonth::Workday(_) | DayOfMonth::WeekendDay(_)) => true,
        None => false,
    }
}

fn days(on: &[DayOfMonth]) -> String {
    if let Some((numbers, day)) = same_weekday(on) {
        let numbers: Vec<String> = numbers.into_iter().map(week).collect();
        return format!("{}{}曜日", numbers.join("・"), weekday(day));
    }
    let days: Vec<String> = on.iter().map(|one| day(*one)).collect();
    days.join("・")
}

fn day(on: DayOfMonth) -> String {
    match on {
        DayOfMonth::Day(number @ 1..) => format!("{number}日"),
        DayOfMonth::Day(-1) => "末日".into(),
        DayOfMonth::Day(number) => format!("{}日", nth(number)),
        DayOfMonth::Weekday { nth: number, weekday: day } => format!("{}{}曜日", week(number), weekday(day)),
        DayOfMonth::Workday(number) => format!("{}平日", nth(number)),
        DayOfMonth::WeekendDay(number) => format!("土日のうち{}日", nth(number)),
    }
}

/// Before a weekday: 第2火曜日, 最終金曜日.
fn week(number: i8) -> String {
    match number {
        1.. => format!("第{number}"),
        -1 => "最終".into(),
        _ => nth(number),
    }
}

fn nth(number: i8) -> String {
    match number {
        1 => "最初の".into(),
        2.. => format!("{number}番目の"),
        -1 => "最後の".into(),
        _ => format!("最後から{}番目の", number.unsigned_abs()),
    }
}

const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "月",
        Weekday::Tue => "火",
        Weekday::Wed => "水",
        Weekday::Thu => "木",
        Weekday::Fri => "金",
        Weekday::Sat => "土",
        Weekday::Sun => "日",
    }
}
