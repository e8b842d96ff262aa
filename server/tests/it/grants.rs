//! Grants that are lost: nothing is lost with them, people are told, and everything flows when they are back.

use std::time::Duration;

use http::Method;
use model::BookingState;
use model::GrantStanding;
use model::RoomTrouble;
use model::Stuck;
use model::health::{SyncPage, Whose};
use model::room::RoomHealth;
use sandbox::world::access::Role;
use sandbox::world::people::Fortune;
use serde_json::json;
use testkit::{Browser, HANBIT, House, Wish, wait_until, wait_until_within};

use crate::support::{JOON, MINA, SEOYEON, small};

async fn health(admin: &mut Browser) -> SyncPage {
    admin.load("load_sync", &[]).await.read()
}

/// Longer than the rest after five failures in a row.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the health page shows what is wanted.
async fn until<T>(admin: &mut Browser, what: &str, wanted: impl Fn(&SyncPage) -> Option<T>) -> T {
    // A call that failed a few times meanwhile rests for as long as all its rests before together.
    wait_until_within(PATIENCE, what, async || wanted(&health(admin).await)).await
}

fn befall(house: &House, who: &str, fortune: Fortune) {
    let mut world = house.google.world();
    assert!(world.befall(who, fortune, testkit::now_micros()));
}

/// Whether the page's banner speaks of this; the header of every page has it.
async fn banner(browser: &mut Browser, path: &str, whose: &str, word: &str) -> bool {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.text().contains(&format!("data-mend=\"{whose}\" data-grant=\"{word}\""))
}

/// F-092, a person's grant.
#[tokio::test]
async fn a_persons_lost_grant_waits_for_them_and_then_all_flows() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let booked = joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "하나")).await;
    house.quiet().await;
    assert!(!joon.get("/rooms").await.text().contains("data-mend"));

    befall(&house, JOON, Fortune::Revoke);
    joon.change(booked.block.key.booking, &[("title", "둘".to_owned())]).await.read::<model::page::Booked>();
    let page = until(&mut mina, "the change to wait", |page| {
        (page.people.first()?.waiting == 1 && !page.stuck.is_empty()).then(|| page.clone())
    })
    .await;
    let [person] = &page.people[..] else { panic!("{:?}", page.people) };
    assert_eq!((person.name.as_str(), person.grant), ("이준", GrantStanding::Revoked));
    let [stuck] = &page.stuck[..] else { panic!("{:?}", page.stuck) };
    assert_eq!((stuck.reason, stuck.dead, stuck.next_try), (Stuck::Revoked, false, None));
    assert_eq!(stuck.whose, Whose::Organizer);
    assert_eq!((stuck.booking, stuck.room.as_str()), (booked.block.key.booking, "한라"));
    assert_eq!(page.grant, GrantStanding::Good, "the company's is another one");
    // It is so here all the same, and only they are told.
    assert_eq!(joon.blocks(house.date, "둘").await.len(), 1);
    for path in ["/rooms", "/account", "/rooms/book?room=1"] {
        assert!(banner(&mut joon, path, "own", "revoked").await, "{path}");
        assert!(!banner(&mut mina, path, "own", "revoked").await, "{path}");
    }
    let other = joon.booked(&Wish::new(room, &house.at("13:00"), &house.at("14:00"), "셋")).await;
    assert!(other.as_room, "new ones are made as the room");
    house.quiet().await;
    let words = mina.get("/admin/sync").await;
    assert!(words.text().contains("Its organiser's Google connection was taken back"), "{}", words.text());

    // One click, and everything is there.
    joon.sign_in(JOON, "calendar").await;
    wait_until("the change in Google", async || house.google.titled(JOON, "둘").first().cloned()).await;
    until(&mut mina, "nothing to wait", |page| {
        (page.people.is_empty() && page.stuck.is_empty() && page.queue.waiting == 0).then_some(())
    })
    .await;
    assert!(!joon.get("/rooms").await.text().contains("data-mend"));
}

/// F-092, the company's grant.
#[tokio::test]
async fn the_companys_lost_grant_stops_rooms_and_loses_nothing() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = seoyeon.room(house.date, "설악").await;
    assert!(!mina.get("/rooms").await.text().contains("topbar-alert"));

    befall(&house, MINA, Fortune::Revoke);
    seoyeon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "wartet")).await;
    let page = until(&mut mina, "the grant to be lost", |page| {
        let lost = page.grant == GrantStanding::Revoked && page.stuck.len() == 1;
        lost.then(|| page.clone())
    })
    .await;
    assert_eq!((page.stuck[0].reason, page.stuck[0].whose), (Stuck::Revoked, Whose::Company));
    wait_until("the banner and the dot", async || {
        let page = mina.get("/rooms").await;
        let both = page.text().contains("data-mend=\"company\" data-grant=\"revoked\"")
            && page.text().contains("class=\"topbar-alert\"");
        both.then_some(())
    })
    .await;
    let page = seoyeon.get("/rooms").await;
    assert!(!page.text().contains("data-mend") && !page.text().contains("topbar-alert"), "admins only");
    // A room that is looked at now says why it stands still.
    mina.post("sync_repair", &[("room", room.to_string())]).await.read::<model::health::SyncDone>();
    until(&mut mina, "the room to stop", |page| {
        let seorak = page.rooms.iter().find(|one| one.number == room)?;
        let stopped = (seorak.health, seorak.trouble);
        (stopped == (RoomHealth::Quarantined, Some(RoomTrouble::NoGrant))).then_some(())
    })
    .await;
    assert_eq!(mina.blocks(house.date, "wartet").await.len(), 1);

    mina.sign_in(MINA, "company").await;
    let seorak = house.google.room_email(HANBIT, "설악");
    wait_until("the booking in Google", async || house.google.titled(&seorak, "wartet").first().cloned())
        .await;
    until(&mut mina, "every room to follow again", |page| {
        let live = page.rooms.iter().all(|room| room.health == RoomHealth::Live && room.trouble.is_none());
        (live && page.grant == GrantStanding::Good && page.stuck.is_empty()).then_some(())
    })
    .await;
    wait_until("the banner to go", async || {
        let page = mina.get("/rooms").await;
        let quiet = !page.text().contains("data-mend") && !page.text().contains("topbar-alert");
        quiet.then_some(())
    })
    .await;
}

/// F-096.
#[tokio::test]
async fn an_unticked_scope_is_asked_for_again() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.browser();
    let identity = ["openid", "email", "profile"];
    let back = joon.click_granting(JOON, "calendar", &identity).await;
    assert!(joon.get(&back).await.status.is_redirection());
    assert!(banner(&mut joon, "/rooms", "own", "insufficient").await);
    let page = health(&mut mina).await;
    let [person] = &page.people[..] else { panic!("{:?}", page.people) };
    assert_eq!((person.grant, person.waiting), (GrantStanding::Insufficient, 0));
    let room = joon.room(house.date, "한라").await;
    let booked = joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "x")).await;
    assert!(booked.as_room);
    joon.sign_in(JOON, "calendar").await;
    assert!(!joon.get("/rooms").await.text().contains("data-mend"));
    assert!(health(&mut mina).await.people.is_empty());
}

/// F-096: the grant turns out not to reach far enough when it is used.
#[tokio::test]
async fn a_scope_that_was_taken_back_later_is_noticed() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    house.google.break_with(json!({
        "matcher": { "method": "POST", "path": format!("{JOON}/events") },
        "action": { "status": 403, "reason": "insufficientPermissions" },
    }));
    joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "zu wenig")).await;
    let reason = until(&mut mina, "the booking to wait", |page| Some(page.stuck.first()?.reason)).await;
    assert_eq!(reason, Stuck::Insufficient);
    assert!(banner(&mut joon, "/rooms", "own", "insufficient").await);
    house.google.mend();
    joon.sign_in(JOON, "calendar").await;
    wait_until("the booking in Google", async || house.google.titled(JOON, "zu wenig").first().cloned())
        .await;
}

/// F-094.
#[tokio::test]
async fn a_room_calendar_that_is_not_shared_any_more_is_left_alone() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = seoyeon.room(house.date, "설악").await;
    seoyeon.booked(&Wish::new(room, &house.at("09:00"), &house.at("10:00"), "vorher")).await;
    house.quiet().await;
    let seorak = house.google.room_email(HANBIT, "설악");
    house.google.world().set_role(&seorak, MINA, Role::None);
    seoyeon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "nachher")).await;
    mina.post("sync_repair", &[("room", room.to_string())]).await.read::<model::health::SyncDone>();
    let stuck = until(&mut mina, "the room to be out of reach", |page| {
        let trouble = page.rooms.iter().find(|one| one.number == room)?.trouble;
        let stuck = page.stuck.first()?.clone();
        (trouble == Some(RoomTrouble::AccessLost)).then_some(stuck)
    })
    .await;
    assert_eq!((stuck.reason, stuck.dead), (Stuck::OutOfReach, false));
    assert!(stuck.next_try.is_some(), "sharing may come back without anybody telling us");
    assert_eq!(mina.blocks(house.date, "vorher").await.len(), 1, "nothing is removed");
    wait_until("the dot", async || {
        mina.get("/rooms").await.text().contains("class=\"topbar-alert\"").then_some(())
    })
    .await;

    house.google.world().set_role(&seorak, MINA, Role::Owner);
    mina.post("sync_repair", &[("room", room.to_string())]).await.read::<model::health::SyncDone>();
    wait_until("the booking in Google", async || house.google.titled(&seorak, "nachher").first().cloned())
        .await;
    until(&mut mina, "the room to follow again", |page| {
        let room = page.rooms.iter().find(|one| one.number == room)?;
        (room.trouble.is_none() && room.health == RoomHealth::Live && page.stuck.is_empty()).then_some(())
    })
    .await;
}

/// A room that an admin takes out of the Directory, and one that gets another name.
#[tokio::test]
async fn rooms_that_go_and_rooms_that_are_renamed() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = seoyeon.room(house.date, "설악").await;
    let resource = |name: &str| {
        let world = house.google.world();
        world.directory.rooms(HANBIT).into_iter().find(|room| room.name == name).unwrap().id.clone()
    };
    let path = |id: &str| format!("/admin/directory/v1/customer/my_customer/resources/calendars/{id}");
    // It waits when the room goes.
    house.google.break_with(json!({
        "matcher": { "method": "POST", "path": "/events" }, "action": { "status": 503 },
    }));
    let booked = seoyeon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "ohne Raum")).await;
    let gone = house.google.call(MINA, Method::DELETE, &path(&resource("설악")), &json!(null)).await;
    assert!(gone.status.is_success(), "{}", gone.text());
    let named = json!({ "resourceName": "북한산" });
    let named = house.google.call(MINA, Method::PATCH, &path(&resource("지리")), &named).await;
    assert!(named.status.is_success(), "{}", named.text());
    let report: model::page::DirectoryReport = mina.post("sync_directory", &[]).await.read();
    assert_eq!((report.rooms, report.rooms_retired), (3, 1));
    house.google.mend();

    let stuck = until(&mut mina, "the booking to be given up", |page| {
        page.stuck.first().filter(|stuck| stuck.dead).cloned()
    })
    .await;
    assert_eq!((stuck.reason, stuck.can_retry), (Stuck::RoomGone, false));
    // Whose booking it was is told.
    let told = seoyeon.load("load_notices", &[]).await.read::<model::page::NoticesPage>();
    let told: Vec<_> = told.notices.iter().map(|told| (told.notice.reason, told.notice.booking)).collect();
    assert_eq!(told, [(model::notice::NoticeReason::RoomGone, booked.block.key.booking)]);
    let page = health(&mut mina).await;
    let names: Vec<_> = page.rooms.iter().map(|room| room.name.as_str()).collect();
    assert_eq!(names, ["한라", "백록담", "북한산"]);
    let seen = seoyeon.day(house.date).await.grid;
    assert!(seen.rooms.iter().any(|room| room.name == "북한산"), "the grid has the new name");
    let page = mina.get("/admin/sync").await;
    assert!(page.text().contains("The room is not in the Directory any more"), "{}", page.text());
    let number = booked.block.key.booking;
    assert!(!page.text().contains(&format!("href=\"/bookings/{number}\"")), "there is no such page any more");
    // Seen, and put aside.
    let number = ("booking", stuck.booking.to_string());
    mina.post("sync_dismiss", std::slice::from_ref(&number)).await.read::<model::health::SyncDone>();
    assert!(health(&mut mina).await.stuck.is_empty());
    let again = mina.post("sync_dismiss", &[number]).await;
    assert_eq!(again.code(), "stale", "{}", again.text());
}

/// What a push met while the room went is why it waits; it does not wait for the room to come back.
#[tokio::test]
async fn a_room_that_went_is_not_waited_for() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = seoyeon.room(house.date, "설악").await;
    let gone = house
        .google
        .world()
        .directory
        .rooms(HANBIT)
        .into_iter()
        .find(|room| room.name == "설악")
        .unwrap()
        .id
        .clone();
    house.google.break_with(json!({
        "matcher": { "method": "POST", "path": "/events" }, "action": { "status": 404 },
    }));
    seoyeon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "ohne Raum")).await;
    until(&mut mina, "the push to find no calendar", |page| {
        page.stuck.first().filter(|stuck| stuck.reason == Stuck::OutOfReach).map(drop)
    })
    .await;

    let path = format!("/admin/directory/v1/customer/my_customer/resources/calendars/{gone}");
    let answer = house.google.call(MINA, Method::DELETE, &path, &json!(null)).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let report: model::page::DirectoryReport = mina.post("sync_directory", &[]).await.read();
    assert_eq!(report.rooms_retired, 1);
    let stuck = until(&mut mina, "the booking to be given up", |page| {
        page.stuck.first().filter(|stuck| stuck.dead).cloned()
    })
    .await;
    assert_eq!(stuck.reason, Stuck::RoomGone);
}

/// F-095.
#[tokio::test]
async fn a_suspended_person_is_out_and_their_bookings_are_seen_to_wait() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let booked = joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "하나")).await;
    house.quiet().await;
    befall(&house, JOON, Fortune::Suspend);
    mina.change(booked.block.key.booking, &[("title", "둘".to_owned())]).await.read::<model::page::Booked>();
    mina.post("sync_directory", &[]).await.read::<model::page::DirectoryReport>();
    assert_eq!(joon.load("load_day", &[]).await.status, 401, "their session ended");
    befall(&house, JOON, Fortune::ExpireTokens);
    let number = booked.block.key.booking;
    mina.change(number, &[("title", "셋".to_owned())]).await.read::<model::page::Booked>();
    let person = until(&mut mina, "the change to wait", |page| {
        page.people.first().filter(|person| person.waiting == 1).cloned()
    })
    .await;
    assert_eq!((person.name.as_str(), person.grant), ("이준", GrantStanding::Suspended));
    let whose = until(&mut mina, "the reason", |page| Some(page.stuck.first()?.whose)).await;
    assert_eq!(whose, Whose::Suspended);
    assert_eq!(
        mina.blocks(house.date, "셋").await[0].state,
        BookingState::Confirmed,
        "the room stays theirs"
    );

    befall(&house, JOON, Fortune::Restore);
    mina.post("sync_directory", &[]).await.read::<model::page::DirectoryReport>();
    house.signed_in(JOON, "calendar").await;
    wait_until("the change in Google", async || house.google.titled(JOON, "셋").first().cloned()).await;
}
