//! Series: one recurring event at Google, with its exceptions; here and there the same dates, whoever changed them and
//! whatever died on the way.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use http::Method;
use model::Instant;
use serde_json::{Value, json};
use testkit::{Answer, Google, HANBIT, House, Program, wait_until, wait_until_within, wish};

use crate::support::{JOON, MINA, SEOYEON, alone};

/// A start over and what was left to do.
const SOON: Duration = Duration::from_secs(40);

/// A room that a series is in, and who looks at it.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) joon: Program,
    pub(crate) room: i64,
    pub(crate) email: String,
}

impl Scene {
    /// Joon's program in a founded house, and 한라.
    pub(crate) async fn open(consent: &str) -> Self {
        // How often a story looks is no matter of budgets.
        let house = alone(&[("ROOMLY_API_TOKEN_RATE", "0"), ("ROOMLY_API_COMPANY_RATE", "0")]).await;
        house.found(MINA).await;
        let joon = house.signed_in(JOON, consent).await.program().await;
        let room = joon.room("한라").await;
        let email = house.google.room_email(HANBIT, "한라");
        Self { house, joon, room, email }
    }

    /// The day of the n-th weekly date, from 0.
    pub(crate) fn week(&self, n: u64) -> NaiveDate {
        self.house.date + Days::new(7 * n)
    }

    /// Weekly at ten for an hour, so often.
    pub(crate) fn weekly(&self, title: &str, count: u32) -> Value {
        let mut asked = wish(self.room, &self.house.at("10:00"), &self.house.at("11:00"), title);
        asked["recurrence"] = json!([format!("RRULE:FREQ=WEEKLY;COUNT={count}")]);
        asked
    }

    /// Another room from now on.
    pub(crate) fn look_at(&mut self, room: i64, name: &str) {
        self.room = room;
        self.email = self.house.google.room_email(HANBIT, name);
    }

    pub(crate) async fn booked(&self, asked: &Value) -> i64 {
        number(&self.joon.create("", asked).await)
    }

    pub(crate) async fn change(&self, number: i64, scope: &str, date: NaiveDate, change: &Value) -> Answer {
        let path = format!("/bookings/{number}?scope={scope}&date={date}");
        self.joon.send(Method::PATCH, &path, &[], &change.to_string()).await
    }

    pub(crate) async fn cancel(&self, number: i64, scope: &str, date: NaiveDate) -> Answer {
        let path = format!("/bookings/{number}?scope={scope}&date={date}");
        self.joon.send(Method::DELETE, &path, &[], "").await
    }

    /// What Google's calendar of the room shows: start, end and title of every instance that the room did not decline.
    pub(crate) async fn there(&self) -> Vec<(Instant, Instant, String)> {
        let path = format!(
            "/calendar/v3/calendars/{}/events?singleEvents=true&orderBy=startTime&maxResults=2500",
            self.email
        );
        let page = self.house.google.call(MINA, Method::GET, &path, &Value::Null).await.json();
        let at = |when: &Value| Instant::parse_rfc3339(when["dateTime"].as_str().unwrap()).unwrap();
        let items = page["items"].as_array().unwrap().iter();
        let held = items.filter(|item| Google::answer_of(item, &self.email) != "declined");
        let title = |item: &Value| item["summary"].as_str().unwrap_or_default().to_owned();
        held.map(|item| (at(&item["start"]), at(&item["end"]), title(item))).collect()
    }

    /// What Roomly shows of the room, and what of it is not confirmed.
    pub(crate) async fn here(&self) -> (Vec<(Instant, Instant, String)>, Vec<Value>) {
        let (from, to) = (self.house.today, self.house.today + Days::new(300));
        let path = format!("/bookings?room={}&from={from}T00:00:00Z&to={to}T00:00:00Z&limit=200", self.room);
        let page = self.joon.get(&path).await.json();
        let bookings = page["bookings"].as_array().unwrap();
        let at = |when: &Value| Instant::parse_rfc3339(when.as_str().unwrap()).unwrap();
        let title = |one: &Value| one["title"].as_str().unwrap().to_owned();
        let all = bookings.iter().map(|one| (at(&one["start"]), at(&one["end"]), title(one))).collect();
        (all, bookings.iter().filter(|one| one["state"] != "confirmed").cloned().collect())
    }

    /// Waits until both sides show these dates, and nothing else.
    pub(crate) async fn agreed(&self, what: &str, dates: &[(NaiveDate, &str, &str)]) {
        let hour = |(date, clock, title): &(NaiveDate, &str, &str)| {
            let start = Instant::parse_rfc3339(&self.house.on(*date, clock)).unwrap();
            (start, start.plus_minutes(60), (*title).to_owned())
        };
        let wanted: Vec<_> = dates.iter().map(hour).collect();
        let begun = std::time::Instant::now();
        let looked = async || {
            let there = self.there().await;
            let (here, unsure) = self.here().await;
            let agree = there == wanted && here == wanted && unsure.is_empty();
            (agree || begun.elapsed() > SOON).then_some((agree, there, here, unsure))
        };
        let (agree, there, here, unsure) = wait_until_within(2 * SOON, what, looked).await;
        let differs = |side: &Vec<_>| (side != &wanted).then(|| format!("{side:#?}"));
        let sides = (differs(&there), differs(&here));
        assert!(agree, "{what}: wanted {wanted:?}, but there and here are {sides:?}, unsure {unsure:#?}");
    }

    /// The masters on Joon's calendar.
    pub(crate) fn masters(&self) -> Vec<Value> {
        let state = self.house.google.state();
        let events = state["calendars"][JOON]["events"].as_object().cloned().unwrap_or_default();
        let is_master = |event: &Value| {
            event["status"] != "cancelled" && event["recurrence"].as_array().is_some_and(|r| !r.is_empty())
        };
        events.into_values().filter(is_master).collect()
    }
}

pub(crate) fn number(answer: &Answer) -> i64 {
    assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text());
    answer.json()["number"].as_i64().unwrap()
}

#[tokio::test]
async fn a_series_is_one_recurring_event() {
    let scene = Scene::open("calendar").await;
    let mina = scene.house.signed_in(MINA, "identity").await;
    let mut screen = scene.house.screen(&mina, scene.week(2)).await;
    let asked = scene.weekly("주간 회의", 5);
    let created = scene.joon.create("once", &asked).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let body = created.json();
    assert_eq!(
        (&body["series"], &body["state"], &body["can_change"]),
        (&json!(true), &json!("pending"), &json!(true))
    );
    screen.until("the third date", |grid| grid.blocks.values().any(|block| block.series)).await;
    let weeks = |title| (0..5).map(|n| (scene.week(n), "10:00", title)).collect::<Vec<_>>();
    scene.agreed("a new series", &weeks("주간 회의")).await;
    let masters = scene.masters();
    assert_eq!(masters.len(), 1, "{masters:#?}");
    assert_eq!(masters[0]["recurrence"], json!(["RRULE:FREQ=WEEKLY;COUNT=5"]));
    // The same key is the same series and the same answer.
    let again = scene.joon.create("once", &asked).await;
    assert_eq!((again.status, again.text()), (created.status, created.text()));
    scene.house.quiet().await;
    let mark = scene.house.google.mark();
    // What came back of it causes nothing.
    scene.house.quiet().await;
    assert_eq!(scene.house.google.writes(mark), Vec::<Value>::new());
    assert_eq!(scene.masters().len(), 1);
    scene.agreed("later", &weeks("주간 회의")).await;
}

#[tokio::test]
async fn dates_are_moved_renamed_and_cancelled() {
    let scene = Scene::open("calendar").await;
    let number = scene.booked(&scene.weekly("주간", 6)).await;
    let title = "주간";
    let mut dates: Vec<_> = (0..6).map(|n| (scene.week(n), "10:00", title)).collect();
    scene.agreed("a new series", &dates).await;

    let at = |n: u64, clock: &str| scene.house.on(scene.week(n), clock);
    let moved = scene
        .change(number, "this", scene.week(1), &json!({ "start": at(1, "14:00"), "end": at(1, "15:00") }))
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(moved.json()["exception"], true);
    dates[1].1 = "14:00";
    scene.agreed("one date moved", &dates).await;

    let cancelled = scene.cancel(number, "this", scene.week(3)).await;
    assert_eq!(cancelled.status, 204, "{}", cancelled.text());
    assert_eq!(scene.cancel(number, "this", scene.week(3)).await.code(), "not_found");
    dates.remove(3);
    scene.agreed("one date cancelled", &dates).await;

    let renamed = scene.change(number, "all", scene.week(0), &json!({ "title": "새 이름" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    for date in &mut dates {
        date.2 = "새 이름";
    }
    scene.agreed("all renamed", &dates).await;
    assert_eq!(scene.masters().len(), 1, "none has begun, so it is the same series");

    let later = json!({ "start": at(2, "16:00"), "end": at(2, "17:00") });
    let following = scene.change(number, "following", scene.week(2), &later).await;
    assert_eq!(following.status, 200, "{}", following.text());
    assert_ne!(following.json()["number"], number, "later dates are a series of their own");
    for date in &mut dates[2..] {
        date.1 = "16:00";
    }
    scene.agreed("a split", &dates).await;
    assert_eq!(scene.masters().len(), 2);

    let ended = scene.cancel(following.json()["number"].as_i64().unwrap(), "following", scene.week(5)).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    dates.pop();
    scene.agreed("the last one cancelled", &dates).await;
    let all = scene.joon.send(Method::DELETE, &format!("/bookings/{number}?scope=all"), &[], "").await;
    assert_eq!(all.status, 204, "{}", all.text());
    scene.agreed("the first half cancelled", &dates[2..]).await;
    scene.house.quiet().await;
    scene.agreed("in the end", &dates[2..]).await;
}

/// The dates that have something for themselves go with a split, read in one batch and written in another.
#[tokio::test]
async fn many_dates_are_said_at_once() {
    const OWN: [&str; 5] = ["가", "나", "다", "라", "마"];
    let scene = Scene::open("calendar").await;
    let number = scene.booked(&scene.weekly("주간", 10)).await;
    let mut dates: Vec<_> = (0..10).map(|n| (scene.week(n), "10:00", "주간")).collect();
    scene.agreed("a new series", &dates).await;
    for (n, title) in (4..).zip(OWN) {
        let named = scene.change(number, "this", scene.week(n), &json!({ "title": title })).await;
        assert_eq!(named.status, 200, "{}", named.text());
        dates[usize::try_from(n).unwrap()].2 = title;
    }
    scene.agreed("names of their own", &dates).await;
    scene.house.quiet().await;

    let mark = scene.house.google.mark();
    let at = |clock: &str| scene.house.on(scene.week(3), clock);
    let later = json!({ "start": at("16:00"), "end": at("17:00") });
    let split = scene.change(number, "following", scene.week(3), &later).await;
    assert_eq!(split.status, 200, "{}", split.text());
    for date in &mut dates[3..] {
        date.1 = "16:00";
    }
    scene.agreed("a split", &dates).await;
    scene.house.quiet().await;
    let log = scene.house.google.log(mark);
    let batches = log.iter().filter(|entry| entry["path"] == "/batch/calendar/v3").count();
    // Once without rooms, and once with them.
    assert_eq!(batches, 4, "{log:#?}");
    let written = |entry: &&Value| {
        entry["method"] == "PATCH" && entry["path"].as_str().is_some_and(|path| path.contains("Z"))
    };
    assert_eq!(log.iter().filter(written).count() % OWN.len(), 0, "each date as often as the others");
}

/// The server dies at each of the calls that make a split: before Google has it, and after.
/// F-065.
#[tokio::test]
async fn a_split_survives_wherever_it_is_interrupted() {
    const CLOCKS: [&str; 9] =
        ["07:00", "08:00", "09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"];
    let mut scene = Scene::open("calendar").await;
    let (fails, waits) = (json!("commit_then_fail"), json!({ "delay_ms": 30_000 }));
    // The new one without rooms, its moved date, the end of the old one, the rooms.
    let moments = [
        ("insert", "POST", 0, json!({ "status": 503 })),
        ("insert that Google has", "POST", 0, fails.clone()),
        ("insert without an answer", "POST", 0, waits.clone()),
        ("date that Google has", "PATCH", 0, fails.clone()),
        ("date without an answer", "PATCH", 0, waits.clone()),
        ("end that Google has", "PATCH", 1, fails.clone()),
        ("end without an answer", "PATCH", 1, waits.clone()),
        ("rooms that Google has", "PATCH", 2, fails),
        ("rooms without an answer", "PATCH", 2, waits),
    ];
    let mut dates: Vec<(NaiveDate, &str, &str)> = Vec::new();
    for (index, (what, method, skip, action)) in moments.iter().enumerate() {
        let clock = CLOCKS[index];
        let at = |day: NaiveDate| Instant::parse_rfc3339(&scene.house.on(day, clock)).unwrap();
        let hour = |day| (at(day).to_rfc3339(), at(day).plus_minutes(60).to_rfc3339());
        let (start, end) = hour(scene.week(0));
        let mut asked = wish(scene.room, &start, &end, what);
        asked["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=4"]);
        let number = scene.booked(&asked).await;
        let after = scene.week(3) + Days::new(1);
        let (start, end) = hour(after);
        let moved = scene.change(number, "this", scene.week(3), &json!({ "start": start, "end": end })).await;
        assert_eq!(moved.status, 200, "{}", moved.text());
        dates.extend((0..3).map(|n| (scene.week(n), clock, *what)));
        dates.push((after, clock, what));
        dates.sort();
        scene.agreed(what, &dates).await;
        scene.house.quiet().await;
        let mark = scene.house.google.mark();
        let matcher = json!({ "method": method, "path": format!("{JOON}/events") });
        scene.house.google.break_with(json!({ "matcher": matcher, "skip": skip, "action": action }));
        let split = scene.change(number, "following", scene.week(2), &json!({ "title": "나뉜 회의" })).await;
        assert_eq!(split.status, 200, "{}", split.text());
        wait_until("the call to be on its way", async || {
            scene.house.google.log(mark).iter().find(|entry| entry["kind"] == "fault").map(drop)
        })
        .await;
        scene.house.roomly.kill_9().await;
        scene.house.google.mend();
        scene.house.roomly.start().await;
        for date in dates.iter_mut().filter(|date| date.2 == *what && date.0 >= scene.week(2)) {
            date.2 = "나뉜 회의";
        }
        scene.agreed(what, &dates).await;
        assert_eq!(scene.masters().len(), 2 * (index + 1), "{what}: two series, none of them twice");
    }
    scene.house.quiet().await;
    scene.agreed("in the end", &dates).await;
}

/// One date in another room, then all of them.
#[tokio::test]
async fn a_series_changes_its_room() {
    let mut scene = Scene::open("calendar").await;
    let number = scene.booked(&scene.weekly("이사", 4)).await;
    let date = |n: u64| (scene.week(n), "10:00", "이사");
    let (all, alone) = ([date(0), date(1), date(2), date(3)], [date(1)]);
    let (rest, none): (_, [(NaiveDate, &str, &str); 0]) = ([date(0), date(2), date(3)], []);
    scene.agreed("a new series", &all).await;
    let (halla, seorak, jiri) = (scene.room, scene.joon.room("설악").await, scene.joon.room("지리").await);
    let moved = scene.change(number, "this", scene.week(1), &json!({ "room": seorak })).await;
    assert_eq!((moved.status.as_u16(), &moved.json()["room"]), (200, &json!(seorak)), "{}", moved.text());
    scene.agreed("without the one date", &rest).await;
    scene.look_at(seorak, "설악");
    scene.agreed("the one date", &alone).await;
    let moved = scene.change(number, "all", scene.week(0), &json!({ "room": jiri })).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    scene.agreed("what has a room of its own keeps it", &alone).await;
    scene.look_at(jiri, "지리");
    scene.agreed("all others", &rest).await;
    scene.look_at(halla, "한라");
    scene.agreed("nothing is left", &none).await;
    scene.house.quiet().await;
    scene.agreed("later", &none).await;
    assert_eq!(scene.masters().len(), 1);
}

/// What people do in Google to a series of ours is so here, and can be changed from here again.
#[tokio::test]
async fn our_own_series_changed_there() {
    let scene = Scene::open("calendar").await;
    let number = scene.booked(&scene.weekly("우리 것", 5)).await;
    let mut dates: Vec<_> = (0..5).map(|n| (scene.week(n), "10:00", "우리 것")).collect();
    scene.agreed("a new series", &dates).await;
    scene.house.quiet().await;
    let id = scene.masters()[0]["id"].as_str().unwrap().to_owned();
    let instance = |n: u64| {
        let at = Instant::parse_rfc3339(&scene.house.on(scene.week(n), "10:00")).unwrap();
        let stamp = at.to_rfc3339().replace(['-', ':'], "");
        format!("{id}_{stamp}")
    };
    let when = |n: u64, clock: &str| json!({ "dateTime": scene.house.on(scene.week(n), clock), "timeZone": "Asia/Seoul" });
    let mark = scene.house.google.mark();

    scene
        .house
        .google
        .patch(JOON, &instance(1), &json!({ "start": when(1, "15:00"), "end": when(1, "16:00") }))
        .await;
    dates[1].1 = "15:00";
    scene.agreed("one date moved there", &dates).await;
    scene.house.google.delete(JOON, &instance(3)).await;
    dates.remove(3);
    scene.agreed("one date cancelled there", &dates).await;
    scene.house.google.patch(JOON, &id, &json!({ "summary": "거기서 바꿈" })).await;
    for date in &mut dates {
        date.2 = "거기서 바꿈";
    }
    scene.agreed("renamed there", &dates).await;
    scene.house.quiet().await;
    assert_eq!(scene.house.google.writes(mark).len(), 3, "only that person's own writes");

    let renamed = scene.change(number, "all", scene.week(0), &json!({ "title": "다시 여기서" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    for date in &mut dates {
        date.2 = "다시 여기서";
    }
    scene.agreed("renamed here", &dates).await;

    scene.house.google.patch(JOON, &id, &json!({ "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"] })).await;
    dates.truncate(3);
    scene.agreed("ended there", &dates).await;
    scene.house.google.delete(JOON, &id).await;
    scene.agreed("deleted there", &[]).await;
    scene.house.quiet().await;
    scene.agreed("it does not come back", &[]).await;
}

/// Without a grant the series stands on the room's own calendar.
#[tokio::test]
async fn a_series_as_the_room() {
    let mut scene = Scene::open("identity").await;
    let created = scene.joon.create("", &scene.weekly("방의 회의", 4)).await;
    assert_eq!(created.json()["as_room"], true, "{}", created.text());
    let number = number(&created);
    let mut dates: Vec<_> = (0..4).map(|n| (scene.week(n), "10:00", "방의 회의")).collect();
    scene.agreed("a new series", &dates).await;
    let at = |n: u64, clock: &str| scene.house.on(scene.week(n), clock);
    let moved = json!({ "start": at(1, "14:00"), "end": at(1, "15:00") });
    assert_eq!(scene.change(number, "this", scene.week(1), &moved).await.status, 200);
    dates[1].1 = "14:00";
    scene.agreed("one date moved", &dates).await;
    let split = scene.change(number, "following", scene.week(2), &json!({ "title": "그 뒤" })).await;
    assert_eq!(split.status, 200, "{}", split.text());
    dates[2].2 = "그 뒤";
    dates[3].2 = "그 뒤";
    scene.agreed("a split", &dates).await;
    assert_eq!(scene.cancel(number, "this", scene.week(0)).await.status, 204);
    dates.remove(0);
    scene.agreed("one date cancelled", &dates).await;
    // Another room is another calendar.
    let seorak = scene.joon.room("설악").await;
    let number = split.json()["number"].as_i64().unwrap();
    let moved = scene.change(number, "all", scene.week(2), &json!({ "room": seorak })).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    scene.agreed("the later half went", &dates[..1]).await;
    scene.look_at(seorak, "설악");
    scene.agreed("to another room", &dates[1..]).await;
}

#[tokio::test]
async fn a_series_is_booked_as_a_whole_or_not_at_all() {
    let scene = Scene::open("calendar").await;
    let seoyeon = scene.house.signed_in(SEOYEON, "identity").await.program().await;
    let on = |n: u64, clock: &str| scene.house.on(scene.week(n), clock);
    let single = wish(scene.room, &on(2, "10:30"), &on(2, "11:30"), "먼저");
    assert_eq!(seoyeon.create("", &single).await.status, 201);
    let refused = scene.joon.create("", &scene.weekly("막힌 회의", 4)).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "room_taken"), "{}", refused.text());
    let held = &refused.json()["held"];
    let start = Instant::parse_rfc3339(&on(2, "10:30")).unwrap().to_rfc3339();
    assert_eq!((&held["start"], &held["by"]), (&json!(start), &json!("박서연")));

    let bad = |lines: Value| {
        let mut asked = scene.weekly("틀린 회의", 4);
        asked["recurrence"] = lines;
        asked
    };
    for lines in [
        json!(["RRULE:FREQ=SOMETIMES"]),
        json!(["RRULE:FREQ=HOURLY;COUNT=3"]),
        json!(["EXDATE:20261207T010000Z"]),
        json!(["DTSTART:20261207T010000Z", "RRULE:FREQ=DAILY;COUNT=2"]),
        json!(["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z"]),
        json!(["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]),
        json!([""]),
    ] {
        let answer = scene.joon.create("", &bad(lines.clone())).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (422, "invalid_field"),
            "{lines}: {}",
            answer.text()
        );
        assert_eq!(answer.json()["field"], "recurrence", "{lines}");
    }
    for lines in [json!("RRULE:FREQ=DAILY"), json!([7])] {
        let answer = scene.joon.create("", &bad(lines)).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
    }
    let number = scene.booked(&bad(json!(["RRULE:FREQ=DAILY;COUNT=2"]))).await;
    let scoped = |query: &str| format!("/bookings/{number}{query}");
    let title = json!({ "title": "x" }).to_string();
    let date = scene.week(0);
    for (method, query, body, status) in [
        (Method::PATCH, String::new(), title.clone(), 422),
        (Method::PATCH, "?scope=following".to_owned(), title.clone(), 422),
        (Method::PATCH, "?scope=some".to_owned(), title.clone(), 422),
        (Method::PATCH, "?scope=this&date=yesterday".to_owned(), title.clone(), 422),
        (Method::PATCH, "?scope=this&date=2020-01-01".to_owned(), title.clone(), 404),
        (Method::DELETE, "?scope=this&date=2020-01-01".to_owned(), String::new(), 404),
        (Method::PATCH, format!("?scope=this&date={date}"), json!({ "private": true }).to_string(), 422),
        (
            Method::PATCH,
            format!("?scope=this&date={date}"),
            json!({ "recurrence": ["RRULE:FREQ=DAILY"] }).to_string(),
            422,
        ),
        (
            Method::PATCH,
            format!("?scope=all&date={date}"),
            json!({ "recurrence": ["RRULE:FREQ=NEVER"] }).to_string(),
            422,
        ),
        (
            Method::PATCH,
            format!("?scope=all&date={date}"),
            json!({ "start": scene.house.at("12:00") }).to_string(),
            422,
        ),
    ] {
        let answer = scene.joon.send(method.clone(), &scoped(&query), &[], &body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {query} {body}: {}", answer.text());
    }
    assert_eq!(seoyeon.send(Method::DELETE, &scoped("?scope=all"), &[], "").await.code(), "not_allowed");
    let next = scene.house.date + Days::new(1);
    let dates =
        [(date, "10:00", "틀린 회의"), (next, "10:00", "틀린 회의"), (scene.week(2), "10:30", "먼저")];
    scene.agreed("nothing was changed", &dates).await;
}

/// Google's own series: an exception that comes before its master, and a split.
/// F-030.
#[tokio::test]
async fn series_made_there_arrive_as_such() {
    let scene = Scene::open("calendar").await;
    let mut body = scene.house.event("거기 회의", "10:00", "11:00", &scene.email);
    body["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=6"]);
    // Nobody hears of the series before one of its dates is changed; listings are in no order.
    scene.house.google.world().settings.arbitrary_order = true;
    scene.house.google.break_with(json!({ "action": "drop_notification" }));
    let series = scene.house.google.insert(SEOYEON, &body).await;
    let id = series["id"].as_str().unwrap().to_owned();
    let stamp = |n: u64| {
        let at = Instant::parse_rfc3339(&scene.house.on(scene.week(n), "10:00")).unwrap();
        at.to_rfc3339().replace(['-', ':'], "")
    };
    let when = |n: u64, clock: &str| json!({ "dateTime": scene.house.on(scene.week(n), clock), "timeZone": "Asia/Seoul" });
    let later = json!({ "start": when(1, "15:00"), "end": when(1, "16:00") });
    scene.house.google.mend();
    scene.house.google.patch(SEOYEON, &format!("{id}_{}", stamp(1)), &later).await;
    let mut dates: Vec<_> = (0..6).map(|n| (scene.week(n), "10:00", "거기 회의")).collect();
    dates[1].1 = "15:00";
    scene.agreed("a series and its exception", &dates).await;

    // As Google's own page splits: the old one ends, a new one begins. A moved date of the later half goes with the old.
    let moved = json!({ "start": when(4, "17:00"), "end": when(4, "18:00") });
    scene.house.google.patch(SEOYEON, &format!("{id}_{}", stamp(4)), &moved).await;
    dates[4].1 = "17:00";
    scene.agreed("another exception", &dates).await;
    let day_before = scene.week(3).pred_opt().unwrap();
    let until = format!("RRULE:FREQ=WEEKLY;UNTIL={}T145959Z", day_before.format("%Y%m%d"));
    scene.house.google.patch(SEOYEON, &id, &json!({ "recurrence": [until] })).await;
    let mut rest = scene.house.event("나뉜 거기 회의", "10:00", "11:00", &scene.email);
    rest["start"] = when(3, "10:00");
    rest["end"] = when(3, "11:00");
    rest["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
    scene.house.google.insert(SEOYEON, &rest).await;
    dates.truncate(3);
    dates.extend((3..6).map(|n| (scene.week(n), "10:00", "나뉜 거기 회의")));
    scene.agreed("a split without ghosts", &dates).await;
    scene.house.quiet().await;
    scene.agreed("later", &dates).await;
}
