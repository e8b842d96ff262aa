//! Refusals and errors as full sentences for a person: what happened, why, and what would work.

use model::refusal::{AlternativeKind, TimeProblem, What, WhoMay};
use model::{Alternative, ApiError, Refusal, ZoneDay};

use crate::{Lang, date, tr, tr_known, tr_with};

/// Why it was not done. With `day`, times are named as that day's wall clock shows them.
pub fn refusal(lang: Lang, refusal: &Refusal, day: Option<&ZoneDay>) -> String {
    match refusal {
        Refusal::RoomTaken { room_name, held, by, .. } => {
            let span = day.map(|day| date::span(day, *held));
            let key = match (&span, by) {
                (Some(_), Some(_)) => "refusal.room_taken.by_at",
                (Some(_), None) => "refusal.room_taken.at",
                (None, Some(_)) => "refusal.room_taken.by",
                (None, None) => "refusal.room_taken.plain",
            };
            let args = [
                ("room", room_name.as_str()),
                ("span", span.as_deref().unwrap_or_default()),
                ("by", by.as_deref().unwrap_or_default()),
            ];
            tr_with(lang, key, &args)
        }
        Refusal::InvalidTime { problem } => {
            let days = model::limits::DAYS_AHEAD.to_string();
            let longest = date::duration(lang, model::limits::BOOKING_MINUTES);
            let shortest = date::duration(lang, model::limits::BOOKING_MIN_MINUTES);
            let args = [("days", days.as_str()), ("longest", &longest), ("shortest", &shortest)];
            tr_with(lang, time_problem(*problem), &args)
        }
        Refusal::NotAllowed { who_may } => tr(lang, who_may_key(*who_may)).into_owned(),
        Refusal::NotFound { what } => tr(lang, what_key(*what)).into_owned(),
        Refusal::InvalidField { field, limit } => invalid_field(lang, field, Some(limit)),
        Refusal::Stale => tr(lang, "refusal.stale").into_owned(),
        Refusal::ChangeInGoogle => tr(lang, "refusal.change_in_google").into_owned(),
    }
}

/// What went wrong and what to do about it.
pub fn error(lang: Lang, error: &ApiError) -> String {
    if let Some(refused) = &error.refusal {
        return refusal(lang, refused, None);
    }
    if let Some(field) = error.field.as_deref().filter(|_| error.code == model::ErrorCode::InvalidField) {
        return invalid_field(lang, field, None);
    }
    let (title, help) = (format!("errors.{}.title", error.code), format!("errors.{}.help", error.code));
    format!("{} {}", tr(lang, &title), tr(lang, &help))
}

/// Another way, as on a button: `설악 14:00–15:00`.
pub fn alternative(lang: Lang, alternative: &Alternative, day: &ZoneDay) -> String {
    let span = date::span(day, alternative.range);
    let key = match alternative.kind {
        AlternativeKind::OtherRoom => "refusal.alternative.other_room",
        AlternativeKind::Earlier => "refusal.alternative.earlier",
        AlternativeKind::Later => "refusal.alternative.later",
        AlternativeKind::Shorter => "refusal.alternative.shorter",
    };
    tr_with(lang, key, &[("room", &alternative.room_name), ("span", &span)])
}

fn invalid_field(lang: Lang, field: &str, limit: Option<&str>) -> String {
    let label = tr_known(lang, &format!("fields.{field}")).unwrap_or_else(|| field.to_owned().into());
    match limit.filter(|limit| !limit.is_empty()) {
        Some(limit) => tr_with(lang, "refusal.invalid_field.limit", &[("field", &label), ("limit", limit)]),
        None => tr_with(lang, "refusal.invalid_field.plain", &[("field", &label)]),
    }
}

const fn time_problem(problem: TimeProblem) -> &'static str {
    match problem {
        TimeProblem::EndsBeforeItStarts => "refusal.time.ends_before_it_starts",
        TimeProblem::TooShort => "refusal.time.too_short",
        TimeProblem::TooLong => "refusal.time.too_long",
        TimeProblem::InThePast => "refusal.time.in_the_past",
        TimeProblem::TooFarAhead => "refusal.time.too_far_ahead",
        TimeProblem::Unreadable => "refusal.time.unreadable",
    }
}

const fn who_may_key(who_may: WhoMay) -> &'static str {
    match who_may {
        WhoMay::OrganizerOrAdmin => "refusal.not_allowed.organizer_or_admin",
        WhoMay::Admin => "refusal.not_allowed.admin",
        WhoMay::Organizer => "refusal.not_allowed.organizer",
    }
}

const fn what_key(what: What) -> &'static str {
    match what {
        What::Booking => "refusal.not_found.booking",
        What::Room => "refusal.not_found.room",
        What::Person => "refusal.not_found.person",
        What::Display => "refusal.not_found.display",
        What::Token => "refusal.not_found.token",
    }
}

#[cfg(test)]
mod tests {
    use model::{ErrorCode, Instant, TimeRange};

    use super::*;

    fn day() -> ZoneDay {
        let start = Instant::parse_rfc3339("2026-11-23T00:00:00+09:00").unwrap();
        ZoneDay {
            date: "2026-11-23".parse().unwrap(),
            zone: "Asia/Seoul".into(),
            range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
            offset: 9 * 3_600,
            transitions: vec![],
        }
    }

    fn taken(room_name: &str, by: Option<&str>) -> Refusal {
        let start = day().range.start().plus_minutes(14 * 60);
        Refusal::RoomTaken {
            room_name: room_name.into(),
            held: TimeRange::new(start, start.plus_minutes(60)).unwrap(),
            by: by.map(str::to_owned),
            alternatives: vec![],
        }
    }

    #[test]
    fn a_taken_room_is_said_with_its_particle() {
        let day = day();
        assert_eq!(
            refusal(Lang::Ko, &taken("한라", Some("김민아")), Some(&day)),
            "한라는 14:00–15:00에 김민아 님이 이미 예약했어요. 다른 시간이나 다른 회의실을 골라 주세요."
        );
        assert_eq!(
            refusal(Lang::Ko, &taken("백록담", None), Some(&day)),
            "백록담은 14:00–15:00에 이미 예약되어 있어요. 다른 시간이나 다른 회의실을 골라 주세요."
        );
        assert_eq!(
            refusal(Lang::En, &taken("Hudson", Some("Jane Smith")), Some(&day)),
            "Jane Smith already has Hudson from 14:00–15:00. Choose another time or another room."
        );
    }

    #[test]
    fn every_refusal_is_a_sentence_in_every_language() {
        let times = [
            TimeProblem::EndsBeforeItStarts,
            TimeProblem::TooShort,
            TimeProblem::TooLong,
            TimeProblem::InThePast,
            TimeProblem::TooFarAhead,
            TimeProblem::Unreadable,
        ];
        let mut refusals: Vec<Refusal> =
            times.into_iter().map(|problem| Refusal::InvalidTime { problem }).collect();
        refusals.extend(
            [WhoMay::OrganizerOrAdmin, WhoMay::Admin, WhoMay::Organizer]
                .map(|who_may| Refusal::NotAllowed { who_may }),
        );
        refusals.extend(
            [What::Booking, What::Room, What::Person, What::Display].map(|what| Refusal::NotFound { what }),
        );
        refusals.extend([
            taken("지리", Some("이준")),
            taken("지리", None),
            Refusal::Stale,
            Refusal::ChangeInGoogle,
        ]);
        refusals.push(Refusal::InvalidField { field: "title".into(), limit: "300".into() });
        refusals.push(Refusal::InvalidField { field: "odd".into(), limit: String::new() });
        for lang in Lang::ALL {
            for refused in &refusals {
                for day in [None, Some(&day())] {
                    check_sentence(&refusal(lang, refused, day));
                }
            }
            for code in ErrorCode::ALL {
                check_sentence(&error(lang, &ApiError::new(*code)));
            }
            check_sentence(&error(lang, &ApiError::field("guests")));
        }
    }

    fn check_sentence(text: &str) {
        assert!(text.ends_with(['.', '?']), "{text}");
        assert!(
            !text.contains(['{', '}', '%']) && !text.contains("refusal.") && !text.contains("errors."),
            "{text}"
        );
    }
}
