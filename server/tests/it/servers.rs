//! Several servers on one database: what one does, the screens of the others show; whoever dies, nothing is lost.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{Days, NaiveDate};
use model::page::Booked;
use model::{Block, GridState, RoomNumber};
use services::{Postgres, PostgresBin, PostgresOptions, Redis, given};
use testkit::{
    Browser, Database, Ended, HANBIT, House, Page, Program, Roomly, Wish, wait_until, wait_until_within,
};
use tokio_util::sync::CancellationToken;

use crate::support::{MINA, SMALL};

/// Two servers, their database and their Redis. None where the run was given no PostgreSQL.
struct Two {
    house: House,
    other: Roomly,
    redis: Redis,
}

impl Two {
    async fn open(database: Database, roles: [&str; 2]) -> Self {
        Self::open_with(database, roles, &[]).await
    }

    async fn open_with(database: Database, roles: [&str; 2], more: &[(&str, &str)]) -> Self {
        let redis = Redis::start().unwrap();
        let url = redis.url();
        let settings = [&[("REDIS_URL", url.as_str()), ("ROOMLY_ROLES", roles[0])], more].concat();
        let house = House::open_on(SMALL, Some(database), &settings).await;
        let mut other = house.roomly.another(roles[1]);
        other.start().await;
        Self { house, other, redis }
    }

    /// The same session at the other server.
    fn over_there(&self, browser: &Browser) -> Browser {
        browser.at(&self.other.root)
    }
}

fn shows(title: &str) -> impl Fn(&GridState) -> bool {
    move |grid| grid.blocks.values().any(|block| block.title == title)
}

#[tokio::test]
async fn what_one_server_commits_the_other_shows_with_or_without_redis() {
    let Some(database) = Database::postgres() else { return };
    let mut two = Two::open(database, ["web,worker"; 2]).await;
    let mut mina = two.house.found(MINA).await;
    let mut there = two.over_there(&mina);
    let date = two.house.date;
    let mut here_screen = two.house.screen_here(&mina, date).await;
    let mut there_screen = two.house.screen_here(&there, date).await;
    let room = mina.room(date, "한라").await;
    let at = |hour: u32| (two.house.at(&format!("{hour:02}:00")), two.house.at(&format!("{hour:02}:30")));
    let wish = |hour: u32, title: &str| Wish::new(room, &at(hour).0, &at(hour).1, title);

    mina.booked(&wish(9, "by note")).await;
    there_screen.until("the booking of the other server", shows("by note")).await;
    there.booked(&wish(10, "and back")).await;
    here_screen.until("the booking of the other server", shows("and back")).await;
    // One of them has the slot, whoever asks where.
    assert_eq!(there.book(&wish(9, "too late")).await.code(), "room_taken");

    two.redis.kill().unwrap();
    there_screen.until_slow(true).await;
    here_screen.until_slow(true).await;
    mina.booked(&wish(11, "without Redis")).await;
    there_screen.until("what Redis did not tell", shows("without Redis")).await;
    // Who comes now is told, too.
    let mut late = two.house.screen_here(&there, date).await;
    late.until_slow(true).await;

    two.redis.start_again().unwrap();
    there_screen.until_slow(false).await;
    late.until_slow(false).await;
    two.redis.flush().unwrap();
    mina.booked(&wish(12, "after a flush")).await;
    for screen in [&mut there_screen, &mut here_screen, &mut late] {
        screen.until("everything", shows("after a flush")).await;
    }
}

#[tokio::test]
async fn one_serves_and_the_other_works() {
    let Some(database) = Database::postgres() else { return };
    let mut two = Two::open(database, ["web", "worker"]).await;
    let mut mina = two.house.found(MINA).await;
    let ready = two.house.browser().get("/readyz").await;
    assert_eq!(ready.text(), "ready web\n");
    let mut worker = two.over_there(&mina);
    assert_eq!(worker.get("/readyz").await.text(), "ready worker\n");
    assert_eq!(worker.get("/login").await.status, 404, "a worker has no pages");

    let date = two.house.date;
    let mut screen = two.house.screen_here(&mina, date).await;
    let halla = two.house.google.room_email(HANBIT, "한라");
    two.house
        .google
        .insert(MINA, &two.house.event("noted here, pulled there", "10:00", "11:00", &halla))
        .await;
    screen.until("what the worker pulled", shows("noted here, pulled there")).await;
    let room = mina.room(date, "한라").await;
    let booked =
        |from: &str, to: &str, title: &str| Wish::new(room, &two.house.at(from), &two.house.at(to), title);
    mina.booked(&booked("12:00", "12:30", "booked here, pushed there")).await;
    let pushed = || two.house.google.titled(&halla, "booked here, pushed there").len() == 1;
    wait_until("the worker's push", async || pushed().then_some(())).await;

    // The same without Redis: the worker looks by itself.
    two.redis.kill().unwrap();
    screen.until_slow(true).await;
    two.house.google.insert(MINA, &two.house.event("noted, not told", "14:00", "15:00", &halla)).await;
    screen.until("what the worker found", shows("noted, not told")).await;

    // A worker that dies with everything in its hands is replaced by another.
    mina.booked(&booked("16:00", "16:30", "held by the dead")).await;
    two.other.kill_9().await;
    let mut heir = two.house.roomly.another("worker");
    heir.start().await;
    let pushed = || two.house.google.titled(&halla, "held by the dead").len() == 1;
    wait_until_within(Duration::from_secs(40), "the heir's push", async || pushed().then_some(())).await;
}

/// A program that waits at one server is told at once what was booked at the other.
#[tokio::test]
async fn who_waits_for_changes_hears_of_the_other_server() {
    let Some(database) = Database::postgres() else { return };
    let two = Two::open(database, ["web,worker"; 2]).await;
    let mut mina = two.house.found(MINA).await;
    let room = mina.room(two.house.date, "한라").await;
    let program = Program::new(&two.other.root, &mina.program().await.token);
    let mut took = Vec::new();
    for hour in ["09", "10", "11"] {
        two.house.quiet().await;
        let seq = program.get("/changes").await.json()["seq"].as_i64().unwrap();
        let wish =
            Wish::new(room, &two.house.at(&format!("{hour}:00")), &two.house.at(&format!("{hour}:30")), hour);
        let path = format!("/changes?after={seq}&wait=20");
        let begun = std::time::Instant::now();
        let (changes, _) = tokio::join!(program.get(&path), mina.booked(&wish));
        took.push(begun.elapsed());
        let commit = changes.json()["commits"][0].clone();
        assert_eq!(commit["changes"][0]["booking"]["title"], hour, "{commit}");
    }
    // Who is not told looks every two seconds.
    assert!(took.iter().any(|took| *took < Duration::from_millis(1_500)), "{took:?}");
}

/// A lobby board whose server dies comes back at another one and misses nothing.
#[tokio::test]
async fn a_board_moves_to_the_other_server_and_follows_there() {
    let Some(database) = Database::postgres() else { return };
    let mut two = Two::open(database, ["web,worker"; 2]).await;
    // What boards show.
    two.house.date = two.house.today;
    let mut mina = two.house.found(MINA).await;
    let created = mina.post("create_display", &[("show_titles", "1".to_owned())]).await.json();
    let token = created["token"].as_str().unwrap();
    let mut board = two.house.board_at(&two.other.root, token, two.house.date).await;
    let halla = two.house.google.room_email(HANBIT, "한라");
    let event = |title, from, to| two.house.event(title, from, to, &halla);
    two.house.google.insert(MINA, &event("before", "09:00", "10:00")).await;
    board.until("what came while its server lived", shows("before")).await;

    two.other.kill_9().await;
    assert_ne!(board.ended().await, Ended::Closed(4401), "its token is good");
    let mut screen = two.house.screen_here(&mina, two.house.date).await;
    two.house.google.insert(MINA, &event("meanwhile", "11:00", "12:00")).await;
    screen.until("what the board could not see", shows("meanwhile")).await;
    let headers = [("origin", two.house.roomly.root.as_str())];
    assert!(board.come_back(&two.house.roomly.root, &headers).await);
    board.until("what came while it was nowhere", shows("meanwhile")).await;
    two.house.google.insert(MINA, &event("after", "13:00", "14:00")).await;
    board.until("what came at the other server", |grid| shows("after")(grid) && shows("before")(grid)).await;

    // Taken back at one server, it goes dark at the other.
    two.other.start().await;
    let id = created["row"]["id"].as_str().unwrap().to_owned();
    let mut there = two.over_there(&mina);
    assert!(there.post("revoke_display", &[("id", id)]).await.status.is_success());
    assert_eq!(board.ended_within(Duration::from_secs(40)).await, Ended::Closed(4401));
}

/// How many of these requests were granted, turn by turn at each of the programs; the rest are told when to come back.
async fn granted(programs: [&Program; 2], asked: usize) -> [usize; 2] {
    let mut granted = [0, 0];
    for n in 0..asked {
        let answer = programs[n % 2].get("/me").await;
        match answer.status.as_u16() {
            200 => granted[n % 2] += 1,
            429 => assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1),
            other => panic!("{other}: {}", answer.text()),
        }
    }
    granted
}

#[tokio::test]
async fn a_tokens_budget_is_one_budget_at_both_servers() {
    let Some(database) = Database::postgres() else { return };
    // Ten at once, and one more every second and a half.
    let rates = [("ROOMLY_API_TOKEN_RATE", "40"), ("ROOMLY_API_COMPANY_RATE", "0")];
    let mut two = Two::open_with(database, ["web,worker"; 2], &rates).await;
    let mina = two.house.found(MINA).await;
    let mut screen = two.house.screen_here(&mina, two.house.date).await;
    let mut there_screen = two.house.screen_here(&two.over_there(&mina), two.house.date).await;
    let mut tokens = Vec::new();
    for name in ["one", "two"] {
        let (status, printed) =
            two.house.roomly.run(&["token", "--person", MINA, "--name", name], None).await;
        assert!(status.success(), "{printed}");
        tokens.push(printed.lines().next().unwrap().to_owned());
    }
    wait_until("both servers to listen", async || {
        let listeners = two.redis.ask("CLIENT LIST TYPE pubsub").unwrap();
        (listeners.lines().count() == 2).then_some(())
    })
    .await;
    let here = Program::new(&two.house.roomly.root, &tokens[0]);
    let there = Program::new(&two.other.root, &tokens[0]);
    let begun = std::time::Instant::now();
    // What comes back while the machine is slow.
    let more = |since: std::time::Instant| usize::try_from(since.elapsed().as_millis()).unwrap() / 1_500 + 1;

    let shared: usize = granted([&here, &there], 40).await.iter().sum();
    assert!((10..=10 + more(begun)).contains(&shared), "{shared} in {:?}", begun.elapsed());

    // Without Redis each counts for itself what it granted before and grants now; nobody is refused for its sake.
    two.redis.kill().unwrap();
    screen.until_slow(true).await;
    there_screen.until_slow(true).await;
    let alone = granted([&here, &there], 40).await;
    assert!(alone.iter().all(|granted| *granted > 0), "{alone:?}");
    assert!(alone.iter().all(|granted| shared / 2 + granted <= 10 + more(begun)), "{shared} {alone:?}");

    two.redis.start_again().unwrap();
    screen.until_slow(false).await;
    there_screen.until_slow(false).await;
    let again = std::time::Instant::now();
    let programs = [&two.house.roomly.root, &two.other.root].map(|root| Program::new(root, &tokens[1]));
    let shared: usize = granted([&programs[0], &programs[1]], 40).await.iter().sum();
    assert!((10..=10 + more(again)).contains(&shared), "{shared} in {:?}", again.elapsed());
}

/// Somebody who books without end, at one server, and repeats what was not answered.
#[derive(Clone)]
struct Booker {
    acknowledged: Arc<Mutex<Vec<(NaiveDate, Block)>>>,
    count: Arc<AtomicUsize>,
}

/// The `n`th slot: the same for every booker, so that they meet.
fn slot(first: NaiveDate, n: usize) -> (NaiveDate, usize, String, String) {
    let (day, rest) = (n % 8, n / 8);
    let (room, quarter) = (rest % 4, rest / 4 % 95);
    let clock = |quarter: usize| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
    (first + Days::new(u64::try_from(day).unwrap()), room, clock(quarter), clock(quarter + 1))
}

impl Booker {
    fn start(
        mut browser: Browser,
        first: NaiveDate,
        rooms: Vec<RoomNumber>,
        name: &'static str,
        stop: CancellationToken,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let booker = Self { acknowledged: Arc::default(), count: Arc::default() };
        let told = booker.clone();
        let run = async move {
            let mut pace = tokio::time::interval(Duration::from_millis(100));
            pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut n = 0;
            let mut wish: Option<(NaiveDate, Wish)> = None;
            while !stop.is_cancelled() {
                pace.tick().await;
                let (day, asked) = wish.take().unwrap_or_else(|| {
                    let (day, room, from, to) = slot(first, n);
                    n += 1;
                    let at = |clock: &str| format!("{day}T{clock}:00+09:00");
                    (day, Wish::new(rooms[room], &at(&from), &at(&to), &format!("{name} {n}")))
                });
                let answer = browser.try_post("book", &asked.pairs()).await;
                match answer.ok().filter(|answer| !answer.status.is_server_error()) {
                    Some(answer) if answer.status.is_success() && !answer.body.is_empty() => {
                        let booked: Booked = answer.read();
                        told.acknowledged.lock().unwrap().push((day, booked.block));
                        told.count.fetch_add(1, Ordering::Relaxed);
                    }
                    Some(answer) if answer.status.is_client_error() => {
                        assert_eq!(answer.code(), "room_taken", "{}", answer.text());
                        told.count.fetch_add(1, Ordering::Relaxed);
                    }
                    // Nobody knows whether it was done: the same again.
                    _ => wish = Some((day, asked)),
                }
            }
        };
        #[expect(clippy::disallowed_methods, reason = "a person of the story, joined at its end")]
        let task = tokio::spawn(run);
        (booker, task)
    }

    /// Waits until several more were answered.
    async fn goes_on(&self) {
        let before = self.count.load(Ordering::Relaxed);
        let more = || self.count.load(Ordering::Relaxed) >= before + 3;
        wait_until_within(Duration::from_secs(60), "bookings to go on", async || more().then_some(())).await;
    }
}

/// Kills and restarts of everything, a few rounds by default, more with `ROOMLY_TEST_ROUNDS`, under bookings from both
/// servers: no overlap, no acknowledged booking lost, and every page that stayed open equals a fresh one afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outages_lose_nothing() {
    if given::postgres().is_none() {
        return;
    }
    let rounds = given::rounds().unwrap_or(2);
    let bin =
        given::postgres_bin().and_then(|folder| PostgresBin::at(&folder)).or_else(PostgresBin::find).unwrap();
    let mut postgres =
        Postgres::start(&bin, &PostgresOptions { durable: true, ..PostgresOptions::default() }).unwrap();
    let mut two = Two::open(Database::on(&postgres.url()), ["web,worker"; 2]).await;
    let mut mina = two.house.found(MINA).await;
    let there = two.over_there(&mina);
    let first = two.house.date;
    let rooms: Vec<RoomNumber> = mina.day(first).await.grid.rooms.iter().map(|room| room.number).collect();
    let (booking, watching) = (CancellationToken::new(), CancellationToken::new());
    let mut pages = Vec::new();
    for browser in [&mina, &there, &mina, &there] {
        let date = first + Days::new(u64::try_from(pages.len() / 2).unwrap());
        let screen = two.house.screen_here(browser, date).await;
        pages.push((date, Page::keep(screen, browser, watching.clone())));
    }
    let (one, one_task) = Booker::start(mina.clone(), first, rooms.clone(), "here", booking.clone());
    let (two_, two_task) = Booker::start(there.clone(), first, rooms, "there", booking.clone());
    for round in 0..rounds {
        let dying = if round % 2 == 0 { &mut two.other } else { &mut two.house.roomly };
        dying.kill_9().await;
        // The other one goes on.
        let left = if round % 2 == 0 { &one } else { &two_ };
        left.goes_on().await;
        dying.start().await;
        tokio::join!(one.goes_on(), two_.goes_on());

        if round % 2 == 0 {
            postgres.restart()
        } else {
            postgres.kill().and_then(|()| postgres.start_again())
        }
        .unwrap();
        tokio::join!(one.goes_on(), two_.goes_on());

        two.redis.restart().unwrap();
        tokio::join!(one.goes_on(), two_.goes_on());
        two.redis.flush().unwrap();
        tokio::join!(one.goes_on(), two_.goes_on());
    }
    booking.cancel();
    one_task.await.unwrap();
    two_task.await.unwrap();

    let acknowledged: Vec<(NaiveDate, Block)> =
        [&one, &two_].iter().flat_map(|booker| booker.acknowledged.lock().unwrap().clone()).collect();
    println!("{rounds} rounds, {} bookings acknowledged", acknowledged.len());
    // Google gets all of them, once.
    wait_until_within(Duration::from_secs(120), "every push to be settled", async || {
        let admin = mina.load("load_admin", &[]).await.json();
        (admin["outbox_waiting"] == 0).then_some(())
    })
    .await;
    for day in (0..8).map(|day| first + Days::new(day)) {
        let blocks = mina.day(day).await.grid.blocks;
        for (_, block) in acknowledged.iter().filter(|(date, _)| *date == day) {
            let found = blocks.iter().find(|one| one.key == block.key);
            assert!(
                found.is_some_and(|one| one.state.holds_room() && one.range == block.range),
                "lost: {block:?}"
            );
        }
        let held: Vec<&Block> = blocks.iter().filter(|block| block.state.holds_room()).collect();
        for (index, block) in held.iter().enumerate() {
            let over = held[index + 1..]
                .iter()
                .find(|other| other.key.room == block.key.room && other.range.overlaps(block.range));
            assert!(over.is_none(), "{block:?} and {over:?}");
        }
    }
    let keys: BTreeSet<_> = acknowledged.iter().map(|(_, block)| block.key).collect();
    assert_eq!(keys.len(), acknowledged.len(), "each acknowledged once");
    for (date, page) in &pages {
        wait_until("every open page to equal a fresh one", async || {
            let fresh = GridState::from(mina.day(*date).await.grid);
            let drawn = page.drawn();
            (drawn.blocks == fresh.blocks && drawn.rooms == fresh.rooms).then_some(())
        })
        .await;
    }
    watching.cancel();
    for (_, page) in pages {
        page.ended().await.unwrap();
    }
}
