//! The background passes: reconcilers, not reactions.
//!
//! Each takes no input, does one idempotent pass over what the store says is due, and sleeps until the next due time or
//! a poke. The crash path and the happy path are the same path. Several servers may run them side by side: what is
//! claimed row by row needs no more, the rest is done by whoever holds its lease (`servers`).

use std::time::Duration;

use bus::Note;
use futures::future::BoxFuture;
use model::Instant;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::horizon::Horizons;
use crate::publisher;
use crate::servers::HEARTBEAT;

/// The longest a pass sleeps: due times that somebody else's write brought nearer are noticed by then.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The same for one worker of each kind where other servers write too: work of theirs is announced, if a bus goes, and
/// looked for in any case.
const LOOK_ANNOUNCED: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_secs(1);
/// Workers side by side: one that waits for Google holds up only what it holds.
const PUSHERS: usize = 8;
const PULLERS: usize = 6;
/// How long running passes get to finish at the end. What is cut is taken up at the next start.
const FINISH: Duration = Duration::from_secs(10);
/// How often old changes and sessions are swept out, and how long they are kept.
const SWEEP: Duration = Duration::from_secs(3_600);
const KEPT_SECS: i64 = 14 * 86_400;
/// How often it is looked whether the horizons of series are to be moved; each is once a day.
const HORIZON: Duration = Duration::from_secs(3_600);
/// How often the Directory is read: rooms and people come, go and change their names.
const DIRECTORY: Duration = Duration::from_secs(3_600);
/// How often it is looked whether the service account may act for a company's people.
const DELEGATION: Duration = Duration::from_secs(300);
/// How long a pass that failed as a whole (database gone) rests.
const REST: Duration = Duration::from_secs(2);
/// How soon work is tried again that another server holds: it may have begun before what we were poked for.
const BUSY: Duration = Duration::from_secs(1);
/// Notes of other servers that wait to be read.
const NOTES: usize = 1_024;

/// What is to be done after a pass.
pub(crate) enum Next {
    /// There may be more than one pass takes at once.
    Again,
    Sleep,
    /// Another server is at it.
    Busy,
}

impl Next {
    pub(crate) const fn wants_more(self) -> bool {
        matches!(self, Self::Again)
    }
}

type Pass = for<'e> fn(&'e Engine) -> BoxFuture<'e, Result<Next, Failure>>;
/// When the next pass has something to do by itself.
type Due = for<'e> fn(&'e Engine) -> BoxFuture<'e, Result<Option<Instant>, Failure>>;

/// A kind of background work.
#[derive(Clone, Copy)]
struct Work {
    name: &'static str,
    poke: bus::Pass,
    pass: Pass,
    due: Due,
    look: Look,
}

/// How a worker finds what other servers wrote, where nobody pokes it.
#[derive(Clone, Copy)]
enum Look {
    /// It asks often: one of each kind does.
    Often,
    /// Its pass looks through everything, so less often.
    Sometimes,
    /// Those who look poke it.
    Never,
}

/// The running passes.
pub struct Background {
    stop: CancellationToken,
    tasks: TaskTracker,
    engine: Engine,
}

impl Background {
    /// Starts the live publisher, the bus, and, in the `worker` role, every pass.
    pub fn start(engine: &Engine) -> Self {
        let background =
            Self { stop: CancellationToken::new(), tasks: TaskTracker::new(), engine: engine.clone() };
        let (heard, notes) = mpsc::channel(NOTES);
        if let Some(runner) = engine.take_runner() {
            background.run(runner.run(heard));
        }
        background.run(publisher::run(engine.clone(), notes));
        if engine.store().is_shared() {
            background.every("heartbeat", Duration::ZERO, HEARTBEAT, |engine| Box::pin(engine.heartbeat()));
        }
        background
            .every("delegation", Duration::ZERO, DELEGATION, |engine| Box::pin(engine.delegation_pass()));
        if engine.settings().roles.worker {
            background.start_passes();
        }
        background.tasks.close();
        background
    }

    fn start_passes(&self) {
        let push = Work {
            name: "push",
            poke: bus::Pass::Push,
            pass: |engine| Box::pin(async { engine.push_pass().await.map(after) }),
            due: |engine| Box::pin(engine.push_due_at()),
            look: Look::Often,
        };
        let pull = Work {
            name: "pull",
            poke: bus::Pass::Pull,
            pass: |engine| Box::pin(async { engine.pull_pass().await.map(after) }),
            due: |engine| Box::pin(engine.pull_due_at()),
            look: Look::Often,
        };
        // Takes everything in one pass; what did not succeed (a stop that Google did not answer) rests.
        let channels = Work {
            name: "channels",
            poke: bus::Pass::Channels,
            pass: |engine| Box::pin(channels(engine)),
            due: |_| Box::pin(async { Ok(None) }),
            look: Look::Sometimes,
        };
        let series = Work {
            name: "series",
            poke: bus::Pass::Series,
            pass: |engine| Box::pin(series(engine)),
            due: |_| Box::pin(async { Ok(None) }),
            look: Look::Sometimes,
        };
        for (work, side_by_side) in [(push, PUSHERS), (pull, PULLERS), (channels, 1), (series, 1)] {
            for index in 0..side_by_side {
                let look = if index == 0 { work.look } else { Look::Never };
                self.reconciler(Work { look, ..work });
            }
        }
        self.every("sweep", Duration::ZERO, SWEEP, |engine| Box::pin(sweep(engine)));
        self.every("horizon", Duration::ZERO, HORIZON, |engine| Box::pin(horizon(engine)));
        self.every("directory", DIRECTORY, DIRECTORY, |engine| Box::pin(directory(engine)));
    }

    /// Lets running passes finish what they hold, and returns when they have.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(FINISH, self.tasks.wait()).await.is_err() {
            tracing::warn!("Left passes that did not end in time");
            return;
        }
        let (system, server) = (self.engine.store().system(), self.engine.server());
        if self.engine.store().is_shared()
            && let Err(error) = system.server_gone(server, self.engine.now()).await
        {
            tracing::warn!(error = %error, "Could not say that this server ends");
        }
    }

    /// Runs `task` until the end.
    fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Runs `pass` until nothing is due, then sleeps until `due`, a poke, or the longest sleep.
    fn reconciler(&self, work: Work) {
        let (stop, engine) = (self.stop.clone(), self.engine.clone());
        let run = async move {
            let poke: &Notify = engine.pokes().of(work.poke);
            while !stop.is_cancelled() {
                let sleep = match (work.pass)(&engine).await {
                    Ok(Next::Again) => Duration::ZERO,
                    Ok(Next::Busy) => BUSY,
                    Ok(Next::Sleep) => match (work.due)(&engine).await {
                        Ok(at) => until(at, engine.now()).min(longest(&engine, work)),
                        Err(_) => REST,
                    },
                    Err(failure) => {
                        tracing::error!(pass = work.name, error = %failure, "A background pass failed");
                        REST
                    }
                };
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = poke.notified() => {}
                    () = tokio::time::sleep(sleep) => {}
                }
            }
        };
        self.tasks.spawn(run);
    }

    /// After `first`, and then every so often.
    fn every(
        &self,
        name: &'static str,
        first: Duration,
        pause: Duration,
        work: for<'e> fn(&'e Engine) -> BoxFuture<'e, Result<(), Failure>>,
    ) {
        let (stop, engine) = (self.stop.clone(), self.engine.clone());
        self.tasks.spawn(async move {
            let mut rest = first;
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(rest) => {}
                }
                if let Err(failure) = work(&engine).await {
                    tracing::warn!(pass = name, error = %failure, "A background pass failed");
                }
                rest = pause;
            }
        });
    }
}

/// A note of another server that a pass may have something to do.
pub(crate) fn poked(engine: &Engine, note: Note) {
    if let Note::Poke(pass) = note {
        engine.pokes().of(pass).notify_one();
    }
}

fn after(done: usize) -> Next {
    if done > 0 { Next::Again } else { Next::Sleep }
}

pub(crate) async fn channels(engine: &Engine) -> Result<Next, Failure> {
    let Some(mut lease) = engine.lease("channels").await? else { return Ok(Next::Busy) };
    let done = engine.channels_pass(&mut lease).await;
    lease.give_back().await;
    done.map(|_| Next::Sleep)
}

pub(crate) async fn series(engine: &Engine) -> Result<Next, Failure> {
    let Some(mut lease) = engine.lease("series").await? else { return Ok(Next::Busy) };
    let done = engine.series_pass(&mut lease).await;
    lease.give_back().await;
    done.map(after)
}

/// Says what it did, where it did anything.
pub(crate) async fn horizon(engine: &Engine) -> Result<(), Failure> {
    let Some(done) = engine.horizon_pass().await? else { return Ok(()) };
    if done != Horizons::default() {
        let Horizons { extended, added, met, failed } = done;
        tracing::info!(extended, added, conflicted = met.len(), failed, "Moved the horizons of series");
    }
    Ok(())
}

/// Reads every company's Directory anew, as the one server that does.
async fn directory(engine: &Engine) -> Result<(), Failure> {
    let Some(mut lease) = engine.lease("directory").await? else { return Ok(()) };
    for company in engine.store().system().company_list().await? {
        lease.keep().await?;
        if let Err(failure) = engine.directory_pass(company.id).await {
            tracing::warn!(company.id = %company.id, error = %failure, "Could not read a directory");
        }
    }
    lease.give_back().await;
    Ok(())
}

/// Forgets what nobody will ask for.
pub(crate) async fn sweep(engine: &Engine) -> Result<(), Failure> {
    let Some(lease) = engine.lease("sweep").await? else { return Ok(()) };
    let (system, now) = (engine.store().system(), engine.now());
    let before = now.plus_secs(-KEPT_SECS);
    let swept = system.sweep(now, before).await;
    let answers = system.answer_sweep(now, before).await;
    let counts = system.push_guard_sweep(now, now.plus_secs(-86_400)).await;
    lease.give_back().await;
    Ok(swept.and(answers).and(counts)?)
}

/// How long to sleep until `at`.
fn until(at: Option<Instant>, now: Instant) -> Duration {
    let micros = at.map_or(i64::MAX, |at| at.since(now).max(0));
    u64::try_from(micros).map_or(LONGEST_SLEEP, Duration::from_micros).min(LONGEST_SLEEP)
}

fn longest(engine: &Engine, work: Work) -> Duration {
    let told = engine.is_told();
    match work.look {
        Look::Often if engine.store().is_shared() => {
            if told {
                LOOK_ANNOUNCED
            } else {
                LOOK
            }
        }
        Look::Sometimes if !told => LOOK_ANNOUNCED,
        _ => LONGEST_SLEEP,
    }
}
