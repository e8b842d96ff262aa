use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::support::{Answer, Client, JOON, MINA, ids};

fn send(c: &mut Client, parts: &[String]) -> Answer {
    let mut body = String::new();
    for part in parts {
        body.push_str("--==x==\r\nContent-Type: application/http\r\n");
        body.push_str(part);
        body.push_str("\r\n");
    }
    body.push_str("--==x==--\r\n");
    let request = Request::post("/batch/calendar/v3")
        .header("authorization", format!("Bearer sandbox:{JOON}"))
        .header("content-type", "multipart/mixed; boundary=\"==x==\"");
    c.send(request.body(Bytes::from(body)).unwrap())
}

fn insert(number: usize, body: &Value) -> String {
    format!(
        "Content-ID: <b + {number}>\r\n\r\nPOST /calendar/v3/calendars/primary/events HTTP/1.1\r\n\
         Content-Type: application/json\r\n\r\n{body}"
    )
}

/// `(Content-ID, status, JSON)` of each part.
fn parts(answer: &Answer) -> Vec<(String, u16, Value)> {
    let kind = answer.response.headers()["content-type"].to_str().unwrap();
    let boundary = format!("--{}", kind.split_once("boundary=").unwrap().1);
    let whole: Vec<&str> = answer.text.split(&boundary).collect();
    assert_eq!(whole.last(), Some(&"--\r\n"));
    let inner = &whole[1..whole.len() - 1];
    inner
        .iter()
        .map(|part| {
            let id =
                part.split_once("Content-ID: ").map_or("", |(_, rest)| rest.split_once("\r\n").unwrap().0);
            let (_, http) = part.split_once("\r\n\r\n").unwrap();
            let (head, body) = http.split_once("\r\n\r\n").unwrap();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            (id.to_owned(), status, serde_json::from_str(body.trim()).unwrap_or(Value::Null))
        })
        .collect()
}

#[test]
fn parts_are_answered_in_order_and_fail_alone() {
    let mut c = Client::new();
    let event = c.booking("abcde", "회의", 10, &[]);
    let elsewhere = format!(
        "Content-ID: <b + 3>\r\n\r\nGET /calendar/v3/calendars/primary HTTP/1.1\r\n\
         Authorization: Bearer sandbox:{MINA}\r\n\r\n"
    );
    let delete = "\r\nDELETE calendars/no HTTP/1.1\r\n\r\n".to_owned();
    let gone = "Content-ID: <b + 5>\n\nDELETE https://www.googleapis.com/calendar/v3/calendars/primary/events/abcde\n\n";
    let all = [insert(1, &event), insert(2, &event), elsewhere, delete, gone.to_owned()];
    let answer = send(&mut c, &all);
    assert_eq!(answer.status, 200);
    let seen = parts(&answer);
    let short: Vec<(&str, u16)> = seen.iter().map(|(id, status, _)| (id.as_str(), *status)).collect();
    assert_eq!(
        short,
        [
            ("<response-b + 1>", 200),
            ("<response-b + 2>", 409),
            ("<response-b + 3>", 200),
            ("", 400),
            ("<response-b + 5>", 204)
        ]
    );
    assert_eq!(seen[1].2["error"]["errors"][0]["reason"], "duplicate");
    assert_eq!(seen[2].2["id"], MINA, "a part's own token goes before the batch's");
}

#[test]
fn the_order_of_work_is_not_promised() {
    let mut c = Client::new();
    c.world.settings.batch_backwards = true;
    let (first, second) = (c.booking("abcde", "먼저", 10, &[]), c.booking("abcde", "나중", 11, &[]));
    let answer = send(&mut c, &[insert(1, &first), insert(2, &second)]);
    let statuses: Vec<u16> = parts(&answer).into_iter().map(|(_, status, _)| status).collect();
    assert_eq!(statuses, [409, 200]);
    assert_eq!(c.event(JOON, JOON, "abcde")["summary"], "나중");
}

#[test]
fn a_batch_has_a_limit_and_a_form() {
    let mut c = Client::new();
    let get = "\r\nGET /calendar/v3/colors HTTP/1.1\r\n\r\n".to_owned();
    assert_eq!(parts(&send(&mut c, &vec![get.clone(); 1_000])).len(), 1_000);
    assert_eq!(send(&mut c, &vec![get; 1_001]).status, 400);
    assert_eq!(send(&mut c, &[]).status, 400);
    assert_eq!(c.post(JOON, "/batch/calendar/v3", json!({})).status, 400);
    assert_eq!(c.post(JOON, "/batch", json!({})).status, 404, "the global path is gone since 2020");
}

#[test]
fn each_part_is_logged_and_may_be_struck() {
    let mut c = Client::new();
    let fault = json!({ "matcher": { "path": "/events" }, "action": { "status": 409, "reason": "conflict" }, "count": 1 });
    c.post(MINA, "/sandbox/faults", fault).ok();
    let events: Vec<Value> = (0..3).map(|i| c.booking(&format!("event{i}"), "회의", 10 + i, &[])).collect();
    let sent: Vec<String> = events.iter().zip(1..).map(|(event, n)| insert(n, event)).collect();
    let seen = parts(&send(&mut c, &sent));
    assert_eq!(seen[0].2["error"]["errors"][0]["reason"], "conflict");
    assert_eq!(ids(&c.list(JOON, "primary", "").ok()), ["event1", "event2"]);
}
