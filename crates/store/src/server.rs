//! Several servers on one database: their signs of life, and leases with fences.

use model::{Instant, ServerId};
use sqlx::any::AnyRow;

use crate::db::System;
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    SEEN = "INSERT INTO server (id, roles, started_at, seen_at) VALUES ($1, $2, $3, $3) \
            ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";
    GONE = "DELETE FROM server WHERE id = $1";
    ALL = "SELECT roles, seen_at FROM server ORDER BY started_at, id";
    FORGET = "DELETE FROM server WHERE seen_at < $1";
    TAKE_OUTBOX = "UPDATE outbox SET lease_until = NULL, lease_owner = NULL, lease_token = NULL \
                   WHERE lease_owner IS NOT NULL AND lease_owner NOT IN (SELECT id FROM server)";
    TAKE_CALENDARS = "UPDATE calendar SET pulling_until = NULL, pulling_by = NULL, pulling_token = NULL, \
                      next_pull_at = $1 WHERE pulling_by IS NOT NULL AND pulling_by NOT IN (SELECT id FROM server)";
    TAKE_LEASES = "UPDATE lease SET until_at = 0 WHERE until_at > 0 AND owner NOT IN (SELECT id FROM server)";
    FREE_LEASES = "UPDATE lease SET until_at = 0 WHERE until_at > 0";
    TAKE = "INSERT INTO lease (name, owner, fence, until_at) VALUES ($1, $2, 1, $4) ON CONFLICT (name) DO UPDATE \
            SET owner = excluded.owner, fence = lease.fence + 1, until_at = excluded.until_at \
            WHERE lease.until_at <= $3 RETURNING fence";
    HOLD = "UPDATE lease SET until_at = $3 WHERE name = $1 AND fence = $2 AND until_at > 0";
    GIVE_BACK = "UPDATE lease SET until_at = 0 WHERE name = $1 AND fence = $2";
}

/// What `presence` runs for a server that is alone.
pub(crate) const TAKE_BACK: &str = FREE_LEASES;

/// Who takes a row to work on, and until when it counts as being worked on. The token proves later that the row is
/// still this claim's: it must be new with every claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub server: ServerId,
    pub token: i64,
    pub until: Instant,
}

/// A server, as it last said that it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSeen {
    /// As in `ROOMLY_ROLES`.
    pub roles: String,
    /// By the server's own clock.
    pub at: Instant,
}

impl System {
    /// The servers of this database, dead ones too that nobody buried yet; oldest first.
    pub async fn server_list(&self) -> Result<Vec<ServerSeen>, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&self.readers).await?;
        let seen = |row: &AnyRow| Ok(ServerSeen { roles: row.text("roles")?, at: row.instant("seen_at")? });
        rows.iter().map(seen).collect()
    }

    /// A server says that it lives.
    pub async fn server_seen(
        &self,
        server: ServerId,
        roles: &'static str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                let query = sqlx::query(SEEN).bind(server.to_string()).bind(roles).bind(now.as_micros());
                query.execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }

    /// A server ends, having finished what it held.
    pub async fn server_gone(&self, server: ServerId, now: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(GONE).bind(server.to_string()).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }

    /// Forgets servers that were not seen since `before`, and takes back what they held; answers how much that was.
    /// A server that only seemed dead finds its leases gone, and writes nothing under them.
    pub async fn server_bury(&self, now: Instant, before: Instant) -> Result<u64, StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(FORGET).bind(before.as_micros()).execute(tx.connection()).await?;
                let outbox = sqlx::query(TAKE_OUTBOX).execute(tx.connection()).await?;
                let calendars =
                    sqlx::query(TAKE_CALENDARS).bind(now.as_micros()).execute(tx.connection()).await?;
                let leases = sqlx::query(TAKE_LEASES).execute(tx.connection()).await?;
                Ok(outbox.rows_affected() + calendars.rows_affected() + leases.rows_affected())
            })
        });
        work.await.map(|done| done.value)
    }

    /// Takes back every named lease; see [`System::outbox_release_all`].
    pub async fn lease_release_all(&self, now: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(FREE_LEASES).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }

    /// Takes the lease called `name` until `until` and answers its fence; `None` while somebody has it.
    pub async fn lease_take(
        &self,
        name: String,
        server: ServerId,
        now: Instant,
        until: Instant,
    ) -> Result<Option<i64>, StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                let taken = sqlx::query(TAKE)
                    .bind(name)
                    .bind(server.to_string())
                    .bind(now.as_micros())
                    .bind(until.as_micros())
                    .fetch_optional(tx.connection())
                    .await?;
                taken.map(|row| row.int("fence")).transpose()
            })
        });
        work.await.map(|done| done.value)
    }

    /// Holds the lease on until `until`. [`StoreError::LeaseLost`] if somebody else took it.
    pub async fn lease_hold(
        &self,
        name: String,
        fence: i64,
        now: Instant,
        until: Instant,
    ) -> Result<(), StoreError> {
        let work =
            self.write(now, move |tx| Box::pin(async move { tx.lease_hold(&name, fence, until).await }));
        work.await.map(|_| ())
    }

    /// The work is done: the next may take it at once.
    pub async fn lease_give_back(&self, name: String, fence: i64, now: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(GIVE_BACK).bind(name).bind(fence).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }
}

impl Tx {
    /// In the transaction of a write that the lease protects: [`StoreError::LeaseLost`] undoes it if somebody else took
    /// the lease meanwhile.
    pub async fn lease_hold(&mut self, name: &str, fence: i64, until: Instant) -> Result<(), StoreError> {
        let held = sqlx::query(HOLD)
            .bind(name.to_owned())
            .bind(fence)
            .bind(until.as_micros())
            .execute(self.connection())
            .await?;
        if held.rows_affected() == 0 { Err(StoreError::LeaseLost) } else { Ok(()) }
    }
}
