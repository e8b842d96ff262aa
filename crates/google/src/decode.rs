//! An HTTP response as what the call came to.

mod page;

use bytes::Bytes;
use google_calendar3::api;
use http::Response;
use model::Instant;
use page::page;
use serde::Deserialize as _;
use serde_json::Value;
use sync::port::{ChannelGrant, Failure, Outcome, RemoteOp};

use crate::event::decode_event;
use crate::failure::failure;
use crate::wire::text;

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
    read(op, response.body())
        .unwrap_or_else(|detail| Outcome::Failed(Failure::Malformed { detail: detail.to_owned() }))
}

/// A success with a body, or what is wrong with it.
fn read(op: &RemoteOp, body: &[u8]) -> Result<Outcome, &'static str> {
    let object = || match serde_json::from_slice::<Value>(body) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err("no object"),
        Err(_) => Err("not json"),
    };
    match op {
        RemoteOp::EventInsert { .. } | RemoteOp::EventPatch { .. } | RemoteOp::EventGet { .. } => {
            let event = decode_event(&object()?).ok_or("no event")?;
            Ok(Outcome::Event(Box::new(event)))
        }
        RemoteOp::EventsList { .. } | RemoteOp::EventInstances { .. } => {
            page(body).map(Outcome::Page).ok_or("no listing")
        }
        RemoteOp::Watch { channel_id, .. } => channel(&object()?, channel_id),
        RemoteOp::CalendarGet { .. } => {
            let body = object()?;
            let zone = api::Calendar::deserialize(&body)
                .map_or_else(|_| text(&body, "timeZone").map(str::to_owned), |calendar| calendar.time_zone)
                .filter(|zone| !zone.is_empty());
            Ok(Outcome::Calendar { zone })
        }
        RemoteOp::EventDelete { .. } => object().map(|_| Outcome::Deleted),
        RemoteOp::ChannelStop { .. } => object().map(|_| Outcome::Stopped),
    }
}

fn channel(body: &Value, asked: &str) -> Result<Outcome, &'static str> {
    let resource_id = text(body, "resourceId").ok_or("no resource id")?;
    // A string per discovery, a number in the guide's sample.
    let expiration = &body["expiration"];
    let millis =
        expiration.as_i64().or_else(|| expiration.as_str().and_then(|text| text.trim().parse().ok()));
    Ok(Outcome::Channel(ChannelGrant {
        channel_id: text(body, "id").unwrap_or(asked).to_owned(),
        resource_id: resource_id.to_owned(),
        expires: millis.map(Instant::from_millis),
    }))
}

#[cfg(test)]
mod tests;
