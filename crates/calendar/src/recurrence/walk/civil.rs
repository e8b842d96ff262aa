//! Civil dates as day numbers since 1970-01-01, in the proleptic Gregorian calendar.

/// Of 9999-12-31, the last date that RFC 5545 can write.
pub(super) const LAST_DAY: i64 = 2_932_896;

/// Seconds in a civil day.
pub(super) const DAY: i64 = 86_400;

/// A date as year, month 1 to 12, day 1 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u32,
    pub(super) day: u32,
}

/// The day number of a date. Years are counted from March, so that the leap day comes last, in eras of 400 years.
pub(super) const fn day_number(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let from_march = (month as i64 + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day as i64 - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a day number.
pub(super) const fn civil(day: i64) -> Civil {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    Civil {
        year: era * 400 + of_era + (month <= 2) as i64,
        month: month as u32,
        day: (of_year - (153 * from_march + 2) / 5 + 1) as u32,
    }
}

pub(super) const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) const fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 0 for Monday to 6 for Sunday.
pub(super) const fn weekday(day: i64) -> u32 {
    (day + 3).rem_euclid(7) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike as _, NaiveDate};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn dates_and_day_numbers_are_chronos(number in -719_162i64..=LAST_DAY) {
            let date = NaiveDate::from_epoch_days(i32::try_from(number).unwrap()).unwrap();
            let civil = civil(number);
            prop_assert_eq!(civil.year, i64::from(date.year()));
            prop_assert_eq!((civil.month, civil.day), (date.month(), date.day()));
            prop_assert_eq!(day_number(civil.year, civil.month, civil.day), number);
            prop_assert_eq!(weekday(number), date.weekday().num_days_from_monday());
            prop_assert_eq!(days_in_month(civil.year, civil.month), u32::from(date.num_days_in_month()));
        }
    }
}
