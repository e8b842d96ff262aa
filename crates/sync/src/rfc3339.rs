//! Instants as Google writes them.

use chrono::DateTime;
use model::Instant;

/// Parses RFC 3339 and the offsets that Google also takes and other producers send: `+0900`, `+09`. The offset is
/// mandatory: without one the text names no instant.
pub fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    Instant::parse_rfc3339(text).or_else(|| {
        DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z").ok().map(|at| Instant::from_chrono(&at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_all_their_spellings_and_never_none() {
        let at = Instant::parse_rfc3339("2026-03-02T15:00:00Z");
        for text in [
            "2026-03-02T15:00:00Z",
            "2026-03-02T15:00:00.000Z",
            "2026-03-02T10:00:00-05:00",
            "2026-03-02T10:00:00-0500",
            "2026-03-03T00:00:00.000+0900",
            "2026-03-03T00:00:00+09",
        ] {
            assert_eq!(parse(text), at, "{text}");
        }
        for text in
            ["", "2026-03-02", "2026-03-02T15:00:00", "2026-03-02T25:00:00Z", "yesterday", "9999999999"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
