//! A booking that is changed here and in Google before either hears of the other: both survive where they are about
//! different things, the later wish where they are about the same, and whose wish was lost is told (F-040 to F-043).

use http::Method;
use model::history::{Field, HistoryLine, Side};
use model::notice::NoticeReason;
use model::page::{Booked, BookingDetails, Cancelled, NoticesPage};
use model::{Block, BookingNumber, BookingState, Instant};
use serde_json::{Value, json};
use testkit::{Browser, Google, HANBIT, House, Wish, wait_until};

use crate::support::{JOON, MINA, SEOYEON, small};

const GAST: &str = "gast@example.org";
const TITLE: &str = "주간 회의";

/// Joon, and a booking of his from ten to eleven that Google has and the room accepted.
struct Agreed {
    house: House,
    joon: Browser,
    number: BookingNumber,
    /// Whose calendar it stands on in Google, and who changes it there.
    calendar: String,
    owner: &'static str,
    /// Google's id.
    id: String,
}

async fn agreed(guests: &str) -> Agreed {
    agreed_as("calendar", guests).await
}

/// With `calendar` as the person, with `identity` as the room.
async fn agreed_as(consent: &str, guests: &str) -> Agreed {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, consent).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let (calendar, owner) = if consent == "calendar" { (JOON.to_owned(), JOON) } else { (halla, MINA) };
    let room = joon.room(house.date, "한라").await;
    let mut wish = Wish::new(room, &house.at("10:00"), &house.at("11:00"), TITLE);
    guests.clone_into(&mut wish.guests);
    let number = joon.booked(&wish).await.block.key.booking;
    let mut story = Agreed { house, joon, number, calendar, owner, id: String::new() };
    story.until("the room's yes", |block| block.state == BookingState::Confirmed).await;
    story.house.quiet().await;
    story.id = story.held()["id"].as_str().unwrap().to_owned();
    story
}

impl Agreed {
    /// Google takes nothing of what we write; what people do there it takes.
    fn away(&self) {
        for method in ["PATCH", "DELETE"] {
            let matcher = json!({ "method": method, "query": "sendUpdates" });
            self.house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 } }));
        }
    }

    /// No room hears what happens in Google.
    fn deaf(&self) {
        let matcher = json!({ "method": "GET", "path": "resource.calendar.google.com/events" });
        self.house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 } }));
    }

    fn when(&self, clock: &str) -> Value {
        json!({ "dateTime": self.house.at(clock), "timeZone": "Asia/Seoul" })
    }

    fn instant(&self, clock: &str) -> Option<Instant> {
        Instant::parse_rfc3339(&self.house.at(clock))
    }

    /// Somebody changes it in Google.
    async fn there(&self, change: Value) {
        self.act(Method::PATCH, &change).await;
    }

    async fn act(&self, method: Method, body: &Value) {
        let path = format!("/calendar/v3/calendars/{}/events/{}", self.calendar, self.id);
        let answer = self.house.google.call(self.owner, method, &path, body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    /// Joon changes it here.
    async fn here(&mut self, pairs: &[(&str, String)]) {
        self.joon.change(self.number, pairs).await.read::<Booked>();
    }

    async fn moved_here(&mut self, from: &str, to: &str) {
        let (start, end) = (self.house.at(from), self.house.at(to));
        self.here(&[("start", start), ("end", end)]).await;
    }

    /// The block on the grid.
    async fn block(&mut self) -> Option<Block> {
        let date = self.house.date;
        let mut blocks = self.joon.day(date).await.grid.blocks;
        blocks.retain(|block| block.key.booking == self.number);
        assert!(blocks.len() <= 1, "it stands in one room: {blocks:?}");
        blocks.pop()
    }

    async fn until(&mut self, what: &str, fits: impl Fn(&Block) -> bool) -> Block {
        wait_until(what, async || self.block().await.filter(|block| fits(block))).await
    }

    /// The copy that is written to.
    fn held(&self) -> Value {
        let state = self.house.google.state();
        let events = state["calendars"][&self.calendar]["events"].as_object().unwrap();
        let live: Vec<_> = events.values().filter(|event| event["status"] != "cancelled").collect();
        assert_eq!(live.len(), 1, "{live:?}");
        live[0].clone()
    }

    fn starts(event: &Value) -> Option<Instant> {
        event["start"]["dateTime"].as_str().and_then(Instant::parse_rfc3339)
    }

    async fn history(&mut self) -> Vec<HistoryLine> {
        let number = self.number.to_string();
        self.joon.load("load_booking", &[("number", number)]).await.read::<BookingDetails>().history
    }

    async fn told(&mut self) -> Vec<NoticeReason> {
        let page = self.joon.load("load_notices", &[]).await.read::<NoticesPage>();
        page.notices.into_iter().map(|dated| dated.notice.reason).collect()
    }

    /// Nothing waits, and nothing more is written.
    async fn settled(&mut self) {
        self.house.google.mend();
        self.house.quiet().await;
        let mut mina = self.house.signed_in(MINA, "identity").await;
        wait_until("nothing to wait", async || {
            let admin = mina.load("load_admin", &[]).await.json();
            (admin["outbox_waiting"] == 0).then_some(())
        })
        .await;
        self.house.quiet().await;
        let mark = self.house.google.mark();
        self.house.quiet().await;
        assert!(self.house.google.writes(mark).is_empty());
    }
}

fn lines(history: &[HistoryLine]) -> Vec<(Field, Side, &str, &str, &str)> {
    history
        .iter()
        .map(|one| (one.field, one.winner, one.by.as_str(), one.kept.text.as_str(), one.lost.text.as_str()))
        .collect()
}

/// F-041.
#[tokio::test]
async fn a_title_there_and_a_time_here_both_survive() {
    let mut story = agreed("").await;
    story.away();
    story.moved_here("14:00", "15:00").await;
    story.there(json!({ "summary": "분기 회의", "description": "새 안건" })).await;
    let at = story.instant("14:00").unwrap();
    let both = |block: &Block| block.title == "분기 회의" && block.range.start() == at;
    let waiting = story.until("the title, beside the move that waits", both).await;
    assert_eq!(waiting.state, BookingState::Pending, "Google has not heard of the time yet");
    story.settled().await;
    let held = story.held();
    assert_eq!((held["summary"].as_str(), Agreed::starts(&held)), (Some("분기 회의"), Some(at)));
    assert_eq!(held["description"], "새 안건");
    story.until("both, agreed", |block| both(block) && block.state == BookingState::Confirmed).await;
    assert_eq!(story.history().await, [], "nobody lost anything");
    assert!(story.told().await.is_empty());
}

/// The other way round, heard of by the answer to our write alone.
#[tokio::test]
async fn f_040_a_412_in_the_middle_of_a_push_is_merged_and_tried_again() {
    let mut story = agreed("").await;
    story.deaf();
    story.there(json!({ "start": story.when("16:00"), "end": story.when("17:00") })).await;
    let mark = story.house.google.mark();
    story.here(&[("title", "여기서 바꾼 제목".to_owned())]).await;
    wait_until("the title in Google", async || (story.held()["summary"] == "여기서 바꾼 제목").then_some(()))
        .await;
    let log = story.house.google.log(mark);
    let refused = log.iter().filter(|entry| entry["status"] == 412).count();
    // The room's answer to the move may come in between and be another.
    assert!(refused >= 1, "{log:?}");
    let at = story.instant("16:00");
    assert_eq!(Agreed::starts(&story.held()), at, "the move there stays");
    let block = story.block().await.unwrap();
    assert_eq!(
        (Some(block.range.start()), block.title.as_str()),
        (at, "여기서 바꾼 제목"),
        "it was read then"
    );
    story.settled().await;
    assert_eq!(story.history().await, []);
}

#[tokio::test]
async fn of_two_titles_the_later_one_wins_and_the_history_says_so() {
    // Google's is the later one.
    let mut story = agreed("").await;
    story.away();
    story.here(&[("title", "여기".to_owned())]).await;
    story.there(json!({ "summary": "저기" })).await;
    story.until("the later title", |block| block.title == "저기").await;
    let history = story.history().await;
    assert_eq!(lines(&history), [(Field::Title, Side::Google, "이준", "저기", "여기")]);
    assert_eq!(story.told().await, [NoticeReason::ChangedInGoogle]);
    story.settled().await;
    assert_eq!(story.held()["summary"], "저기");

    // Ours is, and Google's is heard of by the push.
    story.deaf();
    story.there(json!({ "summary": "저기 2" })).await;
    story.here(&[("title", "여기 2".to_owned())]).await;
    wait_until("ours in Google", async || (story.held()["summary"] == "여기 2").then_some(())).await;
    story.settled().await;
    story.until("ours", |block| block.title == "여기 2").await;
    let history = story.history().await;
    let expected = [
        (Field::Title, Side::Roomly, "이준", "여기 2", "저기 2"),
        (Field::Title, Side::Google, "이준", "저기", "여기"),
    ];
    assert_eq!(lines(&history), expected);
    assert_eq!(story.told().await.len(), 1, "who lost in Google is not known here");

    // In words, and for programs.
    let path = format!("/bookings/{}", story.number);
    for (language, said) in [
        (
            "ko",
            "제목: 이준이 Roomly에서 나중에 바꾼 ‘여기 2’를 따라요. Google 캘린더에서 바꾼 ‘저기 2’는 남지 않았어요.",
        ),
        (
            "ko",
            "제목: Google 캘린더에서 나중에 바꾼 ‘저기’를 따라요. 이준이 Roomly에서 바꾼 ‘여기’는 남지 않았어요.",
        ),
        (
            "en",
            "Title: changed last in Google Calendar, to “저기”. What 이준 had made of it in Roomly, “여기”, was lost.",
        ),
    ] {
        story.joon.language = language;
        let page = story.joon.get(&path).await;
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
    let program = story.joon.program().await;
    let one = program.get(&path).await.json();
    let line = &one["history"][0];
    assert_eq!((&line["field"], &line["winner"]), (&json!("title"), &json!("roomly")));
    assert_eq!((&line["kept"], &line["lost"]), (&json!({ "text": "여기 2" }), &json!({ "text": "저기 2" })));
}

#[tokio::test]
async fn of_two_moves_the_later_one_wins() {
    let mut story = agreed("").await;
    story.away();
    story.moved_here("14:00", "15:00").await;
    story.there(json!({ "start": story.when("16:00"), "end": story.when("17:00") })).await;
    let at = story.instant("16:00").unwrap();
    let moved = |block: &Block| block.range.start() == at && block.state == BookingState::Confirmed;
    story.until("the later move", moved).await;
    let history = story.history().await;
    assert_eq!(lines(&history), [(Field::Time, Side::Google, "이준", "", "")]);
    assert_eq!(history[0].lost.range.map(|lost| lost.start()), story.instant("14:00"));
    story.settled().await;
    assert_eq!(Agreed::starts(&story.held()), Some(at));
    story.until("no other move", moved).await;
}

/// F-042: who came and who went, on either side.
#[tokio::test]
async fn guests_are_merged_one_by_one() {
    let mut story = agreed(&format!("{GAST}, {SEOYEON}")).await;
    let program = story.joon.program().await;
    story.away();
    let changed = program.change(story.number.0, &json!({ "guests": [GAST, SEOYEON, MINA] })).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let list = story.held()["attendees"].as_array().unwrap().clone();
    let mut list: Vec<_> = list.into_iter().filter(|one| one["email"] != GAST).collect();
    list.push(json!({ "email": "late@example.org" }));
    story.there(json!({ "attendees": list })).await;
    let path = format!("/bookings/{}", story.number);
    let merged = ["late@example.org", MINA, SEOYEON];
    wait_until("both lists in one", async || {
        let one = program.get(&path).await.json();
        let guests = one["guests"].as_array().unwrap();
        let mut emails: Vec<_> = guests.iter().map(|guest| guest["email"].as_str().unwrap()).collect();
        emails.sort_unstable();
        (emails == merged).then_some(())
    })
    .await;
    story.settled().await;
    let held = story.held();
    for email in merged {
        assert_eq!(Google::answer_of(&held, email), "needsAction");
    }
    assert_eq!(Google::answer_of(&held, GAST), "not invited", "who was taken off there does not come back");
    assert_eq!(story.history().await, []);
}

/// A move in Google against a cancellation here: the later wish.
#[tokio::test]
async fn a_cancellation_is_undone_by_a_later_move_in_google() {
    let mut story = agreed("").await;
    story.away();
    story.joon.cancel(story.number).await.read::<Cancelled>();
    assert_eq!(story.block().await, None);
    story.there(json!({ "start": story.when("16:00"), "end": story.when("17:00") })).await;
    let at = story.instant("16:00").unwrap();
    let back = |block: &Block| block.range.start() == at && block.state == BookingState::Confirmed;
    story.until("it to be on again", back).await;
    assert_eq!(
        lines(&story.history().await),
        [(Field::Cancel, Side::Google, "이준", "changed", "cancelled")]
    );
    assert_eq!(story.told().await, [NoticeReason::KeptInGoogle]);
    story.settled().await;
    assert_eq!(Agreed::starts(&story.held()), Some(at));
    story.until("it to stay", back).await;
}

#[tokio::test]
async fn a_cancellation_stands_after_a_move_in_google() {
    let mut story = agreed("").await;
    story.deaf();
    story.there(json!({ "start": story.when("16:00"), "end": story.when("17:00") })).await;
    // Its answer to the move is the room's; whoever cancels after it has the last word.
    story.house.quiet().await;
    let mark = story.house.google.mark();
    story.joon.cancel(story.number).await.read::<Cancelled>();
    wait_until("the event to be gone", async || {
        story.house.google.titled(JOON, TITLE).is_empty().then_some(())
    })
    .await;
    assert!(story.house.google.log(mark).iter().any(|entry| entry["status"] == 412), "the move was seen");
    story.settled().await;
    assert_eq!(story.block().await, None);
}

/// F-043: what is deleted in Google is gone, and whoever had changed it is told.
#[tokio::test]
async fn a_deletion_in_google_takes_what_waits_with_it() {
    for consent in ["calendar", "identity"] {
        let mut story = agreed_as(consent, "").await;
        story.away();
        story.here(&[("title", "여기".to_owned())]).await;
        story.act(Method::DELETE, &json!(null)).await;
        story.house.google.mend();
        wait_until("the booking to be gone", async || story.block().await.is_none().then_some(())).await;
        wait_until("Joon to be told", async || {
            (story.told().await == [NoticeReason::DeletedInGoogle]).then_some(())
        })
        .await;
        story.settled().await;
        assert!(story.house.google.titled(&story.calendar, "여기").is_empty(), "it does not come back");
    }
}

/// On the room's own calendar the copy that is pulled is the one that is written to.
#[tokio::test]
async fn as_the_room_as_well() {
    let mut story = agreed_as("identity", "").await;
    story.away();
    story.moved_here("14:00", "15:00").await;
    story.there(json!({ "summary": "분기 회의" })).await;
    let at = story.instant("14:00").unwrap();
    let both = |block: &Block| block.title == "분기 회의" && block.range.start() == at;
    story.until("both", both).await;
    story.settled().await;
    let held = story.held();
    assert_eq!((held["summary"].as_str(), Agreed::starts(&held)), (Some("분기 회의"), Some(at)));
    story.until("both, agreed", |block| both(block) && block.state == BookingState::Confirmed).await;
    assert_eq!(story.history().await, []);

    story.away();
    story.moved_here("16:00", "17:00").await;
    story.there(json!({ "start": story.when("18:00"), "end": story.when("19:00") })).await;
    let at = story.instant("18:00").unwrap();
    story.until("the later move", |block| block.range.start() == at).await;
    story.settled().await;
    assert_eq!(Agreed::starts(&story.held()), Some(at));
    assert_eq!(lines(&story.history().await), [(Field::Time, Side::Google, "이준", "", "")]);
}

/// Our own write comes back after the wish was replaced: nobody changed anything in Google.
#[tokio::test]
async fn f_031_an_echo_of_a_replaced_wish_is_nobodys_change() {
    let mut story = agreed("").await;
    // The copy as it is after the room's answer: the next write is not refused.
    story.here(&[("title", "하나".to_owned())]).await;
    wait_until("the title in Google", async || (story.held()["summary"] == "하나").then_some(())).await;
    story.house.quiet().await;
    story.deaf();
    let ours = json!({ "method": "PATCH", "query": "sendUpdates" });
    story.house.google.break_with(json!({ "matcher": ours, "action": "commit_then_drop", "count": 1 }));
    story.away();
    story.here(&[("title", "둘".to_owned())]).await;
    wait_until("the first wish in Google", async || (story.held()["summary"] == "둘").then_some(())).await;
    story.here(&[("title", "셋".to_owned())]).await;
    story.settled().await;
    assert_eq!(story.held()["summary"], "셋");
    assert_eq!(story.block().await.unwrap().title, "셋");
    assert_eq!(story.history().await, []);
    assert!(story.told().await.is_empty());
}

/// The insert's answer is lost, and somebody changes the event before it is found again: F-036 does not undo it.
#[tokio::test]
async fn f_036_what_was_changed_in_google_before_the_insert_is_adopted_stays() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let inserts = json!({ "method": "POST", "path": format!("{JOON}/events") });
    house.google.break_with(json!({ "matcher": inserts, "action": "commit_then_drop", "count": 1 }));
    house.google.break_with(json!({ "matcher": inserts, "action": { "status": 503 } }));
    let wish = Wish::new(room, &house.at("10:00"), &house.at("11:00"), TITLE);
    let number = joon.booked(&wish).await.block.key.booking;
    let there = wait_until("the event in Google", async || house.google.titled(JOON, TITLE).pop()).await;
    let id = there["id"].as_str().unwrap().to_owned();
    house.google.patch(JOON, &id, &json!({ "summary": "분기 회의" })).await;
    let mut story = Agreed { house, joon, number, calendar: JOON.to_owned(), owner: JOON, id };
    story.house.google.mend();
    let adopted = |block: &Block| block.title == "분기 회의" && block.state == BookingState::Confirmed;
    story.until("what is in Google", adopted).await;
    story.settled().await;
    assert_eq!(story.held()["summary"], "분기 회의");
    assert_eq!(story.history().await, []);
}

/// F-034: another room there and another time here; the rooms tell of it one after the other.
#[tokio::test]
async fn another_room_there_and_another_time_here_both_survive() {
    let mut story = agreed("").await;
    let seorak = story.house.google.room_email(HANBIT, "설악");
    let halla = story.house.google.room_email(HANBIT, "한라");
    let other = story.joon.room(story.house.date, "설악").await;
    story.away();
    story.moved_here("14:00", "15:00").await;
    story.there(json!({ "attendees": [{ "email": seorak, "resource": true }] })).await;
    let at = story.instant("14:00").unwrap();
    let both = |block: &Block| block.key.room == other && block.range.start() == at;
    story.until("the other room at the new time", both).await;
    story.settled().await;
    story.until("the room's yes", |block| both(block) && block.state == BookingState::Confirmed).await;
    let held = story.held();
    assert_eq!((Agreed::starts(&held), Google::answer_of(&held, &seorak)), (Some(at), "accepted".into()));
    assert_eq!(Google::answer_of(&held, &halla), "not invited");
    assert_eq!(story.history().await, []);
}

/// A merged time that somebody else has by now: they stay, and ours says so.
#[tokio::test]
async fn a_merged_place_that_is_taken_is_conflicted_and_not_forced() {
    let mut story = agreed("").await;
    let mut seoyeon = story.house.signed_in(SEOYEON, "calendar").await;
    let other = story.joon.room(story.house.date, "설악").await;
    let (start, end) = (story.house.at("14:00"), story.house.at("15:00"));
    let holder = seoyeon.booked(&Wish::new(other, &start, &end, "먼저")).await.block;
    story.house.quiet().await;
    story.away();
    story.here(&[("to_room", other.to_string())]).await;
    story.there(json!({ "start": story.when("14:00"), "end": story.when("15:00") })).await;
    let at = story.instant("14:00").unwrap();
    let met = |block: &Block| block.key.room == other && block.range.start() == at;
    let block = story.until("both changes", met).await;
    assert_eq!(block.state, BookingState::Conflicted);
    assert_eq!(story.told().await, [NoticeReason::Overlaps]);
    story.settled().await;
    story.until("Google's no", |block| met(block) && block.state == BookingState::Declined).await;
    let held = seoyeon.blocks(story.house.date, "먼저").await;
    assert_eq!((held[0].key, held[0].state), (holder.key, BookingState::Confirmed), "who was there stays");
}

/// One date of a series to which alone the room was invited is an event of its own here, and nobody's to change here; what
/// is changed of it in Google arrives beside what is changed of the series.
#[tokio::test]
async fn one_date_of_a_series_and_the_series_are_changed_in_google_at_once() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut series = house.event("주간", "10:00", "11:00", &halla);
    series["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let series = house.google.insert(JOON, &series).await;
    wait_until("the series", async || mina.blocks(house.date, "주간").await.pop()).await;
    house.quiet().await;
    let id = series["id"].as_str().unwrap();
    let matcher = json!({ "method": "GET", "path": "resource.calendar.google.com/events" });
    house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 } }));
    let second = house.date + chrono::Days::new(7);
    let start = Instant::parse_rfc3339(&house.on(second, "10:00")).unwrap();
    let instance = format!("{id}_{}", start.to_chrono().unwrap().format("%Y%m%dT%H%M%SZ"));
    let when = |clock: &str| json!({ "dateTime": house.on(second, clock), "timeZone": "Asia/Seoul" });
    house.google.patch(JOON, &instance, &json!({ "start": when("15:00"), "end": when("16:00") })).await;
    house.google.patch(JOON, id, &json!({ "summary": "월간" })).await;
    house.google.mend();
    wait_until("both", async || {
        let first = mina.blocks(house.date, "월간").await.len();
        let moved = mina.day(second).await.grid.blocks;
        let at = Instant::parse_rfc3339(&house.on(second, "15:00")).unwrap();
        let moved = moved.iter().filter(|block| block.range.start() == at).count();
        (first == 1 && moved == 1).then_some(())
    })
    .await;
    let path = format!("/calendar/v3/calendars/primary/events/{id}");
    let held = house.google.call(JOON, Method::GET, &path, &json!(null)).await.json();
    assert_eq!(held["summary"], "월간");
}
