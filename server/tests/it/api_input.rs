//! What programs may not send: every answer names what is wrong, none is a 500, and nothing changes.

use http::Method;
use serde_json::{Value, json};
use testkit::{Program, wish};

use crate::support::{JOON, MINA, small};

/// Status, code and field.
fn told(answer: &testkit::Answer) -> (u16, String, String) {
    let field = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default()["field"].clone();
    (answer.status.as_u16(), answer.code(), field.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let good = mina.program().await;
    let paths = ["/me", "/rooms", "/rooms/1", "/bookings", "/bookings/1", "/changes?after=x", "/nothing", ""];
    let nobody = Program::new(&house.roomly.root, "");
    let forged = Program::new(&house.roomly.root, &format!("roomly_{}", "A".repeat(43)));
    let long = Program::new(&house.roomly.root, &"A".repeat(8_000));
    for program in [&nobody, &forged, &long] {
        for path in paths {
            // Bad arguments, unknown paths and wrong methods are nobody's business either.
            for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE, Method::PUT] {
                let answer = program.send(method.clone(), path, &[], "").await;
                assert_eq!(told(&answer), (401, "unauthenticated".into(), String::new()), "{method} {path}");
                let challenge = answer.header("www-authenticate");
                let invalid = challenge.contains("invalid_token");
                assert!(
                    challenge.starts_with("Bearer ") && invalid != program.token.is_empty(),
                    "{challenge}"
                );
            }
        }
    }
    // A session is no token, and a token is no session.
    let cookies = mina.cookie_header();
    let answer = nobody.send(Method::GET, "/me", &[("cookie", &cookies)], "").await;
    assert_eq!(answer.status, 401);
    let bearer = format!("Bearer {}", good.token);
    let mut stranger = house.browser();
    let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
    assert_eq!(stranger.send(Method::GET, "/fn/load_day", &headers, String::new()).await.status, 401);
    let basic = [("authorization", "Basic cm9vbWx5OnJvb21seQ==")];
    assert_eq!(nobody.send(Method::GET, "/me", &basic, "").await.status, 401);
    // The API sets no cookies and is open to no other site's pages.
    let answer = good.send(Method::GET, "/me", &[("origin", "https://evil.example")], "").await;
    assert_eq!(answer.status, 200);
    for header in ["set-cookie", "access-control-allow-origin"] {
        assert!(answer.headers.get(header).is_none(), "{header}");
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let answer = nobody.send(Method::OPTIONS, "/bookings", &preflight, "").await;
    assert!(answer.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let program = joon.program().await;
    let room = program.room("한라").await;
    let good = wish(room, &house.at("10:00"), &house.at("11:00"), "gut");
    let stands =
        program.create("", &wish(room, &house.at("08:00"), &house.at("09:00"), "steht")).await.json();
    let number = stands["number"].as_i64().unwrap();
    house.quiet().await;
    let before = program.get("/changes").await.json()["seq"].clone();

    let with = |change: Value| {
        let mut body = good.clone();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body.to_string()
    };
    let without = |name: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(name);
        body.to_string()
    };
    let twice = good.to_string().replacen('{', &format!("{{\"room\":{room},"), 1);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let many: Vec<String> = (0..201).map(|n| format!("g{n}@x.kr")).collect();
    let creates: Vec<(String, &str, &str)> = vec![
        (String::new(), "invalid_field", "Content-Type"),
        (" ".into(), "invalid_field", "body"),
        ("{".into(), "invalid_field", "body"),
        ("nul\0".into(), "invalid_field", "body"),
        ("[]".into(), "invalid_field", "body"),
        (format!("[{room},{},{}]", good["start"], good["end"]), "invalid_field", "body"),
        ("null".into(), "invalid_field", "body"),
        (format!("{good} {good}"), "invalid_field", "body"),
        (deep.clone(), "invalid_field", "body"),
        (with(json!({"title": "x"})).replace("\"x\"", &deep), "invalid_field", "title"),
        (twice, "invalid_field", "room"),
        (without("room"), "invalid_field", "room"),
        (without("start"), "invalid_field", "start"),
        (without("end"), "invalid_field", "end"),
        (with(json!({"room": "one"})), "invalid_field", "room"),
        (with(json!({"room": 1.5})), "invalid_field", "room"),
        (with(json!({"room": null})), "invalid_field", "room"),
        (with(json!({"titel": "x"})), "invalid_field", "titel"),
        (with(json!({"start": 1_795_741_200})), "invalid_field", "start"),
        (with(json!({"start": "10:00"})), "invalid_field", "start"),
        (with(json!({"start": "2026-11-27T10:00:00"})), "invalid_field", "start"),
        (with(json!({"end": "soon"})), "invalid_field", "end"),
        (with(json!({"end": house.at("09:00")})), "invalid_time", "time"),
        (with(json!({"end": good["start"]})), "invalid_time", "time"),
        (with(json!({"start": "0001-01-01T00:00:00Z"})), "invalid_time", "time"),
        (with(json!({"end": "9999-12-31T23:59:59Z"})), "invalid_time", "time"),
        (with(json!({"title": "a\nb"})), "invalid_field", "title"),
        (with(json!({"title": "a\u{0}b"})), "invalid_field", "title"),
        (with(json!({"title": "가".repeat(301)})), "invalid_field", "title"),
        (with(json!({"title": ["x"]})), "invalid_field", "title"),
        (with(json!({"guests": "a@b.kr"})), "invalid_field", "guests"),
        (with(json!({"guests": [7]})), "invalid_field", "guests[0]"),
        (with(json!({"guests": ["mina at hanbit"]})), "invalid_field", "guests"),
        (with(json!({"guests": ["a@b.kr, c@d.kr"]})), "invalid_field", "guests"),
        (with(json!({"guests": ["a@b.kr\r\nBcc:x@y.kr"]})), "invalid_field", "guests"),
        (with(json!({"guests": many})), "invalid_field", "guests"),
        (with(json!({"private": "yes"})), "invalid_field", "private"),
        (with(json!({"room": 999})), "not_found", ""),
        (with(json!({"room": -1})), "not_found", ""),
        (with(json!({"room": i64::MAX})), "not_found", ""),
        (with(json!({"title": "x".repeat(70_000)})), "too_large", ""),
        (with(json!({"start": house.at("08:30"), "end": house.at("09:30")})), "room_taken", ""),
    ];
    let mut wrong = Vec::new();
    for (body, code, field) in creates {
        let answer = program.send(Method::POST, "/bookings", &[], &body).await;
        let got = told(&answer);
        let problem = answer.header("content-type") == "application/problem+json";
        if (got.1.as_str(), got.2.as_str()) != (code, field) || got.0 >= 500 || !problem {
            wrong.push(format!("{body:.80}: {got:?} instead of {:?}", (code, field)));
        }
    }
    let path = format!("/bookings/{number}");
    let start = house.at("12:00");
    let others: Vec<(Method, &str, String, u16, &str, &str)> = vec![
        (Method::PATCH, &path, "{\"start\":\"x\",\"end\":\"y\"}".into(), 422, "invalid_field", "start"),
        (Method::PATCH, &path, json!({"start": start, "end": "y"}).to_string(), 422, "invalid_field", "end"),
        (Method::PATCH, &path, json!({ "start": start }).to_string(), 422, "invalid_field", "end"),
        (Method::PATCH, &path, json!({ "end": start }).to_string(), 422, "invalid_field", "start"),
        (Method::PATCH, &path, "{\"guests\":\"a@b.kr\"}".into(), 422, "invalid_field", "guests"),
        (Method::PATCH, &path, "{\"guests\":[\"a@b.kr\",7]}".into(), 422, "invalid_field", "guests[1]"),
        (Method::PATCH, &path, "{\"guests\":[\"mina at hanbit\"]}".into(), 422, "invalid_field", "guests"),
        (Method::PATCH, &path, "{\"guests\":[\"a@b.kr;c@d.kr\"]}".into(), 422, "invalid_field", "guests"),
        (Method::PATCH, &path, json!({ "guests": many }).to_string(), 422, "invalid_field", "guests"),
        (Method::PATCH, &path, "{\"private\":\"yes\"}".into(), 422, "invalid_field", "private"),
        (Method::PATCH, &path, "{\"state\":\"confirmed\"}".into(), 422, "invalid_field", "state"),
        (Method::PATCH, &path, "{\"room\":999}".into(), 404, "not_found", ""),
        (Method::PATCH, "/bookings/99999", "{}".into(), 404, "not_found", ""),
        (Method::DELETE, "/bookings/99999", String::new(), 404, "not_found", ""),
        (Method::DELETE, "/bookings/1%27%20OR%201=1", String::new(), 404, "not_found", ""),
        (Method::DELETE, "/bookings/1?scope=everything", String::new(), 422, "invalid_field", "scope"),
        (Method::DELETE, "/bookings/1?scope=all&scope=this", String::new(), 422, "invalid_field", "scope"),
        (Method::GET, "/bookings/99999", String::new(), 404, "not_found", ""),
        (Method::GET, "/bookings/99999999999999999999999", String::new(), 404, "not_found", ""),
        (Method::GET, "/bookings/%FF", String::new(), 404, "not_found", ""),
        (Method::GET, "/bookings/1?slot=yesterday", String::new(), 422, "invalid_field", "slot"),
        (Method::GET, "/bookings?from=yesterday", String::new(), 422, "invalid_field", "from"),
        (Method::GET, "/bookings?to=1970-01-01T00:00:00Z", String::new(), 422, "invalid_field", "to"),
        (
            Method::GET,
            "/bookings?from=2000-01-01T00:00:00Z&to=2002-01-01T00:00:00Z",
            String::new(),
            422,
            "invalid_field",
            "to",
        ),
        (Method::GET, "/bookings?limit=0", String::new(), 422, "invalid_field", "limit"),
        (Method::GET, "/bookings?limit=201", String::new(), 422, "invalid_field", "limit"),
        (Method::GET, "/bookings?limit=", String::new(), 422, "invalid_field", "limit"),
        (Method::GET, "/bookings?cursor=x", String::new(), 422, "invalid_field", "cursor"),
        (Method::GET, "/bookings?room=eins", String::new(), 422, "invalid_field", "room"),
        (Method::GET, "/bookings?rooms=1", String::new(), 422, "invalid_field", "rooms"),
        (Method::GET, "/free-rooms", String::new(), 422, "invalid_field", "start"),
        (Method::GET, "/rooms?limit=0", String::new(), 422, "invalid_field", "limit"),
        (Method::GET, "/rooms?limit=201", String::new(), 422, "invalid_field", "limit"),
        (Method::GET, "/rooms?cursor=AAAA", String::new(), 422, "invalid_field", "cursor"),
        (Method::GET, "/rooms?page=2", String::new(), 422, "invalid_field", "page"),
        (Method::GET, "/rooms/eins", String::new(), 404, "not_found", ""),
        (Method::GET, "/nothing", String::new(), 404, "not_found", ""),
        (Method::PUT, "/rooms", String::new(), 405, "invalid_field", "method"),
        (Method::DELETE, "/bookings", String::new(), 405, "invalid_field", "method"),
    ];
    for (method, path, body, status, code, field) in others {
        let got = told(&program.send(method.clone(), path, &[], &body).await);
        if got != (status, code.to_owned(), field.to_owned()) {
            wrong.push(format!("{method} {path} {body}: {got:?} instead of {:?}", (status, code, field)));
        }
    }
    for key in ["", &"k".repeat(256), "schl\u{fc}ssel"] {
        let answer =
            program.send(Method::POST, "/bookings", &[("idempotency-key", key)], &good.to_string()).await;
        if told(&answer) != (422, "invalid_field".into(), "Idempotency-Key".into()) {
            wrong.push(format!("key {key:.9}: {}", answer.text()));
        }
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = program.send(Method::POST, "/bookings", &form, "").await;
    assert_eq!(told(&answer), (415, "invalid_field".into(), "Content-Type".into()));
    assert!(wrong.is_empty(), "{wrong:#?}");
    house.quiet().await;
    assert_eq!(program.get("/changes").await.json()["seq"], before, "nothing changed");
    // The wish itself was good.
    assert_eq!(program.create("", &good).await.status, 201);
}

#[tokio::test]
async fn who_asks_too_often_waits() {
    let mut house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "identity").await;
    let (busy, calm) = (joon.program().await, joon.program().await);
    house.roomly.terminate().await;
    house.roomly.ended().await;
    house.roomly.set("ROOMLY_API_TOKEN_RATE", "40");
    house.roomly.start().await;
    let mut granted = 0;
    let refused = loop {
        let answer = busy.get("/me").await;
        if answer.status != 200 {
            break answer;
        }
        granted += 1;
        assert!(granted < 100, "nobody is refused");
    };
    assert!(granted >= 10, "a quarter of a minute's budget may come at once, not {granted}");
    assert_eq!(told(&refused), (429, "rate_limited".into(), String::new()));
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    // Others are not held up, not even the same person's.
    assert_eq!(calm.get("/me").await.status, 200);
    assert_eq!(joon.load("load_day", &[]).await.status, 200);
}
