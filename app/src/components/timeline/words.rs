//! Words that are put together from a block or a room.

use model::room::{RoomHealth, RoomRow};
use model::{Block, Origin, TimeRange, ZoneDay};
use text::{Lang, tr, tr_with};

use super::layout::RoomStatus;

/// What a block is called: its title, "busy" for private ones.
pub fn title(lang: Lang, block: &Block) -> String {
    if block.private && block.title.is_empty() {
        tr(lang, "grid.busy").into_owned()
    } else if block.title.is_empty() {
        tr(lang, "grid.untitled").into_owned()
    } else {
        block.title.clone()
    }
}

/// The state's name.
pub fn state(lang: Lang, block: &Block) -> String {
    tr(lang, &format!("grid.state.{}", block.state.as_str())).into_owned()
}

/// Everything that a block shows by looks, in words: for its label, and for the tooltip where there are no hands.
pub fn describe(lang: Lang, block: &Block, day: &ZoneDay) -> String {
    let mut parts = vec![title(lang, block), text::date::span(day, block.range)];
    if !block.organizer_name.is_empty() {
        parts.push(block.organizer_name.clone());
    }
    parts.push(state(lang, block));
    parts.extend(marks(lang, block));
    parts.join(", ")
}

/// What the small signs of a block mean.
pub fn marks(lang: Lang, block: &Block) -> Vec<String> {
    let marks = [
        (block.tentative, "grid.mark.tentative"),
        (block.private, "grid.mark.private"),
        (block.exception, "grid.mark.exception"),
        (block.series && !block.exception, "grid.mark.series"),
        (block.origin == Origin::Google, "grid.mark.google"),
    ];
    marks.into_iter().filter(|(on, _)| *on).map(|(_, key)| tr(lang, key).into_owned()).collect()
}

/// `3층`, `지하 1층`, `로비`.
pub fn floor(lang: Lang, floor: &str) -> String {
    let trimmed = floor.trim().trim_end_matches(['F', 'f', '층']);
    let number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if number(trimmed) {
        return tr_with(lang, "grid.floor", &[("floor", trimmed)]);
    }
    match trimmed.strip_prefix(['B', 'b']) {
        Some(below) if number(below) => tr_with(lang, "grid.basement", &[("floor", below)]),
        _ => floor.trim().to_owned(),
    }
}

/// A group's name: building and floor.
pub fn place(lang: Lang, room: &RoomRow) -> String {
    let floor = floor(lang, &room.floor);
    match (room.building.is_empty(), floor.is_empty()) {
        (false, false) => format!("{} {floor}", room.building),
        (false, true) => room.building.clone(),
        (true, false) => floor,
        (true, true) => tr(lang, "grid.elsewhere").into_owned(),
    }
}

/// How a room stands, in words.
pub fn status(lang: Lang, status: RoomStatus, day: &ZoneDay) -> String {
    match status {
        RoomStatus::Free { until: None } => tr(lang, "grid.status.free").into_owned(),
        RoomStatus::Free { until: Some(at) } => {
            tr_with(lang, "grid.status.free_until", &[("time", &day.hh_mm(at))])
        }
        RoomStatus::Soon { at } => tr_with(lang, "grid.status.soon", &[("time", &day.hh_mm(at))]),
        RoomStatus::Busy { until } => tr_with(lang, "grid.status.busy", &[("time", &day.hh_mm(until))]),
    }
}

/// A word on a room whose data may be old; nothing where all is well.
pub fn health(lang: Lang, health: RoomHealth) -> Option<String> {
    match health {
        RoomHealth::Degraded => Some(tr(lang, "grid.health.degraded").into_owned()),
        RoomHealth::Quarantined => Some(tr(lang, "grid.health.quarantined").into_owned()),
        RoomHealth::New | RoomHealth::Live | RoomHealth::PollOnly => None,
    }
}

/// `14:00–15:00 · 1시간`.
pub fn bubble(lang: Lang, range: TimeRange, day: &ZoneDay) -> String {
    format!("{} · {}", text::date::span(day, range), text::date::duration(lang, range.length_minutes()))
}

/// The icon of a room's equipment, where the sprite has one.
pub fn feature_icon(feature: &str) -> Option<&'static str> {
    let lower = feature.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["화상", "video", "zoom", "meet"]) {
        Some("video")
    } else if has(&["화이트보드", "whiteboard", "칠판"]) {
        Some("whiteboard")
    } else if has(&["tv", "모니터", "display", "screen", "프로젝터", "projector"]) {
        Some("tv")
    } else if has(&["전화", "phone"]) {
        Some("phone")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_read_as_people_say_them() {
        assert_eq!(floor(Lang::Ko, "3"), "3층");
        assert_eq!(floor(Lang::Ko, "3F"), "3층");
        assert_eq!(floor(Lang::Ko, "B1"), "지하 1층");
        assert_eq!(floor(Lang::En, "B1"), "Basement 1");
        assert_eq!(floor(Lang::Ko, "로비"), "로비");
        assert_eq!(floor(Lang::Ko, ""), "");
    }

    #[test]
    fn equipment_finds_its_icon() {
        assert_eq!(feature_icon("화이트보드"), Some("whiteboard"));
        assert_eq!(feature_icon("4K TV"), Some("tv"));
        assert_eq!(feature_icon("창문"), None);
    }
}
