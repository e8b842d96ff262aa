//! Error answers: by status and reason, in both of Google's forms (facts: google-calendar §7, google-directory).

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, Response};
use serde_json::Value;
use sync::port::{Failure, RemoteOp};

use crate::wire::reason_word;

/// `quotaExceeded` is an abuse limit that lasts hours; asking every few minutes prolongs it.
const ABUSE_LIMIT_SECS: i64 = 3_600;

/// Reasons in order of how telling they are: `errors[].reason`, `details[].reason`, `status`.
pub(crate) struct Reasons(Vec<String>);

impl Reasons {
    pub(crate) fn of(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let error = &body["error"];
        let each = |name: &str| {
            let entries = error[name].as_array().map_or(&[][..], Vec::as_slice);
            entries.iter().filter_map(|entry| entry["reason"].as_str()).map(reason_word).collect::<Vec<_>>()
        };
        let mut reasons = each("errors");
        reasons.extend(each("details"));
        reasons.extend(error["status"].as_str().or_else(|| error.as_str()).map(reason_word));
        Self(reasons)
    }

    fn any(&self, words: &[&str]) -> bool {
        self.0.iter().any(|reason| words.contains(&reason.as_str()))
    }

    pub(crate) fn first(&self) -> String {
        self.0.first().cloned().unwrap_or_else(|| "unknown".to_owned())
    }
}

/// What a status that is no success means. `op` where it is a Calendar call.
pub(crate) fn failure(op: Option<&RemoteOp>, response: &Response<Bytes>) -> Failure {
    let status = response.status().as_u16();
    let reasons = Reasons::of(response.body());
    let listing = matches!(op, Some(RemoteOp::EventsList { .. } | RemoteOp::EventInstances { .. }));
    let watching = matches!(op, Some(RemoteOp::Watch { .. }));
    if watching
        && reasons.any(&[
            "pushNotSupportedForRequestedResource",
            "push.webhookUrlUnauthorized",
            "push.webhookUrlNotHttps",
        ])
    {
        return Failure::PushUnsupported { reason: reasons.first() };
    }
    match status {
        401 => Failure::Unauthorized,
        403 | 429 => rate_limit(status, &reasons, response.headers())
            .unwrap_or_else(|| Failure::Forbidden { reason: reasons.first() }),
        404 => Failure::NotFound,
        // `conflict` says that parts of a batch met; anything else says that the id is taken.
        409 if reasons.any(&["conflict", "ABORTED"]) => Failure::Unknown { detail: "conflict".to_owned() },
        409 => Failure::Duplicate,
        410 if reasons.any(&["fullSyncRequired", "updatedMinTooLongAgo"]) => Failure::FullSyncRequired,
        410 if listing && !reasons.any(&["deleted"]) => Failure::FullSyncRequired,
        410 => Failure::Deleted,
        412 => Failure::PreconditionFailed,
        408 | 500..=599 => Failure::Unknown { detail: format!("http {status}") },
        400..=499 => Failure::Rejected { status, reason: reasons.first() },
        // Redirects are not followed, and informational answers are no answers.
        _ => Failure::Unknown { detail: format!("http {status}") },
    }
}

fn rate_limit(status: u16, reasons: &Reasons, headers: &HeaderMap) -> Option<Failure> {
    let hint = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse::<i64>().ok())
        .filter(|secs| *secs >= 0);
    if reasons.any(&["quotaExceeded"]) {
        return Some(Failure::RateLimited { retry_after_secs: Some(hint.unwrap_or(ABUSE_LIMIT_SECS)) });
    }
    let limited = status == 429
        || reasons.any(&[
            "rateLimitExceeded",
            "userRateLimitExceeded",
            "dailyLimitExceeded",
            "RATE_LIMIT_EXCEEDED",
            "RESOURCE_EXHAUSTED",
        ]);
    limited.then_some(Failure::RateLimited { retry_after_secs: hint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, body: &str) -> Response<Bytes> {
        Response::builder().status(status).body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    fn classic(reason: &str) -> String {
        json!({ "error": { "errors": [{ "domain": "global", "reason": reason, "message": "m" }], "code": 0 } })
            .to_string()
    }

    fn insert() -> RemoteOp {
        RemoteOp::EventInsert { calendar: "c".into(), body: json!({}), notify: sync::port::Notify::None }
    }

    fn list() -> RemoteOp {
        RemoteOp::EventsList { calendar: "c".into(), sync_token: Some("t".into()), page_token: None }
    }

    fn watch() -> RemoteOp {
        RemoteOp::Watch {
            calendar: "c".into(),
            channel_id: "x".into(),
            address: "https://r.example".into(),
            token: "t".into(),
            ttl_secs: 60,
        }
    }

    #[test]
    fn the_table_of_errors() {
        let forbidden = |reason: &str| Failure::Forbidden { reason: reason.into() };
        let limited = |retry_after_secs| Failure::RateLimited { retry_after_secs };
        let rejected = |status, reason: &str| Failure::Rejected { status, reason: reason.into() };
        let unsupported = |reason: &str| Failure::PushUnsupported { reason: reason.into() };
        let unknown = |detail: &str| Failure::Unknown { detail: detail.into() };
        for (op, status, reason, expected) in [
            (insert(), 400, "timeRangeEmpty", rejected(400, "timeRangeEmpty")),
            (insert(), 400, "invalid", rejected(400, "invalid")),
            (list(), 400, "invalid", rejected(400, "invalid")),
            (insert(), 401, "authError", Failure::Unauthorized),
            (insert(), 403, "rateLimitExceeded", limited(None)),
            (insert(), 403, "userRateLimitExceeded", limited(None)),
            (insert(), 403, "quotaExceeded", limited(Some(3_600))),
            (insert(), 403, "forbiddenForNonOrganizer", forbidden("forbiddenForNonOrganizer")),
            (insert(), 403, "insufficientPermissions", forbidden("insufficientPermissions")),
            (watch(), 403, "notACalendarUser", forbidden("notACalendarUser")),
            (list(), 404, "notFound", Failure::NotFound),
            (insert(), 409, "duplicate", Failure::Duplicate),
            (insert(), 409, "conflict", unknown("conflict")),
            (list(), 410, "fullSyncRequired", Failure::FullSyncRequired),
            (list(), 410, "updatedMinTooLongAgo", Failure::FullSyncRequired),
            (insert(), 410, "deleted", Failure::Deleted),
            (insert(), 412, "conditionNotMet", Failure::PreconditionFailed),
            (insert(), 413, "uploadTooLarge", rejected(413, "uploadTooLarge")),
            (insert(), 429, "rateLimitExceeded", limited(None)),
            (insert(), 500, "backendError", unknown("http 500")),
            (insert(), 503, "backendError", unknown("http 503")),
            (insert(), 302, "", unknown("http 302")),
            (
                watch(),
                400,
                "pushNotSupportedForRequestedResource",
                unsupported("pushNotSupportedForRequestedResource"),
            ),
            (watch(), 401, "push.webhookUrlUnauthorized", unsupported("push.webhookUrlUnauthorized")),
            (watch(), 400, "channelIdNotUnique", rejected(400, "channelIdNotUnique")),
        ] {
            assert_eq!(failure(Some(&op), &answer(status, &classic(reason))), expected, "{status} {reason}");
        }
    }

    #[test]
    fn the_newer_form_is_read_too() {
        let body = json!({ "error": {
            "code": 403, "message": "Request had insufficient authentication scopes.", "status": "PERMISSION_DENIED",
            "details": [{ "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }]
        }});
        assert_eq!(
            failure(None, &answer(403, &body.to_string())),
            Failure::Forbidden { reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT".into() }
        );
        let body = json!({ "error": { "code": 429, "status": "RESOURCE_EXHAUSTED" } });
        assert_eq!(
            failure(None, &answer(429, &body.to_string())),
            Failure::RateLimited { retry_after_secs: None }
        );
    }

    #[test]
    fn bodies_that_say_nothing_leave_the_status_to_speak() {
        for body in
            ["", "<html>", "null", "[]", "{\"error\":null}", "{\"error\":{\"errors\":{}}}", "\u{0}\u{1}"]
        {
            assert_eq!(failure(Some(&list()), &answer(410, body)), Failure::FullSyncRequired);
            assert_eq!(failure(Some(&insert()), &answer(410, body)), Failure::Deleted);
            assert_eq!(failure(None, &answer(403, body)), Failure::Forbidden { reason: "unknown".into() });
        }
    }

    #[test]
    fn retry_after_is_seconds_or_nothing() {
        for (header, expected) in
            [("17", Some(17)), ("-5", None), ("soon", None), (" 3 ", Some(3)), ("", None)]
        {
            let mut response = answer(429, "");
            response.headers_mut().insert(RETRY_AFTER, header.parse().unwrap());
            assert_eq!(
                failure(None, &response),
                Failure::RateLimited { retry_after_secs: expected },
                "{header}"
            );
        }
    }
}
