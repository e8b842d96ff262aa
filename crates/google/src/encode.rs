//! A call of the port as an HTTP request to Calendar v3, without its `Authorization`.

use bytes::Bytes;
use http::header::{HeaderValue, IF_MATCH};
use http::{Method, Request};
use serde_json::json;
use sync::port::{Failure, Notify, RemoteOp};

use crate::wire::{request, segment, unsendable};

/// Items a page, as many as Google gives; the same on every page and in every later delta, as sync tokens demand.
const MAX_RESULTS: &str = "2500";

/// `root` is the API's root: `https://www.googleapis.com` or `GOOGLE_API_ROOT`.
///
/// Fails only for ids and tokens that fit into no address or header.
pub fn encode(op: &RemoteOp, root: &str) -> Result<Request<Bytes>, Failure> {
    let events = |calendar: &str| format!("/calendar/v3/calendars/{}/events", segment(calendar));
    let event_path = |calendar: &str, event: &str| format!("{}/{}", events(calendar), segment(event));
    match op {
        RemoteOp::EventInsert { calendar, body, notify } => {
            request(Method::POST, root, &events(calendar), &[send_updates(*notify)], Some(body))
        }
        RemoteOp::EventPatch { calendar, event, if_match, patch, notify } => {
            let path = event_path(calendar, event);
            conditional(
                request(Method::PATCH, root, &path, &[send_updates(*notify)], Some(patch))?,
                if_match.as_deref(),
            )
        }
        RemoteOp::EventDelete { calendar, event, if_match, notify } => {
            let path = event_path(calendar, event);
            conditional(
                request(Method::DELETE, root, &path, &[send_updates(*notify)], None)?,
                if_match.as_deref(),
            )
        }
        RemoteOp::EventGet { calendar, event } => {
            request(Method::GET, root, &event_path(calendar, event), &[], None)
        }
        RemoteOp::EventsList { calendar, sync_token, page_token } => request(
            Method::GET,
            root,
            &events(calendar),
            &[
                ("maxResults", Some(MAX_RESULTS)),
                ("singleEvents", Some("false")),
                ("showDeleted", Some("true")),
                ("syncToken", sync_token.as_deref()),
                ("pageToken", page_token.as_deref()),
            ],
            None,
        ),
        RemoteOp::EventInstances { calendar, event, window, page_token } => request(
            Method::GET,
            root,
            &format!("{}/instances", event_path(calendar, event)),
            &[
                ("maxResults", Some(MAX_RESULTS)),
                ("showDeleted", Some("true")),
                ("timeMin", Some(&window.start().to_rfc3339())),
                ("timeMax", Some(&window.end().to_rfc3339())),
                ("pageToken", page_token.as_deref()),
            ],
            None,
        ),
        RemoteOp::Watch { calendar, channel_id, address, token, ttl_secs } => {
            let body = json!({
                "id": channel_id,
                "type": "web_hook",
                "address": address,
                "token": token,
                // A string per discovery.
                "params": { "ttl": ttl_secs.to_string() },
            });
            request(Method::POST, root, &format!("{}/watch", events(calendar)), &[], Some(&body))
        }
        RemoteOp::ChannelStop { channel_id, resource_id } => {
            let body = json!({ "id": channel_id, "resourceId": resource_id });
            request(Method::POST, root, "/calendar/v3/channels/stop", &[], Some(&body))
        }
        RemoteOp::CalendarGet { calendar } => {
            request(Method::GET, root, &format!("/calendar/v3/calendars/{}", segment(calendar)), &[], None)
        }
    }
}

const fn send_updates(notify: Notify) -> (&'static str, Option<&'static str>) {
    let who = match notify {
        Notify::All => "all",
        Notify::None => "none",
    };
    ("sendUpdates", Some(who))
}

fn conditional(mut request: Request<Bytes>, etag: Option<&str>) -> Result<Request<Bytes>, Failure> {
    if let Some(etag) = etag {
        let value = HeaderValue::from_str(etag).map_err(|_| unsendable())?;
        request.headers_mut().insert(IF_MATCH, value);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Instant, TimeRange};
    use serde_json::Value;

    const ROOT: &str = "https://www.googleapis.com/";
    const ROOM: &str = "c_1@resource.calendar.google.com";

    fn line(op: &RemoteOp) -> String {
        let request = encode(op, ROOT).unwrap();
        format!("{} {}", request.method(), request.uri())
    }

    #[test]
    fn every_call_has_its_line() {
        let window = TimeRange::new(Instant::from_secs(0), Instant::from_secs(3_600)).unwrap();
        let calendar = || ROOM.to_owned();
        let event = || "abc".to_owned();
        let base = "https://www.googleapis.com/calendar/v3/calendars/c_1%40resource.calendar.google.com";
        for (op, expected) in [
            (
                RemoteOp::EventInsert { calendar: calendar(), body: json!({}), notify: Notify::All },
                format!("POST {base}/events?sendUpdates=all"),
            ),
            (
                RemoteOp::EventPatch {
                    calendar: calendar(),
                    event: event(),
                    if_match: None,
                    patch: json!({}),
                    notify: Notify::None,
                },
                format!("PATCH {base}/events/abc?sendUpdates=none"),
            ),
            (
                RemoteOp::EventDelete {
                    calendar: calendar(),
                    event: event(),
                    if_match: None,
                    notify: Notify::All,
                },
                format!("DELETE {base}/events/abc?sendUpdates=all"),
            ),
            (
                RemoteOp::EventGet { calendar: calendar(), event: "a/b".into() },
                format!("GET {base}/events/a%2Fb"),
            ),
            (
                RemoteOp::EventsList { calendar: calendar(), sync_token: None, page_token: None },
                format!("GET {base}/events?maxResults=2500&singleEvents=false&showDeleted=true"),
            ),
            (
                RemoteOp::EventsList {
                    calendar: calendar(),
                    sync_token: Some("CJ+/=&x".into()),
                    page_token: Some("p 2".into()),
                },
                format!(
                    "GET {base}/events?maxResults=2500&singleEvents=false&showDeleted=true&syncToken=CJ%2B%2F%3D%26x&pageToken=p+2"
                ),
            ),
            (
                RemoteOp::EventInstances { calendar: calendar(), event: event(), window, page_token: None },
                format!(
                    "GET {base}/events/abc/instances?maxResults=2500&showDeleted=true&timeMin=1970-01-01T00%3A00%3A00Z&timeMax=1970-01-01T01%3A00%3A00Z"
                ),
            ),
            (
                RemoteOp::Watch {
                    calendar: calendar(),
                    channel_id: "ch".into(),
                    address: "https://roomly.example/hooks".into(),
                    token: "t".into(),
                    ttl_secs: 604_800,
                },
                format!("POST {base}/events/watch"),
            ),
            (
                RemoteOp::ChannelStop { channel_id: "ch".into(), resource_id: "res".into() },
                "POST https://www.googleapis.com/calendar/v3/channels/stop".to_owned(),
            ),
            (RemoteOp::CalendarGet { calendar: calendar() }, format!("GET {base}")),
        ] {
            assert_eq!(line(&op), expected);
        }
    }

    #[test]
    fn bodies_and_conditions_go_as_they_are() {
        let op = RemoteOp::EventPatch {
            calendar: ROOM.into(),
            event: "abc".into(),
            if_match: Some("\"3384562\"".into()),
            patch: json!({ "summary": null }),
            notify: Notify::None,
        };
        let request = encode(&op, ROOT).unwrap();
        assert_eq!(request.headers()[IF_MATCH], "\"3384562\"");
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.body().as_ref(), br#"{"summary":null}"#);

        let op = RemoteOp::Watch {
            calendar: ROOM.into(),
            channel_id: "ch".into(),
            address: "https://roomly.example/hooks".into(),
            token: "t".into(),
            ttl_secs: 3_600,
        };
        let body: Value = serde_json::from_slice(encode(&op, ROOT).unwrap().body()).unwrap();
        assert_eq!(
            body,
            json!({
                "id": "ch", "type": "web_hook", "address": "https://roomly.example/hooks", "token": "t",
                "params": { "ttl": "3600" }
            })
        );
    }

    #[test]
    fn what_fits_into_no_header_is_refused() {
        let op = RemoteOp::EventDelete {
            calendar: ROOM.into(),
            event: "abc".into(),
            if_match: Some("a\r\nb".into()),
            notify: Notify::None,
        };
        assert!(encode(&op, ROOT).is_err());
    }
}
