//! What servers share over Redis: hints, by publish and subscribe, and how often programs asked.
//!
//! Hints say that a company's change log has grown, or that a pass has something to do. Nothing may depend on a note
//! arriving: the database is asked anyway, only less often. Budgets of requests are the only thing that is stored, for
//! seconds, and each server can do without. So a Redis that dies, restarts empty or drops a note costs time, never
//! truth. Start reading at [`Bus`].

mod address;
mod budget;
mod budgets;
mod look;
mod note;
mod run;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::ServerId;
use tokio::sync::{mpsc, watch};

pub use address::BadAddress;
pub use budget::{Allowance, Taken};
pub use budgets::{Budgets, Rate};
pub use look::{Look, Unreachable, look};
pub use note::{Note, Pass};
pub use run::Runner;

/// What every name of ours in Redis begins with; others may use the same Redis.
pub(crate) const PREFIX: &str = "roomly:1:";
/// Notes that may wait to be sent. More are dropped: whoever misses them asks the database.
const WAITING: usize = 1_024;

/// How it goes with Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Not tried yet.
    Starting,
    /// Our own notes come back to us.
    Up,
    /// Notes do not arrive.
    Down,
}

/// The sending end. Cheap to clone; never waits.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    client: redis::Client,
    server: ServerId,
    notes: mpsc::Sender<Note>,
    health: watch::Sender<Health>,
    line: Mutex<budget::Line>,
}

impl Bus {
    /// A bus, and what makes it go: [`Runner::run`] has to be polled as long as notes shall travel.
    pub fn new(address: &str, server: ServerId) -> Result<(Self, Runner), BadAddress> {
        let client = address::client(address)?;
        let (notes, waiting) = mpsc::channel(WAITING);
        let health = watch::Sender::new(Health::Starting);
        let bus = Self(Arc::new(Inner { client, server, notes, health, line: Mutex::default() }));
        Ok((bus.clone(), Runner { bus, waiting }))
    }

    /// Tells the other servers, if they can be told.
    pub fn tell(&self, note: Note) {
        if *self.0.health.borrow() != Health::Down {
            // A full queue means that Redis is slow; the others will ask the database.
            self.0.notes.try_send(note).ok();
        }
    }

    pub fn health(&self) -> watch::Receiver<Health> {
        self.0.health.subscribe()
    }

    fn line(&self) -> MutexGuard<'_, budget::Line> {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
