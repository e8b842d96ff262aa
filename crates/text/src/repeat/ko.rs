//! In Korean: 매월 첫째·셋째 월요일, 총 10회.

use chrono::{Datelike, NaiveDate, Weekday};
use model::repeat::DayOfMonth;

use super::{MONDAY_TO_FRIDAY, Words, same_weekday, sunday_first};
use crate::{Lang, date};

pub(super) struct Korean;

impl Words for Korean {
    fn comma(&self) -> &'static str {
        ", "
    }

    fn chosen(&self, dates: usize) -> String {
        if dates == 1 { "반복 안 함".into() } else { format!("지정한 날짜 {dates}개") }
    }

    fn days(&self, every: u32) -> String {
        if every == 1 { "매일".into() } else { format!("{every}일마다") }
    }

    fn weeks(&self, every: u32, days: &[Weekday]) -> String {
        let each = if every == 1 { "매주".to_owned() } else { format!("{every}주마다") };
        let days = match days {
            days if days == MONDAY_TO_FRIDAY => "평일".to_owned(),
            [one] => format!("{}요일", date::weekday(Lang::Ko, *one)),
            days => {
                let names: Vec<&str> =
                    sunday_first(days).into_iter().map(|day| date::weekday(Lang::Ko, day)).collect();
                names.join("·")
            }
        };
        format!("{each} {days}")
    }

    fn months(&self, every: u32, on: &[DayOfMonth]) -> String {
        let each = if every == 1 { "매월".to_owned() } else { format!("{every}개월마다") };
        format!("{each} {}", days(on))
    }

    fn years(&self, every: u32, months: &[u8], on: &[DayOfMonth]) -> String {
        let each = if every == 1 { "매년".to_owned() } else { format!("{every}년마다") };
        let names: Vec<String> = months.iter().map(|month| format!("{month}월")).collect();
        // 1월·7월의 15일: 의 binds the day to all of the months.
        let of = if months.len() > 1 { "의" } else { "" };
        format!("{each} {}{of} {}", names.join("·"), days(on))
    }

    fn custom(&self, rule: &str) -> String {
        format!("사용자 지정 규칙({rule})")
    }

    fn times(&self, count: u32) -> String {
        format!("총 {count}회")
    }

    fn until(&self, last: NaiveDate) -> String {
        format!("{}년 {}월 {}일까지", last.year(), last.month(), last.day())
    }

    fn no_dates(&self) -> &'static str {
        "해당하는 날짜 없음"
    }

    fn added(&self, dates: usize) -> String {
        format!("{dates}일 추가")
    }

    fn excluded(&self, dates: usize) -> String {
        format!("{dates}일 제외")
    }
}

fn days(on: &[DayOfMonth]) -> String {
    if let Some((numbers, weekday)) = same_weekday(on) {
        let numbers: Vec<String> = numbers.into_iter().map(nth).collect();
        return format!("{} {}요일", numbers.join("·"), date::weekday(Lang::Ko, weekday));
    }
    let days: Vec<String> = on.iter().map(|one| day(*one)).collect();
    days.join("·")
}

fn day(on: DayOfMonth) -> String {
    match on {
        DayOfMonth::Day(number @ 1..) => format!("{number}일"),
        DayOfMonth::Day(number) => format!("{} 날", nth(number)),
        DayOfMonth::Weekday { nth: number, weekday } => {
            format!("{} {}요일", nth(number), date::weekday(Lang::Ko, weekday))
        }
        DayOfMonth::Workday(number) => format!("{} 평일", nth(number)),
        DayOfMonth::WeekendDay(number) => format!("주말(토·일) 중 {} 날", nth(number)),
    }
}

fn nth(number: i8) -> String {
    match number {
        1 => "첫째".into(),
        2 => "둘째".into(),
        3 => "셋째".into(),
        4 => "넷째".into(),
        5 => "다섯째".into(),
        -1 => "마지막".into(),
        -2 => "끝에서 둘째".into(),
        -3 => "끝에서 셋째".into(),
        -4 => "끝에서 넷째".into(),
        -5 => "끝에서 다섯째".into(),
        other => format!("{other}번째"),
    }
}
