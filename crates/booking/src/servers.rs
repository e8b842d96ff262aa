//! Several servers on one database: signs of life, and work that one of them does at a time.

use std::time::Duration;

use model::Instant;

use crate::claims::Claimed;
use crate::engine::Engine;
use crate::failure::Failure;

/// How often a server says that it lives.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(5);
/// A server that said nothing for so long is dead.
const DEAD_SECS: i64 = 15;
/// Among so many that wait longest the first one to try is drawn.
const SPREAD: usize = 16;
/// For how long a named lease is taken; it is prolonged while the work goes on.
const LEASE_SECS: i64 = 60;

/// Work that this server alone does, as long as it holds it.
pub(crate) struct Lease {
    engine: Engine,
    name: String,
    fence: i64,
    until: Instant,
}

impl Engine {
    /// Says that this server lives, and takes back what dead ones held. Where there can be only one, nothing is to say.
    pub(crate) async fn heartbeat(&self) -> Result<(), Failure> {
        let (system, now) = (self.store().system(), self.now());
        system.server_seen(self.server(), self.settings().roles.as_str(), now).await?;
        let freed = system.server_bury(now, now.plus_secs(-DEAD_SECS)).await?;
        if freed > 0 {
            tracing::warn!(leases = freed, "Took back what a dead server held");
            for pass in [bus::Pass::Push, bus::Pass::Pull, bus::Pass::Channels, bus::Pass::Series] {
                self.poke(pass);
            }
        }
        Ok(())
    }

    /// Where several servers look at the same list of what is due, they begin at different places of it: else all of
    /// them try for the first, and all but one in vain.
    pub(crate) fn spread<T>(&self, due: &mut [T]) {
        let among = due.len().min(SPREAD);
        if self.store().is_shared() && among > 1 {
            let first = usize::try_from(self.entropy()).unwrap_or(0) % among;
            due[..among].rotate_left(first);
        }
    }

    /// Takes the work called `name`; `None` while another server has it.
    pub(crate) async fn lease(&self, name: impl Into<String>) -> Result<Option<Lease>, Failure> {
        let (name, now) = (name.into(), self.now());
        let until = now.plus_secs(LEASE_SECS);
        let fence = self.store().system().lease_take(name.clone(), self.server(), now, until).await?;
        Ok(fence.map(|fence| Lease { engine: self.clone(), name, fence, until }))
    }
}

impl Lease {
    /// Before each piece of the work: prolongs the lease when half of it is over. An error: somebody else took it, stop.
    pub(crate) async fn keep(&mut self) -> Result<(), Failure> {
        let now = self.engine.now();
        if self.until.since(now) > LEASE_SECS * 500_000 {
            return Ok(());
        }
        let until = now.plus_secs(LEASE_SECS);
        let system = self.engine.store().system();
        system.lease_hold(self.name.clone(), self.fence, now, until).await?;
        self.until = until;
        Ok(())
    }

    /// What a write under the lease begins with: see [`store::Tx::lease_hold`].
    pub(crate) fn proof(&self) -> (String, i64, Instant) {
        (self.name.clone(), self.fence, self.until)
    }

    /// The next one may take it at once.
    pub(crate) async fn give_back(self) {
        let now = self.engine.now();
        let system = self.engine.store().system();
        if let Err(error) = system.lease_give_back(self.name.clone(), self.fence, now).await {
            tracing::warn!(error = %error, "Could not give a lease back yet");
            self.engine.claims().left(Claimed::Lease { name: self.name, fence: self.fence });
        }
    }
}
