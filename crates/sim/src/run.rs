//! One seed: what happens, one thing at a time.

use anyhow::Result;
use booking::Step;
use sandbox::world::people::Fortune;
use sync::port::Consent;

use crate::check::Checks;
use crate::draw::Draw;
use crate::house::{Came, Deed, Driven, House};
use crate::outside::Outside;
use crate::people::People;
use crate::plan::{Plan, Post};
use crate::post::Office;
use crate::settle::settle;

/// Operations of one server that are under way at the same time.
const SIDE_BY_SIDE: usize = 4;

/// What one seed came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub seed: u64,
    /// SHA-256 of everything that happened, in order.
    pub trace: String,
    pub steps: usize,
    /// Calls that reached Google.
    pub calls: u64,
    /// Acknowledged bookings.
    pub bookings: usize,
    /// Rare states that were reached.
    pub markers: Vec<&'static str>,
    /// What was broken; the first is the one to look at.
    pub violations: Vec<String>,
    /// Rounds until both sides were equal.
    pub rounds: Option<usize>,
    /// The story, where it was asked for.
    pub lines: Vec<String>,
}

/// How to run a seed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub steps: usize,
    /// Nothing goes wrong.
    pub calm: bool,
    /// Keep the story.
    pub tell: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 300, calm: false, tell: false }
    }
}

struct Run {
    house: House,
    draw: Draw,
    people: People,
    outside: Outside,
    office: Office,
    checks: Checks,
    /// Writes at the last look.
    looked: u64,
}

/// Runs one seed to its end. An error: the simulator itself failed.
pub fn run(seed: u64, options: Options) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run_in(seed, options))
}

async fn run_in(seed: u64, options: Options) -> Result<Outcome> {
    let plan = Plan::of(seed, options.calm);
    let house = House::build(seed, plan).await?;
    if options.tell {
        house.net.lock().trace.lines = Some(vec![format!("{:?}", house.plan)]);
    }
    let mut run = Run {
        house,
        draw: Draw::new(seed, "run"),
        people: People::new(seed),
        outside: Outside::new(seed),
        office: Office::new(seed),
        checks: Checks::default(),
        looked: 0,
    };
    run.house.net.lock().calm = options.calm;
    let mut steps = 0;
    while steps < options.steps && run.is_sound() {
        run.step().await?;
        steps += 1;
    }
    let mut rounds = None;
    if run.is_sound() {
        rounds = settle(&mut run.house, &mut run.office, &mut run.checks).await?.rounds;
    }
    let outcome = run.outcome(seed, steps, rounds);
    run.house.operations.clear();
    run.house.store.close().await;
    Ok(outcome)
}

/// What may happen next.
#[derive(Clone, Copy)]
enum Next {
    Roomly,
    Google,
    Pass,
    Call,
    Notice,
    Time,
    Trouble,
}

impl Run {
    fn is_sound(&self) -> bool {
        self.house.net.lock().books.violations.is_empty()
    }

    async fn step(&mut self) -> Result<()> {
        let now = self.house.net.now().as_micros();
        let weights = self.house.plan.weights;
        let open = !self.house.operations.is_empty();
        let post = self.office.waits(now);
        let choices = [
            (weights.roomly, Next::Roomly),
            (weights.google, Next::Google),
            (weights.pass, Next::Pass),
            (if open { weights.call } else { 0 }, Next::Call),
            (if post { weights.notice } else { 0 }, Next::Notice),
            (weights.time, Next::Time),
            (weights.trouble, Next::Trouble),
        ];
        match self.draw.weighted(&choices).unwrap_or(Next::Time) {
            Next::Roomly => self.people.act(&mut self.house).await,
            Next::Google => self.outside.act(&self.house),
            Next::Pass => self.pass().await?,
            Next::Call => self.call().await,
            Next::Notice => self.office.deliver(&mut self.house).await,
            Next::Time => self.time().await,
            Next::Trouble => self.trouble().await?,
        }
        self.house.net.pass(self.draw.between(20_000, 400_000));
        self.office.collect(&self.house);
        let writes = self.house.writes.load(std::sync::atomic::Ordering::Relaxed);
        if writes != self.looked {
            self.looked = writes;
            self.checks.look(&self.house).await?;
        }
        Ok(())
    }

    /// A server begins a pass; a dead one may come back.
    async fn pass(&mut self) -> Result<()> {
        let server = self.draw.below(self.house.servers.len());
        if self.house.servers[server].engine.is_none() {
            if self.draw.chance(0.3) {
                self.house.restart(server).await?;
            }
            return Ok(());
        }
        let busy = self.house.operations.values().filter(|one| one.server == server).count();
        if busy >= SIDE_BY_SIDE || !self.house.awake().contains(&server) {
            return Ok(());
        }
        let steps = [
            (10, Step::Push),
            (8, Step::Pull),
            (2, Step::Channels),
            (2, Step::Series),
            (1, Step::Horizon),
            (2, Step::Heartbeat),
        ];
        let Some(step) = self.draw.weighted(&steps) else { return Ok(()) };
        let Some(engine) = self.house.servers[server].engine.clone() else { return Ok(()) };
        let doing = async move { Came::Step(engine.step(step).await.map_err(|failure| failure.to_string())) };
        let operation = self.house.begin(server, Deed::Step(step), doing);
        self.house.line(&format!("s{server} begins {} ({operation})", step.as_str()));
        self.drive(operation).await;
        Ok(())
    }

    async fn drive(&mut self, operation: u64) {
        if let Driven::Done(deed, came) = self.house.drive(operation).await {
            self.came(operation, &deed, &came);
        }
    }

    fn came(&self, operation: u64, deed: &Deed, came: &Came) {
        match (deed, came) {
            (Deed::Step(step), Came::Step(Ok(_))) => {
                self.house.line(&format!("   {} ({operation}) is done", step.as_str()));
            }
            (Deed::Step(step), Came::Step(Err(failure))) => {
                self.house.line(&format!("   {} ({operation}) failed: {failure}", step.as_str()));
                if failure.contains("lease") {
                    self.house.net.mark("pass.lease_lost");
                }
            }
            (_, Came::Connected(connected)) => {
                self.house.line(&format!("   connected: {connected:?}"));
                if matches!(connected, Ok(true)) {
                    self.house.net.mark("grant.given_again");
                }
            }
            _ => {}
        }
    }

    /// Something under way goes on: Google hears of a call, or its answer arrives.
    async fn call(&mut self) {
        let awake = self.house.awake();
        let waiting: Vec<(u64, u64, bool)> = {
            let state = self.house.net.lock();
            let moves = state.calls.iter().filter(|(_, call)| call.orphan || awake.contains(&call.server));
            moves.map(|(number, call)| (*number, call.operation, call.orphan)).collect()
        };
        let Some((call, operation, orphan)) = self.draw.pick(&waiting).copied() else { return };
        if orphan {
            // Who asked is dead; the question may be on its way, or not have left.
            if self.draw.chance(0.5) {
                self.house.net.hear(call);
                self.house.net.mark("call.of_the_dead");
            }
            self.house.net.lock().calls.remove(&call);
            return;
        }
        let heard = self.house.net.lock().calls.get(&call).is_some_and(crate::net::Parked::is_heard);
        if !heard {
            self.house.net.hear(call);
            // Mostly the answer comes at once.
            if self.draw.chance(0.3) {
                return;
            }
        }
        self.house.net.deliver(call);
        self.drive(operation).await;
    }

    async fn time(&mut self) {
        let rare = if self.house.plan.post == Post::Held { 6 } else { 1 };
        let leaps = [(50, 0), (30, 1), (8, 2), (rare, 3)];
        let micros = match self.draw.weighted(&leaps).unwrap_or(0) {
            0 => self.draw.between(1, 30) * 1_000_000,
            1 => self.draw.between(30, 600) * 1_000_000,
            2 => self.draw.between(600, 5_400) * 1_000_000,
            _ => self.draw.between(5_400, 13 * 3_600) * 1_000_000,
        };
        // What is under way is mostly over before much time has passed; else it is as if the server had stood still.
        if micros > 8_000_000 && self.draw.chance(0.85) {
            let open: Vec<u64> = self.house.operations.keys().copied().collect();
            for operation in open {
                if let Some(came) = self.house.finish(operation).await {
                    let deed = Deed::Human;
                    self.came(operation, &deed, &came);
                }
            }
        }
        self.house.line(&format!("{} s pass", micros / 1_000_000));
        self.house.net.pass(micros);
    }

    async fn trouble(&mut self) -> Result<()> {
        let plan = &self.house.plan;
        let crash = u32::from(plan.crash > 0.0 || plan.crash_write > 0.0) * 2;
        let choices = [
            (crash, 0),
            (u32::from(plan.pause) * 2, 1),
            (u32::from(plan.revoke) * 2, 2),
            (u32::from(plan.revoke) * 3, 3),
            (u32::from(plan.lose_access) * 2, 4),
            (u32::from(plan.lose_access) * 3, 5),
            (1, 6),
            (1, 7),
        ];
        let now = self.house.net.now().as_micros();
        let server = self.draw.below(self.house.servers.len());
        let person = self.draw.below(self.house.people.len());
        let email = self.house.people[person].email.clone();
        let admin = self.house.people[0].email.clone();
        let room = self.house.rooms[self.draw.below(self.house.rooms.len())].email.clone();
        match self.draw.weighted(&choices).unwrap_or(6) {
            0 => {
                self.house.line(&format!("s{server} is killed"));
                self.house.kill(server);
                self.house.net.mark("crash.killed");
            }
            1 => {
                self.house.line(&format!("s{server} stands still"));
                self.house.servers[server].paused_until = now + self.draw.between(20, 200) * 1_000_000;
                self.house.net.mark("server.stands_still");
            }
            2 => {
                self.house.line(&format!("{email} takes the grant back"));
                self.house.net.lock().world.befall(&email, Fortune::Revoke, now);
                self.house.net.mark("grant.revoked");
            }
            3 => self.connect(person).await?,
            4 => {
                self.house.line(&format!("access to {room} is lost"));
                let none = sandbox::world::access::Role::None;
                self.house.net.lock().world.set_role(&room, &admin, none);
                self.house.net.mark("access.lost");
            }
            5 => {
                self.house.line(&format!("access to {room} is back"));
                let owner = sandbox::world::access::Role::Owner;
                self.house.net.lock().world.set_role(&room, &admin, owner);
                self.house.net.mark("access.back");
            }
            6 => {
                self.house.line("access tokens end early");
                self.house.net.lock().world.oauth.expire_access();
                self.house.net.mark("token.ended_early");
            }
            _ => self.void_sync_tokens(&room),
        }
        Ok(())
    }

    fn void_sync_tokens(&self, room: &str) {
        self.house.line(&format!("sync tokens of {room} are void"));
        let target =
            format!("https://sandbox/sandbox/expire-sync-tokens?calendar={}", room.replace('@', "%40"));
        if let Ok(request) = http::Request::post(target).body(bytes::Bytes::new()) {
            let now = self.house.net.now().as_micros();
            self.house.net.lock().world.handle(request, now);
        }
        self.house.net.mark("sync_token.voided");
    }

    async fn connect(&mut self, person: usize) -> Result<()> {
        let Some(server) = self.draw.pick(&self.house.awake()).copied() else { return Ok(()) };
        let consent = if person == 0 && self.draw.chance(0.7) { Consent::Company } else { Consent::Calendar };
        if consent == Consent::Calendar {
            self.house.plan.connected[person] = true;
        }
        let email = self.house.people[person].email.clone();
        self.house.line(&format!("{email} connects {consent:?} at s{server}"));
        let operation = self.house.connect(server, &email, consent)?;
        self.drive(operation).await;
        Ok(())
    }

    fn outcome(&self, seed: u64, steps: usize, rounds: Option<usize>) -> Outcome {
        let mut state = self.house.net.lock();
        Outcome {
            seed,
            trace: state.trace.hash(),
            steps,
            calls: state.books.calls,
            bookings: state.books.promises.len(),
            markers: state.markers.names().collect(),
            violations: std::mem::take(&mut state.books.violations),
            rounds,
            lines: state.trace.lines.take().unwrap_or_default(),
        }
    }
}
