//! Channels and what comes through them: late, twice, after their end, or not at all.

use model::room::RoomHealth;
use store::{ChannelRow, ChannelState};

use super::*;
use crate::plan::Kind;
use crate::truth::differences;

impl Scene {
    async fn channels_of(&self, room: usize) -> Vec<ChannelRow> {
        let store = self.house.store.company(self.house.company);
        store.channel_of_calendar(self.calendar_id(room).await).await.unwrap()
    }

    /// Everything that Google has to say is lost.
    fn nobody_hears(&self) {
        self.news();
    }

    /// Passes of every kind but those about channels, as long as there is something to do.
    async fn without_channels(&mut self) {
        for step in [Step::Push, Step::Pull, Step::Series, Step::Heartbeat] {
            self.all(0, step).await;
        }
        self.pass(3);
        self.nobody_hears();
    }

    async fn health(&self, room: usize) -> RoomHealth {
        let rooms = self.house.store.company(self.house.company).room_list().await.unwrap();
        rooms.into_iter().find(|one| one.email == self.room(room)).unwrap().row.health
    }
}

fn watched(scene: &Scene, since: usize, room: usize) -> usize {
    let path = format!("{}/events/watch", scene.room(room).replace('@', "%40"));
    scene.calls(since, &["POST", &path]).len()
}

/// F-004: Google is silent for twelve hours, and then says everything at once, again and again.
#[tokio::test]
async fn f_004_twelve_hours_of_silence_are_polled_through_and_the_burst_after_them_is_one_pull_each() {
    const BURST: usize = 5_000;
    let mut scene = Scene::open(1).await;
    let mut held = Vec::new();
    for quarter in 0..48 {
        let id = {
            let event = scene.event(&format!("g{quarter}"), scene.in_minutes(1_440), 30, Some(quarter % 2));
            scene.inserts(MINA, &event)
        };
        scene.pass(2);
        held.extend(scene.news());
        if quarter % 3 == 2 {
            scene.deletes(MINA, &id);
            held.extend(scene.news());
        }
        // A poll is due five minutes, give or take a quarter, after the last one.
        for _ in 0..2 {
            scene.pass(7 * MINUTE);
            held.extend(scene.news());
            scene.all(0, Step::Pull).await;
        }
        assert_eq!(differences(&scene.house).await.unwrap(), Vec::<String>::new(), "quarter {quarter}");
    }
    assert!(held.len() > 48, "{}", held.len());

    let mark = scene.mark();
    let rows = [scene.channels_of(0).await, scene.channels_of(1).await];
    for notification in held.iter().cycle().take(BURST) {
        assert_eq!(scene.hears(0, notification).await, NoticeOutcome::Marked);
    }
    assert!(scene.calls(mark, &[]).is_empty(), "nothing is asked while they are heard");
    assert_eq!(
        [scene.channels_of(0).await, scene.channels_of(1).await],
        rows,
        "and nothing is kept of each (F-016)"
    );
    // In a rush a calendar is listed twice in ten seconds at most, and it was listed a moment ago.
    scene.pass(11);
    scene.all(0, Step::Pull).await;
    assert_eq!(scene.calls(mark, &["GET"]).len(), 2, "one listing for each calendar");
    scene.ends_well().await;
}

/// F-010: nobody renews channels for eight days.
#[tokio::test]
async fn f_010_channels_that_ended_unseen_are_replaced_one_after_the_other() {
    let mut scene = Scene::open(1).await;
    let before = [scene.channels_of(0).await, scene.channels_of(1).await];
    assert!(before.iter().all(|rows| rows.len() == 1 && rows[0].state == ChannelState::Armed));
    for day in 0..8 {
        let event = scene.event(&format!("g{day}"), scene.in_minutes(2_880), 30, Some(0));
        scene.inserts(MINA, &event);
        scene.pass(23 * HOUR);
        scene.without_channels().await;
        scene.without_channels().await;
        scene.pass(HOUR);
        scene.without_channels().await;
        assert_eq!(scene.shown(&format!("g{day}")).await.len(), 1, "day {day} was polled");
    }
    let mark = scene.mark();
    let renewing = scene.begin(0, Step::Channels);
    for room in 0..2 {
        let call = scene.goes_on(renewing, |asked| asked.kind == Kind::Watch).await;
        assert_eq!(scene.waiting(renewing).len(), 1, "one at a time");
        assert_eq!(watched(&scene, mark, 0) + watched(&scene, mark, 1), room);
        scene.house.net.hear(call);
        scene.house.net.deliver(call);
    }
    scene.finish(renewing).await.unwrap().unwrap();
    for (room, ended) in before.iter().enumerate() {
        let now = scene.channels_of(room).await;
        assert_eq!((now.len(), now[0].state), (1, ChannelState::Armed));
        assert_ne!(now[0].id, ended[0].id);
        assert_eq!(watched(&scene, mark, room), 1);
    }
    let mark = scene.mark();
    scene.all(0, Step::Channels).await;
    assert!(scene.calls(mark, &["watch"]).is_empty(), "and that is all");
    scene.ends_well().await;
}

/// F-011: Google grants a channel, and the program dies before it is stored as armed.
#[tokio::test]
async fn f_011_a_channel_whose_grant_was_not_stored_is_armed_by_its_first_message_or_replaced() {
    for heard in [true, false] {
        let mut scene = Scene::open(1).await;
        let old = scene.channels_of(0).await;
        scene.pass(6 * 24 * HOUR);
        scene.nobody_hears();
        scene.dies_at(sync::crash::WATCH_AFTER_CALL);
        assert_eq!(scene.step(0, Step::Channels).await, None, "it lives");
        let rows = scene.channels_of(0).await;
        let arming =
            rows.iter().find(|row| row.id != old[0].id).expect("a row that was written before the call");
        assert_eq!((arming.state, &arming.resource_id), (ChannelState::Arming, &None));
        scene.house.restart(0).await.unwrap();
        let first = scene.news();
        assert_eq!(first.len(), 1, "its first message");
        let mark = scene.mark();
        if heard {
            let before = scene.calendar(0).await;
            assert_eq!(scene.hears(0, &first[0]).await, NoticeOutcome::Armed);
            assert_eq!(scene.calendar(0).await, before, "and no pull");
            scene.all(0, Step::Channels).await;
            assert_eq!(watched(&scene, mark, 0), 0, "it is the channel");
        } else {
            scene.pass(3 * MINUTE);
            scene.all(0, Step::Channels).await;
            assert_eq!(watched(&scene, mark, 0), 1, "another one is asked for");
            // What Google still sends through the one that is forgotten is nobody's (F-007).
            let event = scene.event("g", scene.in_minutes(60), 30, Some(0));
            scene.inserts(MINA, &event);
            scene.pass(3);
            let lost = arming.id.to_string();
            let news = scene.news();
            let orphan = news.iter().find(|one| one.channel == lost).expect("Google goes on sending");
            assert_eq!(scene.hears(0, orphan).await, NoticeOutcome::Rejected);
        }
        scene.all(0, Step::Channels).await;
        scene.rounds(2).await;
        let rows = scene.channels_of(0).await;
        assert_eq!((rows.len(), rows[0].state), (1, ChannelState::Armed), "heard {heard}: {rows:?}");
        assert_ne!(rows[0].id, old[0].id);
        scene.ends_well().await;
    }
}

/// F-012: the new channel is there and the old one not stopped yet.
#[tokio::test]
async fn f_012_both_channels_of_a_renewal_are_believed_and_cause_one_pull() {
    let mut scene = Scene::open(1).await;
    let old = scene.channels_of(0).await[0].clone();
    scene.pass(6 * 24 * HOUR);
    scene.all(0, Step::Pull).await;
    let room = scene.room(0);
    let (renewing, watch) = scene
        .until_asked(0, Step::Channels, |asked| asked.kind == Kind::Watch && asked.calendar == room)
        .await;
    scene.house.net.hear(watch);
    let sync = scene.news();
    assert_eq!(scene.hears(0, sync.last().unwrap()).await, NoticeOutcome::Armed);
    assert_eq!(scene.channels_of(0).await.len(), 2);
    let event = scene.event("g", scene.in_minutes(60), 30, Some(0));
    scene.inserts(MINA, &event);
    let news = scene.news();
    let through: std::collections::BTreeSet<_> = news.iter().map(|one| one.channel.clone()).collect();
    assert!(through.len() == 2 && through.contains(&old.id.to_string()), "{through:?}");
    for one in &news {
        assert_eq!(scene.hears(0, one).await, NoticeOutcome::Marked);
    }
    let mark = scene.mark();
    // It was listed this very moment.
    scene.pass(1);
    scene.all(0, Step::Pull).await;
    assert_eq!(scene.calls(mark, &["GET", &room.replace('@', "%40")]).len(), 1);
    assert_eq!(scene.shown("g").await.len(), 1);
    scene.house.net.deliver(watch);
    scene.finish(renewing).await.unwrap().unwrap();
    scene.rounds(2).await;
    let left = scene.channels_of(0).await;
    assert!(left.len() == 1 && left[0].id != old.id, "{left:?}");
    scene.ends_well().await;
}

/// F-014: Google does not let a calendar be watched.
#[tokio::test]
async fn f_014_a_calendar_that_cannot_be_watched_is_polled_and_tried_again_the_next_day() {
    for action in [
        json!({ "status": 400, "reason": "pushNotSupportedForRequestedResource" }),
        json!({ "status": 403, "reason": "forbidden" }),
    ] {
        let mut scene = Scene::open(1).await;
        scene.pass(6 * 24 * HOUR);
        scene.break_with(
            json!({ "matcher": { "path": format!("{}/events/watch", scene.room(0)) }, "action": action }),
        );
        // The one that there was has come to its end, too.
        scene.pass(2 * 24 * HOUR);
        scene.nobody_hears();
        let mark = scene.mark();
        for hour in 0..20 {
            let event = scene.event(&format!("g{hour}"), scene.in_minutes(1_440), 30, Some(0));
            scene.inserts(MINA, &event);
            scene.pass(HOUR);
            scene.rounds(2).await;
            assert_eq!(scene.shown(&format!("g{hour}")).await.len(), 1, "{action}");
        }
        assert_eq!((watched(&scene, mark, 0), watched(&scene, mark, 1)), (1, 1), "{action}");
        assert_eq!((scene.health(0).await, scene.health(1).await), (RoomHealth::PollOnly, RoomHealth::Live));
        scene.mend();
        scene.pass(6 * HOUR);
        scene.rounds(2).await;
        assert_eq!(watched(&scene, mark, 0), 2, "{action}");
        assert_eq!(scene.health(0).await, RoomHealth::Live, "{action}");
        scene.ends_well().await;
    }
}
