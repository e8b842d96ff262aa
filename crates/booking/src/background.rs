//! The background passes: reconcilers, not reactions.
//!
//! Each takes no input, does one idempotent pass over what the store says is due, and sleeps until the next due time or
//! a poke. The crash path and the happy path are the same path.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::BoxFuture;
use model::{CompanyId, Instant};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::engine::Engine;
use crate::failure::Failure;

/// The longest a pass sleeps: due times that somebody else's write brought nearer are noticed by then.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Workers side by side: one that waits for Google holds up only what it holds.
const PUSHERS: usize = 8;
const PULLERS: usize = 6;
/// How long running passes get to finish at the end. What is cut is taken up at the next start.
const FINISH: Duration = Duration::from_secs(10);
/// How often old changes and sessions are swept out, and how long they are kept.
const SWEEP: Duration = Duration::from_secs(3_600);
const KEPT_SECS: i64 = 14 * 86_400;
/// How long a pass that failed as a whole (database gone) rests.
const REST: Duration = Duration::from_secs(2);

/// One pass; answers how many things it did.
type Pass = for<'e> fn(&'e Engine) -> BoxFuture<'e, Result<usize, Failure>>;
/// When the next pass has something to do by itself.
type Due = for<'e> fn(&'e Engine) -> BoxFuture<'e, Result<Option<Instant>, Failure>>;

/// The running passes.
pub struct Background {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    /// Starts every pass of the `worker` role and the live publisher.
    pub fn start(engine: &Engine) -> Self {
        let background = Self { stop: CancellationToken::new(), tasks: TaskTracker::new() };
        background.publisher(engine.clone());
        let push: Pass = |engine| Box::pin(engine.push_pass());
        let pull: Pass = |engine| Box::pin(engine.pull_pass());
        // Takes everything in one pass; what did not succeed (a stop that Google did not answer) rests.
        let channels: Pass = |engine| Box::pin(async { engine.channels_pass().await.map(|_| 0) });
        let series: Pass = |engine| Box::pin(engine.series_pass());
        let by_poke: Due = |_| Box::pin(async { Ok(None) });
        for _ in 0..PUSHERS {
            background.reconciler("push", engine, |e| &e.pokes().push, push, |e| Box::pin(e.push_due_at()));
        }
        for _ in 0..PULLERS {
            background.reconciler("pull", engine, |e| &e.pokes().pull, pull, |e| Box::pin(e.pull_due_at()));
        }
        background.reconciler("channels", engine, |e| &e.pokes().channels, channels, by_poke);
        background.reconciler("series", engine, |e| &e.pokes().series, series, by_poke);
        background.sweeper(engine.clone());
        background.tasks.close();
        background
    }

    /// Lets running passes finish what they hold, and returns when they have.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(FINISH, self.tasks.wait()).await.is_err() {
            tracing::warn!("Left passes that did not end in time");
        }
    }

    /// Runs `pass` until nothing is due, then sleeps until `due`, a poke, or the longest sleep.
    fn reconciler(
        &self,
        name: &'static str,
        engine: &Engine,
        poke: fn(&Engine) -> &Notify,
        pass: Pass,
        due: Due,
    ) {
        let stop = self.stop.clone();
        let engine = engine.clone();
        let run = async move {
            while !stop.is_cancelled() {
                let sleep = match pass(&engine).await {
                    // There may be more than one pass takes at once.
                    Ok(done) if done > 0 => Duration::ZERO,
                    Ok(_) => match due(&engine).await {
                        Ok(at) => until(at, engine.now()),
                        Err(_) => REST,
                    },
                    Err(failure) => {
                        tracing::error!(pass = name, error = %failure, "A background pass failed");
                        REST
                    }
                };
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = poke(&engine).notified() => {}
                    () = tokio::time::sleep(sleep) => {}
                }
            }
        };
        self.tasks.spawn(run);
    }

    /// Once an hour, forgets what nobody will ask for.
    fn sweeper(&self, engine: Engine) {
        let stop = self.stop.clone();
        let run = async move {
            loop {
                let now = engine.now();
                if let Err(error) = engine.store().system().sweep(now, now.plus_secs(-KEPT_SECS)).await {
                    tracing::warn!(error = %error, "Could not sweep");
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(SWEEP) => {}
                }
            }
        };
        self.tasks.spawn(run);
    }

    fn publisher(&self, engine: Engine) {
        let stop = self.stop.clone();
        let mut commits = engine.store().commits();
        let run = async move {
            // Companies whose last publishing failed: their screens must not wait for the next commit.
            let mut owed: BTreeSet<CompanyId> = BTreeSet::new();
            loop {
                let heard = tokio::select! {
                    () = stop.cancelled() => return,
                    company = commits.recv() => Some(company),
                    () = tokio::time::sleep(REST), if !owed.is_empty() => None,
                };
                let companies = match heard {
                    None => owed.iter().copied().collect(),
                    Some(Ok(company)) => vec![company],
                    Some(Err(RecvError::Lagged(_))) => {
                        let all = engine.store().system().company_list().await.unwrap_or_default();
                        all.into_iter().map(|company| company.id).collect()
                    }
                    Some(Err(RecvError::Closed)) => return,
                };
                for company in companies {
                    if let Err(failure) = engine.publish(company).await {
                        tracing::error!(error = %failure, "Could not publish changes");
                        owed.insert(company);
                    } else {
                        owed.remove(&company);
                    }
                }
            }
        };
        self.tasks.spawn(run);
    }
}

/// How long to sleep until `at`.
fn until(at: Option<Instant>, now: Instant) -> Duration {
    let micros = at.map_or(i64::MAX, |at| at.since(now).max(0));
    u64::try_from(micros).map_or(LONGEST_SLEEP, Duration::from_micros).min(LONGEST_SLEEP)
}
