//! What nobody may send: answered with a code, and nothing changes.

use std::time::{Duration, Instant};

use chrono::Days;
use http::Method;
use serde_json::Value;
use testkit::{Browser, Ended, House, Raw, RawAnswer, Screen, Wish};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{ADA, JOON, MINA, small};

/// Credentials of open sockets are looked at every twenty seconds.
const CHECKED: Duration = Duration::from_secs(30);

/// The fields of a form.
type Pairs = Vec<(&'static str, String)>;

/// Everything that could have changed: the grid and Google's truth.
async fn everything(house: &House, browser: &mut Browser) -> (Value, Value) {
    let day = browser.load("load_day", &[("date", house.date.to_string())]).await.json();
    let state = house.google.state();
    let grid = serde_json::json!([day["grid"]["seq"], day["grid"]["rooms"], day["grid"]["blocks"]]);
    (grid, state["calendars"].clone())
}

#[tokio::test]
async fn the_table_of_bad_bookings() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let first = joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "steht")).await;
    house.quiet().await;
    let before = everything(&house, &mut mina).await;

    let good = Wish::new(room, &house.at("14:00"), &house.at("15:00"), "gut");
    let day = |days: u64| house.date + Days::new(days);
    let (yesterday, far) = (house.date - Days::new(3), day(200));
    let some_guests: String = (0..2_000).map(|n| format!("g{n}@x.kr,")).collect();
    let guests: String = (0..10_000).map(|n| format!("g{n}@x.kr,")).collect();
    let long = "가".repeat(301);
    let with = |change: &[(&'static str, &str)]| {
        let mut pairs = good.pairs();
        for (name, value) in change {
            pairs.retain(|(known, _)| known != name);
            pairs.push((*name, (*value).to_owned()));
        }
        pairs
    };
    let table: Vec<(&str, Pairs, u16, &str, &str)> = vec![
        (
            "ends before",
            with(&[("start", &house.at("15:00")), ("end", &house.at("14:00"))]),
            422,
            "invalid_time",
            "time",
        ),
        ("no length", with(&[("end", &house.at("14:00"))]), 422, "invalid_time", "time"),
        ("too short", with(&[("end", &house.at("14:01"))]), 422, "invalid_time", "time"),
        (
            "past",
            with(&[("start", &house.on(yesterday, "10:00")), ("end", &house.on(yesterday, "11:00"))]),
            422,
            "invalid_time",
            "time",
        ),
        ("longer than a day", with(&[("end", &house.on(day(1), "14:15"))]), 422, "invalid_time", "time"),
        (
            "too far ahead",
            with(&[("start", &house.on(far, "10:00")), ("end", &house.on(far, "11:00"))]),
            422,
            "invalid_time",
            "time",
        ),
        (
            "year 1",
            with(&[("start", "0001-01-01T00:00:00Z"), ("end", "0001-01-01T01:00:00Z")]),
            422,
            "invalid_time",
            "time",
        ),
        (
            "year 9999",
            with(&[("start", "9999-12-31T22:00:00Z"), ("end", "9999-12-31T23:00:00Z")]),
            422,
            "invalid_time",
            "time",
        ),
        (
            "no time",
            with(&[("start", "soon"), ("date", &house.date.to_string())]),
            422,
            "invalid_time",
            "time",
        ),
        (
            "bad date",
            with(&[("date", "2026-13-45"), ("start", "10:00"), ("end", "11:00")]),
            422,
            "invalid_field",
            "date",
        ),
        (
            "short date",
            with(&[("date", "26-1-1"), ("start", "10:00"), ("end", "11:00")]),
            422,
            "invalid_field",
            "date",
        ),
        ("unknown room", with(&[("room", "999")]), 404, "not_found", ""),
        ("negative room", with(&[("room", "-1")]), 404, "not_found", ""),
        ("no number", with(&[("room", "eins")]), 422, "invalid_field", "room"),
        ("room beyond", with(&[("room", "99999999999999999999999")]), 422, "invalid_field", "room"),
        ("2,000 guests", with(&[("guests", &some_guests)]), 422, "invalid_field", "guests"),
        ("10,000 guests", with(&[("guests", &guests)]), 422, "invalid_field", "guests"),
        ("no address", with(&[("guests", "mina at hanbit")]), 422, "invalid_field", "guests"),
        ("injected guest", with(&[("guests", "a@b.kr\r\nBcc:x@y.kr")]), 422, "invalid_field", "guests"),
        ("long title", with(&[("title", &long)]), 422, "invalid_field", "title"),
        ("two lines", with(&[("title", "a\nb")]), 422, "invalid_field", "title"),
        ("control characters", with(&[("title", "a\u{0}b")]), 422, "invalid_field", "title"),
        ("no intent", with(&[("intent", "")]), 422, "invalid_field", "intent"),
        ("bad intent", with(&[("intent", "1; DROP TABLE event")]), 422, "invalid_field", "intent"),
        (
            "another intent",
            with(&[("intent", "3fa85f64-5717-4562-b3fc-2c963f66afa6")]),
            422,
            "invalid_field",
            "intent",
        ),
        (
            "missing end",
            good.pairs().into_iter().filter(|(name, _)| *name != "end").collect(),
            422,
            "invalid_field",
            "end",
        ),
        ("taken", with(&[("start", &house.at("10:30")), ("end", &house.at("10:45"))]), 409, "room_taken", ""),
    ];
    let mut wrong = Vec::new();
    for (why, pairs, status, code, field) in table {
        let answer = joon.post("book", &pairs).await;
        let json = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let got =
            (answer.status.as_u16(), answer.code(), json["field"].as_str().unwrap_or_default().to_owned());
        if got != (status, code.to_owned(), field.to_owned()) {
            wrong.push(format!("{why}: {got:?} instead of {:?}", (status, code, field)));
        }
    }

    // The other doors.
    let number = first.block.key.booking.to_string();
    let change = |pairs: &[(&'static str, String)]| {
        let mut all = vec![("number", number.clone())];
        all.extend(pairs.iter().cloned());
        all
    };
    let doors: Vec<(&str, Pairs, u16, &str)> = vec![
        ("change_booking", change(&[("start", house.at("12:00"))]), 422, "invalid_field"),
        (
            "change_booking",
            change(&[("start", house.at("12:00")), ("end", house.at("11:00"))]),
            422,
            "invalid_time",
        ),
        ("change_booking", change(&[("title", long.clone())]), 422, "invalid_field"),
        ("change_booking", change(&[("to_room", "999".to_owned())]), 404, "not_found"),
        ("change_booking", vec![("number", "99999".to_owned()), ("title", "x".to_owned())], 404, "not_found"),
        ("cancel_booking", vec![("number", "99999".to_owned())], 404, "not_found"),
        ("cancel_booking", vec![("number", "null".to_owned())], 422, "invalid_field"),
        ("cancel_booking", vec![], 422, "invalid_field"),
        ("create_display", vec![], 403, "not_allowed"),
        ("sync_directory", vec![], 403, "not_allowed"),
        ("revoke_display", vec![("id", "x".to_owned())], 403, "not_allowed"),
    ];
    for (name, pairs, status, code) in doors {
        let answer = joon.post(name, &pairs).await;
        let got = (answer.status.as_u16(), answer.code());
        if got != (status, code.to_owned()) {
            wrong.push(format!("{name} {pairs:?}: {got:?} instead of {:?}", (status, code)));
        }
    }
    for (name, pairs, status, code) in [
        ("load_day", vec![("date", "tomorrow".to_owned())], 422, "invalid_field"),
        ("load_booking", vec![("number", "99999".to_owned())], 404, "not_found"),
        ("load_booking", vec![("number", "eins".to_owned())], 422, "invalid_field"),
        ("load_board", vec![], 422, "invalid_field"),
        ("load_board", vec![("token", "x".repeat(10_000))], 404, "not_found"),
    ] {
        let answer = joon.load(name, &pairs).await;
        let got = (answer.status.as_u16(), answer.code());
        if got != (status, code.to_owned()) {
            wrong.push(format!("{name}: {got:?} instead of {:?}", (status, code)));
        }
    }
    for name in ["nothing_of_that_name", "../book", "book/x"] {
        let answer = joon.post(name, &good.pairs()).await;
        if !answer.status.is_client_error() {
            wrong.push(format!("unknown function {name}: {}", answer.status));
        }
    }
    house.quiet().await;
    let after = everything(&house, &mut mina).await;
    assert_eq!(before, after, "something changed");
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The wish itself was good.
    joon.booked(&good).await;
}

#[tokio::test]
async fn without_a_session_nothing_is_told() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let room = mina.room(house.date, "한라").await;
    let wish = Wish::new(room, &house.at("10:00"), &house.at("11:00"), "x");
    let mut stranger = house.browser();
    let mut forged = house.browser();
    forged.cookies.insert("roomly".to_owned(), "A".repeat(43));
    for browser in [&mut stranger, &mut forged] {
        let number = ("number", "1".to_owned());
        for answer in [
            browser.book(&wish).await,
            browser.cancel(model::BookingNumber(1)).await,
            browser.post("create_display", &[]).await,
            browser.post("sync_directory", &[]).await,
            browser.load("load_day", &[]).await,
            browser.load("load_admin", &[]).await,
            browser.load("load_booking", &[number]).await,
            browser.load("find_people", &[("query", "m".to_owned())]).await,
            // Whether arguments are readable is nobody's business either.
            browser.post("book", &[("room", "eins".to_owned())]).await,
            browser.load("load_booking", &[]).await,
        ] {
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (401, "unauthenticated"),
                "{}",
                answer.text()
            );
        }
        let page = browser.get("/rooms").await;
        assert!(page.status.is_redirection() && page.header("location").starts_with("/login"));
    }

    // A session that was ended is no session, however well its cookie was kept.
    let kept = mina.cookies.clone();
    let root = house.roomly.root.clone();
    let answer = mina.send(Method::POST, "/logout", &[("origin", &root)], String::new()).await;
    assert!(answer.status.is_redirection() && !mina.is_signed_in());
    mina.cookies = kept;
    assert_eq!(mina.load("load_day", &[]).await.status, 401);
    let cookies = mina.cookie_header();
    let headers = [("origin", root.as_str()), ("cookie", cookies.as_str())];
    assert_eq!(Screen::open(&root, "/live", &headers, house.date).await.err(), Some(401));
}

#[tokio::test]
async fn other_sites_are_refused() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let before = everything(&house, &mut mina).await;
    let root = house.roomly.root.clone();
    let room = mina.room(house.date, "한라").await;
    let wish = Wish::new(room, &house.at("10:00"), &house.at("11:00"), "x");
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(wish.pairs()).finish();
    let other_port = "http://127.0.0.1:9";
    for headers in [
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("origin", other_port)],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site"), ("origin", root.as_str())],
    ] {
        for path in ["/fn/book", "/fn/sync_directory", "/logout"] {
            let mut all = headers.clone();
            all.push(("content-type", "application/x-www-form-urlencoded"));
            let answer = mina.send(Method::POST, path, &all, body.clone()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (403, "foreign_origin"),
                "{path} {headers:?}"
            );
        }
    }
    // A link or a picture on another site is a GET: it writes nothing.
    for name in ["book", "create_display", "sync_directory"] {
        let answer = mina.load(name, &wish.pairs()).await;
        assert!(answer.status.is_client_error(), "{name} by GET: {}", answer.status);
    }
    assert!(mina.is_signed_in());
    assert_eq!(before, everything(&house, &mut mina).await);

    let cookies = mina.cookie_header();
    for origin in [None, Some("https://evil.example"), Some("null"), Some(other_port)] {
        let mut headers = vec![("cookie", cookies.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let refused = Screen::open(&root, "/live", &headers, house.date).await;
        assert_eq!(refused.err(), Some(403), "{origin:?}");
    }
    let ours = [("origin", root.as_str())];
    assert_eq!(Screen::open(&root, "/live", &ours, house.date).await.err(), Some(401));
    assert_eq!(Screen::open(&root, "/display/nobody/live", &ours, house.date).await.err(), Some(404));
}

#[tokio::test]
async fn frames_that_mean_nothing_end_the_socket() {
    let house = small().await;
    let mina = house.found(MINA).await;
    for message in [
        Message::binary(vec![1, 2, 3]),
        Message::text("{"),
        Message::text("{\"type\":\"drop_tables\"}"),
        Message::text(format!("{{\"type\":\"pong\",\"x\":\"{}\"}}", "x".repeat(64 * 1024))),
        Message::text("{\"type\":\"subscribe\",\"v\":99,\"view\":{\"date\":\"2026-11-21\"}}"),
        Message::text("{\"type\":\"subscribe\",\"v\":1,\"view\":{\"date\":\"+262142-12-31\"}}"),
    ] {
        let mut screen = house.screen(&mina, house.date).await;
        let what = format!("{message:.60?}");
        screen.say(message).await;
        let ended = screen.ended().await;
        assert!(matches!(ended, Ended::Closed(1008 | 1009) | Ended::Dropped), "{what}: {ended:?}");
    }
    // Nobody else is disturbed.
    house.screen(&mina, house.date).await;
}

#[tokio::test]
async fn bounds_of_requests() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let root = house.roomly.root.clone();
    let head = "POST /fn/book HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let megabyte = vec![b'a'; 1024 * 1024];

    // Ten megabytes, announced, and in pieces that announce nothing.
    let announced = async {
        let mut raw = Raw::connect(&root).await;
        raw.write(format!("{head}content-length: 10485760\r\n\r\n").as_bytes()).await;
        RawAnswer::parse(&raw.read_some(testkit::DEADLINE).await)
    };
    let cookies = mina.cookie_header();
    let pieces = async {
        let mut raw = Raw::connect(&root).await;
        raw.write(format!("{head}cookie: {cookies}\r\ntransfer-encoding: chunked\r\n\r\n").as_bytes()).await;
        raw.write(b"100000\r\n").await;
        raw.write(&megabyte).await;
        RawAnswer::parse(&raw.read_some(testkit::DEADLINE).await)
    };
    // Half a head, and then silence.
    let half = async {
        let mut raw = Raw::connect(&root).await;
        let begun = Instant::now();
        raw.write(b"GET /rooms HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
        assert!(
            raw.read_to_end(Duration::from_secs(18)).await.is_some(),
            "half a head is held open for ever"
        );
        begun.elapsed()
    };
    // A whole head, half a body, and then silence.
    let stalled = async {
        let mut raw = Raw::connect(&root).await;
        raw.write(format!("{head}cookie: {cookies}\r\ncontent-length: 100\r\n\r\nintent=").as_bytes()).await;
        RawAnswer::parse(&raw.read_some(Duration::from_secs(18)).await)
    };
    let (announced, pieces, half, stalled) = tokio::join!(announced, pieces, half, stalled);
    assert!(half < Duration::from_secs(16), "{half:?}");
    let stalled = stalled.expect("an answer to half a body");
    assert!((400..=503).contains(&stalled.status), "{stalled:?}");
    for answer in [announced, pieces] {
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 413, "{}", String::from_utf8_lossy(&answer.body));
        assert!(String::from_utf8_lossy(&answer.body).contains("too_large"));
    }
    // A head of a hundred kilobytes, and what is no HTTP at all.
    let mut raw = Raw::connect(&root).await;
    raw.write(format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(100_000)).as_bytes())
        .await;
    let answer = RawAnswer::parse(&raw.read_some(testkit::DEADLINE).await);
    assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)));
    let mut raw = Raw::connect(&root).await;
    raw.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").await;
    let answer = RawAnswer::parse(&raw.read_some(testkit::DEADLINE).await);
    assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)));
    assert_eq!(mina.load("load_day", &[]).await.status, 200, "the others are served");
    // The other company is none the worse either.
    house.found(ADA).await;
}

/// A screen of somebody who signed out, and a board that was taken back, go dark by themselves.
#[tokio::test]
async fn sockets_end_with_their_credential() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "identity").await;
    let created = mina.post("create_display", &[]).await.json();
    let mut screen = house.screen(&joon, house.date).await;
    let mut board = house.board(created["token"].as_str().unwrap(), house.today).await;
    let id = created["row"]["id"].as_str().unwrap().to_owned();
    assert!(mina.post("revoke_display", &[("id", id)]).await.status.is_success());
    let origin = house.roomly.root.clone();
    let answer = joon.send(Method::POST, "/logout", &[("origin", &origin)], String::new()).await;
    assert!(answer.status.is_redirection());
    let (screen, board) = tokio::join!(screen.ended_within(CHECKED), board.ended_within(CHECKED));
    assert_eq!((screen, board), (Ended::Closed(4401), Ended::Closed(4401)));
}
