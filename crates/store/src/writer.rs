//! The one write path.
//!
//! Writes queue at one writer that puts what waits (up to [`BATCH`]) into one transaction, a savepoint each: a refused
//! member is rolled back alone, and the commit's fsync is shared. The writer is a task of its own, so a client that
//! hangs up cannot leave a transaction open or lose an acknowledged write (reliability M1). A failed commit is
//! *unknown* for all its members; each is resolved by its intent's id.

use std::sync::Mutex;

use futures::FutureExt;
use futures::future::BoxFuture;
use model::{CompanyId, Instant, Seq};
use sqlx::{AnyConnection, Connection, Executor};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::dialect::Engine;
use crate::error::StoreError;
use crate::tx::Tx;

/// Most members of one transaction.
const BATCH: usize = 32;
/// Most writes that may wait; beyond it callers wait for a place.
const QUEUE: usize = 1_024;

/// A unit of work under way.
pub type Work<'t, T, E> = BoxFuture<'t, Result<T, E>>;

/// A committed unit of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed<T> {
    pub value: T,
    /// The change log's position it took; `None` where it changed nothing that people see.
    pub seq: Option<Seq>,
}

pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn Member>>,
    commits: broadcast::Sender<CompanyId>,
    task: Mutex<Option<JoinHandle<()>>>,
    stop: tokio::sync::watch::Sender<bool>,
}

/// One queued unit of work, its result held back until the commit.
trait Member: Send {
    fn company(&self) -> Option<CompanyId>;
    fn now(&self) -> Instant;
    /// Runs it; `true` keeps its writes.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    fn answer(self: Box<Self>, outcome: Result<Option<Seq>, StoreError>);
}

struct Unit<T, E, F> {
    company: Option<CompanyId>,
    now: Instant,
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<Committed<T>, E>>,
}

impl<T, E, F> Member for Unit<T, E, F>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send,
{
    fn company(&self) -> Option<CompanyId> {
        self.company
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            // A panic in one unit must not take the writer, and everybody's bookings, with it.
            let result = std::panic::AssertUnwindSafe(work(tx)).catch_unwind().await;
            let result = result.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn answer(self: Box<Self>, outcome: Result<Option<Seq>, StoreError>) {
        let answer = match (self.result, outcome) {
            (Some(Err(refused)), _) => Err(refused),
            (Some(Ok(value)), Ok(seq)) => Ok(Committed { value, seq }),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(_)) => Err(StoreError::Closed.into()),
        };
        // The caller may be gone; what was committed stays committed.
        self.reply.send(answer).ok();
    }
}

impl Writer {
    pub(crate) fn start(engine: Engine, connection: AnyConnection) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (commits, _) = broadcast::channel(1_024);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let run = run(engine, connection, waiting, commits.clone(), stopped);
        #[expect(
            clippy::disallowed_methods,
            reason = "the writer outlives every request and is joined by `close`"
        )]
        let task = tokio::spawn(run);
        Self { queue, commits, task: Mutex::new(Some(task)), stop }
    }

    pub(crate) fn commits(&self) -> broadcast::Receiver<CompanyId> {
        self.commits.subscribe()
    }

    pub(crate) async fn submit<T, E, F>(
        &self,
        company: Option<CompanyId>,
        now: Instant,
        work: F,
    ) -> Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let unit = Unit { company, now, work: Some(work), result: None, reply };
        if self.queue.send(Box::new(unit)).await.is_err() {
            return Err(StoreError::Closed.into());
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::CommitUnknown.into()))
    }

    pub(crate) async fn close(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().ok().and_then(|mut task| task.take());
        if let Some(task) = task {
            task.await.ok();
        }
    }
}

async fn run(
    engine: Engine,
    connection: AnyConnection,
    mut waiting: mpsc::Receiver<Box<dyn Member>>,
    commits: broadcast::Sender<CompanyId>,
    mut stopped: tokio::sync::watch::Receiver<bool>,
) {
    let mut tx = Tx::new(connection);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            received = waiting.recv_many(&mut batch, BATCH) => if received == 0 { break },
            _ = stopped.wait_for(|stop| *stop) => waiting.close(),
        }
        if batch.is_empty() {
            continue;
        }
        commit(engine, &mut tx, &mut batch, &commits).await;
    }
    tx.into_connection().close().await.ok();
}

/// Runs the members in one transaction and answers each after the commit.
async fn commit(
    engine: Engine,
    tx: &mut Tx,
    batch: &mut Vec<Box<dyn Member>>,
    commits: &broadcast::Sender<CompanyId>,
) {
    if let Err(error) = tx.connection().execute(engine.begin_write()).await {
        tracing::error!(error = %error, "Could not begin a write transaction");
        tx.connection().execute("ROLLBACK").await.ok();
        return answer_all(batch, |_| Err(StoreError::Closed));
    }
    let mut seqs = Vec::with_capacity(batch.len());
    for member in batch.iter_mut() {
        seqs.push(run_member(tx, member.as_mut()).await);
    }
    // Nobody has been answered yet: what fails here is unknown to all.
    if let Err(error) = tx.connection().execute("COMMIT").await {
        tracing::error!(error = %error, "Could not commit");
        tx.connection().execute("ROLLBACK").await.ok();
        return answer_all(batch, |_| Err(StoreError::CommitUnknown));
    }
    let mut changed: Vec<CompanyId> = batch
        .iter()
        .zip(&seqs)
        .filter(|(_, seq)| matches!(seq, Ok(Some(_))))
        .filter_map(|(member, _)| member.company())
        .collect();
    changed.dedup();
    let mut seqs = seqs.into_iter();
    answer_all(batch, |_| seqs.next().unwrap_or(Err(StoreError::Closed)));
    for company in changed {
        commits.send(company).ok();
    }
}

/// One member inside its savepoint; the error of a failed savepoint counts for this member.
async fn run_member(tx: &mut Tx, member: &mut dyn Member) -> Result<Option<Seq>, StoreError> {
    tx.connection().execute("SAVEPOINT member").await?;
    tx.reset(member.company(), member.now());
    if member.run(tx).await {
        let seq = tx.log_changes().await;
        if seq.is_ok() {
            tx.connection().execute("RELEASE member").await?;
            return seq;
        }
        tx.connection().execute("ROLLBACK TO member").await?;
        tx.connection().execute("RELEASE member").await?;
        return seq;
    }
    tx.connection().execute("ROLLBACK TO member").await?;
    tx.connection().execute("RELEASE member").await?;
    Ok(None)
}

fn answer_all(
    batch: &mut Vec<Box<dyn Member>>,
    mut outcome: impl FnMut(usize) -> Result<Option<Seq>, StoreError>,
) {
    for (index, member) in batch.drain(..).enumerate() {
        member.answer(outcome(index));
    }
}
