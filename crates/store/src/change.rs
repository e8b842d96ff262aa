//! The change log: what screens follow.

use model::{Block, Change, Instant, Seq, TimeRange};

use crate::company::CompanyRow;
use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::room::RoomStored;
use crate::sql::{Columns, statements};

statements! {
    AFTER = "SELECT seq, changes, heard_at FROM change_log WHERE company_id = $1 AND seq > $2 ORDER BY seq LIMIT 512";
    SWEEP = "DELETE FROM change_log WHERE at < $1 \
             AND seq < (SELECT c.seq FROM company c WHERE c.id = change_log.company_id)";
    SWEEP_SESSIONS = "DELETE FROM session WHERE expires_at < $1 OR revoked_at < $1";
    OLDEST = "SELECT MIN(seq) AS seq FROM change_log WHERE company_id = $1";
}

/// The changes of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedChange {
    pub seq: Seq,
    /// `None` where a newer version wrote something this one cannot read: readers must resync.
    pub changes: Option<Vec<Change>>,
    /// When they were made or heard of in Google, if they are from there.
    pub heard: Option<Instant>,
}

impl CompanyStore {
    /// Up to 512 commits after `seq`, in order. `None` where the log no longer reaches back that far.
    pub async fn changes_after(&self, seq: Seq) -> Result<Option<Vec<LoggedChange>>, StoreError> {
        let company = self.id.to_string();
        let oldest =
            sqlx::query(OLDEST).bind(company.clone()).fetch_one(&self.readers).await?.int_opt("seq")?;
        if oldest.is_some_and(|oldest| seq.0 + 1 < oldest) {
            return Ok(None);
        }
        let rows = sqlx::query(AFTER).bind(company).bind(seq.0).fetch_all(&self.readers).await?;
        let logged = rows
            .iter()
            .map(|row| {
                Ok(LoggedChange {
                    seq: Seq(row.int("seq")?),
                    changes: row.json("changes").ok(),
                    heard: row.instant_opt("heard_at")?,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Some(logged))
    }

    /// Company (with its `seq`), rooms in use and drawn blocks of `window`, such that the blocks are at least as new
    /// as the `seq`: deltas applied twice are harmless, missed ones are not.
    pub async fn snapshot(
        &self,
        window: TimeRange,
    ) -> Result<(CompanyRow, Vec<RoomStored>, Vec<Block>), StoreError> {
        let company = self.company().await?;
        let rooms = self.room_list().await?;
        let blocks = self.blocks_in(window).await?;
        Ok((company, rooms, blocks))
    }
}

impl System {
    /// Forgets changes and ended sessions from before `before`, but for the newest change of each company, which tells
    /// where the log begins. A screen that was away longer starts from a snapshot.
    pub async fn sweep(&self, now: Instant, before: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(SWEEP).bind(before.as_micros()).execute(tx.connection()).await?;
                sqlx::query(SWEEP_SESSIONS).bind(before.as_micros()).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }
}
