//! Programs book, change and cancel like people do: one core, one truth.

use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};
use testkit::{HANBIT, House, Program, Raw, Wish, wait_until, wish};

use crate::support::{ADA, JOON, MINA, SEOYEON, small};

/// Joon's program in a founded house.
async fn joons() -> (House, Program) {
    let house = small().await;
    house.found(MINA).await;
    let program = house.signed_in(JOON, "calendar").await.program().await;
    (house, program)
}

fn number(answer: &testkit::Answer) -> i64 {
    assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text());
    answer.json()["number"].as_i64().unwrap()
}

#[tokio::test]
async fn a_program_books_and_everybody_sees_it() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let program = joon.program().await;
    let mut screen = house.screen(&mina, house.date).await;
    let room = program.room("한라").await;

    let mut asked = wish(room, &house.at("10:00"), &house.at("11:00"), "프로그램이 잡은 회의");
    asked["guests"] = json!(["seoyeon@hanbit.example"]);
    let created = program.create("", &asked).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let body = created.json();
    let number = number(&created);
    assert_eq!(created.header("location"), format!("/api/v1/bookings/{number}"));
    assert_eq!(created.header("etag"), format!("\"{}\"", body["version"].as_str().unwrap()));
    // With an offset on the way in, in UTC with the zone on the way out.
    assert_eq!(body["start"], format!("{}T01:00:00Z", house.date));
    assert_eq!(body["end"], format!("{}T02:00:00Z", house.date));
    assert_eq!((&body["zone"], &body["state"]), (&json!("Asia/Seoul"), &json!("pending")));
    assert_eq!((&body["room"], &body["room_name"]), (&json!(room), &json!("한라")));
    assert_eq!(body["guests"][0]["email"], "seoyeon@hanbit.example");
    assert_eq!(body["organizer"]["name"], "이준");
    screen.until("the program's booking", |grid| grid.blocks.len() == 1).await;

    // Google has it as joon's own event, and the room accepts.
    let confirmed = wait_until("the room's yes", async || {
        let answer = program.get(&format!("/bookings/{number}")).await;
        (answer.json()["state"] == "confirmed").then_some(answer)
    })
    .await;
    assert_eq!(confirmed.header("etag"), created.header("etag"), "the room's answer is no new version");
    assert_eq!(house.google.titled(JOON, "프로그램이 잡은 회의").len(), 1);
    assert_eq!(joon.blocks(house.date, "프로그램이 잡은 회의").await.len(), 1);

    let moved = program
        .change(number, &json!({"start": house.at("14:00"), "end": house.at("15:00"), "title": "옮긴 회의"}))
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_ne!(moved.header("etag"), created.header("etag"));
    let moved = moved.json();
    assert_eq!(
        (&moved["title"], &moved["start"]),
        (&json!("옮긴 회의"), &json!(format!("{}T05:00:00Z", house.date)))
    );
    screen.until("the move", |grid| grid.blocks.values().any(|block| block.title == "옮긴 회의")).await;

    for _ in 0..2 {
        let cancelled = program.cancel(number).await;
        assert_eq!(
            (cancelled.status.as_u16(), cancelled.text()),
            (204, ""),
            "a repeat is like the first time"
        );
    }
    screen.until("the cancellation", |grid| grid.blocks.is_empty()).await;
    assert_eq!(program.get(&format!("/bookings/{number}")).await.code(), "not_found");
    house.quiet().await;
    assert!(house.google.titled(&house.google.room_email(HANBIT, "한라"), "옮긴 회의").is_empty());
}

/// F-075.
#[tokio::test]
async fn the_same_key_is_the_same_booking_and_the_same_answer() {
    let (house, joon) = joons().await;
    let seoyeon = house.signed_in(SEOYEON, "identity").await.program().await;
    let room = joon.room("한라").await;
    let uuid = Wish::new(model::RoomNumber(room), "", "", "").intent.to_string();
    for (key, from, to) in [("주문 1".len().to_string(), "10:00", "11:00"), (uuid, "12:00", "13:00")] {
        let asked = wish(room, &house.at(from), &house.at(to), &key);
        let answers = join_all((0..8).map(|_| joon.create(&key, &asked))).await;
        let first = &answers[0];
        assert_eq!(first.status, 201, "{}", first.text());
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (first.status, &first.body), "all at once");
        }
        // Spaces and order are not part of what is asked.
        let spaced = format!(
            "{{ \"title\":{:?}, \"end\":{}, \"start\":{}, \"guests\": null, \"room\":{room} }}",
            key, asked["end"], asked["start"]
        );
        let headers = [("idempotency-key", key.as_str())];
        let again = joon.send(Method::POST, "/bookings", &headers, &spaced).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        house.quiet().await;
        let later = joon.create(&key, &asked).await;
        assert_eq!((later.status, &later.body), (first.status, &first.body), "though it is confirmed by now");
        assert_eq!(later.header("location"), first.header("location"));

        let other = wish(room, &house.at("16:00"), &house.at("17:00"), &key);
        let refused = joon.create(&key, &other).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "idempotency_key_reused"));
        let page = joon.get(&format!("/bookings?from={}T00:00:00Z", house.date)).await.json();
        let titled =
            page["bookings"].as_array().unwrap().iter().filter(|booking| booking["title"] == key.as_str());
        assert_eq!(titled.count(), 1);
    }
    // A key that is no UUID belongs to its person: another's same key is another booking.
    let asked = wish(room, &house.at("18:00"), &house.at("19:00"), "서연의 것");
    assert_eq!(seoyeon.create("8", &asked).await.status, 201);
}

#[tokio::test]
async fn a_refused_request_can_be_tried_again_with_its_key() {
    let (house, joon) = joons().await;
    let room = joon.room("한라").await;
    let first = joon.create("", &wish(room, &house.at("10:00"), &house.at("11:00"), "steht")).await;
    let asked = wish(room, &house.at("10:30"), &house.at("11:30"), "will");
    let refused = joon.create("k", &asked).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "room_taken"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let problem = refused.json();
    assert_eq!((&problem["held"]["by"], &problem["held"]["room_name"]), (&json!("이준"), &json!("한라")));
    assert_eq!(problem["held"]["start"], format!("{}T01:00:00Z", house.date));
    let other = problem["alternatives"][0].clone();
    assert_eq!(other["kind"], "other_room");
    // What is offered is to be had.
    let offered = wish(
        other["room"].as_i64().unwrap(),
        other["start"].as_str().unwrap(),
        other["end"].as_str().unwrap(),
        "x",
    );
    assert_eq!(joon.create("", &offered).await.status, 201);
    assert_eq!(joon.cancel(number(&first)).await.status, 204);
    assert_eq!(joon.create("k", &asked).await.status, 201);
}

#[tokio::test]
async fn a_program_that_hangs_up_asks_again() {
    let (house, joon) = joons().await;
    let room = joon.room("한라").await;
    let host = joon.root.strip_prefix("http://").unwrap();
    for (key, (from, to)) in [("a", ("10:00", "11:00")), ("b", ("11:00", "12:00")), ("c", ("12:00", "13:00"))]
    {
        let asked = wish(room, &house.at(from), &house.at(to), key);
        let body = asked.to_string();
        let request = format!(
            "POST /api/v1/bookings HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\nidempotency-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            joon.token,
            body.len()
        );
        Raw::connect(&joon.root).await.write(request.as_bytes()).await;
        // Nobody heard the answer, if there was one.
        let again = joon.create(key, &asked).await;
        assert_eq!(again.status, 201, "{}", again.text());
        assert_eq!(again.body, joon.create(key, &asked).await.body);
    }
    let page = joon.get(&format!("/bookings?from={}T00:00:00Z&room={room}", house.date)).await.json();
    assert_eq!(page["bookings"].as_array().unwrap().len(), 3, "{page}");
    house.quiet().await;
    let halla = house.google.room_email(HANBIT, "한라");
    for key in ["a", "b", "c"] {
        assert_eq!(house.google.titled(&halla, key).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_programs_want_one_slot() {
    let house = small().await;
    let programs = [
        house.found(MINA).await.program().await,
        house.signed_in(JOON, "calendar").await.program().await,
        house.signed_in(SEOYEON, "identity").await.program().await,
    ];
    let room = programs[0].room("한라").await;
    for hour in 8..12 {
        let (start, end) = (house.at(&format!("{hour:02}:00")), house.at(&format!("{:02}:00", hour + 1)));
        let wishes: Vec<Value> = (0..50).map(|n| wish(room, &start, &end, &format!("{hour}-{n}"))).collect();
        let asked = wishes.iter().enumerate().map(|(n, wish)| programs[n % 3].create("", wish));
        let answers = join_all(asked).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(won.len(), 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
        for lost in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!((lost.status.as_u16(), lost.code().as_str()), (409, "room_taken"), "{}", lost.text());
        }
        let path = format!("/bookings?from={}&to={}", start.replace('+', "%2B"), end.replace('+', "%2B"));
        let page = programs[1].get(&path).await.json();
        let stand: Vec<_> =
            page["bookings"].as_array().unwrap().iter().map(|booking| &booking["number"]).collect();
        assert_eq!(stand, [&won[0].json()["number"]], "the acknowledged one stands");
    }
}

#[tokio::test]
async fn a_change_names_the_version_that_it_means() {
    let (house, joon) = joons().await;
    let mina = house.signed_in(MINA, "identity").await.program().await;
    let seoyeon = house.signed_in(SEOYEON, "identity").await.program().await;
    let room = joon.room("한라").await;
    let created = joon.create("", &wish(room, &house.at("10:00"), &house.at("11:00"), "eins")).await;
    let path = format!("/bookings/{}", number(&created));
    let old = created.header("etag").to_owned();
    let rename = |title: &str| json!({ "title": title }).to_string();

    // An admin renames it meanwhile.
    let renamed = mina.send(Method::PATCH, &path, &[("if-match", &old)], &rename("zwei")).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    let new = renamed.header("etag").to_owned();
    for method in [Method::PATCH, Method::DELETE] {
        let body = if method == Method::PATCH { rename("drei") } else { String::new() };
        let late = joon.send(method, &path, &[("if-match", &old)], &body).await;
        assert_eq!((late.status.as_u16(), late.code().as_str()), (412, "precondition_failed"));
    }
    assert_eq!(joon.get(&path).await.json()["title"], "zwei");
    let weak = format!("W/{new}");
    assert_eq!(joon.send(Method::PATCH, &path, &[("if-match", &weak)], &rename("x")).await.status, 412);
    let bad = joon.send(Method::PATCH, &path, &[("if-match", "no quotes")], &rename("x")).await;
    assert_eq!((bad.status.as_u16(), bad.json()["field"].as_str()), (422, Some("If-Match")));
    let either = format!("{old}, {new}");
    assert_eq!(joon.send(Method::PATCH, &path, &[("if-match", &either)], &rename("drei")).await.status, 200);
    assert_eq!(joon.send(Method::PATCH, &path, &[("if-match", "*")], &rename("vier")).await.status, 200);

    // Many with one version: one of them.
    let now = joon.get(&path).await.header("etag").to_owned();
    let headers = [("if-match", now.as_str())];
    let bodies: Vec<String> = (0..6).map(|n| rename(&format!("wer {n}"))).collect();
    let answers = join_all(bodies.iter().map(|body| joon.send(Method::PATCH, &path, &headers, body))).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1);
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 412));

    // Who may not, may not with the right version either.
    let now = won[0].header("etag");
    let foreign = seoyeon.send(Method::PATCH, &path, &[("if-match", now)], &rename("fremd")).await;
    assert_eq!((foreign.status.as_u16(), foreign.code().as_str()), (403, "not_allowed"));
    assert_eq!(foreign.json()["who_may"], "organizer_or_admin");
    assert_eq!(joon.send(Method::DELETE, &path, &[("if-match", now)], "").await.status, 204);
}

#[tokio::test]
async fn lists_are_paged_and_private_bookings_are_their_owners() {
    let (house, joon) = joons().await;
    let mina = house.signed_in(MINA, "identity").await.program().await;
    let (halla, seorak) = (joon.room("한라").await, joon.room("설악").await);
    for (room, from, to, title) in [
        (halla, "09:00", "10:00", "1"),
        (seorak, "09:00", "10:00", "2"),
        (halla, "10:00", "11:00", "3"),
        (halla, "11:00", "12:00", "4"),
    ] {
        assert_eq!(joon.create("", &wish(room, &house.at(from), &house.at(to), title)).await.status, 201);
    }
    let mut secret = wish(halla, &house.at("12:00"), &house.at("13:00"), "5");
    secret["private"] = json!(true);
    let secret = number(&joon.create("", &secret).await);

    let titles = |page: &Value| -> Vec<String> {
        let bookings = page["bookings"].as_array().unwrap().iter();
        bookings.map(|booking| booking["title"].as_str().unwrap().to_owned()).collect()
    };
    let day = format!("from={0}T00:00:00Z&to={0}T23:00:00Z", house.date);
    for limit in 1..=6 {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = joon.get(&format!("/bookings?{day}&limit={limit}{cursor}")).await.json();
            let titles = titles(&page);
            assert!(titles.len() <= limit);
            all.extend(titles);
            match page.get("next") {
                Some(next) => cursor = format!("&cursor={}", next.as_str().unwrap()),
                None => break,
            }
        }
        assert_eq!(all, ["1", "2", "3", "4", "5"], "in pages of {limit}");
    }
    let page = joon.get(&format!("/bookings?{day}&room={seorak}")).await.json();
    assert_eq!(titles(&page), ["2"]);
    assert_eq!(titles(&joon.get(&format!("/bookings?{day}&room=999")).await.json()), Vec::<String>::new());

    let theirs = mina.get(&format!("/bookings?{day}&room={halla}")).await.json();
    assert_eq!(titles(&theirs), ["1", "3", "4", ""]);
    let hidden = &theirs["bookings"][3];
    assert!(hidden.get("organizer").is_none(), "{hidden}");
    let one = mina.get(&format!("/bookings/{secret}")).await.json();
    assert_eq!((&one["title"], &one["guests"]), (&json!(""), &json!([])));
    assert_eq!(joon.get(&format!("/bookings/{secret}")).await.json()["title"], "5");

    let query = format!("start={0}T01:30:00Z&end={0}T01:45:00Z", house.date);
    let free = joon.get(&format!("/free-rooms?{query}")).await.json();
    let names = |rooms: &Value| -> Vec<String> {
        rooms["rooms"]
            .as_array()
            .unwrap()
            .iter()
            .map(|room| room["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&free).len(), 3);
    assert!(!names(&free).contains(&"한라".to_owned()));
    let large = joon.get(&format!("/free-rooms?{query}&seats=20")).await.json();
    assert_eq!(names(&large), ["백록담"]);

    // Rooms have pages as well.
    for (path, expected) in [
        ("/rooms?", names(&joon.get("/rooms").await.json())),
        (&format!("/free-rooms?{query}&"), names(&free)),
    ] {
        for limit in 1..=5 {
            let (mut all, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
            loop {
                let page = joon.get(&format!("{path}limit={limit}{cursor}")).await.json();
                assert!((1..=limit).contains(&names(&page).len()), "{page}");
                all.extend(names(&page));
                pages += 1;
                match page.get("next") {
                    Some(next) => cursor = format!("&cursor={}", next.as_str().unwrap()),
                    None => break,
                }
            }
            assert_eq!(all, expected, "in pages of {limit}");
            assert_eq!(pages, expected.len().div_ceil(limit), "no page is empty");
        }
    }
}

#[tokio::test]
async fn what_google_made_is_changed_in_google() {
    let (house, joon) = joons().await;
    let halla = house.google.room_email(HANBIT, "한라");
    house.google.insert(JOON, &house.event("in Google gemacht", "10:00", "11:00", &halla)).await;
    let day = format!("from={0}T00:00:00Z&to={0}T23:00:00Z", house.date);
    let listed = wait_until("Google's event", async || {
        joon.get(&format!("/bookings?{day}")).await.json()["bookings"].get(0).cloned()
    })
    .await;
    assert_eq!((&listed["title"], &listed["origin"]), (&json!("in Google gemacht"), &json!("google")));
    let number = listed["number"].as_i64().unwrap();
    let one = joon.get(&format!("/bookings/{number}")).await.json();
    assert_eq!((&one["can_change"], &one["change_in_google"]), (&json!(false), &json!(true)));
    for scope in ["this", "following", "all"] {
        for (method, body) in [(Method::PATCH, "{\"title\":\"x\"}"), (Method::DELETE, "")] {
            let answer = joon.send(method, &format!("/bookings/{number}?scope={scope}"), &[], body).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "change_in_google"));
        }
    }
    // For a single booking of ours the three are the same.
    let room = joon.room("설악").await;
    for (scope, from, to) in
        [("this", "09:00", "10:00"), ("following", "10:00", "11:00"), ("all", "11:00", "12:00")]
    {
        let created = joon.create("", &wish(room, &house.at(from), &house.at(to), scope)).await;
        let path = format!("/bookings/{}?scope={scope}", created.json()["number"]);
        assert_eq!(joon.send(Method::PATCH, &path, &[], "{\"title\":\"neu\"}").await.json()["title"], "neu");
        assert_eq!(joon.send(Method::DELETE, &path, &[], "").await.status, 204);
    }
    house.found(ADA).await;
}
