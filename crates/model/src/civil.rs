//! Civil dates in text and JSON: `2026-11-21`.
//!
//! For serde's `with`. It is chrono's own form; chrono reads it by way of a parser for all forms, of which the browser
//! needs none.

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `None` where it is not four, two and two digits, or no date of the calendar.
pub fn parse(text: &str) -> Option<NaiveDate> {
    let part = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<u32>().ok()
    };
    let [year, month, day] = [part(0, 4)?, part(5, 7)?, part(8, 10)?];
    let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|_| dashes)
}

pub(crate) fn serialize<S: Serializer>(date: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
    date.serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom("a date is written 2026-11-21"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_dates_of_the_calendar_are_read() {
        for wrong in [
            "",
            "2026-02-29",
            "2026-2-1",
            "2026-02-01 ",
            "+026-02-01",
            "2026/02/01",
            "2026-02-0１",
            "20260201xx",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_chrono_writes_is_read(days in 0_i32..3_652_059) {
            let date = NaiveDate::from_num_days_from_ce_opt(days + 1).unwrap();
            prop_assert_eq!(parse(&date.to_string()), Some(date));
        }
    }
}
