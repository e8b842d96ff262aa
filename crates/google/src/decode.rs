//! An HTTP response as what the call came to.

use bytes::Bytes;
use google_calendar3::api;
use http::Response;
use model::Instant;
use serde::Deserialize as _;
use serde_json::Value;
use sync::port::{ChannelGrant, Failure, Outcome, Page, RemoteOp};

use crate::event::{decode_event, decode_owned};
use crate::failure::failure;
use crate::wire::{list, text};

/// What `response` to `op` means.
pub fn decode(op: &RemoteOp, response: Response<Bytes>) -> Outcome {
    if !response.status().is_success() {
        return Outcome::Failed(failure(Some(op), &response));
    }
    // What is deleted or stopped is answered by silence. A page that somebody else put there says nothing about it.
    let silent = response.body().trim_ascii().is_empty();
    match op {
        RemoteOp::EventDelete { .. } if silent => return Outcome::Deleted,
        RemoteOp::ChannelStop { .. } if silent => return Outcome::Stopped,
        _ => {}
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(response.body()) else { return malformed("not json") };
    if !body.is_object() {
        return malformed("no object");
    }
    match op {
        RemoteOp::EventInsert { .. } | RemoteOp::EventPatch { .. } | RemoteOp::EventGet { .. } => {
            decode_event(&body).map_or_else(|| malformed("no event"), |event| Outcome::Event(Box::new(event)))
        }
        RemoteOp::EventsList { .. } | RemoteOp::EventInstances { .. } => {
            page(&mut body).map_or_else(Outcome::Failed, Outcome::Page)
        }
        RemoteOp::Watch { channel_id, .. } => channel(&body, channel_id),
        RemoteOp::CalendarGet { .. } => Outcome::Calendar {
            zone: api::Calendar::deserialize(&body)
                .map_or_else(|_| text(&body, "timeZone").map(str::to_owned), |calendar| calendar.time_zone)
                .filter(|zone| !zone.is_empty()),
        },
        RemoteOp::EventDelete { .. } => Outcome::Deleted,
        RemoteOp::ChannelStop { .. } => Outcome::Stopped,
    }
}

fn malformed(detail: &str) -> Outcome {
    Outcome::Failed(Failure::Malformed { detail: detail.to_owned() })
}

/// Items one by one. A body that is no listing (an error page in JSON) has neither items nor tokens and ends the pull,
/// which waits for a sync token.
fn page(body: &mut Value) -> Result<Page, Failure> {
    list(body, "items")?;
    // Taken out, not copied: a page may have thousands.
    let items = match body.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let listed = items.len();
    let events: Vec<_> = items.into_iter().filter_map(decode_owned).collect();
    if events.len() < listed {
        // Nothing can be kept under no id; the next full pass asks for what is missing before removing it.
        tracing::warn!(lost = listed - events.len(), "listed items without an id");
    }
    Ok(Page {
        events,
        next_page_token: text(body, "nextPageToken").map(str::to_owned),
        next_sync_token: text(body, "nextSyncToken").map(str::to_owned),
        zone: text(body, "timeZone").map(str::to_owned),
    })
}

fn channel(body: &Value, asked: &str) -> Outcome {
    let Some(resource_id) = text(body, "resourceId") else { return malformed("no resource id") };
    // A string per discovery, a number in the guide's sample.
    let expiration = &body["expiration"];
    let millis =
        expiration.as_i64().or_else(|| expiration.as_str().and_then(|text| text.trim().parse().ok()));
    Outcome::Channel(ChannelGrant {
        channel_id: text(body, "id").unwrap_or(asked).to_owned(),
        resource_id: resource_id.to_owned(),
        expires: millis.map(Instant::from_millis),
    })
}

#[cfg(test)]
mod tests;
