//! A series that is changed here and in Google before either hears of the other: the whole of it, single dates, or the one
//! here and the other there. As for single bookings (`merge`) both survive where they are about different things, the later
//! wish where they are about the same, and whose wish was lost is told.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use http::Method;
use model::Instant;
use model::notice::NoticeReason;
use model::page::NoticesPage;
use serde_json::{Value, json};
use testkit::{Browser, HANBIT, wait_until, wait_until_within};

use crate::series::Scene;
use crate::support::{JOON, MINA};

const TITLE: &str = "주간";
/// A wait for what a moment brings.
const SOON: Duration = Duration::from_secs(15);
type Date = (NaiveDate, &'static str, &'static str);

/// A weekly series of Joon's at ten, that Google has and the room accepted.
struct Agreed {
    scene: Scene,
    joon: Browser,
    number: i64,
    /// Google's id, the calendar it stands on, and who changes it there.
    id: String,
    calendar: String,
    owner: &'static str,
    dates: Vec<Date>,
}

/// With `calendar` as the person, with `identity` as the room.
async fn agreed_as(consent: &str, count: u32) -> Agreed {
    let scene = Scene::open(consent).await;
    let number = scene.booked(&scene.weekly(TITLE, count)).await;
    let dates: Vec<Date> = (0..u64::from(count)).map(|n| (scene.week(n), "10:00", TITLE)).collect();
    scene.agreed("a new series", &dates).await;
    scene.house.quiet().await;
    let joon = scene.house.signed_in(JOON, "identity").await;
    let as_person = consent == "calendar";
    let calendar = if as_person { JOON.to_owned() } else { scene.email.clone() };
    let state = scene.house.google.state();
    let events = state["calendars"][&calendar]["events"].as_object().unwrap();
    let master = events.values().find(|event| event["recurrence"].as_array().is_some_and(|r| !r.is_empty()));
    let id = master.unwrap()["id"].as_str().unwrap().to_owned();
    Agreed { scene, joon, number, id, calendar, owner: if as_person { JOON } else { MINA }, dates }
}

impl Agreed {
    /// Google takes nothing of what we write; what people do there it takes.
    fn away(&self) {
        for method in ["PATCH", "DELETE"] {
            let matcher = json!({ "method": method, "query": "sendUpdates" });
            self.scene.house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 } }));
        }
    }

    /// No room hears what happens in Google.
    fn deaf(&self) {
        let matcher = json!({ "method": "GET", "path": "resource.calendar.google.com/events" });
        self.scene.house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 } }));
    }

    fn on(&self, n: u64, clock: &str) -> String {
        self.scene.house.on(self.scene.week(n), clock)
    }

    fn when(&self, n: u64, clock: &str) -> Value {
        json!({ "dateTime": self.on(n, clock), "timeZone": "Asia/Seoul" })
    }

    /// An hour from then on, as Google says it.
    fn hour(&self, n: u64, from: &str, to: &str) -> Value {
        json!({ "start": self.when(n, from), "end": self.when(n, to) })
    }

    fn instance(&self, n: u64) -> String {
        let at = Instant::parse_rfc3339(&self.on(n, "10:00")).unwrap();
        format!("{}_{}", self.id, at.to_rfc3339().replace(['-', ':'], ""))
    }

    /// Somebody changes the series in Google, or one date of it.
    async fn there(&self, event: &str, change: Value) {
        self.act(Method::PATCH, event, &change).await;
    }

    async fn act(&self, method: Method, event: &str, body: &Value) {
        let path = format!("/calendar/v3/calendars/{}/events/{event}", self.calendar);
        let answer = self.scene.house.google.call(self.owner, method, &path, body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    /// Joon changes it here.
    async fn here(&self, scope: &str, n: u64, change: Value) {
        let answer = self.scene.change(self.number, scope, self.scene.week(n), &change).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    async fn moved_here(&self, scope: &str, n: u64, from: &str, to: &str) {
        self.here(scope, n, json!({ "start": self.on(n, from), "end": self.on(n, to) })).await;
    }

    /// Waits until Roomly shows these dates, whatever their rooms say.
    async fn shows(&self, what: &str, dates: &[Date]) {
        let hour = |(date, clock, title): &Date| {
            let start = Instant::parse_rfc3339(&self.scene.house.on(*date, clock)).unwrap();
            (start, start.plus_minutes(60), (*title).to_owned())
        };
        let wanted: Vec<_> = dates.iter().map(hour).collect();
        let begun = std::time::Instant::now();
        let looked = async || {
            let (here, _) = self.scene.here().await;
            (here == wanted || begun.elapsed() > SOON).then_some(here)
        };
        assert_eq!(wait_until_within(2 * SOON, what, looked).await, wanted, "{what}");
    }

    async fn history(&self) -> Vec<Value> {
        let one = self.scene.joon.get(&format!("/bookings/{}", self.number)).await.json();
        one["history"].as_array().unwrap().clone()
    }

    /// Field, winner, date, and what was kept and lost, in words.
    async fn lines(&self) -> Vec<[String; 5]> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |line: &Value| {
            assert_eq!(line["by"], "이준", "{line}");
            [&line["field"], &line["winner"], &line["date"], &line["kept"]["text"], &line["lost"]["text"]]
                .map(text)
        };
        self.history().await.iter().map(line).collect()
    }

    async fn told(&mut self) -> Vec<NoticeReason> {
        let page = self.joon.load("load_notices", &[]).await.read::<NoticesPage>();
        page.notices.into_iter().map(|dated| dated.notice.reason).collect()
    }

    /// Nothing waits, both sides are equal, and nothing more is written.
    async fn settled(&mut self, what: &str, dates: &[Date]) {
        self.scene.house.google.mend();
        self.scene.house.quiet().await;
        let mut mina = self.scene.house.signed_in(MINA, "identity").await;
        wait_until("nothing to wait", async || {
            let admin = mina.load("load_admin", &[]).await.json();
            (admin["outbox_waiting"] == 0).then_some(())
        })
        .await;
        self.scene.agreed(what, dates).await;
        self.scene.house.quiet().await;
        let mark = self.scene.house.google.mark();
        self.scene.house.quiet().await;
        assert_eq!(self.scene.house.google.writes(mark), Vec::<Value>::new(), "{what}");
        self.scene.agreed(what, dates).await;
    }

    async fn nobody_lost(&mut self) {
        assert_eq!(self.history().await, Vec::<Value>::new());
        assert_eq!(self.told().await, []);
    }
}

fn line(field: &str, winner: &str, date: Option<NaiveDate>, kept: &str, lost: &str) -> [String; 5] {
    let date = date.map(|date| date.to_string()).unwrap_or_default();
    [field, winner, &date, kept, lost].map(str::to_owned)
}

#[tokio::test]
async fn a_date_here_and_another_date_there_both_survive() {
    for consent in ["calendar", "identity"] {
        let mut story = agreed_as(consent, 5).await;
        story.away();
        story.moved_here("this", 1, "14:00", "15:00").await;
        story.there(&story.instance(2), json!({ "summary": "분기" })).await;
        let mut dates = story.dates.clone();
        dates[1].1 = "14:00";
        dates[2].2 = "분기";
        story.shows("both", &dates).await;
        // One more, beside the wish that still waits.
        story.act(Method::DELETE, &story.instance(3), &Value::Null).await;
        dates.remove(3);
        story.shows("a cancelled date as well", &dates).await;
        story.settled(consent, &dates).await;
        story.nobody_lost().await;
    }
}

/// A wish about all dates, and what was changed there of one date, or of all of them but something else.
#[tokio::test]
async fn the_title_here_and_times_there_both_survive() {
    for consent in ["calendar", "identity"] {
        let mut story = agreed_as(consent, 4).await;
        story.away();
        story.here("all", 0, json!({ "title": "새 이름" })).await;
        story.there(&story.instance(2), story.hour(2, "15:00", "16:00")).await;
        let mut dates: Vec<Date> = story.dates.iter().map(|date| (date.0, date.1, "새 이름")).collect();
        dates[2].1 = "15:00";
        story.shows("a moved date of a renamed series", &dates).await;
        story.settled(consent, &dates).await;

        story.away();
        story.here("all", 0, json!({ "title": "더 새 이름" })).await;
        story.there(&story.id, story.hour(0, "11:00", "12:00")).await;
        for date in &mut dates {
            *date = (date.0, "11:00", "더 새 이름");
        }
        // Google takes back the exception, whose original start its rule has no more.
        story.settled(consent, &dates).await;
        story.nobody_lost().await;
    }
}

/// What was wished for of one date goes with its series.
#[tokio::test]
async fn a_date_here_and_the_whole_series_there_both_survive() {
    for consent in ["calendar", "identity"] {
        let mut story = agreed_as(consent, 4).await;
        story.away();
        story.here("this", 2, json!({ "title": "하나만" })).await;
        story.there(&story.id, story.hour(0, "11:00", "12:00")).await;
        let mut dates: Vec<Date> = story.dates.iter().map(|date| (date.0, "11:00", date.2)).collect();
        dates[2].2 = "하나만";
        story.shows(&format!("the date moved with its series, {consent}"), &dates).await;
        story.there(&story.id, json!({ "summary": "모두" })).await;
        for (n, date) in dates.iter_mut().enumerate() {
            date.2 = if n == 2 { "하나만" } else { "모두" };
        }
        story.shows("all but the date renamed", &dates).await;
        story.settled(consent, &dates).await;
        story.nobody_lost().await;
    }
}

#[tokio::test]
async fn a_rule_here_and_a_time_there_both_survive() {
    let mut story = agreed_as("calendar", 4).await;
    story.away();
    story.here("all", 0, json!({ "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"] })).await;
    story.there(&story.id, story.hour(0, "16:00", "17:00")).await;
    let dates: Vec<Date> = story.dates[..3].iter().map(|date| (date.0, "16:00", date.2)).collect();
    story.shows("fewer dates at another time", &dates).await;
    story.settled("both", &dates).await;
    story.nobody_lost().await;
}

#[tokio::test]
async fn of_two_titles_of_a_series_the_later_one_wins() {
    let mut story = agreed_as("calendar", 3).await;
    story.away();
    story.here("all", 0, json!({ "title": "여기" })).await;
    story.there(&story.id, json!({ "summary": "저기" })).await;
    let named =
        |story: &Agreed, title| story.dates.iter().map(|date| (date.0, date.1, title)).collect::<Vec<Date>>();
    let dates = named(&story, "저기");
    story.shows("the later title", &dates).await;
    assert_eq!(story.lines().await, [line("title", "google", None, "저기", "여기")]);
    assert_eq!(story.told().await, [NoticeReason::ChangedInGoogle]);
    story.settled("Google's", &dates).await;

    // Ours is the later one, and Google's is heard of by the push.
    story.deaf();
    story.there(&story.id, json!({ "summary": "저기 2" })).await;
    story.scene.house.quiet().await;
    story.here("all", 0, json!({ "title": "여기 2" })).await;
    let dates = named(&story, "여기 2");
    story.settled("ours", &dates).await;
    let expected =
        [line("title", "roomly", None, "여기 2", "저기 2"), line("title", "google", None, "저기", "여기")];
    assert_eq!(story.lines().await, expected);
    assert_eq!(story.told().await.len(), 1, "who lost in Google is not known here");
}

#[tokio::test]
async fn of_two_changes_of_one_date_the_later_one_wins() {
    let mut story = agreed_as("calendar", 3).await;
    let week = story.scene.week(1);
    story.away();
    story.here("this", 1, json!({ "title": "여기" })).await;
    story.there(&story.instance(1), json!({ "summary": "저기" })).await;
    let mut dates = story.dates.clone();
    dates[1].2 = "저기";
    story.shows("the later title", &dates).await;
    assert_eq!(story.lines().await, [line("title", "google", Some(week), "저기", "여기")]);
    assert_eq!(story.told().await, [NoticeReason::ChangedInGoogle]);
    story.settled("Google's", &dates).await;

    // Ours is the later one; what else was changed there stays.
    story.deaf();
    let mut moved = story.hour(1, "15:00", "16:00");
    moved["summary"] = json!("저기 2");
    story.there(&story.instance(1), moved).await;
    story.scene.house.quiet().await;
    story.here("this", 1, json!({ "title": "여기 2" })).await;
    dates[1] = (week, "15:00", "여기 2");
    story.settled("ours", &dates).await;
    let expected = [
        line("title", "roomly", Some(week), "여기 2", "저기 2"),
        line("title", "google", Some(week), "저기", "여기"),
    ];
    assert_eq!(story.lines().await, expected);
    // In words.
    story.joon.language = "ko";
    let page = story.joon.get(&format!("/bookings/{}", story.number)).await;
    assert!(
        page.text().contains("일정 · 제목: Google 캘린더에서 나중에 바꾼 ‘저기’를 따라요."),
        "{}",
        page.text()
    );
}

/// What is deleted in Google is gone, and whoever had changed it is told: one date, and all of them.
#[tokio::test]
async fn a_deletion_in_google_takes_what_waits_with_it() {
    for consent in ["calendar", "identity"] {
        let mut story = agreed_as(consent, 3).await;
        story.away();
        story.here("this", 1, json!({ "title": "여기" })).await;
        story.act(Method::DELETE, &story.instance(1), &Value::Null).await;
        story.scene.house.google.mend();
        let dates = vec![story.dates[0], story.dates[2]];
        story.settled("without the date", &dates).await;
        let week = story.scene.week(1);
        assert_eq!(
            story.lines().await,
            [line("cancel", "google", Some(week), "deleted", "changed")],
            "{consent}"
        );
        assert_eq!(story.told().await, [NoticeReason::DeletedInGoogle]);

        story.away();
        story.here("all", 0, json!({ "title": "모두" })).await;
        story.act(Method::DELETE, &story.id.clone(), &Value::Null).await;
        story.settled("nothing is left", &[]).await;
        assert_eq!(story.told().await, [NoticeReason::DeletedInGoogle; 2], "{consent}");
    }
}

/// A cancellation here is undone by a later change in Google, and by nothing else.
#[tokio::test]
async fn a_cancellation_and_a_change_in_google() {
    let mut story = agreed_as("calendar", 3).await;
    story.away();
    assert_eq!(story.scene.cancel(story.number, "this", story.scene.week(1)).await.status, 204);
    story.there(&story.instance(1), json!({ "summary": "그래도" })).await;
    let mut dates = story.dates.clone();
    dates[1].2 = "그래도";
    story.shows("the date to be on again", &dates).await;
    let week = story.scene.week(1);
    assert_eq!(story.lines().await, [line("cancel", "google", Some(week), "changed", "cancelled")]);
    assert_eq!(story.told().await, [NoticeReason::KeptInGoogle]);
    story.settled("one date", &dates).await;

    story.away();
    let all = story
        .scene
        .joon
        .send(Method::DELETE, &format!("/bookings/{}?scope=all", story.number), &[], "")
        .await;
    assert_eq!(all.status, 204, "{}", all.text());
    story.shows("nothing", &[]).await;
    story.there(&story.id, json!({ "summary": "모두 그래도" })).await;
    for date in &mut dates {
        date.2 = if date.0 == week { "그래도" } else { "모두 그래도" };
    }
    story.shows("all of it to be on again", &dates).await;
    story.settled("the whole series", &dates).await;
    assert_eq!(story.lines().await[0], line("cancel", "google", None, "changed", "cancelled"));
    assert_eq!(story.told().await, [NoticeReason::KeptInGoogle; 2]);

    // A change of one of its dates is one of the series.
    story.away();
    let path = format!("/bookings/{}?scope=all", story.number);
    assert_eq!(story.scene.joon.send(Method::DELETE, &path, &[], "").await.status, 204);
    story.shows("nothing again", &[]).await;
    story.there(&story.instance(2), story.hour(2, "15:00", "16:00")).await;
    dates[2].1 = "15:00";
    story.shows("all of it, and one date moved", &dates).await;
    story.settled("the series with a moved date", &dates).await;

    // Whoever cancels after it has the last word.
    story.deaf();
    story.there(&story.id, json!({ "summary": "더 그래도" })).await;
    story.scene.house.quiet().await;
    let all = story
        .scene
        .joon
        .send(Method::DELETE, &format!("/bookings/{}?scope=all", story.number), &[], "")
        .await;
    assert_eq!(all.status, 204, "{}", all.text());
    story.settled("it stays cancelled", &[]).await;
}

/// Another room there and another time here.
#[tokio::test]
async fn another_room_there_and_another_time_here_both_survive() {
    let mut story = agreed_as("calendar", 3).await;
    let (halla, seorak) = (story.scene.room, story.scene.joon.room("설악").await);
    let email = story.scene.house.google.room_email(HANBIT, "설악");
    story.away();
    story.moved_here("all", 0, "14:00", "15:00").await;
    story.there(&story.id, json!({ "attendees": [{ "email": email, "resource": true }] })).await;
    let dates: Vec<Date> = story.dates.iter().map(|date| (date.0, "14:00", date.2)).collect();
    story.scene.look_at(seorak, "설악");
    story.shows("the other room at the new time", &dates).await;
    story.settled("both", &dates).await;
    story.scene.look_at(halla, "한라");
    story.scene.agreed("nothing is left", &[]).await;
    story.nobody_lost().await;
}

/// A merged time that somebody else has by now: they stay, and ours says so.
#[tokio::test]
async fn a_merged_place_that_is_taken_is_conflicted_and_not_forced() {
    let mut story = agreed_as("calendar", 3).await;
    let other = story.scene.joon.room("설악").await;
    let single = testkit::wish(other, &story.on(1, "14:00"), &story.on(1, "15:00"), "먼저");
    let holder = story.scene.booked(&single).await;
    story.scene.house.quiet().await;
    story.away();
    story.here("this", 1, json!({ "room": other })).await;
    story.there(&story.instance(1), story.hour(1, "14:00", "15:00")).await;
    story.scene.look_at(other, "설악");
    let state = async |number: i64| {
        let from = story.scene.week(1);
        let to = from + Days::new(1);
        let path = format!("/bookings?room={other}&from={from}T00:00:00Z&to={to}T00:00:00Z&limit=200");
        let page = story.scene.joon.get(&path).await.json();
        let all = page["bookings"].as_array().unwrap();
        all.iter().find(|one| one["number"] == number).map(|one| one["state"].as_str().unwrap().to_owned())
    };
    wait_until("both changes", async || {
        (state(story.number).await.as_deref() == Some("conflicted")).then_some(())
    })
    .await;
    assert_eq!(state(holder).await.as_deref(), Some("confirmed"), "who was there stays");
    story.scene.house.google.mend();
    wait_until("Google's no", async || {
        (state(story.number).await.as_deref() == Some("declined")).then_some(())
    })
    .await;
    assert_eq!(state(holder).await.as_deref(), Some("confirmed"), "who was there stays");
    assert!(story.told().await.contains(&NoticeReason::Overlaps));
}
