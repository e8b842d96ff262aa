//! A booking's history in plain words: whose wish it follows, and what was lost.

use chrono::Datelike as _;
use model::ZoneDay;
use model::history::{Field, HistoryLine, HistoryValue, Side};

use crate::notice::when;
use crate::{Lang, date, tr, tr_with};

/// `제목: Google 캘린더에서 나중에 바꾼 ‘분기 회의’를 따라요. 이준이 Roomly에서 바꾼 ‘주간 회의’는 남지 않았어요.`
///
/// Of one date of a series it begins with the date.
pub fn sentence(lang: Lang, line: &HistoryLine, today: &ZoneDay) -> String {
    let said = said(lang, line, today);
    let Some(day) = &line.date else { return said };
    let same_year = day.date.year() == today.date.year();
    let day = if same_year { date::day(lang, day.date) } else { date::day_with_year(lang, day.date) };
    tr_with(lang, "history.said.of_date", &[("day", &day), ("said", &said)])
}

fn said(lang: Lang, line: &HistoryLine, today: &ZoneDay) -> String {
    let who = if line.by.is_empty() { tr(lang, "history.somebody").into_owned() } else { line.by.clone() };
    if line.field == Field::Cancel {
        let key = match (line.winner, line.kept.text.as_str()) {
            (Side::Roomly, _) => "history.said.cancelled",
            (Side::Google, "deleted") => "history.said.deleted",
            (Side::Google, _) => "history.said.kept",
        };
        return tr_with(lang, key, &[("who", &who)]);
    }
    let key = match line.winner {
        Side::Google => "history.said.google",
        Side::Roomly => "history.said.roomly",
    };
    let field = tr(lang, &format!("history.field.{}", line.field));
    let kept = value(lang, line.field, &line.kept, line.days.first(), today);
    let lost = value(lang, line.field, &line.lost, line.days.get(1), today);
    tr_with(lang, key, &[("field", &field), ("who", &who), ("kept", &kept), ("lost", &lost)])
}

fn value(lang: Lang, field: Field, value: &HistoryValue, day: Option<&ZoneDay>, today: &ZoneDay) -> String {
    if let Some((range, day)) = value.range.zip(day) {
        return when(lang, false, range, day, today);
    }
    match (field, value.text.as_str()) {
        (Field::Private, "private") => tr(lang, "history.value.private").into_owned(),
        (Field::Private, _) => tr(lang, "history.value.public").into_owned(),
        (Field::Room, "") => tr(lang, "history.value.nowhere").into_owned(),
        (_, "") => tr(lang, "history.value.untitled").into_owned(),
        (_, words) => tr_with(lang, "history.value.words", &[("value", words)]),
    }
}

#[cfg(test)]
mod tests {
    use model::{Instant, TimeRange};

    use super::*;

    fn today() -> ZoneDay {
        let start = Instant::parse_rfc3339("2026-03-04T00:00:00+09:00").unwrap();
        ZoneDay {
            date: "2026-03-04".parse().unwrap(),
            zone: "Asia/Seoul".into(),
            range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
            offset: 9 * 3_600,
            transitions: vec![],
        }
    }

    fn line(field: Field, winner: Side, kept: HistoryValue, lost: HistoryValue) -> HistoryLine {
        HistoryLine {
            at: Instant::from_secs(0),
            date: None,
            field,
            winner,
            by: "이준".into(),
            kept,
            lost,
            days: vec![],
        }
    }

    #[test]
    fn whose_wish_it_follows_and_what_was_lost() {
        let words = |text: &str| HistoryValue::of_text(text);
        let said = |lang, line: &HistoryLine| sentence(lang, line, &today());
        let title = line(Field::Title, Side::Google, words("분기 회의"), words("주간 회의"));
        assert_eq!(
            said(Lang::Ko, &title),
            "제목: Google 캘린더에서 나중에 바꾼 ‘분기 회의’를 따라요. 이준이 Roomly에서 바꾼 ‘주간 회의’는 남지 않았어요."
        );
        assert_eq!(
            said(Lang::En, &title),
            "Title: changed last in Google Calendar, to “분기 회의”. What 이준 had made of it in Roomly, “주간 회의”, was lost."
        );
        let private = line(Field::Private, Side::Roomly, words("private"), words("public"));
        assert_eq!(
            said(Lang::Ko, &private),
            "공개 여부: 이준이 Roomly에서 나중에 바꾼 비공개를 따라요. Google 캘린더에서 바꾼 공개는 남지 않았어요."
        );
        let of_date = HistoryLine { date: Some(today()), ..title };
        assert_eq!(
            said(Lang::Ko, &of_date),
            "3월 4일 (수) 일정 · 제목: Google 캘린더에서 나중에 바꾼 ‘분기 회의’를 따라요. 이준이 Roomly에서 바꾼 ‘주간 회의’는 남지 않았어요."
        );
        let nobody =
            HistoryLine { by: String::new(), ..line(Field::Room, Side::Roomly, words("한라"), words("")) };
        assert_eq!(
            said(Lang::En, &nobody),
            "Room: changed last in Roomly by somebody, to “한라”. What was made of it in Google Calendar, no room, was lost."
        );
        let at = |hour: i64| {
            let start = today().range.start().plus_minutes(hour * 60);
            HistoryValue::of_time(TimeRange::new(start, start.plus_minutes(60)).unwrap())
        };
        let time =
            HistoryLine { days: vec![today(), today()], ..line(Field::Time, Side::Roomly, at(14), at(15)) };
        assert_eq!(
            said(Lang::Ko, &time),
            "시간: 이준이 Roomly에서 나중에 바꾼 3월 4일 (수) 14:00–15:00을 따라요. Google 캘린더에서 바꾼 3월 4일 (수) 15:00–16:00은 남지 않았어요."
        );
    }

    #[test]
    fn a_cancellation_is_undone_kept_or_overtaken() {
        let said = |winner, kept: &str| {
            let line = line(Field::Cancel, winner, HistoryValue::of_text(kept), HistoryValue::default());
            sentence(Lang::En, &line, &today())
        };
        assert_eq!(
            said(Side::Roomly, "cancelled"),
            "It stays cancelled: 이준 cancelled it in Roomly last. What was changed in Google Calendar was lost."
        );
        assert_eq!(
            said(Side::Google, "changed"),
            "It is still on: it was changed last in Google Calendar. The cancellation by 이준 in Roomly was undone."
        );
        assert_eq!(
            said(Side::Google, "deleted"),
            "It was deleted in Google Calendar. What 이준 had changed in Roomly was lost with it."
        );
    }
}
