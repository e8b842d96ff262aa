//! A page of a listing. It may have thousands of items, so they are read one by one: as trees, all of them together would
//! take several times what they are sent in.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::Value;
use sync::port::{Page, RemoteEvent};

use crate::event::decode_event;

#[derive(serde::Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Body {
    items: Items,
    next_page_token: Value,
    next_sync_token: Value,
    time_zone: Value,
}

#[derive(Default)]
struct Items {
    events: Vec<RemoteEvent>,
    /// Nothing can be kept under no id.
    lost: usize,
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemsVisitor)
    }
}

struct ItemsVisitor;

/// Absent and null are empty, anything else that is no list is an error.
impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Items, E> {
        Ok(Items::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items, A::Error> {
        let mut items = Items::default();
        while let Some(item) = list.next_element::<Value>()? {
            match decode_event(&item) {
                Some(event) => items.events.push(event),
                None => items.lost += 1,
            }
        }
        Ok(items)
    }
}

/// `None` where `body` is no listing. An error page in JSON has neither items nor tokens and ends the pull, which waits
/// for a sync token.
pub(super) fn page(body: &[u8]) -> Option<Page> {
    // A list would be taken for the fields in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    if body.items.lost > 0 {
        // The next full pass asks for what is missing before removing it.
        tracing::warn!(lost = body.items.lost, "listed items without an id");
    }
    Some(Page {
        events: body.items.events,
        next_page_token: text(body.next_page_token),
        next_sync_token: text(body.next_sync_token),
        zone: text(body.time_zone),
    })
}

/// A text that is not empty.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}
