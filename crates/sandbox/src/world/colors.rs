//! `colors.get`: the palettes that colour ids refer to.

use serde_json::{Map, Value, json};

/// Backgrounds of calendars; the id is the place, from 1.
const CALENDAR: [&str; 24] = [
    "#ac725e", "#d06b64", "#f83a22", "#fa573c", "#ff7537", "#ffad46", "#42d692", "#16a765", "#7bd148",
    "#b3dc6c", "#fbe983", "#fad165", "#92e1c0", "#9fe1e7", "#9fc6e7", "#4986e7", "#9a9cff", "#b99aff",
    "#c2c2c2", "#cabdbf", "#cca6ac", "#f691b2", "#cd74e6", "#a47ae2",
];
/// Backgrounds of events.
const EVENT: [&str; 11] = [
    "#a4bdfc", "#7ae7bf", "#dbadff", "#ff887c", "#fbd75b", "#ffb878", "#46d6db", "#e1e1e1", "#5484ed",
    "#51b749", "#dc2127",
];

/// Google: `colors.get`.
pub(crate) fn palette() -> Value {
    let map = |colours: &[&str]| -> Map<String, Value> {
        let pairs = colours.iter().zip(1..);
        pairs
            .map(|(colour, id): (_, u32)| {
                (id.to_string(), json!({ "background": colour, "foreground": "#1d1d1d" }))
            })
            .collect()
    };
    json!({ "kind": "calendar#colors", "updated": "2012-02-14T00:00:00.000Z", "calendar": map(&CALENDAR),
        "event": map(&EVENT) })
}

/// The background of a calendar colour.
pub(crate) fn calendar(id: &str) -> Option<&'static str> {
    CALENDAR.get(id.parse::<usize>().ok()?.checked_sub(1)?).copied()
}

/// The id whose background is nearest to `#rrggbb`.
pub(crate) fn nearest(colour: &str) -> Option<String> {
    let wanted = parts(colour)?;
    let distance = |held: &str| {
        let held = parts(held).unwrap_or_default();
        wanted.iter().zip(held).map(|(a, b)| (a - b).pow(2)).sum::<i32>()
    };
    let (_, id) = CALENDAR.iter().zip(1_u32..).min_by_key(|(held, _)| distance(held))?;
    Some(id.to_string())
}

fn parts(colour: &str) -> Option<[i32; 3]> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| i32::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}
