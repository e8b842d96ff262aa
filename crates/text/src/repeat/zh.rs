//! In Chinese, simplified and traditional: one grammar, two scripts. 每月第一个周一、第三个周一，共10次.

use chrono::{Datelike, NaiveDate, Weekday};
use model::repeat::DayOfMonth;

use super::{MONDAY_TO_FRIDAY, Words, sunday_first};

/// What is written differently.
pub(super) struct Chinese {
    /// The week, as in 周一, 週一.
    week: &'static str,
    /// The measure word: 个, 個.
    piece: &'static str,
    last: &'static str,
    from_the_end: &'static str,
    /// A day from Monday to Friday. 工作日 alone would leave out holidays, so the days are named.
    workday: &'static str,
    monday_to_friday: &'static str,
    weekend_day: &'static str,
    never: &'static str,
    chosen: &'static str,
    dates: &'static str,
    custom: &'static str,
    no_dates: &'static str,
    added: &'static str,
    excluded: &'static str,
    /// Whether weeks are read from Sunday on.
    sunday_first: bool,
}

pub(super) static SIMPLIFIED: Chinese = Chinese {
    week: "周",
    piece: "个",
    last: "最后",
    from_the_end: "倒数第",
    workday: "工作日（周一至周五）",
    monday_to_friday: "周一至周五",
    weekend_day: "周六或周日",
    never: "不重复",
    chosen: "指定的",
    dates: "个日期",
    custom: "自定义规则",
    no_dates: "没有符合的日期",
    added: "另加",
    excluded: "除外",
    sunday_first: false,
};

pub(super) static TRADITIONAL: Chinese = Chinese {
    week: "週",
    piece: "個",
    last: "最後",
    from_the_end: "倒數第",
    workday: "平日（週一至週五）",
    monday_to_friday: "週一至週五",
    weekend_day: "週六或週日",
    never: "不重複",
    chosen: "指定的",
    dates: "個日期",
    custom: "自訂規則",
    no_dates: "沒有符合的日期",
    added: "另加",
    excluded: "除外",
    sunday_first: true,
};

impl Words for Chinese {
    fn comma(&self) -> &'static str {
        "，"
    }

    fn chosen(&self, dates: usize) -> String {
        if dates == 1 { self.never.into() } else { format!("{}{dates}{}", self.chosen, self.dates) }
    }

    fn days(&self, every: u32) -> String {
        if every == 1 { "每天".into() } else { format!("每{every}天") }
    }

    fn weeks(&self, every: u32, days: &[Weekday]) -> String {
        let week = self.week;
        let sorted = if self.sunday_first { sunday_first(days) } else { days.to_vec() };
        match (every, days == MONDAY_TO_FRIDAY) {
            (1, true) => format!("每{}{}", self.piece, self.workday),
            (_, true) => format!("每{every}{week}的{}", self.monday_to_friday),
            (1, false) => {
                let names: Vec<&str> = sorted.into_iter().map(weekday).collect();
                format!("每{week}{}", names.join("、"))
            }
            (_, false) => {
                let names: Vec<String> =
                    sorted.into_iter().map(|day| format!("{week}{}", weekday(day))).collect();
                format!("每{every}{week}的{}", names.join("、"))
            }
        }
    }

    fn months(&self, every: u32, on: &[DayOfMonth]) -> String {
        match every {
            1 => format!("每月{}", self.list(on)),
            _ => format!("每{every}{}月的{}", self.piece, self.list(on)),
        }
    }

    fn years(&self, every: u32, months: &[u8], on: &[DayOfMonth]) -> String {
        let each = if every == 1 { "每年".to_owned() } else { format!("每{every}年的") };
        let names: Vec<String> = months.iter().map(|month| format!("{month}月")).collect();
        let of = if matches!((months, on), ([_], [DayOfMonth::Day(1..), ..])) { "" } else { "的" };
        format!("{each}{}{of}{}", names.join("、"), self.list(on))
    }

    fn custom(&self, rule: &str) -> String {
        format!("{}（{rule}）", self.custom)
    }

    fn times(&self, count: u32) -> String {
        format!("共{count}次")
    }

    fn until(&self, last: NaiveDate) -> String {
        format!("至{}年{}月{}日", last.year(), last.month(), last.day())
    }

    fn no_dates(&self) -> &'static str {
        self.no_dates
    }

    fn added(&self, dates: usize) -> String {
        format!("{}{dates}天", self.added)
    }

    fn excluded(&self, dates: usize) -> String {
        format!("其中{dates}天{}", self.excluded)
    }
}

impl Chinese {
    fn list(&self, on: &[DayOfMonth]) -> String {
        let days: Vec<String> = on.iter().map(|day| self.day(*day)).collect();
        days.join("、")
    }

    fn day(&self, on: DayOfMonth) -> String {
        match on {
            DayOfMonth::Day(number @ 1..) => format!("{number}日"),
            DayOfMonth::Day(-1) => format!("{}一天", self.last),
            DayOfMonth::Day(number) => format!("{}{}天", self.from_the_end, numeral(number)),
            DayOfMonth::Weekday { nth, weekday: day } => {
                format!("{}{}{}", self.nth(nth), self.week, weekday(day))
            }
            DayOfMonth::Workday(nth) => format!("{}{}", self.nth(nth), self.workday),
            DayOfMonth::WeekendDay(nth) => format!("{}{}", self.nth(nth), self.weekend_day),
        }
    }

    /// With its measure word: 第二个, 最后一个, 倒数第二个.
    fn nth(&self, number: i8) -> String {
        let piece = self.piece;
        match number {
            1.. => format!("第{}{piece}", numeral(number)),
            -1 => format!("{}一{piece}", self.last),
            _ => format!("{}{}{piece}", self.from_the_end, numeral(number)),
        }
    }
}

fn numeral(number: i8) -> String {
    match number.unsigned_abs() {
        1 => "一".into(),
        2 => "二".into(),
        3 => "三".into(),
        4 => "四".into(),
        5 => "五".into(),
        other => other.to_string(),
    }
}

const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "一",
        Weekday::Tue => "二",
        Weekday::Wed => "三",
        Weekday::Thu => "四",
        Weekday::Fri => "五",
        Weekday::Sat => "六",
        Weekday::Sun => "日",
    }
}
