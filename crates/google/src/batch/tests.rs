//! There and back, and what damage on the way comes to.

use proptest::prelude::*;
use serde_json::json;
use sync::port::{Notify, Outcome, RemoteOp};

use super::*;
use crate::{decode, encode};

const ROOT: &str = "https://www.googleapis.com";

fn get(event: &str) -> RemoteOp {
    RemoteOp::EventGet { calendar: "c_1@resource.calendar.google.com".into(), event: event.into() }
}

fn patch() -> RemoteOp {
    RemoteOp::EventPatch {
        calendar: "primary".into(),
        event: "abc".into(),
        if_match: Some("\"1\"".into()),
        patch: json!({ "summary": "회의 \"x\"\r\n--b\r\n" }),
        notify: Notify::None,
    }
}

/// An answer as Google writes one: each part with a name, a status and a body.
fn answer(parts: &[(String, u16, String)], boundary: &str) -> Vec<u8> {
    let mut out = String::new();
    for (id, status, body) in parts {
        out += &format!(
            "--{boundary}\r\nContent-Type: application/http\r\nContent-ID: {id}\r\n\r\nHTTP/1.1 {status} X\r\n\
             Content-Type: application/json; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{body}\r\n",
            body.len()
        );
    }
    out += &format!("--{boundary}--\r\n");
    out.into_bytes()
}

fn response(boundary: &str, body: Vec<u8>) -> Response<Bytes> {
    let kind = format!("multipart/mixed; boundary=\"{boundary}\"");
    Response::builder().header(CONTENT_TYPE, kind).body(Bytes::from(body)).unwrap()
}

fn part(number: usize, status: u16, body: &str) -> (String, u16, String) {
    (format!("<response-roomly{number}>"), status, body.to_owned())
}

fn statuses(answers: &[Option<Response<Bytes>>]) -> Vec<Option<u16>> {
    answers.iter().map(|answer| answer.as_ref().map(|answer| answer.status().as_u16())).collect()
}

#[test]
fn a_batch_on_the_wire() {
    let parts = [encode(&get("abc"), ROOT).unwrap(), encode(&patch(), ROOT).unwrap()];
    let batch = encode_batch(&parts, ROOT, "b").unwrap();
    assert_eq!(batch.uri(), "https://www.googleapis.com/batch/calendar/v3");
    assert_eq!(batch.headers()[CONTENT_TYPE], "multipart/mixed; boundary=b");
    let text = std::str::from_utf8(batch.body()).unwrap();
    let first = "--b\r\nContent-Type: application/http\r\nContent-ID: <roomly0>\r\n\r\nGET \
                 /calendar/v3/calendars/c_1%40resource.calendar.google.com/events/abc HTTP/1.1\r\naccept: application/json\r\n\r\n\r\n";
    assert!(text.starts_with(first), "{text}");
    assert!(text.contains("if-match: \"1\"\r\n") && text.ends_with("\r\n--b--\r\n"), "{text}");
}

#[test]
fn each_part_means_what_the_single_call_would() {
    let error = |reason: &str| json!({ "error": { "errors": [{ "reason": reason }] } }).to_string();
    let parts = [
        part(3, 412, &error("conditionNotMet")),
        part(0, 200, "{\"id\":\"abc\"}"),
        part(1, 429, &error("rateLimitExceeded")),
        part(2, 403, &error("forbidden")),
        part(4, 409, &error("conflict")),
    ];
    let answers = decode_batch(&response("b", answer(&parts, "b")), 6);
    let outcomes: Vec<Option<Outcome>> =
        answers.into_iter().map(|answer| answer.map(|answer| decode(&get("abc"), answer))).collect();
    assert!(matches!(&outcomes[0], Some(Outcome::Event(event)) if event.id == "abc"));
    let failed = |failure| Some(Outcome::Failed(failure));
    assert_eq!(outcomes[1], failed(Failure::RateLimited { retry_after_secs: None }));
    assert_eq!(outcomes[2], failed(Failure::Forbidden { reason: "forbidden".into() }));
    assert_eq!(outcomes[3], failed(Failure::PreconditionFailed));
    assert_eq!(outcomes[4], failed(Failure::Unknown { detail: "conflict".into() }));
    assert_eq!(outcomes[5], None, "it did not come");
}

#[test]
fn what_is_no_batch_has_no_answers() {
    for kind in
        ["text/html", "multipart/mixed", "multipart/mixed; boundary=", "multipart/form-data; boundary=b"]
    {
        let body = answer(&[part(0, 200, "{}")], "b");
        let response = Response::builder().header(CONTENT_TYPE, kind).body(Bytes::from(body)).unwrap();
        assert_eq!(statuses(&decode_batch(&response, 1)), [None], "{kind}");
    }
    for id in ["<response-roomly1>", "<response-other0>", "<roomly0>", "", "<response-roomly-1>"] {
        let body = answer(&[(id.to_owned(), 200, "{}".to_owned())], "b");
        assert_eq!(statuses(&decode_batch(&response("b", body), 1)), [None], "{id}");
    }
    let twice = answer(&[part(0, 200, "{}"), part(0, 404, "{}")], "b");
    assert_eq!(statuses(&decode_batch(&response("b", twice), 1)), [Some(200)]);
}

proptest! {
    /// In any order, with any bodies, each answer finds its request.
    #[test]
    fn order_does_not_matter(
        bodies in proptest::collection::vec("[ -~\r\n가-힣]{0,80}", 1..20),
        seed in any::<u64>(),
        missing in 0_usize..20,
    ) {
        let boundary = "batch_0123456789";
        let count = bodies.len();
        let mut parts: Vec<(usize, (String, u16, String))> = bodies
            .iter()
            .enumerate()
            .map(|(number, body)| (number, part(number, 200 + u16::try_from(number).unwrap(), body)))
            .collect();
        parts.sort_by_key(|(number, _)| (*number as u64 + 1).wrapping_mul(seed | 1));
        parts.retain(|(number, _)| *number != missing);
        let sent: Vec<_> = parts.into_iter().map(|(_, part)| part).collect();
        let answers = decode_batch(&response(boundary, answer(&sent, boundary)), count);
        prop_assert_eq!(answers.len(), count);
        for (number, answered) in answers.iter().enumerate() {
            match answered {
                None => prop_assert_eq!(number, missing),
                Some(answered) => {
                    prop_assert_eq!(usize::from(answered.status().as_u16()), 200 + number);
                    prop_assert_eq!(answered.body().as_ref(), bodies[number].as_bytes());
                }
            }
        }
    }

    /// A body that ends anywhere gives whole answers or none, never a part of one.
    #[test]
    fn a_torn_body_has_whole_answers_only(cut in 0_usize..600) {
        let bodies = ["{\"id\":\"abc\",\"summary\":\"회의\"}", "", "{\"error\":{\"code\":412}}"];
        let parts: Vec<_> = bodies.iter().enumerate().map(|(number, body)| part(number, 200, body)).collect();
        let mut whole = answer(&parts, "b");
        whole.truncate(cut);
        for (number, answered) in decode_batch(&response("b", whole), 3).into_iter().enumerate() {
            if let Some(answered) = answered {
                prop_assert_eq!(answered.body().as_ref(), bodies[number].as_bytes());
            }
        }
    }

    #[test]
    fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut damaged = answer(&[part(0, 200, "{}")], "b");
        damaged.extend(body.iter());
        decode_batch(&response("b", damaged), 1);
        decode_batch(&response("b", body), 1);
    }
}
