//! Notices in plain words: the same for whatever channel carries them.

use chrono::Datelike;
use model::notice::{Naming, Notice, NoticeHolder, NoticeReason, Standing};
use model::{TimeRange, ZoneDay};

use crate::{Lang, date, tr, tr_with};

/// `한라, 3월 4일 (수) 10:00–11:00: 반복 일정 ‘주간 회의’가 다른 예약과 겹쳐요.` Of several dates the first is named, and
/// how many more there are. `days`: those of the notice's dates; `today` in the same zone.
pub fn sentence(lang: Lang, notice: &Notice, days: &[ZoneDay], today: &ZoneDay) -> String {
    let first = notice.dates.first().zip(days.first());
    let first = first.map(|(date, day)| when(lang, notice.all_day, date.range, day, today));
    let first = first.unwrap_or_default();
    let when = match notice.dates.len() {
        0 | 1 => first,
        count => tr_with(lang, "notices.several", &[("when", &first), ("n", &(count - 1).to_string())]),
    };
    let subject = subject(lang, &notice.naming, notice.series);
    let key = match notice.reason {
        NoticeReason::Overlaps => "notices.said.overlaps",
        NoticeReason::OutsideFirst => "notices.said.outside_first",
        NoticeReason::RoomDeclined => "notices.said.room_declined",
        NoticeReason::GoogleRefused => "notices.said.google_refused",
        NoticeReason::RoomGone => "notices.said.room_gone",
        NoticeReason::ChangedInGoogle => "notices.said.changed_in_google",
        NoticeReason::DeletedInGoogle => "notices.said.deleted_in_google",
        NoticeReason::KeptInGoogle => "notices.said.kept_in_google",
    };
    tr_with(lang, key, &[("room", &notice.room_name), ("when", &when), ("subject", &subject)])
}

/// The date and the times; the year as well where it is not today's.
pub fn when(lang: Lang, all_day: bool, range: TimeRange, day: &ZoneDay, today: &ZoneDay) -> String {
    let date = day.date_at(range.start());
    let (same_year, own_day) = (date.year() == today.date.year(), range.end() <= day.range.end());
    let named = if same_year { date::day(lang, date) } else { date::day_with_year(lang, date) };
    match (all_day, own_day) {
        (true, _) => tr_with(lang, "notices.all_day", &[("day", &named)]),
        (false, true) => format!("{named} {}", date::span(day, range)),
        (false, false) => date::day_and_span(lang, day, range),
    }
}

/// Who has the room, as far as the reader may know: `‘디자인 리뷰’ · 박서준`.
pub fn holder(lang: Lang, holder: &NoticeHolder) -> String {
    let who = match &holder.naming {
        Naming::Private => tr(lang, "notices.holder.private").into_owned(),
        Naming::Titled(title) if title.is_empty() => tr(lang, "notices.holder.untitled").into_owned(),
        Naming::Titled(title) => tr_with(lang, "notices.holder.titled", &[("title", title)]),
    };
    if holder.by.is_empty() {
        return who;
    }
    tr_with(lang, "notices.by", &[("who", &who), ("by", &holder.by)])
}

/// What became of a date since it was told; nothing where it is as it was.
pub fn standing(lang: Lang, standing: Standing) -> Option<String> {
    let key = match standing {
        Standing::AsTold => return None,
        Standing::Settled => "notices.standing.settled",
        Standing::Moved => "notices.standing.moved",
        Standing::Gone => "notices.standing.gone",
    };
    Some(tr(lang, key).into_owned())
}

fn subject(lang: Lang, naming: &Naming, series: bool) -> String {
    match (naming, series) {
        (Naming::Private, false) => tr(lang, "notices.subject.private").into_owned(),
        (Naming::Private, true) => tr(lang, "notices.subject.series.private").into_owned(),
        (Naming::Titled(title), false) if title.is_empty() => {
            tr(lang, "notices.subject.untitled").into_owned()
        }
        (Naming::Titled(title), true) if title.is_empty() => {
            tr(lang, "notices.subject.series.untitled").into_owned()
        }
        (Naming::Titled(title), false) => tr_with(lang, "notices.subject.titled", &[("title", title)]),
        (Naming::Titled(title), true) => tr_with(lang, "notices.subject.series.titled", &[("title", title)]),
    }
}

#[cfg(test)]
mod tests {
    use model::notice::NoticeDate;
    use model::{BookingNumber, Instant, RoomNumber};

    use super::*;

    fn seoul(date: &str) -> ZoneDay {
        let start = Instant::parse_rfc3339(&format!("{date}T00:00:00+09:00")).unwrap();
        ZoneDay {
            date: date.parse().unwrap(),
            zone: "Asia/Seoul".into(),
            range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
            offset: 9 * 3_600,
            transitions: vec![],
        }
    }

    fn range(date: &str, from: &str, minutes: i64) -> TimeRange {
        let start = Instant::parse_rfc3339(&format!("{date}T{from}:00+09:00")).unwrap();
        TimeRange::new(start, start.plus_minutes(minutes)).unwrap()
    }

    fn notice(reason: NoticeReason, naming: Naming, series: bool, dates: &[&str]) -> (Notice, Vec<ZoneDay>) {
        let date = |date: &&str| NoticeDate {
            slot: None,
            range: range(date, "10:00", 60),
            standing: Standing::AsTold,
        };
        let notice = Notice {
            reason,
            booking: BookingNumber(1_001),
            room: RoomNumber(1),
            room_name: "한라".into(),
            naming,
            series,
            all_day: false,
            holder: None,
            dates: dates.iter().map(date).collect(),
            at: Instant::from_secs(0),
            seen: false,
        };
        (notice, dates.iter().map(|date| seoul(date)).collect())
    }

    fn titled(title: &str) -> Naming {
        Naming::Titled(title.into())
    }

    #[test]
    fn every_reason_is_a_sentence_in_every_language() {
        let said = |lang, reason, naming, series, dates: &[&str]| {
            let (notice, days) = notice(reason, naming, series, dates);
            sentence(lang, &notice, &days, &seoul("2026-01-05"))
        };
        let wednesday = ["2026-03-04"];
        let (ko, en) = (Lang::Ko, Lang::En);
        for (lang, reason, naming, series, expected) in [
            (
                ko,
                NoticeReason::Overlaps,
                titled("주간 회의"),
                true,
                "한라, 3월 4일 (수) 10:00–11:00: 반복 일정 ‘주간 회의’가 다른 예약과 겹쳐요.",
            ),
            (
                ko,
                NoticeReason::Overlaps,
                titled("면접"),
                false,
                "한라, 3월 4일 (수) 10:00–11:00: 예약 ‘면접’이 다른 예약과 겹쳐요.",
            ),
            (
                ko,
                NoticeReason::Overlaps,
                Naming::Private,
                true,
                "한라, 3월 4일 (수) 10:00–11:00: 비공개 반복 일정이 다른 예약과 겹쳐요.",
            ),
            (
                ko,
                NoticeReason::OutsideFirst,
                titled("1:1"),
                false,
                "한라, 3월 4일 (수) 10:00–11:00: Google 캘린더에서 잡힌 예약이 먼저라 예약 ‘1:1’은 회의실을 쓸 수 없어요.",
            ),
            (
                ko,
                NoticeReason::RoomDeclined,
                titled("리뷰"),
                false,
                "한라, 3월 4일 (수) 10:00–11:00: 회의실이 예약 ‘리뷰’를 거절했어요. 그 시간에 다른 예약이 있어요.",
            ),
            (
                ko,
                NoticeReason::GoogleRefused,
                titled(""),
                false,
                "한라, 3월 4일 (수) 10:00–11:00: Google 캘린더가 제목 없는 예약을 받아들이지 않았어요.",
            ),
            (
                en,
                NoticeReason::Overlaps,
                titled("Weekly"),
                true,
                "한라, Wed, 4 Mar 10:00–11:00: the series “Weekly” overlaps another booking.",
            ),
            (
                en,
                NoticeReason::OutsideFirst,
                titled("1:1"),
                false,
                "한라, Wed, 4 Mar 10:00–11:00: the booking “1:1” lost the room to a booking made in Google Calendar.",
            ),
            (
                en,
                NoticeReason::RoomDeclined,
                Naming::Private,
                false,
                "한라, Wed, 4 Mar 10:00–11:00: the room declined a private booking; it is busy at that time.",
            ),
            (
                en,
                NoticeReason::GoogleRefused,
                titled(""),
                true,
                "한라, Wed, 4 Mar 10:00–11:00: Google Calendar did not accept a series without a title.",
            ),
        ] {
            assert_eq!(said(lang, reason, naming, series, &wednesday), expected);
        }
        let three = ["2026-03-04", "2026-03-11", "2026-03-18"];
        assert_eq!(
            said(ko, NoticeReason::Overlaps, titled("주간 회의"), true, &three),
            "한라, 3월 4일 (수) 10:00–11:00 외 2건: 반복 일정 ‘주간 회의’가 다른 예약과 겹쳐요."
        );
        assert_eq!(
            said(en, NoticeReason::Overlaps, titled("%{when}"), true, &three),
            "한라, Wed, 4 Mar 10:00–11:00 and 2 more: the series “%{when}” overlaps another booking."
        );
    }

    #[test]
    fn another_year_is_named_and_so_is_a_second_day() {
        let (day, today) = (seoul("2027-03-04"), seoul("2026-11-30"));
        let said = |all_day, range, today: &ZoneDay| when(Lang::Ko, all_day, range, &day, today);
        assert_eq!(said(false, range("2027-03-04", "10:00", 60), &today), "2027년 3월 4일 (목) 10:00–11:00");
        assert_eq!(said(false, range("2027-03-04", "10:00", 60), &day), "3월 4일 (목) 10:00–11:00");
        assert_eq!(said(false, range("2027-03-04", "23:00", 60), &day), "3월 4일 (목) 23:00–00:00");
        assert_eq!(
            said(false, range("2027-03-04", "23:00", 120), &day),
            "3월 4일 (목) 23:00 – 3월 5일 (금) 01:00"
        );
        assert_eq!(said(true, range("2027-03-04", "00:00", 1_440), &day), "3월 4일 (목) 종일");
    }

    #[test]
    fn a_holder_is_named_as_far_as_it_may_be() {
        let said = |naming, by: &str| holder(Lang::Ko, &NoticeHolder { number: None, naming, by: by.into() });
        assert_eq!(said(titled("디자인 리뷰"), "박서준"), "‘디자인 리뷰’ · 박서준");
        assert_eq!(said(titled(""), ""), "제목 없는 예약");
        assert_eq!(said(Naming::Private, ""), "비공개 예약");
    }
}
