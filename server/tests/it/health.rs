//! The health page: what it says of rooms, bookings and times is so, and its buttons mend it.

use http::Method;
use model::BookingState;
use model::Stuck;
use model::health::{ChannelStanding, RoomSync, SyncDone, SyncPage};
use model::room::RoomHealth;
use model::{RoomNumber, RoomTrouble};
use serde_json::json;
use testkit::{Browser, HANBIT, Wish, wait_until, wait_until_within};

use crate::support::{JOON, MINA, SEOYEON, polling, small};

async fn health(admin: &mut Browser) -> SyncPage {
    admin.load("load_sync", &[]).await.read()
}

async fn room_of(admin: &mut Browser, number: RoomNumber) -> RoomSync {
    let rooms = health(admin).await.rooms;
    rooms.into_iter().find(|room| room.number == number).unwrap()
}

#[tokio::test]
async fn a_house_in_order_says_so_to_admins_alone() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let page = health(&mut mina).await;
    assert_eq!(page.rooms.len(), 4);
    for room in &page.rooms {
        assert_eq!((room.health, room.trouble), (RoomHealth::Live, None), "{room:?}");
        assert_eq!((room.channel, room.repairing), (ChannelStanding::Armed, false));
        assert!(room.last_pull.is_some() && room.channel_expires > Some(page.now));
        assert_eq!(room.last_notification, None, "nobody changed anything");
    }
    assert!(page.stuck.is_empty() && page.stops.is_empty() && page.people.is_empty());
    assert_eq!((page.queue.waiting, page.reach, page.push_possible), (0, None, true));
    let html = mina.get("/admin/sync").await;
    assert_eq!(html.status, 200);
    assert_eq!(html.text().matches("data-fact=\"channel\"").count(), 4, "{}", html.text());
    // Another's buttons and page are refused, and change nothing.
    let refused = joon.load("load_sync", &[]).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "not_allowed"));
    assert_eq!(joon.get("/admin/sync").await.status, 403);
    for (name, field) in [
        ("sync_repair", "room"),
        ("sync_retry", "booking"),
        ("sync_dismiss", "booking"),
        ("sync_resume", "calendar"),
    ] {
        let refused = joon.post(name, &[(field, "1".to_owned())]).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "not_allowed"), "{name}");
    }
    assert_eq!(house.browser().load("load_sync", &[]).await.status, 401);
}

#[tokio::test]
async fn how_long_google_takes_to_screens_is_measured() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen_here(&mina, house.date).await;
    house.google.insert(JOON, &house.event("gemessen", "10:00", "11:00", &halla)).await;
    screen
        .until("the event", |grid| grid.blocks.values().any(|block| block.state == BookingState::Confirmed))
        .await;
    let reach = wait_until("a measurement", async || health(&mut mina).await.reach).await;
    assert!(reach.count >= 1 && reach.p50_ms <= reach.p95_ms && reach.p95_ms < 20_000, "{reach:?}");
    let number = mina.room(house.date, "한라").await;
    assert!(room_of(&mut mina, number).await.last_notification.is_some());
    // What nobody looks at is not measured, nor what was made here.
    drop(screen);
    let before = health(&mut mina).await.reach.unwrap().count;
    let mut screen = house.screen_here(&mina, house.date + chrono::Days::new(1)).await;
    house.google.insert(JOON, &house.event("ungesehen", "13:00", "14:00", &halla)).await;
    house.quiet().await;
    assert_eq!(health(&mut mina).await.reach.unwrap().count, before);
    let tomorrow = house.date + chrono::Days::new(1);
    let wish = Wish::new(number, &house.on(tomorrow, "10:00"), &house.on(tomorrow, "11:00"), "von hier");
    mina.booked(&wish).await;
    screen.until("our own", |grid| !grid.blocks.is_empty()).await;
    assert_eq!(health(&mut mina).await.reach.unwrap().count, before);
}

/// Google refuses a booking for good: everybody sees why, and an admin can try again or put it aside.
#[tokio::test]
async fn a_dead_letter_is_seen_tried_again_and_put_aside() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    house.google.break_with(json!({
        "matcher": { "method": "POST", "path": format!("{JOON}/events") },
        "action": { "status": 400, "reason": "badRequest" },
    }));
    let mut wish = Wish::new(room, &house.at("10:00"), &house.at("11:00"), "주인만 봄");
    wish.private = true;
    let booked = joon.booked(&wish).await;
    let key = booked.block.key;
    let stuck = wait_until("a dead letter", async || health(&mut mina).await.stuck.first().cloned()).await;
    assert_eq!((stuck.reason, stuck.dead, stuck.can_retry), (Stuck::Refused, true, true));
    assert_eq!((stuck.booking, stuck.attempts), (key.booking, 1));
    assert_eq!((stuck.title.as_str(), stuck.organizer.as_str()), ("", "이준"), "a private title is nobody's");
    let state = async |joon: &mut Browser| {
        let blocks = joon.day(house.date).await.grid.blocks;
        blocks.into_iter().find(|block| block.key == key).unwrap().state
    };
    assert_eq!(state(&mut joon).await, BookingState::Declined);
    let page = mina.get("/admin/sync").await;
    assert!(page.text().contains("data-stuck=\"refused_by_google\""), "{}", page.text());
    assert!(!page.text().contains("주인만 봄"));

    // As a browser without JavaScript: the form leads back to the page, which says what was done, once.
    let number = [("booking", stuck.booking.to_string())];
    let origin = mina.root.clone();
    let form = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", origin.as_str()),
    ];
    let body = format!("booking={}", stuck.booking);
    let sent = mina.send(Method::POST, "/fn/sync_retry", &form, body.clone()).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (302, "/admin/sync"));
    assert!(mina.get("/admin/sync").await.text().contains("Sending booking"));
    assert!(!mina.get("/admin/sync").await.text().contains("Sending booking"));
    // Google has not changed its mind.
    wait_until("the second refusal", async || {
        health(&mut mina).await.stuck.first().filter(|stuck| stuck.dead).cloned()
    })
    .await;
    // Somebody else took the room meanwhile: it is not taken from them.
    let other = joon.booked(&Wish::new(room, &house.at("10:30"), &house.at("11:30"), "dazwischen")).await;
    let refused = mina.post("sync_retry", &number).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "room_taken"), "{}", refused.text());
    joon.cancel(other.block.key.booking).await.read::<model::page::Cancelled>();
    house.google.mend();
    mina.post("sync_retry", &number).await.read::<SyncDone>();
    wait_until("the booking in Google", async || {
        (state(&mut joon).await == BookingState::Confirmed).then_some(())
    })
    .await;
    assert!(health(&mut mina).await.stuck.is_empty());
    let again = mina.post("sync_retry", &number).await;
    assert_eq!(again.code(), "stale");
    let nothing = mina.post("sync_retry", &[("booking", "99999".to_owned())]).await;
    assert_eq!((nothing.status.as_u16(), nothing.code().as_str()), (404, "not_found"));
}

/// A change that no listing told of is found by a pass over everything, and guests hear nothing of it (QUIET-REPAIR).
#[tokio::test]
async fn a_repair_finds_what_was_missed() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let room = mina.room(house.date, "한라").await;
    let halla = house.google.room_email(HANBIT, "한라");
    let kept = house.google.insert(JOON, &house.event("bleibt", "09:00", "10:00", &halla)).await;
    wait_until("the first event", async || mina.blocks(house.date, "bleibt").await.pop()).await;
    house.quiet().await;
    // Google says that nothing happened.
    house.google.break_with(json!({
        "matcher": { "method": "GET", "path": format!("{halla}/events") }, "action": "lie_empty",
    }));
    let mark = house.google.mark();
    house.google.insert(JOON, &house.event("verpasst", "13:00", "14:00", &halla)).await;
    wait_until("a listing that lies", async || house.google.pulls(mark).first().cloned()).await;
    house.quiet().await;
    house.google.mend();
    assert!(mina.blocks(house.date, "verpasst").await.is_empty(), "it was missed");
    let mails =
        async || house.google.call(MINA, Method::GET, "/sandbox/outbox?after=0", &json!(null)).await.json();
    let sent = mails().await;

    let mark = house.google.mark();
    let done: SyncDone = mina.post("sync_repair", &[("room", room.to_string())]).await.read();
    assert_eq!(done, SyncDone::Repairing { room: "한라".to_owned() });
    let pass = wait_until("the full pass", async || room_of(&mut mina, room).await.full_pass).await;
    assert_eq!((pass.found, pass.repaired), (1, 1));
    assert_eq!(mina.blocks(house.date, "verpasst").await.len(), 1);
    assert_eq!(mina.blocks(house.date, "bleibt").await.len(), 1);
    house.quiet().await;
    assert!(house.google.writes(mark).is_empty(), "a repair writes nothing");
    assert_eq!(mails().await, sent, "and mails nobody");
    assert!(house.google.titled(JOON, "bleibt")[0]["id"] == kept["id"]);
    // Again: nothing differs.
    let first = pass.at;
    mina.post("sync_repair", &[("room", room.to_string())]).await.read::<SyncDone>();
    let pass = wait_until("the next pass", async || {
        room_of(&mut mina, room).await.full_pass.filter(|pass| pass.at > first)
    })
    .await;
    assert_eq!((pass.found, pass.repaired), (0, 0));
    let unknown = mina.post("sync_repair", &[("room", "77".to_owned())]).await;
    assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (404, "not_found"));
}

/// Three pulls by the clock find what nobody told of: the channel is replaced, and said to be, until one comes.
#[tokio::test]
async fn a_silent_channel_is_replaced() {
    let house = polling(5).await;
    let mut mina = house.found(MINA).await;
    let room = mina.room(house.date, "한라").await;
    let halla = house.google.room_email(HANBIT, "한라");
    let channels = || -> Vec<String> {
        let world = house.google.world();
        let own = world.push.channels.values().filter(|channel| channel.resource.of() == halla);
        own.map(|channel| channel.id.clone()).collect()
    };
    let first = channels();
    assert_eq!(first.len(), 1);
    house.google.break_with(json!({ "action": "drop_notification" }));
    let minute = std::time::Duration::from_secs(60);
    for (number, (from, to)) in
        [("09:00", "10:00"), ("11:00", "12:00"), ("13:00", "14:00")].iter().enumerate()
    {
        let title = format!("still {number}");
        house.google.insert(JOON, &house.event(&title, from, to, &halla)).await;
        wait_until_within(minute, "the poll", async || mina.blocks(house.date, &title).await.pop()).await;
        wait_until_within(minute, "the room's yes", async || {
            let block = mina.blocks(house.date, &title).await.pop()?;
            (block.state == BookingState::Confirmed).then_some(())
        })
        .await;
    }
    let silent = wait_until_within(minute, "the silence to be noticed", async || {
        let room = room_of(&mut mina, room).await;
        (room.trouble == Some(RoomTrouble::Silent)).then_some(room)
    })
    .await;
    assert_eq!(silent.health, RoomHealth::PollOnly);
    wait_until("another channel", async || {
        let now = channels();
        (now.len() == 1 && now != first).then_some(())
    })
    .await;
    assert!(mina.get("/admin/sync").await.text().contains("data-trouble=\"silent\""));
    // Google speaks again.
    house.google.mend();
    house.google.insert(JOON, &house.event("laut", "15:00", "16:00", &halla)).await;
    wait_until_within(minute, "the room to be live", async || {
        let room = room_of(&mut mina, room).await;
        (room.trouble.is_none() && room.health == RoomHealth::Live).then_some(())
    })
    .await;
    assert_eq!(room_of(&mut mina, room).await.channel, ChannelStanding::Armed);
    drop(house.signed_in(SEOYEON, "identity").await);
}

/// NO-ABSENCE-DELETE: a listing that lacks too much removes nothing, until a person says that it is right; and even then
/// each is asked for.
/// F-018.
#[tokio::test]
async fn too_much_missing_removes_nothing_until_a_person_says_so() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let room = mina.room(house.date, "설악").await;
    let seorak = house.google.room_email(HANBIT, "설악");
    let mut ids = Vec::new();
    for half in 0..24 {
        let clock = |half: u32| format!("{:02}:{:02}", half / 2, half % 2 * 30);
        let event = house.event("viele", &clock(half), &clock(half + 1), &seorak);
        ids.push(house.google.insert(JOON, &event).await["id"].as_str().unwrap().to_owned());
    }
    let count = async |mina: &mut Browser| mina.blocks(house.date, "viele").await.len();
    wait_until("all of them", async || (count(&mut mina).await == 24).then_some(())).await;
    house.quiet().await;
    house.google.break_with(json!({
        "matcher": { "method": "GET", "path": format!("{seorak}/events") }, "action": "lie_empty",
    }));
    // All but two go, and no listing tells.
    for id in &ids[2..] {
        house.google.delete(JOON, id).await;
    }
    house.quiet().await;
    mina.post("sync_repair", &[("room", room.to_string())]).await.read::<SyncDone>();
    wait_until("the doubt", async || {
        let trouble = room_of(&mut mina, room).await.trouble;
        (trouble == Some(RoomTrouble::TooMuchMissing)).then_some(())
    })
    .await;
    assert_eq!(count(&mut mina).await, 24);
    assert_eq!(room_of(&mut mina, room).await.health, RoomHealth::Quarantined);
    let page = mina.get("/admin/sync").await;
    assert!(page.text().contains("Google is right"), "{}", page.text());

    let mark = house.google.mark();
    let believe = [("room", room.to_string()), ("believe", "yes".to_owned())];
    mina.post("sync_repair", &believe).await.read::<SyncDone>();
    wait_until("those to go that are gone", async || (count(&mut mina).await == 2).then_some(())).await;
    house.quiet().await;
    let asked = house.google.log(mark).into_iter().filter(|entry| {
        entry["method"] == "GET"
            && ids.iter().any(|id| entry["path"].as_str().is_some_and(|path| path.ends_with(id)))
    });
    assert!(asked.count() >= 24, "each was asked for, also the two that a listing lacks and that are there");
    assert_eq!(room_of(&mut mina, room).await.trouble, None);
    // It was believed once.
    mina.post("sync_repair", &[("room", room.to_string())]).await.read::<SyncDone>();
    house.quiet().await;
    assert_eq!(count(&mut mina).await, 2);
}
