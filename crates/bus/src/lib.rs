//! What servers tell each other, over Redis' publish and subscribe.
//!
//! Only hints travel here: that a company's change log has grown, that a pass has something to do. Nothing is stored in
//! Redis, and nothing may depend on a note arriving: the database is asked anyway, only less often. So a Redis that
//! dies, restarts empty or drops a note costs time, never truth. Start reading at [`Bus`].

mod note;
mod run;

use std::sync::Arc;

use model::ServerId;
use thiserror::Error;
use tokio::sync::{mpsc, watch};

pub use note::{Note, Pass};
pub use run::Runner;

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

#[derive(Debug, Error)]
#[error("REDIS_URL cannot be used: it must look like redis://host:6379")]
pub struct BadAddress;

/// The sending end. Cheap to clone; never waits.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    client: redis::Client,
    server: ServerId,
    notes: mpsc::Sender<Note>,
    health: watch::Sender<Health>,
}

impl Bus {
    /// A bus, and what makes it go: [`Runner::run`] has to be polled as long as notes shall travel.
    pub fn new(address: &str, server: ServerId) -> Result<(Self, Runner), BadAddress> {
        let client = redis::Client::open(address).map_err(|_| BadAddress)?;
        let (notes, waiting) = mpsc::channel(WAITING);
        let health = watch::Sender::new(Health::Starting);
        let bus = Self(Arc::new(Inner { client, server, notes, health }));
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
}
