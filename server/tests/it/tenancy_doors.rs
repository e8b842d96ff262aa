//! TENANT, door by door: a person of one company tries every way in with the other company's ids, numbers and names.
//!
//! Each door is asked twice, with what the other company has and with what nobody has; the two answers have to be the
//! same, byte for byte. And whatever comes back, on any door or socket, is searched for the other company's words. The
//! list of doors is `doors.rs`, which the program compares with what it serves; the REST API's is its own document.

use std::collections::BTreeSet;
use std::sync::Mutex;

use http::Method;
use model::page::NoticesPage;
use model::{Change, ServerFrame};
use serde_json::{Value, json};
use testkit::{Answer, Browser, House, Program, Screen, Wish, wish};
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use crate::doors::{FUNCTIONS, PAGES, ROUTES};
use crate::support::{ADA, JOON, MINA, SEOYEON, replaced, small};

/// Words that only the other company has: planted titles and addresses, and the names of its people and places.
const MARKERS: [&str; 14] = [
    "Zaunkönig",
    "Rotkehlchen",
    "bachstelze@vogel.example",
    "Eisvogel-Tafel",
    "한라",
    "백록담",
    "설악",
    "지리",
    "본관",
    "민아",
    "서연",
    "이준",
    "@hanbit.example",
    "Asia/Seoul",
];

/// What a request may name.
#[derive(Clone, Debug)]
struct Ids {
    room: i64,
    booking: i64,
    seq: i64,
    /// When somebody was told something, in microseconds.
    told: i64,
    intent: Uuid,
    display: String,
    token: String,
    version: String,
    state: String,
    channel: String,
    building: String,
    person: String,
}

impl Ids {
    /// All of them as they are written in requests, the longest first.
    fn words(&self) -> Vec<String> {
        let mut words = vec![
            self.room.to_string(),
            self.booking.to_string(),
            self.seq.to_string(),
            self.told.to_string(),
            self.intent.to_string(),
            self.display.clone(),
            self.token.clone(),
            self.version.clone(),
            self.state.clone(),
            self.channel.clone(),
            self.building.clone(),
            self.person.clone(),
        ];
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    }
}

/// One request of a door.
#[derive(Clone, Debug)]
struct Ask {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

fn ask(method: Method, path: impl Into<String>) -> Ask {
    Ask { method, path: path.into(), headers: Vec::new(), body: String::new() }
}

impl Ask {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn saying(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }
}

/// Ada's own things, to be mixed with foreign ones.
#[derive(Clone, Copy)]
struct Own {
    room: i64,
    booking: i64,
}

/// What is asked of a server function. A function without a case fails the story.
fn function(house: &House, name: &str, own: Own, ids: &Ids) -> Vec<Ask> {
    let (start, end) = (house.at("20:00"), house.at("21:00"));
    let number = ("number", ids.booking.to_string());
    let mine = ("number", own.booking.to_string());
    let book = |room: i64, more: &[(&'static str, &str)]| {
        let wish = Wish::new(model::RoomNumber(room), &start, &end, "x");
        let mut pairs = wish.pairs();
        for (name, value) in more {
            pairs.retain(|(known, _)| known != name);
            pairs.push((name, (*value).to_owned()));
        }
        pairs
    };
    let room = ids.room.to_string();
    let calls: Vec<Vec<(&str, String)>> = match name {
        "find_people" => vec![vec![("query", ids.person.clone())], vec![("query", ids.building.clone())]],
        "load_account" | "load_admin" | "load_notices" | "load_sync" | "sync_directory" => vec![vec![]],
        "see_notices" => vec![vec![("until", ids.told.to_string())]],
        // A board's token is its credential; its id is not.
        "load_board" => vec![vec![("token", ids.display.clone())]],
        "load_book_form" => vec![vec![("room", room)]],
        "load_booking" => {
            vec![vec![number], vec![mine.clone(), ("room", room)], vec![mine, ("slot", ids.seq.to_string())]]
        }
        "load_day" => vec![vec![("date", house.date.to_string())], vec![]],
        "book" => vec![book(ids.room, &[]), book(ids.room, &[("intent", &ids.intent.to_string())])],
        "cancel_booking" => vec![vec![number]],
        "change_booking" => vec![
            vec![number.clone(), ("title", "x".to_owned())],
            vec![mine.clone(), ("to_room", room.clone())],
            vec![mine, ("room", room), ("title", "x".to_owned())],
        ],
        "create_display" => {
            vec![vec![("building", ids.building.clone())], vec![("floor", ids.building.clone())]]
        }
        "create_token" => vec![vec![("name", "eigenes".to_owned())]],
        "revoke_display" => vec![vec![("id", ids.display.clone())], vec![("id", ids.token.clone())]],
        "sync_repair" => vec![vec![("room", room)]],
        "sync_retry" | "sync_dismiss" => vec![vec![("booking", ids.booking.to_string())]],
        "sync_resume" => vec![vec![("calendar", ids.person.clone())]],
        "revoke_token" => vec![vec![("id", ids.token.clone())], vec![("id", ids.display.clone())]],
        other => panic!("the server function {other} has no tenancy case"),
    };
    let get = FUNCTIONS.contains(&("GET", name));
    let json = |ask: Ask| ask.with("accept", "application/json");
    let form = |ask: Ask| {
        ask.with("origin", &house.roomly.root).with("content-type", "application/x-www-form-urlencoded")
    };
    let mut asks = Vec::new();
    for pairs in calls {
        let text = Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let path = format!("/fn/{name}");
        if get {
            asks.push(json(ask(Method::GET, format!("{path}?{text}"))));
        } else {
            asks.push(json(form(ask(Method::POST, path.clone()))).saying(text.clone()));
            // As a browser without JavaScript sends it.
            asks.push(form(ask(Method::POST, path)).with("accept", "text/html").saying(text));
        }
    }
    asks
}

fn page(house: &House, path: &str, own: Own, ids: &Ids) -> Vec<Ask> {
    let date = house.date;
    let paths = match path {
        "/" | "/account" | "/admin" | "/admin/sync" | "/login" | "/notices" => vec![path.to_owned()],
        "/bookings/{number}" => vec![
            format!("/bookings/{}", ids.booking),
            format!("/bookings/{}?room={}", own.booking, ids.room),
            format!("/bookings/{}?slot={}", own.booking, ids.seq),
        ],
        "/display/{token}" => vec![format!("/display/{}", ids.display), format!("/display/{}", ids.token)],
        "/rooms" => vec![format!("/rooms?date={date}")],
        "/rooms/book" => vec![format!("/rooms/book?room={}&date={date}", ids.room)],
        "/sorry/{code}" => vec!["/sorry/unknown_domain?domain=acme.example".to_owned()],
        other => panic!("the page {other} has no tenancy case"),
    };
    paths.into_iter().map(|path| ask(Method::GET, path).with("accept", "text/html")).collect()
}

fn route(house: &House, path: &str, ids: &Ids) -> Vec<Ask> {
    let socket = |path: String| ask(Method::GET, path).with("origin", &house.roomly.root);
    match path {
        "/api/calendar/webhook" => vec![
            ask(Method::GET, path),
            ask(Method::POST, path)
                .with("x-goog-channel-id", &ids.channel)
                .with("x-goog-channel-token", &ids.token)
                .with("x-goog-resource-id", &ids.display)
                .with("x-goog-resource-state", "exists"),
        ],
        "/auth/google" => vec![ask(Method::GET, "/auth/google?consent=identity")],
        "/auth/google/callback" => {
            vec![ask(Method::GET, format!("/auth/google/callback?state={}&code=x", ids.state))]
        }
        // Not sockets: what answers before the upgrade. The sockets themselves are below.
        "/display/{token}/live" => {
            vec![
                socket(format!("/display/{}/live", ids.display)),
                socket(format!("/display/{}/live", ids.token)),
            ]
        }
        "/live" => vec![socket("/live".to_owned())],
        "/live/changes" => vec![
            ask(Method::GET, format!("/live/changes?date={}", house.date)),
            ask(Method::GET, format!("/live/changes?date={}&after=0", house.date)),
            // A `seq` of theirs is no way from here: a snapshot of one's own, as with any such number.
            ask(Method::GET, format!("/live/changes?date={}&after={}", house.date, ids.seq)),
        ],
        "/healthz" | "/readyz" => vec![ask(Method::GET, path)],
        "/lang/{lang}" => vec![ask(Method::GET, "/lang/en?next=/rooms")],
        "/theme/{theme}" => vec![ask(Method::GET, "/theme/system?next=/rooms")],
        // Last of all, since it ends the session.
        "/logout" => Vec::new(),
        other => panic!("the route {other} has no tenancy case"),
    }
}

fn rest(house: &House, operation: &str, own: Own, ids: &Ids) -> Vec<Ask> {
    let (start, end) = (house.at("20:00"), house.at("21:00"));
    let theirs = format!("/bookings/{}", ids.booking);
    let mine = format!("/bookings/{}", own.booking);
    let window = format!("from={0}T00:00:00Z&to={0}T23:00:00Z", house.date);
    let json = |ask: Ask, body: Value| ask.with("content-type", "application/json").saying(body.to_string());
    match operation {
        "list_rooms" => vec![ask(Method::GET, "/rooms")],
        "get_room" => vec![ask(Method::GET, format!("/rooms/{}", ids.room))],
        "list_free_rooms" => {
            vec![ask(Method::GET, format!("/free-rooms?start={0}T00:00:00Z&end={0}T23:00:00Z", house.date))]
        }
        "list_bookings" => vec![
            ask(Method::GET, format!("/bookings?{window}")),
            ask(Method::GET, format!("/bookings?{window}&room={}", ids.room)),
        ],
        "create_booking" => vec![
            json(ask(Method::POST, "/bookings"), wish(ids.room, &start, &end, "x")),
            json(ask(Method::POST, "/bookings"), wish(ids.room, &start, &end, "x"))
                .with("idempotency-key", &ids.intent.to_string()),
        ],
        "get_booking" => {
            vec![ask(Method::GET, theirs), ask(Method::GET, format!("{mine}?room={}", ids.room))]
        }
        "change_booking" => vec![
            json(ask(Method::PATCH, theirs.clone()), json!({"title": "x"})),
            json(ask(Method::PATCH, theirs), json!({"title": "x"}))
                .with("if-match", &format!("\"{}\"", ids.version)),
            json(ask(Method::PATCH, mine.clone()), json!({"room": ids.room})),
            json(ask(Method::PATCH, mine), json!({"title": "x"}))
                .with("if-match", &format!("\"{}\"", ids.version)),
        ],
        "cancel_booking" => vec![
            ask(Method::DELETE, theirs.clone()),
            ask(Method::DELETE, theirs).with("if-match", &format!("\"{}\"", ids.version)),
            ask(Method::DELETE, mine).with("if-match", &format!("\"{}\"", ids.version)),
        ],
        "list_changes" => vec![
            ask(Method::GET, "/changes"),
            ask(Method::GET, "/changes?after=0"),
            ask(Method::GET, format!("/changes?after={}", ids.seq)),
        ],
        "get_me" | "openapi" => {
            vec![ask(Method::GET, if operation == "get_me" { "/me" } else { "/openapi.json" })]
        }
        other => panic!("the operation {other} has no tenancy case"),
    }
}

/// The fields of every frame and change are looked at: a new kind does not compile until it is.
fn kind(frame: &ServerFrame) -> BTreeSet<&'static str> {
    match frame {
        ServerFrame::Snapshot { .. } => BTreeSet::from(["snapshot"]),
        ServerFrame::Delta(delta) => {
            let change = |change: &Change| match change {
                Change::Upsert { .. } => "upsert",
                Change::Remove { .. } => "remove",
                Change::Room { .. } => "room",
                Change::RoomGone { .. } => "room_gone",
            };
            delta.changes.iter().map(change).chain(["delta"]).collect()
        }
        ServerFrame::Resync => BTreeSet::from(["resync"]),
        ServerFrame::Ping { .. } => BTreeSet::from(["ping"]),
        ServerFrame::Pace { .. } => BTreeSet::from(["pace"]),
    }
}

/// Everything that Ada was sent, and what is wrong with it.
#[derive(Default)]
struct Findings(Mutex<Vec<String>>);

impl Findings {
    fn add(&self, finding: String) {
        self.0.lock().unwrap().push(finding);
    }

    /// Searches bytes for the other company's words, but for those that the request itself said.
    fn search(&self, what: &str, said: &str, text: &str) {
        for marker in MARKERS.iter().filter(|marker| !said.contains(*marker) && text.contains(*marker)) {
            self.add(format!("{what}: {marker} in {text:.2000}"));
        }
    }
}

fn heard(answer: &Answer) -> String {
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    format!("{} {}{}", answer.status, headers.collect::<String>(), String::from_utf8_lossy(&answer.body))
}

/// Status, kind and body, with what was asked for and what is made anew for every answer taken out.
fn comparable(answer: &Answer, asked: &str, ids: &Ids) -> String {
    let location = answer.header("location");
    let mut text =
        format!("{} {} {location}\n{}", answer.status, answer.header("content-type"), answer.text());
    for (percent, plain) in [("%3D", "="), ("%3F", "?"), ("%26", "&")] {
        text = text.replace(percent, plain);
    }
    // Of the ids, those that the request named: another number may be the same by chance.
    for word in ids.words().iter().filter(|word| replaced(asked, word) != asked) {
        text = replaced(&text, word);
    }
    // A page's nonce, and when a day was read.
    for (begin, end) in [("nonce=\"", "\""), ("\"rendered_at\":", ",\"")] {
        let mut parts = text.split(begin);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            out.push_str(part.split_once(end).map_or("", |(_, rest)| rest));
        }
        text = out;
    }
    text
}

/// Asks with what the other company has and with what nobody has.
async fn twice<F>(
    findings: &Findings,
    door: &str,
    theirs: (&Ids, Vec<Ask>),
    nowhere: (&Ids, Vec<Ask>),
    mut send: F,
) where
    F: AsyncFnMut(&Ask) -> Answer,
{
    assert_eq!(theirs.1.len(), nowhere.1.len());
    for (foreign, nobody) in theirs.1.iter().zip(&nowhere.1) {
        let names = format!("{} {} {:?}", foreign.path, foreign.body, foreign.headers);
        let same =
            (&foreign.path, &foreign.body, &foreign.headers) == (&nobody.path, &nobody.body, &nobody.headers);
        let first = send(foreign).await;
        findings.search(&format!("{door} {names}"), &names, &heard(&first));
        if first.status.is_server_error() {
            findings.add(format!("{door} {names}: {}", first.status));
        }
        if same {
            continue;
        }
        let second = send(nobody).await;
        let other = format!("{} {} {:?}", nobody.path, nobody.body, nobody.headers);
        let (first, second) = (comparable(&first, &names, theirs.0), comparable(&second, &other, nowhere.0));
        if first != second {
            findings.add(format!(
                "{door} {names}: told apart\n--- theirs\n{first:.1500}\n--- nobody's\n{second:.1500}"
            ));
        }
    }
}

/// The other company, with something of everything, each with a word that can be searched for.
async fn settle(house: &House) -> (Ids, Browser, Program) {
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    house.signed_in(SEOYEON, "identity").await;
    let program = joon.program().await;
    let room = mina.room(house.date, "지리").await;
    let mut last = None;
    for (hour, title, private) in
        [(9, "Zaunkönig", false), (11, "Rotkehlchen", true), (13, "Zaunkönig 2", false)]
    {
        let clock = |hour: i32| house.at(&format!("{hour:02}:00"));
        let mut wish = Wish::new(room, &clock(hour), &clock(hour + 1), title);
        wish.guests = "bachstelze@vogel.example".to_owned();
        wish.private = private;
        let number = joon.booked(&wish).await.block.key.booking;
        last = Some((wish.intent, number.0));
    }
    let (intent, booking) = last.unwrap();
    house.quiet().await;
    // Somebody writes over the first one by force, of which the admin is told.
    let hall = house.google.room_email(testkit::HANBIT, "지리");
    let mut forced = house.event("Zaunkönig 3", "09:30", "10:30", &hall);
    forced.as_object_mut().unwrap().remove("attendees");
    house.google.insert_on(MINA, &hall, &forced).await;
    let told = testkit::wait_until("the admin to be told", async || {
        let page: NoticesPage = mina.load("load_notices", &[]).await.read();
        Some(page.notices.first()?.notice.at.as_micros())
    })
    .await;
    // So many changes that their `seq` is none of the other company's.
    for n in 0..20 {
        program.change(booking, &json!({ "title": format!("Zaunkönig {n}") })).await;
    }
    house.quiet().await;
    let version = program.get(&format!("/bookings/{booking}")).await.json()["version"].clone();
    let display = mina.post("create_display", &[("building", "본관".to_owned())]).await.json();
    let token = mina.post("create_token", &[("name", "Eisvogel-Tafel".to_owned())]).await.json();
    let mut stranger = house.browser();
    let begun = stranger.get("/auth/google").await;
    let state = url::Url::parse(begun.header("location")).unwrap();
    let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let channel = {
        let hanbit = house.google.room_email(testkit::HANBIT, "지리");
        let world = house.google.world();
        world
            .push
            .channels
            .values()
            .find(|channel| channel.resource.of() == hanbit)
            .map(|channel| channel.id.clone())
    };
    let ids = Ids {
        room: room.0,
        booking,
        seq: program.get("/changes").await.json()["seq"].as_i64().unwrap(),
        told,
        intent,
        display: display["row"]["id"].as_str().unwrap().to_owned(),
        token: token["row"]["id"].as_str().unwrap().to_owned(),
        version: version.as_str().unwrap().to_owned(),
        state,
        channel: channel.unwrap(),
        building: "본관".to_owned(),
        person: "seoyeon@hanbit.example".to_owned(),
    };
    (ids, mina, program)
}

/// As [`Ids`], of nobody.
fn nowhere() -> Ids {
    let id = || testkit::Wish::new(model::RoomNumber(0), "", "", "").intent;
    Ids {
        room: 98_761,
        booking: 98_762,
        seq: 98_763,
        told: 98_764,
        intent: id(),
        display: id().to_string(),
        token: id().to_string(),
        version: id().simple().to_string(),
        state: "N".repeat(43),
        channel: id().to_string(),
        building: "Nirgendheim".to_owned(),
        person: "niemand@nirgends.example".to_owned(),
    }
}

#[tokio::test]
async fn no_door_leads_to_another_company() {
    let house = small().await;
    let (theirs, mut mina, hanbit) = settle(&house).await;
    let nowhere = nowhere();
    // An admin: whoever may most.
    let mut ada = house.found(ADA).await;
    let acme = ada.program().await;
    let room = ada.room(house.date, "Hudson").await;
    let booked = ada.booked(&Wish::new(room, &house.at("22:00"), &house.at("23:00"), "Acme's own")).await;
    house.quiet().await;
    let own = Own { room: room.0, booking: booked.block.key.booking.0 };
    let seq = acme.get("/changes").await.json()["seq"].as_i64().unwrap();
    assert!(
        theirs.room > own.room && theirs.booking > own.booking && theirs.seq > seq + 10,
        "numbers of theirs alone"
    );
    let findings = Findings::default();
    let mut screen = house.screen(&ada, house.date).await;

    for (_, name) in FUNCTIONS {
        let asks = (function(&house, name, own, &theirs), function(&house, name, own, &nowhere));
        let send = async |ask: &Ask| send_page(&mut ada, ask).await;
        twice(&findings, name, (&theirs, asks.0), (&nowhere, asks.1), send).await;
    }
    for path in PAGES {
        let asks = (page(&house, path, own, &theirs), page(&house, path, own, &nowhere));
        let send = async |ask: &Ask| send_page(&mut ada, ask).await;
        twice(&findings, path, (&theirs, asks.0), (&nowhere, asks.1), send).await;
    }
    for path in ROUTES {
        let asks = (route(&house, path, &theirs), route(&house, path, &nowhere));
        let send = async |ask: &Ask| send_page(&mut ada, ask).await;
        twice(&findings, path, (&theirs, asks.0), (&nowhere, asks.1), send).await;
    }
    let document = acme.get("/openapi.json").await.json();
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let mut asked = 0;
    for name in operations.filter_map(|operation| operation["operationId"].as_str()) {
        let asks = (rest(&house, name, own, &theirs), rest(&house, name, own, &nowhere));
        let send = async |ask: &Ask| send_rest(&acme, ask).await;
        twice(&findings, name, (&theirs, asks.0), (&nowhere, asks.1), send).await;
        asked += 1;
    }
    assert_eq!(asked, 11, "the document lists what the API has");
    // A page of theirs goes on nowhere here.
    let window = format!("from={0}T00:00:00Z&to={0}T23:00:00Z&limit=1", house.date);
    let cursor = hanbit.get(&format!("/bookings?{window}")).await.json()["next"].as_str().unwrap().to_owned();
    let page = acme.get(&format!("/bookings?{window}&cursor={cursor}")).await;
    findings.search("a cursor of theirs", "", &heard(&page));

    // Nothing of it changed anything, here or there.
    let mine = acme.get(&format!("/bookings/{}", own.booking)).await.json();
    let kept = hanbit.get(&format!("/bookings/{}", theirs.booking)).await.json();
    let admin = mina.load("load_admin", &[]).await.json();
    let account = mina.load("load_account", &[]).await.json();
    let notices = mina.load("load_notices", &[]).await.json();
    for (what, is, was) in [
        ("Acme's title", &mine["title"], json!("Acme's own")),
        ("Acme's room", &mine["room"], json!(own.room)),
        ("their booking", &kept["version"], json!(theirs.version)),
        ("their board", &admin["displays"][0]["id"], json!(theirs.display)),
        ("their notice, not seen", &notices["notices"][0]["notice"]["seen"], json!(false)),
        ("their token", &account["tokens"][0]["id"], json!(theirs.token)),
    ] {
        if *is != was {
            findings.add(format!("{what} is {is}, and was {was}"));
        }
    }

    // Sockets: their day while something happens there, and a `seq` of theirs.
    let mut jumped = jump(&house, &ada, theirs.seq).await;
    let asked = wish(theirs.room, &house.at("15:00"), &house.at("16:00"), "Rotkehlchen 3");
    let number = hanbit.create("", &asked).await.json()["number"].as_i64().unwrap();
    assert_eq!(hanbit.cancel(number).await.status, 204);
    let last = acme.create("", &wish(own.room, &house.at("18:00"), &house.at("19:00"), "the last")).await;
    assert_eq!(last.status, 201, "{}", last.text());
    acme.cancel(own.booking).await;
    for screen in [&mut screen, &mut jumped] {
        screen
            .until("Acme's own changes", |grid| {
                let titles: Vec<_> = grid.blocks.values().map(|block| block.title.as_str()).collect();
                titles.contains(&"the last") && !titles.contains(&"Acme's own")
            })
            .await;
    }
    let mut kinds = BTreeSet::new();
    for text in screen.texts.iter().chain(&jumped.texts) {
        findings.search("a frame", "", text);
        kinds.extend(kind(&serde_json::from_str(text).unwrap()));
    }
    assert!(kinds.is_superset(&BTreeSet::from(["delta", "remove", "snapshot", "upsert"])), "{kinds:?}");

    // Nobody's titles, addresses and secrets are in the log.
    let log = house.log();
    let people = ["bachstelze@vogel.example", MINA, JOON, SEOYEON, ADA];
    for secret in
        ["Zaunkönig", "Rotkehlchen", "Acme's own"].iter().chain(&people).copied().chain([acme.token.as_str()])
    {
        if log.contains(secret) {
            let line = log.lines().find(|line| line.contains(secret)).unwrap_or_default();
            findings.add(format!("the log: {secret} in {line:.600}"));
        }
    }
    let findings = findings.0.into_inner().unwrap();
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
}

async fn send_page(browser: &mut Browser, ask: &Ask) -> Answer {
    let headers: Vec<(&str, &str)> =
        ask.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.send(ask.method.clone(), &ask.path, &headers, ask.body.clone()).await
}

async fn send_rest(program: &Program, ask: &Ask) -> Answer {
    let headers: Vec<(&str, &str)> =
        ask.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let headers: Vec<_> = headers.into_iter().filter(|(name, _)| *name != "content-type").collect();
    program.send(ask.method.clone(), &ask.path, &headers, &ask.body).await
}

/// A screen of the browser that says it has seen `seq` already.
async fn jump(house: &House, browser: &Browser, seq: i64) -> Screen {
    let cookies = browser.cookie_header();
    let headers = [("origin", house.roomly.root.as_str()), ("cookie", cookies.as_str())];
    let mut screen = Screen::open(&house.roomly.root, "/live", &headers, house.date).await.unwrap();
    screen.subscribe_after(model::Seq(seq)).await;
    screen
}
