//! A service account acts for people who never connected: their bookings are theirs, and panels may change them.

use http::Method;
use model::health::SyncPage;
use model::{BookingNumber, Delegation, Stuck};
use serde_json::{Value, json};
use testkit::{Browser, HANBIT, House, Program, Wish, wait_until};

use crate::support::{MINA, SEOYEON, small};

const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";

/// The key file, as Google's console gives it.
async fn key_file(house: &House) -> String {
    let answer = house.google.call(MINA, Method::GET, "/sandbox/service-account", &Value::Null).await;
    let file = house.folder.join("service-account.json");
    std::fs::write(&file, testkit::acted(&answer).to_string()).unwrap();
    file.display().to_string()
}

/// What the admin types into the console: these scopes for the service account's client.
fn delegate(house: &House, scopes: &[&str]) {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let client = sandbox::world::service_account::DEMO_SERVICE_CLIENT;
    house.google.world().delegate(HANBIT, client, scopes, testkit::now_micros());
}

/// A house whose Roomly has the key file, founded by Mina.
async fn founded(scopes: &[&str]) -> (House, Browser) {
    let mut house = small().await;
    let file = key_file(&house).await;
    house.roomly.set("GOOGLE_SERVICE_ACCOUNT", &file);
    house.roomly.restart().await;
    delegate(&house, scopes);
    let mina = house.found(MINA).await;
    (house, mina)
}

async fn health(admin: &mut Browser) -> SyncPage {
    admin.load("load_sync", &[]).await.read()
}

/// The one live copy on a calendar.
fn copy(house: &House, calendar: &str, title: &str) -> Value {
    let copies = house.google.titled(calendar, title);
    assert_eq!(copies.len(), 1, "{copies:?}");
    copies[0].clone()
}

/// The room has said yes, and nothing is under way.
async fn confirmed(house: &House, program: &Program, number: BookingNumber) {
    wait_until("the room's yes", async || {
        let one = program.get(&format!("/bookings/{number}")).await.json();
        (one["state"] == "confirmed").then_some(())
    })
    .await;
    house.quiet().await;
}

/// Everything that was written to events since `mark`, in the end: by whom, and how. (The room's yes changed the event, so
/// that a first try with the old etag is refused.)
fn writers(house: &House, mark: u64) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let written = house.google.writes(mark).into_iter().filter(|entry| entry["status"] != 412);
    written.map(|entry| (text(&entry["actor"]), text(&entry["method"]))).collect()
}

#[tokio::test]
async fn a_panel_ends_a_meeting_whose_organiser_never_connected() {
    let (house, mut mina) = founded(&[EVENTS]).await;
    assert_eq!(health(&mut mina).await.delegation, Some(Delegation::Granted));
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = seoyeon.room(house.date, "한라").await;
    let mark = house.google.mark();
    let booked = seoyeon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "모임")).await;
    assert!(!booked.as_room, "it is hers");
    let panel = mina.program().await;
    let number = booked.block.key.booking;
    confirmed(&house, &panel, number).await;
    let event = copy(&house, SEOYEON, "모임");
    assert_eq!(event["organizer"]["email"], SEOYEON);

    let change = json!({ "start": house.at("10:00"), "end": house.at("10:30") });
    let changed = panel.change(number.0, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    confirmed(&house, &panel, number).await;
    let ended = copy(&house, SEOYEON, "모임");
    assert_eq!(ended["id"], event["id"], "the same event");
    let end = |event: &Value| event["end"]["dateTime"].as_str().and_then(model::Instant::parse_rfc3339);
    let half_past = model::Instant::parse_rfc3339(&house.at("10:30"));
    let halla = house.google.room_email(HANBIT, "한라");
    assert_eq!((end(&ended), end(&copy(&house, &halla, "모임"))), (half_past, half_past));
    let her = |method: &str| (SEOYEON.to_owned(), method.to_owned());
    assert_eq!(writers(&house, mark), [her("POST"), her("PATCH")], "as the organiser, and by nobody else");
    let tokens = house.google.log(mark);
    let tokens = tokens.iter().filter(|entry| entry["path"] == "/token").count();
    assert_eq!(tokens, 1, "one token serves for both");
}

#[tokio::test]
async fn what_is_not_delegated_is_said_and_waits() {
    let (house, mut mina) = founded(&[EVENTS]).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = seoyeon.room(house.date, "설악").await;
    let booked = seoyeon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "모임")).await;
    let number = booked.block.key.booking;
    confirmed(&house, &mina.program().await, number).await;

    // The admin takes the delegation back, and the tokens end.
    delegate(&house, &[]);
    testkit::acted(
        &house.google.call(MINA, Method::POST, "/sandbox/expire-access-tokens", &Value::Null).await,
    );
    seoyeon.change(number, &[("title", "다른 모임".to_owned())]).await.read::<model::page::Booked>();
    let page = wait_until("the change to wait", async || {
        let page = health(&mut mina).await;
        (page.stuck.len() == 1 && page.delegation == Some(Delegation::NotDelegated)).then_some(page)
    })
    .await;
    assert_eq!((page.stuck[0].reason, page.stuck[0].dead), (Stuck::NotDelegated, false));
    let page = mina.get("/admin/sync").await;
    let words = page.text();
    assert!(words.contains("data-delegation=\"not_delegated\""), "{words}");
    assert!(words.contains("nothing is delegated to the service account"), "{words}");
    // New bookings go another way meanwhile.
    let other = seoyeon.booked(&Wish::new(room, &house.at("13:00"), &house.at("14:00"), "noch eins")).await;
    assert!(other.as_room);

    delegate(&house, &[EVENTS]);
    let retried = mina.post("sync_retry", &[("booking", number.to_string())]).await;
    assert!(retried.status.is_success(), "{}", retried.text());
    wait_until("the change in Google", async || house.google.titled(SEOYEON, "다른 모임").first().cloned())
        .await;
    wait_until("nothing to wait", async || {
        let page = health(&mut mina).await;
        (page.stuck.is_empty() && page.delegation == Some(Delegation::Granted)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_bad_key_file_is_told_by_the_doctor_and_stops_the_start() {
    let house = small().await;
    let file = key_file(&house).await;
    let good = house.roomly.command_with(&["doctor"], &[("GOOGLE_SERVICE_ACCOUNT", Some(&file))]).await;
    let text = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(text.contains("roomly@roomly-demo.iam.gserviceaccount.com") && text.contains(EVENTS), "{text}");
    assert!(!text.contains("PRIVATE KEY"), "{text}");
    let bad = house.folder.join("bad.json").display().to_string();
    std::fs::write(&bad, "{\"type\":\"authorized_user\"}").unwrap();
    let missing = house.folder.join("missing.json").display().to_string();
    for file in [&bad, &missing] {
        let told = house.roomly.command_with(&["doctor"], &[("GOOGLE_SERVICE_ACCOUNT", Some(file))]).await;
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(text.contains("GOOGLE_SERVICE_ACCOUNT") && text.contains(file.as_str()), "{text}");
        assert_eq!(told.status.code(), Some(1));
        let args = ["serve", "--addr", "127.0.0.1:0"];
        let started = house
            .roomly
            .command_with(
                &args,
                &[("GOOGLE_SERVICE_ACCOUNT", Some(file)), ("DATABASE_URL", Some("sqlite://other.db"))],
            )
            .await;
        assert!(!started.status.success(), "it does not start with it");
    }
}
