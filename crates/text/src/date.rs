//! Dates, times and lengths as people of each language write them. Pure: the zone's offsets come with the [`ZoneDay`].

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};
use model::{Instant, TimeRange, ZoneDay};

use crate::Lang;

/// `11월 23일 (월)`, `Mon, 23 Nov`.
pub fn day(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Ko => format!("{}월 {}일 ({})", date.month(), date.day(), weekday(lang, date.weekday())),
        Lang::En => format!("{}, {} {}", weekday(lang, date.weekday()), date.day(), month(date.month())),
    }
}

/// `2026년 11월 23일 (월)`, `Mon, 23 Nov 2026`.
pub fn day_with_year(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Ko => format!("{}년 {}", date.year(), day(lang, date)),
        Lang::En => format!("{} {}", day(lang, date), date.year()),
    }
}

/// `월`, `Mon`.
pub const fn weekday(lang: Lang, weekday: Weekday) -> &'static str {
    match lang {
        Lang::Ko => match weekday {
            Weekday::Mon => "월",
            Weekday::Tue => "화",
            Weekday::Wed => "수",
            Weekday::Thu => "목",
            Weekday::Fri => "금",
            Weekday::Sat => "토",
            Weekday::Sun => "일",
        },
        Lang::En => match weekday {
            Weekday::Mon => "Mon",
            Weekday::Tue => "Tue",
            Weekday::Wed => "Wed",
            Weekday::Thu => "Thu",
            Weekday::Fri => "Fri",
            Weekday::Sat => "Sat",
            Weekday::Sun => "Sun",
        },
    }
}

fn month(number: u32) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    usize::try_from(number).ok().and_then(|n| NAMES.get(n.saturating_sub(1))).copied().unwrap_or("")
}

/// `오후 2:30`, `2:30 pm`.
pub fn time_12(lang: Lang, time: NaiveTime) -> String {
    let (afternoon, hour) = time.hour12();
    let minute = time.minute();
    match (lang, afternoon) {
        (Lang::Ko, false) => format!("오전 {hour}:{minute:02}"),
        (Lang::Ko, true) => format!("오후 {hour}:{minute:02}"),
        (Lang::En, false) => format!("{hour}:{minute:02} am"),
        (Lang::En, true) => format!("{hour}:{minute:02} pm"),
    }
}

/// `14:30`.
pub fn time_24(time: NaiveTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// `14:30–15:00` on the day's wall clock.
pub fn span(zone: &ZoneDay, range: TimeRange) -> String {
    format!("{}–{}", zone.hh_mm(range.start()), zone.hh_mm(range.end()))
}

/// The date and the times: `11월 23일 (월) 14:30–15:00`; both dates where the range crosses midnight.
pub fn day_and_span(lang: Lang, zone: &ZoneDay, range: TimeRange) -> String {
    let (from, to) = (zone.date_at(range.start()), zone.date_at(range.end()));
    if from == to || zone.hh_mm(range.end()) == "00:00" && from.succ_opt() == Some(to) {
        format!("{} {}", day(lang, from), span(zone, range))
    } else {
        format!(
            "{} {} – {} {}",
            day(lang, from),
            zone.hh_mm(range.start()),
            day(lang, to),
            zone.hh_mm(range.end())
        )
    }
}

/// The time, with the date where it is not the day's own: `14:02`, `11월 22일 (일) 09:10`.
pub fn moment(lang: Lang, zone: &ZoneDay, at: Instant) -> String {
    let date = zone.date_at(at);
    if date == zone.date { zone.hh_mm(at) } else { format!("{} {}", day(lang, date), zone.hh_mm(at)) }
}

/// `1시간 30분`, `1 h 30 min`, `1일 1시간`.
pub fn duration(lang: Lang, minutes: i64) -> String {
    let minutes = minutes.max(0);
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let units: [(i64, &str, &str); 3] = [(days, "일", " d"), (hours, "시간", " h"), (rest, "분", " min")];
    let parts: Vec<String> = units
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, ko, en)| format!("{count}{}", if lang == Lang::Ko { ko } else { en }))
        .collect();
    if parts.is_empty() {
        return if lang == Lang::Ko { "0분".into() } else { "0 min".into() };
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn seoul() -> ZoneDay {
        let start = Instant::parse_rfc3339("2026-11-23T00:00:00+09:00").unwrap();
        ZoneDay {
            date: date("2026-11-23"),
            zone: "Asia/Seoul".into(),
            range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
            offset: 9 * 3_600,
            transitions: vec![],
        }
    }

    fn range(from: &str, to: &str) -> TimeRange {
        TimeRange::new(Instant::parse_rfc3339(from).unwrap(), Instant::parse_rfc3339(to).unwrap()).unwrap()
    }

    #[test]
    fn days_read_as_people_write_them() {
        assert_eq!(day(Lang::Ko, date("2026-11-23")), "11월 23일 (월)");
        assert_eq!(day(Lang::En, date("2026-11-23")), "Mon, 23 Nov");
        assert_eq!(day_with_year(Lang::Ko, date("2026-11-22")), "2026년 11월 22일 (일)");
        assert_eq!(day_with_year(Lang::En, date("2027-01-02")), "Sat, 2 Jan 2027");
    }

    #[test]
    fn twelve_hours_know_noon_and_midnight() {
        let at = |h, m| NaiveTime::from_hms_opt(h, m, 0).unwrap();
        assert_eq!(time_12(Lang::Ko, at(14, 30)), "오후 2:30");
        assert_eq!(time_12(Lang::Ko, at(0, 5)), "오전 12:05");
        assert_eq!(time_12(Lang::En, at(12, 0)), "12:00 pm");
        assert_eq!(time_24(at(9, 5)), "09:05");
    }

    #[test]
    fn spans_name_the_second_day_only_where_there_is_one() {
        let zone = seoul();
        let same = range("2026-11-23T14:00:00+09:00", "2026-11-23T15:30:00+09:00");
        assert_eq!(day_and_span(Lang::Ko, &zone, same), "11월 23일 (월) 14:00–15:30");
        let midnight = range("2026-11-23T23:00:00+09:00", "2026-11-24T00:00:00+09:00");
        assert_eq!(day_and_span(Lang::En, &zone, midnight), "Mon, 23 Nov 23:00–00:00");
        let over = range("2026-11-23T23:00:00+09:00", "2026-11-24T01:00:00+09:00");
        assert_eq!(day_and_span(Lang::Ko, &zone, over), "11월 23일 (월) 23:00 – 11월 24일 (화) 01:00");
    }

    #[test]
    fn moments_of_other_days_carry_their_date() {
        let zone = seoul();
        assert_eq!(moment(Lang::Ko, &zone, Instant::parse_rfc3339("2026-11-23T05:02:00Z").unwrap()), "14:02");
        assert_eq!(
            moment(Lang::Ko, &zone, Instant::parse_rfc3339("2026-11-22T00:10:00Z").unwrap()),
            "11월 22일 (일) 09:10"
        );
    }

    #[test]
    fn lengths() {
        assert_eq!(duration(Lang::Ko, 90), "1시간 30분");
        assert_eq!(duration(Lang::En, 90), "1 h 30 min");
        assert_eq!(duration(Lang::Ko, 30), "30분");
        assert_eq!(duration(Lang::En, 120), "2 h");
        assert_eq!(duration(Lang::En, 1_500), "1 d 1 h");
        assert_eq!(duration(Lang::Ko, -3), "0분");
    }
}
