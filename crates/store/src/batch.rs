//! One transaction for many writes.
//!
//! Each member has a savepoint: a refused one is undone alone, and the commit's fsync is shared. Nobody is answered
//! before the commit. Where the database says that somebody else was in the way, or the connection is lost before the
//! commit was sent, nothing has happened and the whole batch runs again, a few times. A commit that was sent and not
//! answered is *unknown* for all its members; each is resolved by its intent's id.

use std::time::Duration;

use model::{CompanyId, Seq};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection, Executor};
use tokio::sync::broadcast;

use crate::bulk;
use crate::dialect::Engine;
use crate::error::{Fault, StoreError};
use crate::link::Link;
use crate::presence;
use crate::tenant::Tenant;
use crate::tx::{Mark, Tx};
use crate::writer::Member;

/// How often a batch is tried in all.
const TRIES: u32 = 7;
/// The first rest before the same again; each further one is twice as long: two seconds in all.
const REST: Duration = Duration::from_millis(30);
/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// How a member's savepoint ends, and the next one's begins, in one message.
const SAVE: &str = "SAVEPOINT member";
const KEEP: &str = "RELEASE member";
const UNDO: &str = "ROLLBACK TO member; RELEASE member";
const KEEP_SAVE: &str = "RELEASE member; SAVEPOINT member";
const UNDO_SAVE: &str = "ROLLBACK TO member; RELEASE member; SAVEPOINT member";

/// A member that ran, its savepoint still open.
struct Ran {
    mark: Mark,
    keep: bool,
}

/// What every member came to; the outer error is the whole batch's.
type Outcomes = Vec<Result<Option<Seq>, StoreError>>;

/// How a try of the whole batch failed.
enum Failed {
    /// Nothing was committed.
    Undone(StoreError),
    /// The commit was sent; nobody knows.
    Unknown,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Undone(error)
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Undone(error.into())
    }
}

pub(crate) struct Batcher {
    engine: Engine,
    options: AnyConnectOptions,
    /// `None` until the first write, and after the connection was lost.
    tx: Option<Tx>,
    commits: broadcast::Sender<CompanyId>,
    /// The first writer's connection also says that this server lives.
    first: bool,
}

impl Batcher {
    pub(crate) fn new(
        engine: Engine,
        options: AnyConnectOptions,
        connection: Option<AnyConnection>,
        commits: broadcast::Sender<CompanyId>,
    ) -> Self {
        let first = connection.is_some();
        let tx = connection.map(|connection| Tx::new(engine, Link::new(connection)));
        Self { engine, options, tx, commits, first }
    }

    pub(crate) async fn close(self) {
        if let Some(tx) = self.tx {
            tx.into_link().into_connection().close().await.ok();
        }
    }

    /// Runs the members in one transaction and answers each after the commit.
    pub(crate) async fn commit(&mut self, batch: &mut Vec<Box<dyn Member>>) {
        let mut together = true;
        for tried in 1..=TRIES {
            // Every server takes the companies' rows in the same order: no two wait for each other in a circle.
            // Bookings that are made together come first; with them the rows of all are taken.
            batch.sort_by_key(|member| (together && member.booking().is_none(), member.company()));
            match self.attempt(batch, together).await {
                Ok(outcomes) => return self.answer(batch, outcomes),
                Err(Failed::Unknown) => return answer_all(batch, |_| Err(StoreError::CommitUnknown)),
                Err(Failed::Undone(error)) => {
                    // What the database refused together it may take of most of them alone.
                    let again = self.recover().await || together;
                    together = false;
                    if !again || tried == TRIES {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "A write transaction failed"
                        );
                        return answer_all(batch, |_| Err(StoreError::Unavailable));
                    }
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        tried,
                        "A write transaction runs again"
                    );
                    tokio::time::sleep(REST * 2_u32.pow(tried - 1)).await;
                }
            }
        }
    }

    /// After a try that failed: leaves no transaction open and drops a lost connection. Whether to try again.
    async fn recover(&mut self) -> bool {
        let Some(tx) = &mut self.tx else { return true };
        let fault = tx.connection().take_fault();
        let open = tx.connection().execute("ROLLBACK").await.is_err();
        if self.engine == Engine::Sqlite {
            // SQLite's lock was waited for already, and its connection is not lost.
            return false;
        }
        if fault == Some(Fault::Lost) || open {
            self.tx = None;
        }
        fault.is_some()
    }

    async fn attempt(&mut self, batch: &mut [Box<dyn Member>], together: bool) -> Result<Outcomes, Failed> {
        let engine = self.engine;
        let tx = match &mut self.tx {
            Some(tx) => tx,
            None => {
                self.tx.insert(Tx::new(engine, Link::new(connect(engine, &self.options, self.first).await?)))
            }
        };
        tx.connection().take_fault();
        tx.begin_company(None);
        tx.connection().execute(engine.begin_write()).await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        if together {
            let count = batch.iter().take_while(|member| member.booking().is_some()).count();
            if count > 0 {
                outcomes = bulk::book(tx, batch, count).await?;
            }
        }
        let (mut entered, mut last) = (None, None);
        let alone = outcomes.len();
        for member in &mut batch[alone..] {
            let company = member.company();
            if entered != Some(company) {
                turn(tx, last.take(), &mut outcomes, false).await?;
                tx.end_company().await?;
                tx.begin_company(company);
                enter(engine, tx, company).await?;
                entered = Some(company);
            }
            turn(tx, last.take(), &mut outcomes, true).await?;
            last = Some(run_member(tx, member.as_mut(), &mut outcomes).await?);
        }
        turn(tx, last.take(), &mut outcomes, false).await?;
        tx.end_company().await?;
        // Nobody has been answered yet: what fails from here on is unknown to all.
        match tx.connection().execute("COMMIT").await {
            Ok(_) => Ok(outcomes),
            // Refused, not lost: it is undone.
            Err(error) if Fault::of(&error) == Some(Fault::Busy) => Err(error.into()),
            Err(error) => {
                tracing::error!(error = %error, "Could not commit");
                self.recover().await;
                Err(Failed::Unknown)
            }
        }
    }

    fn answer(&self, batch: &mut Vec<Box<dyn Member>>, outcomes: Outcomes) {
        let told = batch.iter().zip(&outcomes).filter(|(_, outcome)| matches!(outcome, Ok(Some(_))));
        let mut changed: Vec<CompanyId> = told.filter_map(|(member, _)| member.company()).collect();
        changed.sort_unstable();
        changed.dedup();
        let mut outcomes = outcomes.into_iter();
        answer_all(batch, |_| outcomes.next().unwrap_or(Err(StoreError::Closed)));
        for company in changed {
            self.commits.send(company).ok();
        }
    }
}

async fn connect(
    engine: Engine,
    options: &AnyConnectOptions,
    first: bool,
) -> Result<AnyConnection, StoreError> {
    let connecting = async {
        let mut connection = options.connect().await?;
        engine.prepare(&mut connection).await?;
        if first {
            presence::hold(engine, &mut connection).await?;
        }
        Ok(connection)
    };
    tokio::time::timeout(CONNECT, connecting).await.unwrap_or(Err(StoreError::Unavailable))
}

/// A company's part of the transaction begins.
async fn enter(engine: Engine, tx: &mut Tx, company: Option<CompanyId>) -> Result<(), StoreError> {
    let Some(text) = engine.enter(Tenant::from(company)) else { return Ok(()) };
    tx.connection().execute(text).await?;
    if company.is_some() {
        tx.hold_company().await?;
    }
    Ok(())
}

/// From one member's savepoint to the next one's, or to none.
async fn turn(tx: &mut Tx, last: Option<Ran>, outcomes: &mut Outcomes, next: bool) -> Result<(), Failed> {
    let text = match (&last, next) {
        (None, false) => return Ok(()),
        (None, true) => SAVE,
        (Some(ran), false) => {
            if ran.keep {
                KEEP
            } else {
                UNDO
            }
        }
        (Some(ran), true) => {
            if ran.keep {
                KEEP_SAVE
            } else {
                UNDO_SAVE
            }
        }
    };
    match (tx.connection().execute(text).await, last) {
        (Ok(_), _) => Ok(()),
        // It went on after a statement that had failed. PostgreSQL takes nothing of it then.
        (Err(error), Some(Ran { mark, keep: true })) if tx.connection().fault().is_none() => {
            tx.undo(mark);
            if let Some(outcome) = outcomes.last_mut() {
                *outcome = Err(error.into());
            }
            tx.connection().execute(if next { UNDO_SAVE } else { UNDO }).await?;
            Ok(())
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// One member inside its savepoint. The error is the batch's: the connection failed, or somebody was in the way,
/// whatever the member made of it.
async fn run_member(tx: &mut Tx, member: &mut dyn Member, outcomes: &mut Outcomes) -> Result<Ran, Failed> {
    let mark = tx.begin_member(member.now());
    let kept = member.run(tx).await;
    let seq = if kept { tx.log_changes().await } else { Ok(None) };
    if let Some(fault) = tx.connection().fault() {
        return Err(Failed::Undone(StoreError::Interrupted(fault)));
    }
    let keep = kept && seq.is_ok();
    if !keep {
        tx.undo(mark);
    }
    outcomes.push(seq);
    Ok(Ran { mark, keep })
}

fn answer_all(
    batch: &mut Vec<Box<dyn Member>>,
    mut outcome: impl FnMut(usize) -> Result<Option<Seq>, StoreError>,
) {
    for (index, member) in batch.drain(..).enumerate() {
        member.answer(outcome(index));
    }
}
