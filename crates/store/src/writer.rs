//! The one write path.
//!
//! Writes queue at a writer that puts what waits (up to [`BATCH`]) into one transaction (see `batch`). A writer is a
//! task of its own, so a client that hangs up cannot leave a transaction open or lose an acknowledged write
//! (reliability M1). SQLite has one writer; on PostgreSQL each company has one of several, and other servers have
//! theirs: the company's row orders them.

use std::sync::Mutex;

use futures::FutureExt;
use futures::future::BoxFuture;
use model::{CompanyId, Instant, Seq};
use prometheus_client::metrics::histogram::Histogram;
use sqlx::AnyConnection;
use sqlx::any::AnyConnectOptions;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::batch::Batcher;
use crate::booking::{Made, NewBooking};
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
    queues: Vec<mpsc::Sender<Box<dyn Member>>>,
    commits: broadcast::Sender<CompanyId>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    stop: tokio::sync::watch::Sender<bool>,
    batches: Histogram,
}

/// One queued unit of work, its result held back until the commit.
pub(crate) trait Member: Send {
    fn company(&self) -> Option<CompanyId>;
    fn now(&self) -> Instant;
    /// Runs it, anew where the transaction is; `true` keeps its writes.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// What it books, where that is all it does: then it may be carried out with others at once, not by `run`.
    fn booking(&self) -> Option<&NewBooking> {
        None
    }
    /// What `run` would have come to; only for what has a `booking`.
    fn settle(&mut self, _result: Result<Made, StoreError>) {}
    fn answer(self: Box<Self>, outcome: Result<Option<Seq>, StoreError>);
}

pub(crate) struct Unit<T, E, F> {
    company: Option<CompanyId>,
    now: Instant,
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<Committed<T>, E>>,
}

impl<T, E, F> Unit<T, E, F>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E>,
{
    /// The unit, and where its answer comes.
    pub(crate) fn new(
        company: Option<CompanyId>,
        now: Instant,
        work: F,
    ) -> (Self, oneshot::Receiver<Result<Committed<T>, E>>) {
        let (reply, answer) = oneshot::channel();
        (Self { company, now, work, result: None, reply }, answer)
    }
}

impl<T, E, F> Unit<T, E, F> {
    pub(crate) fn settle_as(&mut self, result: Result<T, E>) {
        self.result = Some(result);
    }
}

impl<T, E, F> Member for Unit<T, E, F>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Clone + Send,
{
    fn company(&self) -> Option<CompanyId> {
        self.company
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let work = self.work.clone();
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
            // What it came to itself is that somebody was in the way.
            (_, Err(error @ StoreError::Unavailable)) => Err(error.into()),
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
    /// The first writer has its connection; the others connect by `options` when they are needed.
    pub(crate) fn start(engine: Engine, options: &AnyConnectOptions, first: AnyConnection) -> Self {
        let (commits, _) = broadcast::channel(1_024);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (mut queues, mut tasks) = (Vec::new(), Vec::new());
        let mut first = Some(first);
        let batches = Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]);
        for _ in 0..engine.writers() {
            let (queue, waiting) = mpsc::channel(QUEUE);
            let batcher = Batcher::new(engine, options.clone(), first.take(), commits.clone());
            #[expect(
                clippy::disallowed_methods,
                reason = "the writer outlives every request and is joined by `close`"
            )]
            tasks.push(tokio::spawn(run(batcher, waiting, stopped.clone(), batches.clone())));
            queues.push(queue);
        }
        Self { queues, commits, tasks: Mutex::new(tasks), stop, batches }
    }

    /// Members of each transaction so far.
    pub(crate) fn batches(&self) -> Histogram {
        self.batches.clone()
    }

    /// Writes that wait for a writer.
    pub(crate) fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.max_capacity() - queue.capacity()).sum()
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
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Clone + Send + 'static,
    {
        let (unit, answer) = Unit::new(company, now, work);
        self.submit_member(company, Box::new(unit)).await?;
        answer.await.unwrap_or_else(|_| Err(StoreError::CommitUnknown.into()))
    }

    pub(crate) async fn submit_member(
        &self,
        company: Option<CompanyId>,
        member: Box<dyn Member>,
    ) -> Result<(), StoreError> {
        self.queue_of(company).send(member).await.map_err(|_| StoreError::Closed)
    }

    pub(crate) async fn close(&self) {
        self.stop.send_replace(true);
        let tasks = self.tasks.lock().map(|mut tasks| std::mem::take(&mut *tasks)).unwrap_or_default();
        for task in tasks {
            task.await.ok();
        }
    }

    /// Always the same one for a company: its writes are in the order of their coming.
    fn queue_of(&self, company: Option<CompanyId>) -> &mpsc::Sender<Box<dyn Member>> {
        // Spread by multiplication with the golden ratio: ids that were made together differ in few bits.
        let (_, low) = company.map_or((0, 0), |id| id.0.as_u64_pair());
        let mixed = low.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let of = usize::try_from(mixed).unwrap_or(0);
        &self.queues[of % self.queues.len()]
    }
}

async fn run(
    mut batcher: Batcher,
    mut waiting: mpsc::Receiver<Box<dyn Member>>,
    mut stopped: tokio::sync::watch::Receiver<bool>,
    batches: Histogram,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            received = waiting.recv_many(&mut batch, BATCH) => if received == 0 { break },
            _ = stopped.wait_for(|stop| *stop) => waiting.close(),
        }
        if !batch.is_empty() {
            batches.observe(batch.len() as f64);
            let shared = batch.len() > 1;
            batcher.commit(&mut batch).await;
            if shared {
                // Those who were answered may write again at once: together, not the first of them alone.
                tokio::task::yield_now().await;
            }
        }
    }
    batcher.close().await;
}
