//! A series as a sentence in five languages: `매주 월·수·금, 2026년 3월 30일까지`.
//!
//! The words are plain Rust and not in `locales/`: two of the languages are spoken here only, and what nobody calls is not
//! in the browser's bundle. One file a language; each says the rhythm in its own grammar ([`Words`]), and what follows is
//! strung together here.

mod en;
mod ja;
mod ko;
mod zh;

#[cfg(test)]
mod tests;

use chrono::{NaiveDate, Weekday};
use model::repeat::{DayOfMonth, Ends, Repeat, Rhythm};

use crate::Lang;

/// A language that a series can be told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    Ko,
    En,
    Ja,
    /// Simplified Chinese, as written in mainland China.
    ZhCn,
    /// Traditional Chinese, as written in Taiwan.
    ZhTw,
}

impl Tongue {
    pub const ALL: [Self; 5] = [Self::Ko, Self::En, Self::Ja, Self::ZhCn, Self::ZhTw];

    /// By BCP 47 tag: `ko`, `en-GB`, `ja-JP`, `zh-CN`, `zh-Hant-HK`. Chinese without script is told apart by region.
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase().replace('_', "-");
        let mut parts = tag.split('-');
        match parts.next()? {
            "ko" => Some(Self::Ko),
            "en" => Some(Self::En),
            "ja" => Some(Self::Ja),
            "zh" => {
                let rest: Vec<&str> = parts.collect();
                let has = |part: &str| rest.contains(&part);
                let traditional = has("hant") || !has("hans") && (has("tw") || has("hk") || has("mo"));
                Some(if traditional { Self::ZhTw } else { Self::ZhCn })
            }
            _ => None,
        }
    }

    fn words(self) -> &'static dyn Words {
        match self {
            Self::Ko => &ko::Korean,
            Self::En => &en::English,
            Self::Ja => &ja::Japanese,
            Self::ZhCn => &zh::SIMPLIFIED,
            Self::ZhTw => &zh::TRADITIONAL,
        }
    }
}

impl From<Lang> for Tongue {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ko => Self::Ko,
            Lang::En => Self::En,
        }
    }
}

/// What a language has to say by itself.
trait Words: Sync {
    /// Between the parts of the sentence.
    fn comma(&self) -> &'static str;
    fn chosen(&self, dates: usize) -> String;
    fn days(&self, every: u32) -> String;
    fn weeks(&self, every: u32, days: &[Weekday]) -> String;
    fn months(&self, every: u32, on: &[DayOfMonth]) -> String;
    fn years(&self, every: u32, months: &[u8], on: &[DayOfMonth]) -> String;
    fn custom(&self, rule: &str) -> String;
    fn times(&self, count: u32) -> String;
    fn until(&self, last: NaiveDate) -> String;
    fn no_dates(&self) -> &'static str;
    fn added(&self, dates: usize) -> String;
    fn excluded(&self, dates: usize) -> String;
}

/// More of a rule than this is not shown, in Unicode scalar values.
const CUSTOM_CHARS: usize = 200;

/// `repeat` as one sentence without a full stop. A rule that no sentence fits is shown as it is, its beginning at least.
pub fn sentence(tongue: Tongue, repeat: &Repeat) -> String {
    let words = tongue.words();
    let mut parts = vec![match &repeat.rhythm {
        Rhythm::Chosen(dates) => words.chosen(*dates),
        Rhythm::Days { every } => words.days(*every),
        Rhythm::Weeks { every, days } => words.weeks(*every, days),
        Rhythm::Months { every, on } => words.months(*every, on),
        Rhythm::Years { every, months, on } => words.years(*every, months, on),
        Rhythm::Custom(rule) => words.custom(&beginning(rule)),
    }];
    match repeat.ends {
        // A rule that is shown as it is says how it ends.
        _ if matches!(repeat.rhythm, Rhythm::Custom(_)) => {}
        Ends::After(count) => parts.push(words.times(count)),
        Ends::On(last) => parts.push(words.until(last)),
        Ends::NoDates => parts.push(words.no_dates().to_owned()),
        Ends::Never | Ends::Unknown => {}
    }
    if repeat.added > 0 {
        parts.push(words.added(repeat.added));
    }
    if repeat.excluded > 0 {
        parts.push(words.excluded(repeat.excluded));
    }
    parts.join(words.comma())
}

fn beginning(rule: &str) -> String {
    match rule.char_indices().nth(CUSTOM_CHARS) {
        Some((end, _)) => format!("{}…", &rule[..end]),
        None => rule.to_owned(),
    }
}

const MONDAY_TO_FRIDAY: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// The days, from Monday on, with Sunday moved to the front: how weeks are read in Korea, Japan and Taiwan.
fn sunday_first(days: &[Weekday]) -> Vec<Weekday> {
    let (mut sunday, rest): (Vec<Weekday>, Vec<Weekday>) = days.iter().partition(|day| **day == Weekday::Sun);
    sunday.extend(rest);
    sunday
}

/// Several days that are all the same weekday, as in "the first and third Monday": their numbers and the weekday.
fn same_weekday(on: &[DayOfMonth]) -> Option<(Vec<i8>, Weekday)> {
    let mut all = on.iter().map(|day| match day {
        DayOfMonth::Weekday { nth, weekday } => Some((*nth, *weekday)),
        _ => None,
    });
    let (first, weekday) = all.next()??;
    let mut numbers = vec![first];
    for day in all {
        let (nth, same) = day?;
        if same != weekday {
            return None;
        }
        numbers.push(nth);
    }
    (numbers.len() > 1).then_some((numbers, weekday))
}
