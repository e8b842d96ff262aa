//! The house: a company in Google's world, its servers on one database, and what they are doing.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use anyhow::{Context as _, Result, bail};
use booking::{BookingRecord, Cx, Engine, NoticeOutcome, SignInOutcome, Step};
use model::page::{Booked, Cancelled};
use model::{ApiError, CompanyId, Instant, RoomId, RoomNumber};
use sandbox::World;
use store::Store;
use sync::port::Consent;

use crate::net::Net;
use crate::plan::Plan;
use crate::server::{Died, Server, start};

pub(crate) const DOMAIN: &str = "hanbit.example";
const NAMES: [&str; 5] = ["mina", "joon", "seoyeon", "minjun", "jiwoo"];
const ROOMS: [&str; 3] = ["한라", "설악", "지리"];
/// Friday, 2026-03-06, 10:00 in Seoul; two days before New York's clocks change.
const BEGIN: Instant = Instant::from_secs(1_772_758_800);

/// In-memory databases of this process, told apart.
static DATABASES: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) number: RoomNumber,
    pub(crate) email: String,
}

pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) cx: Cx,
}

/// What an operation is about.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Step(Step),
    Human,
}

/// What an operation came to.
pub(crate) enum Came {
    Step(Result<bool, String>),
    Booked(Result<Booked, ApiError>),
    Recorded(Result<Box<BookingRecord>, ApiError>),
    Cancelled(Result<Cancelled, ApiError>),
    Noticed(Result<NoticeOutcome, ApiError>),
    Connected(Result<bool, ApiError>),
    Recovered(Result<(), ApiError>),
}

type Doing = Pin<Box<dyn Future<Output = Came>>>;

pub(crate) struct Operation {
    pub(crate) server: usize,
    pub(crate) deed: Deed,
    doing: Doing,
}

/// How far an operation got.
pub(crate) enum Driven {
    Done(Deed, Came),
    /// It waits for Google.
    Parked,
    /// Its server died.
    Died,
}

pub(crate) struct House {
    pub(crate) seed: u64,
    pub(crate) plan: Plan,
    pub(crate) net: Net,
    pub(crate) store: Store,
    pub(crate) company: CompanyId,
    pub(crate) rooms: Vec<Room>,
    pub(crate) people: Vec<Person>,
    pub(crate) servers: Vec<Server>,
    pub(crate) operations: BTreeMap<u64, Operation>,
    /// Writes so far, of all servers.
    pub(crate) writes: Arc<AtomicU64>,
    next: u64,
}

impl House {
    /// Builds the house and founds the company; nothing goes wrong yet.
    pub(crate) async fn build(seed: u64, plan: Plan) -> Result<Self> {
        let net = Net::new(seed, world(seed, &plan), &plan, BEGIN);
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let store = Store::open(&format!("sqlite:file:roomly-sim-{number}?mode=memory&cache=shared"))
            .await
            .context("an in-memory database")?;
        let mut house = Self {
            seed,
            net,
            store,
            company: CompanyId::new(BEGIN, [0; 10]),
            rooms: Vec::new(),
            people: Vec::new(),
            servers: Vec::new(),
            operations: BTreeMap::new(),
            writes: Arc::default(),
            next: 0,
            plan,
        };
        for number in 0..house.plan.servers {
            let engine = house.engine(number, 0)?;
            house.servers.push(Server { engine: Some(engine), lives: 1, paused_until: 0 });
        }
        house.found().await?;
        Ok(house)
    }

    fn engine(&self, number: usize, life: u32) -> Result<Engine> {
        start(self.seed, number, life, &self.plan, &self.net, &self.store, &self.writes)
    }

    async fn found(&mut self) -> Result<()> {
        let emails: Vec<String> = (0..self.plan.people).map(email).collect();
        self.connect_now(&emails[0], Consent::Company).await?;
        let engine = self.servers[0].engine.clone().context("a server")?;
        self.company = engine.company_of_domain(DOMAIN).await?.context("no company was founded")?;
        for (person, connected) in emails.iter().zip(self.plan.connected.clone()) {
            if connected {
                self.connect_now(person, Consent::Calendar).await?;
            }
            let token = engine.token_create_on_server(Some(self.company), person, "sim").await?;
            let cx = engine.cx_from_token(&token.context("an unknown person")?.token).await?;
            self.people.push(Person { email: person.clone(), cx });
        }
        for room in self.store.company(self.company).room_list().await? {
            self.rooms.push(Room { id: room.id, number: room.row.number, email: room.email });
        }
        Ok(())
    }

    async fn connect_now(&mut self, email: &str, consent: Consent) -> Result<()> {
        let operation = self.connect(0, email, consent)?;
        match self.finish(operation).await {
            Some(Came::Connected(Ok(true))) => Ok(()),
            Some(Came::Connected(told)) => bail!("{email} could not sign in: {told:?}"),
            _ => bail!("{email} could not sign in"),
        }
    }

    /// Somebody grants access (anew), through a server that lives.
    pub(crate) fn connect(&mut self, server: usize, email: &str, consent: Consent) -> Result<u64> {
        let engine = self.servers[server].engine.clone().context("a dead server")?;
        let email = email.to_owned();
        Ok(self.begin(server, Deed::Human, async move {
            Came::Connected(async { sign_in(&engine, &email, consent).await }.await)
        }))
    }

    /// Begins an operation; nothing of it happens before it is driven.
    pub(crate) fn begin(
        &mut self,
        server: usize,
        deed: Deed,
        doing: impl Future<Output = Came> + 'static,
    ) -> u64 {
        self.next += 1;
        self.operations.insert(self.next, Operation { server, deed, doing: Box::pin(doing) });
        self.next
    }

    /// Goes on with an operation until it waits for Google or is over.
    pub(crate) async fn drive(&mut self, number: u64) -> Driven {
        let Some(mut operation) = self.operations.remove(&number) else { return Driven::Parked };
        let net = self.net.clone();
        let polled = std::future::poll_fn(|cx| {
            net.lock().current = number;
            match catch_unwind(AssertUnwindSafe(|| operation.doing.as_mut().poll(cx))) {
                Ok(Poll::Ready(came)) => Poll::Ready(Ok(Some(came))),
                Ok(Poll::Pending) if net.is_parked(number) => Poll::Ready(Ok(None)),
                // It waits for the database, which wakes it.
                Ok(Poll::Pending) => Poll::Pending,
                Err(panic) => Poll::Ready(Err(panic)),
            }
        })
        .await;
        match polled {
            Ok(Some(came)) => Driven::Done(operation.deed, came),
            Ok(None) => {
                self.operations.insert(number, operation);
                Driven::Parked
            }
            Err(panic) => {
                let server = operation.server;
                // What unwound is gone; the rest of the process goes with it.
                drop(operation);
                self.net.abandon(number);
                self.died(server, panic);
                Driven::Died
            }
        }
    }

    fn died(&mut self, server: usize, panic: Box<dyn Any + Send>) {
        match panic.downcast::<Died>() {
            Ok(died) => {
                self.net.mark(crash_marker(died.0));
                self.net.lock().trace.line(&format!("s{server} dies at {}", died.0));
            }
            Err(panic) => {
                let text = panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                self.net.lock().books.broken(format!("a panic: {}", text.unwrap_or_default()));
            }
        }
        self.kill(server);
    }

    /// The process is gone, with everything that it was doing.
    pub(crate) fn kill(&mut self, server: usize) {
        let gone: Vec<u64> = self
            .operations
            .iter()
            .filter(|(_, one)| one.server == server)
            .map(|(number, _)| *number)
            .collect();
        for number in gone {
            self.operations.remove(&number);
            self.net.abandon(number);
        }
        self.servers[server].engine = None;
        self.servers[server].paused_until = 0;
        self.net.lock().books.died(server);
    }

    /// Starts a dead server.
    pub(crate) async fn restart(&mut self, server: usize) -> Result<()> {
        let life = self.servers[server].lives;
        let alone = self.servers.iter().all(|one| one.engine.is_none());
        let engine = self.engine(server, life)?;
        self.servers[server] = Server { engine: Some(engine.clone()), lives: life + 1, paused_until: 0 };
        self.net.lock().trace.line(&format!("s{server} starts, alone {alone}"));
        let recovering = async move { Came::Recovered(engine.recover(alone).await) };
        let operation = self.begin(server, Deed::Human, recovering);
        if let Driven::Done(_, Came::Recovered(Err(error))) = self.drive(operation).await {
            // It starts again, as its supervisor would have it.
            self.net.lock().trace.line(&format!("s{server} could not start: {}", error.code));
            self.kill(server);
        }
        Ok(())
    }

    /// Goes on with an operation to its end, Google answering at once.
    pub(crate) async fn finish(&mut self, operation: u64) -> Option<Came> {
        // A pull in circles ends by itself; more than that is a bug.
        for _ in 0..4_000 {
            match self.drive(operation).await {
                Driven::Done(_, came) => return Some(came),
                Driven::Died => return None,
                Driven::Parked => {
                    if !self.operations.contains_key(&operation) {
                        return None;
                    }
                    self.answer(operation);
                }
            }
        }
        let deed = self.operations.get(&operation).map(|one| one.deed.clone());
        self.net.lock().books.broken(format!("an operation without an end: {deed:?}"));
        None
    }

    /// Google hears and answers what an operation asked.
    pub(crate) fn answer(&self, operation: u64) {
        let waiting: Vec<u64> = {
            let state = self.net.lock();
            let own = state.calls.iter().filter(|(_, call)| call.operation == operation);
            own.map(|(number, _)| *number).collect()
        };
        for call in waiting {
            self.net.hear(call);
            self.net.deliver(call);
        }
    }

    /// Servers that live and do not stand still.
    pub(crate) fn awake(&self) -> Vec<usize> {
        let now = self.net.now().as_micros();
        let awake = |server: &Server| server.engine.is_some() && server.paused_until <= now;
        (0..self.servers.len()).filter(|number| awake(&self.servers[*number])).collect()
    }

    pub(crate) fn line(&self, text: &str) {
        let now = self.net.now();
        let mut state = self.net.lock();
        state.trace.line(&format!("{} {text}", now.to_rfc3339()));
    }
}

async fn sign_in(engine: &Engine, email: &str, consent: Consent) -> Result<bool, ApiError> {
    let start = engine.sign_in_begin(consent, "/", Some(email)).await?;
    let state = start.url.split_once("state=").map(|(_, state)| state.to_owned()).unwrap_or_default();
    let cookies = format!("{}={}", engine.sign_in_cookie(), start.browser_cookie);
    let code = crate::identity::code(email, consent);
    let outcome = engine.sign_in_finish(&state, Some(&code), Some(&cookies)).await?;
    Ok(matches!(outcome, SignInOutcome::SignedIn { .. }))
}

pub(crate) fn email(person: usize) -> String {
    format!("{}@{DOMAIN}", NAMES[person])
}

fn world(seed: u64, plan: &Plan) -> World {
    let mut world = World::empty(seed);
    let zone = if plan.new_york { chrono_tz::America::New_York } else { chrono_tz::Asia::Seoul };
    world.add_company(DOMAIN, zone);
    for (person, name) in NAMES.iter().enumerate().take(plan.people) {
        world.add_user(&email(person), name, "Kim", person == 0);
    }
    world.add_building(DOMAIN, "main", "본관", &["2", "3"]);
    for (index, name) in ROOMS.iter().take(plan.rooms).enumerate() {
        world.add_room(DOMAIN, name, Some("main"), Some("2"), 4 + u32::try_from(index).unwrap_or(0), &[]);
    }
    world.settings = plan.google.clone();
    world
}

fn crash_marker(point: &'static str) -> &'static str {
    match point {
        sync::crash::PUSH_BEFORE_CALL => "crash.push_before_call",
        sync::crash::PUSH_AFTER_CALL => "crash.push_after_call",
        sync::crash::PULL_AFTER_PAGE => "crash.pull_after_page",
        sync::crash::WATCH_AFTER_CALL => "crash.watch_after_call",
        sync::crash::COMMIT_AFTER => "crash.commit_after",
        sync::crash::HORIZON_BETWEEN => "crash.horizon_between",
        "write.before" => "crash.before_commit",
        _ => "crash.after_commit",
    }
}
