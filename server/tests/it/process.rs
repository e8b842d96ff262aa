//! Beginning and ending, and what is left in the log.

use std::time::{Duration, Instant};

use model::BookingState;
use serde_json::json;
use testkit::{Ended, HANBIT, Wish};

use crate::support::{JOON, MINA, SEOYEON, small};

#[tokio::test]
async fn it_ends_gracefully_and_once_at_a_time() {
    let mut house = small().await;
    let mut mina = house.found(MINA).await;
    // Several servers share a PostgreSQL database, but not a SQLite file.
    if !house.database.is_postgres() {
        let (status, said) = house.roomly.second().await;
        assert!(!status.success());
        assert!(said.contains("another roomly uses this database"), "{said}");
    }
    let created = mina.post("create_display", &[]).await.json();
    let mut screen = house.screen_here(&mina, house.date).await;
    let token = created["token"].as_str().unwrap();
    let mut board = house.board_at(&house.roomly.root, token, house.today).await;
    let room = mina.room(house.date, "한라").await;
    let booked = mina.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "zuletzt")).await;
    let begun = Instant::now();
    house.roomly.terminate().await;
    assert_eq!(screen.ended().await, Ended::Closed(1012));
    assert_eq!(board.ended().await, Ended::Closed(1012));
    let status = house.roomly.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());

    // Back again: sessions, boards and bookings are as they were.
    house.roomly.start().await;
    let blocks = mina.blocks(house.date, "zuletzt").await;
    assert_eq!(blocks.iter().map(|block| block.key).collect::<Vec<_>>(), [booked.block.key]);
    house.screen_here(&mina, house.date).await;
    house.board_at(&house.roomly.root, token, house.today).await;
    testkit::wait_until("Google's yes", async || {
        let blocks = mina.blocks(house.date, "zuletzt").await;
        (blocks[0].state == BookingState::Confirmed).then_some(())
    })
    .await;
}

/// A run with everything in it that has a title, an address or a token; none of them is in the log.
#[tokio::test]
async fn the_log_keeps_secrets() {
    let mut house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    house.browser().sign_in("personal@gmail.com", "identity").await;
    house.google.break_with(json!({ "action": { "id_token": "wrong_key" } }));
    house.browser().sign_in(JOON, "identity").await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = joon.room(house.date, "한라").await;
    let created = mina.post("create_display", &[]).await.json();
    let token = created["token"].as_str().unwrap().to_owned();
    let mut screen = house.screen(&seoyeon, house.date).await;
    let _board = house.board(&token, house.today).await;
    house.browser().get(&format!("/display/{token}")).await;

    // Failures are when programs say too much.
    let on_joon = json!({ "method": "POST", "path": format!("{JOON}/events") });
    house.google.break_with(json!({ "matcher": on_joon, "action": { "status": 503 }, "count": 1 }));
    let mut wish = Wish::new(room, &house.at("10:00"), &house.at("11:00"), "비밀제목하나");
    wish.guests = "guest@outside.example".to_owned();
    joon.booked(&wish).await;
    let confirmed = |title: &'static str| {
        move |grid: &model::GridState| {
            let mut blocks = grid.blocks.values();
            blocks.any(|block| block.title == title && block.state == BookingState::Confirmed)
        }
    };
    screen.until("the first", confirmed("비밀제목하나")).await;
    house.google.world().oauth.expire_access();
    let listing = json!({ "method": "GET", "path": format!("{halla}/events") });
    house.google.break_with(json!({ "matcher": listing, "action": { "status": 500 }, "count": 1 }));
    house.google.insert(JOON, &house.event("비밀제목둘", "12:00", "13:00", &halla)).await;
    screen.until("the second", confirmed("비밀제목둘")).await;
    // A grant that was taken back blocks a push and the company's pulls.
    house.google.world().oauth.revoke(JOON, sandbox::world::oauth::DEMO_CLIENT);
    joon.booked(&Wish::new(room, &house.at("15:00"), &house.at("16:00"), "비밀제목셋")).await;
    joon.post("book", &[("intent", "비밀제목넷".to_owned()), ("title", "비밀제목넷".to_owned())]).await;
    house.quiet().await;
    house.roomly.terminate().await;
    assert!(house.roomly.ended().await.success());

    let log = house.log();
    assert!(log.contains("Signed in") && log.contains("Founded a company"), "there is a log: {log}");
    // Lines are for machines, and what happened inside a request carries its id.
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let answered = lines.iter().filter(|line| line["fields"]["message"] == "Answered");
    let booked: Vec<_> = answered.filter(|line| line["span"]["http.route"] == "/fn/book").collect();
    assert!(
        booked.len() >= 3 && booked.iter().all(|line| line["span"]["request.id"].is_string()),
        "{booked:?}"
    );
    let mut secrets = house.google.secrets();
    assert!(secrets.len() > 3, "{secrets:?}");
    secrets.extend([&mina, &joon, &seoyeon].map(|browser| browser.cookies["roomly"].clone()));
    secrets.push(token);
    let words = [
        "@hanbit.example",
        "@outside.example",
        "@gmail.com",
        "비밀제목",
        "ya29.",
        "1//",
        "4/0A",
        "roomly-demo-secret",
    ];
    let words = words.into_iter().map(str::to_owned).chain(secrets);
    for word in words {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(&word)).collect();
        assert!(lines.is_empty(), "{word} is in the log: {lines:#?}");
    }
}

/// While it runs, into a file; from the file into the other engine, where there is one, else into the same.
#[tokio::test]
async fn a_backup_is_the_whole_house() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let room = mina.room(house.date, "한라").await;
    mina.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "gesichert")).await;
    let file = house.folder.join("backup");
    let file = file.to_str().unwrap();
    let (status, said) = house.roomly.run(&["backup", "--to", file], None).await;
    assert!(status.success(), "{said}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(file).unwrap().permissions());
    assert_eq!(mode & 0o077, 0, "it is its owner's alone");
    let (status, said) = house.roomly.run(&["backup", "--to", file], None).await;
    assert!(!status.success() && said.contains("exists already"), "{said}");

    let sqlite = format!("sqlite://{}", house.folder.join("other/roomly.db").display());
    let other = if house.database.is_postgres() { None } else { testkit::Database::postgres() };
    let url = other.as_ref().map_or(sqlite.as_str(), |database| database.url.as_str());
    let (status, said) = house.roomly.run(&["restore", "--from", file], Some(url)).await;
    assert!(status.success(), "{said}");
    let again = house.folder.join("again");
    let (status, said) = house.roomly.run(&["backup", "--to", again.to_str().unwrap()], Some(url)).await;
    assert!(status.success(), "{said}");
    let restored = std::fs::read_to_string(again).unwrap();
    assert!(restored.contains("gesichert") && restored.contains("hanbit.example"));
    let (status, said) = house.roomly.run(&["restore", "--from", file], Some(url)).await;
    assert!(!status.success() && said.contains("not empty"), "{said}");
    assert!(!said.contains("roomly_test"), "an address with its role is not told: {said}");
}
