//! Which argument of a server function could not be read.
//!
//! The decoder (`serde_qs`) names a field that is missing, and says of one that has the wrong type only what is wrong with
//! it. Arguments that are more than text have one name and one type in every door, so the culprit is looked up by name.

/// The field's name, or `request` where nothing in particular is wrong. `why` is the decoder's message.
pub(super) fn field(why: &str) -> String {
    use leptos::prelude::use_context;

    let sent = use_context::<http::request::Parts>().map(|parts| {
        let form = parts.extensions.get::<crate::context::SentForm>();
        let form = form.map_or(&[][..], |form| &form.0);
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        [query, form].join(&b'&')
    });
    let missing = missing(why).map(str::to_owned);
    missing.or_else(|| mistyped(&sent?)).unwrap_or_else(|| "request".to_owned())
}

/// The name in serde's words: "missing field `end`".
fn missing(why: &str) -> Option<&str> {
    why.split_once("missing field `")?.1.split_once('`').map(|(name, _)| name)
}

/// The first argument whose value is not what its name says.
fn mistyped(pairs: &[u8]) -> Option<String> {
    let readable = |name: &str, value: &str| match name {
        "intent" => uuid::Uuid::parse_str(value).is_ok(),
        "number" | "room" | "slot" | "to_room" | "until" => value.parse::<i64>().is_ok(),
        _ => true,
    };
    let mut pairs = url::form_urlencoded::parse(pairs);
    pairs.find(|(name, value)| !readable(name, value)).map(|(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named() {
        assert_eq!(missing("missing field `end`"), Some("end"));
        assert_eq!(missing("invalid digit found in string"), None);
        let culprit = |pairs: &str| mistyped(pairs.as_bytes());
        assert_eq!(culprit("title=x&room=eins").as_deref(), Some("room"));
        assert_eq!(culprit("intent=&room=1").as_deref(), Some("intent"));
        assert_eq!(culprit("number=99999999999999999999").as_deref(), Some("number"));
        assert_eq!(culprit("room=1&number=-2&slot=5&title=x"), None);
    }
}
