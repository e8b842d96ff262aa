//! A Redis of one's own, and servers on it.

use std::time::Duration;

use bus::{Allowance, Bus, Health, Note};
use model::{Instant, ServerId};
use services::Redis;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Said once where the machine has none.
pub(crate) fn redis() -> Option<Redis> {
    if Redis::is_installed() {
        return Some(Redis::start().unwrap());
    }
    #[expect(clippy::print_stderr, reason = "what is not tested is said")]
    {
        eprintln!("Redis is not installed: the bus is not tested");
    }
    None
}

/// A server's bus, going.
pub(crate) struct Server {
    pub(crate) bus: Bus,
    #[expect(dead_code, reason = "notes are taken for as long as this lives")]
    heard: mpsc::Receiver<Note>,
    #[expect(dead_code, reason = "goes for as long as this lives")]
    running: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(redis: &Redis, number: u8) -> Self {
        Self::start_at(&redis.url(), number).await
    }

    pub(crate) async fn start_at(url: &str, number: u8) -> Self {
        let id = ServerId::new(Instant::from_secs(1), [number; 10]);
        let (bus, runner) = Bus::new(url, id).unwrap();
        let (hears, heard) = mpsc::channel(16);
        let mut running = JoinSet::new();
        running.spawn(runner.run(hears));
        let server = Self { bus, heard, running };
        server.until(Health::Up).await;
        server
    }

    pub(crate) async fn until(&self, health: Health) {
        let mut watched = self.bus.health();
        let turned = timeout(Duration::from_secs(20), watched.wait_for(|now| *now == health)).await;
        turned.unwrap_or_else(|_| panic!("never became {health:?}")).unwrap();
    }
}

pub(crate) fn allowance(name: &str, a_minute: u32, at_once: u32) -> Allowance {
    let number = |n: u32| n.try_into().unwrap();
    Allowance { name: name.to_owned(), a_minute: number(a_minute), at_once: number(at_once) }
}
