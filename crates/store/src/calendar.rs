//! How room calendars are followed: sync tokens, what is dirty, what is due.

use model::{CalendarId, CompanyId, Instant, RoomId};
use sqlx::any::AnyRow;

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::server::Claim;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO calendar (company_id, id, room_id, google_id, next_pull_at) VALUES ($1, $2, $3, $4, $5)";
    SET_GOOGLE_ID = "UPDATE calendar SET google_id = $3, sync_token = NULL, next_pull_at = $4 \
                     WHERE company_id = $1 AND id = $2 AND google_id <> $3";
    ALL = "SELECT c.* FROM calendar c JOIN room r ON r.company_id = c.company_id AND r.id = c.room_id \
           WHERE c.company_id = $1 AND r.retired_at IS NULL ORDER BY r.number";
    BY_ID = "SELECT * FROM calendar WHERE company_id = $1 AND id = $2";
    BY_ROOM = "SELECT * FROM calendar WHERE company_id = $1 AND room_id = $2";
    DUE = "SELECT c.company_id, c.id, CASE WHEN c.dirty_since IS NOT NULL AND c.next_pull_at > c.last_notice_at + $2 \
           THEN 1 ELSE 0 END AS waited FROM calendar c \
           JOIN room r ON r.company_id = c.company_id AND r.id = c.room_id \
           WHERE r.retired_at IS NULL AND c.next_pull_at <= $1 \
           AND (c.pulling_until IS NULL OR c.pulling_until <= $1) ORDER BY c.next_pull_at LIMIT 64";
    NEXT_DUE = "SELECT MIN(CASE WHEN c.pulling_until IS NULL OR c.pulling_until < c.next_pull_at \
                THEN c.next_pull_at ELSE c.pulling_until END) AS at FROM calendar c \
                JOIN room r ON r.company_id = c.company_id AND r.id = c.room_id WHERE r.retired_at IS NULL";
    MARK_DIRTY = "UPDATE calendar SET dirty_since = COALESCE(dirty_since, $3), next_pull_at = $3 \
                  WHERE company_id = $1 AND id = $2";
    NOTICED = "UPDATE calendar SET dirty_since = COALESCE(dirty_since, $3), last_notice_at = $3, next_pull_at = $4, \
               unheard = 0, silent_at = NULL WHERE company_id = $1 AND id = $2 AND COALESCE(listed_at, 0) = $5";
    FULL_PASS = "UPDATE calendar SET full_at = $3, drift_found = $4, drift_repaired = $5 WHERE company_id = $1 AND id = $2";
    UNHEARD = "UPDATE calendar SET unheard = $3, silent_at = COALESCE($4, silent_at) WHERE company_id = $1 AND id = $2";
    COMPANY_DUE = "UPDATE calendar SET next_pull_at = $2 WHERE company_id = $1 AND next_pull_at > $2 AND pulling_until IS NULL";
    PULL_BEGUN = "UPDATE calendar SET dirty_since = NULL, pulling_until = $3, pulling_by = $5, pulling_token = $6, next_pull_at = $3, \
                  listed_before_at = listed_at, listed_at = $4 \
                  WHERE company_id = $1 AND id = $2 AND next_pull_at <= $4 \
                  AND (pulling_until IS NULL OR pulling_until <= $4)";
    PULL_HOLD = "UPDATE calendar SET pulling_until = $4 WHERE company_id = $1 AND id = $2 AND pulling_token = $3";
    PULL_DONE = "UPDATE calendar SET sync_token = CASE WHEN sync_token IS NULL AND $7 = 0 THEN NULL ELSE $3 END, \
                 believed = CASE WHEN $7 = 0 THEN believed ELSE 0 END, zone = COALESCE($4, zone), last_pull_at = $5, failures = 0, \
                 last_error = NULL, listed_at = $5, pulling_until = NULL, pulling_by = NULL, pulling_token = NULL, next_pull_at = CASE WHEN dirty_since IS NULL THEN $6 ELSE next_pull_at END \
                 WHERE company_id = $1 AND id = $2";
    PULL_FAILED = "UPDATE calendar SET failures = failures + 1, listed_at = $5, pulling_until = NULL, pulling_by = NULL, pulling_token = NULL, last_error = $3, next_pull_at = $4 \
                   WHERE company_id = $1 AND id = $2";
    HAND_BACK = "UPDATE calendar SET failures = failures + 1, pulling_until = NULL, pulling_by = NULL, pulling_token = NULL, \
                 next_pull_at = $3 + 1000000 * CASE WHEN failures > 120 THEN 120 ELSE failures END WHERE company_id = $1 AND pulling_token = $2";
    ALL_DUE = "UPDATE calendar SET next_pull_at = $1 WHERE next_pull_at > $1";
    RELEASE_ALL = "UPDATE calendar SET pulling_until = NULL, pulling_by = NULL, pulling_token = NULL WHERE pulling_until IS NOT NULL";
    BELIEVE = "UPDATE calendar SET believed = 1 WHERE company_id = $1 AND id = $2";
    FORGET_TOKEN = "UPDATE calendar SET sync_token = NULL WHERE company_id = $1 AND id = $2";
    SET_WATCH_AFTER = "UPDATE calendar SET watch_after = $3 WHERE company_id = $1 AND id = $2";
}

/// What `presence` runs for a server that is alone.
pub(crate) const TAKE_BACK: &str = RELEASE_ALL;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarRow {
    pub id: CalendarId,
    pub room: RoomId,
    /// Google's calendar id: the room's e-mail.
    pub google_id: String,
    /// The calendar's own zone, once known.
    pub zone: Option<String>,
    pub sync_token: Option<String>,
    pub last_pull_at: Option<Instant>,
    pub last_notice_at: Option<Instant>,
    pub failures: i64,
    pub last_error: Option<String>,
    pub watch_after: Option<Instant>,
    /// Since when a pull is wanted; `None`: by the clock alone.
    pub dirty_since: Option<Instant>,
    /// The last pass over everything, the first one apart, and how much of what differed then is right now.
    pub full_at: Option<Instant>,
    pub drift_found: i64,
    pub drift_repaired: i64,
    /// A person said that Google is right although a listing lacks much.
    pub believed: bool,
    /// Pulls in a row that found changes of which no notification told, although a channel was armed.
    pub unheard: u32,
    /// Since when nothing was heard by the channel that replaced a silent one.
    pub silent_at: Option<Instant>,
    /// When the listing before the last one was over.
    pub listed_before_at: Option<Instant>,
}

/// A calendar whose pull is due, in any company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueCalendar {
    pub company: CompanyId,
    pub calendar: CalendarId,
    /// It had to wait longer than that after a notification.
    pub waited: bool,
}

fn read(row: &AnyRow) -> Result<CalendarRow, StoreError> {
    Ok(CalendarRow {
        id: row.parsed("id")?,
        room: row.parsed("room_id")?,
        google_id: row.text("google_id")?,
        zone: row.text_opt("zone")?,
        sync_token: row.text_opt("sync_token")?,
        last_pull_at: row.instant_opt("last_pull_at")?,
        last_notice_at: row.instant_opt("last_notice_at")?,
        failures: row.int("failures")?,
        last_error: row.text_opt("last_error")?,
        watch_after: row.instant_opt("watch_after")?,
        dirty_since: row.instant_opt("dirty_since")?,
        full_at: row.instant_opt("full_at")?,
        drift_found: row.int("drift_found")?,
        drift_repaired: row.int("drift_repaired")?,
        believed: row.flag("believed")?,
        unheard: u32::try_from(row.int("unheard")?).unwrap_or(0),
        silent_at: row.instant_opt("silent_at")?,
        listed_before_at: row.instant_opt("listed_before_at")?,
    })
}

impl System {
    /// Up to 64 calendars whose pull is due, the longest waiting first; which of them waited for more than `long` microseconds
    /// after a notification.
    pub async fn calendar_due(&self, now: Instant, long: i64) -> Result<Vec<DueCalendar>, StoreError> {
        let rows = sqlx::query(DUE).bind(now.as_micros()).bind(long).fetch_all(&self.readers).await?;
        let due = |row: &AnyRow| {
            let (company, calendar) = (row.parsed("company_id")?, row.parsed("id")?);
            Ok(DueCalendar { company, calendar, waited: row.flag("waited")? })
        };
        rows.iter().map(due).collect()
    }

    /// Takes back every lease; see [`System::outbox_release_all`].
    pub async fn calendar_release_all(&self, now: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(RELEASE_ALL).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }

    /// Every calendar is pulled soon: while nobody listened, notifications may have come and been given up.
    pub async fn calendar_all_due(&self, now: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(ALL_DUE).bind(now.as_micros()).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }

    /// When the next pull is due, if any calendar is followed.
    pub async fn calendar_next_due(&self) -> Result<Option<Instant>, StoreError> {
        sqlx::query(NEXT_DUE).fetch_one(&self.readers).await?.instant_opt("at")
    }
}

impl CompanyStore {
    /// Calendars of rooms in use.
    pub async fn calendar_list(&self) -> Result<Vec<CalendarRow>, StoreError> {
        let rows = sqlx::query(ALL).bind(self.id.to_string()).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    pub async fn calendar_get(&self, id: CalendarId) -> Result<Option<CalendarRow>, StoreError> {
        let query = sqlx::query(BY_ID).bind(self.id.to_string()).bind(id.to_string());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    pub async fn calendar_of_room(&self, room: RoomId) -> Result<Option<CalendarRow>, StoreError> {
        let query = sqlx::query(BY_ROOM).bind(self.id.to_string()).bind(room.to_string());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }
}

impl Tx {
    pub async fn calendar_insert(
        &mut self,
        id: CalendarId,
        room: RoomId,
        google_id: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(INSERT)
            .bind(company)
            .bind(id.to_string())
            .bind(room.to_string())
            .bind(google_id.to_owned())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn calendar_of_room(&mut self, room: RoomId) -> Result<Option<CalendarRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BY_ROOM).bind(company).bind(room.to_string());
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    pub async fn calendar_get(&mut self, id: CalendarId) -> Result<Option<CalendarRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BY_ID).bind(company).bind(id.to_string());
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    /// The room was made anew under another address: start over with a full pass.
    pub async fn calendar_set_google_id(
        &mut self,
        id: CalendarId,
        google_id: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(SET_GOOGLE_ID)
            .bind(company)
            .bind(id.to_string())
            .bind(google_id.to_owned())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Somebody asked: pull soon. Any number of marks before the pull begins are one pull.
    pub async fn calendar_mark_dirty(&mut self, id: CalendarId, now: Instant) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(MARK_DIRTY).bind(company).bind(id.to_string()).bind(now.as_micros());
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// A notification came: as [`Tx::calendar_mark_dirty`], but pulled `at` that time; and the channel is not silent. `false`: the
    /// calendar was listed after `listed_at`, which `at` was reckoned from, and nothing was marked.
    pub async fn calendar_noticed(
        &mut self,
        id: CalendarId,
        at: Instant,
        listed_at: Option<Instant>,
    ) -> Result<bool, StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let marked = sqlx::query(NOTICED)
            .bind(company)
            .bind(id.to_string())
            .bind(now.as_micros())
            .bind(at.as_micros())
            .bind(listed_at.map_or(0, Instant::as_micros))
            .execute(self.connection())
            .await?;
        Ok(marked.rows_affected() > 0)
    }

    /// A pass over everything differed in `found` events, `repaired` of which are right now.
    pub async fn calendar_full_pass(
        &mut self,
        id: CalendarId,
        found: i64,
        repaired: i64,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(FULL_PASS)
            .bind(company)
            .bind(id.to_string())
            .bind(now.as_micros())
            .bind(found)
            .bind(repaired)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// How many pulls in a row found what nobody told of; `silent_at`: the channel is replaced for it.
    pub async fn calendar_unheard(
        &mut self,
        id: CalendarId,
        unheard: u32,
        silent_at: Option<Instant>,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(UNHEARD)
            .bind(company)
            .bind(id.to_string())
            .bind(i64::from(unheard))
            .bind(silent_at.map(Instant::as_micros))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Every calendar of the company is pulled soon: its grant is back.
    pub async fn calendar_company_due(&mut self) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(COMPANY_DUE).bind(company).bind(now.as_micros()).execute(self.connection()).await?;
        Ok(())
    }

    /// A pull begins: what is marked from now on needs another one. `false` if somebody else pulls it, or it is not due
    /// any more.
    pub async fn calendar_pull_begun(&mut self, id: CalendarId, claim: Claim) -> Result<bool, StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let begun = sqlx::query(PULL_BEGUN)
            .bind(company)
            .bind(id.to_string())
            .bind(claim.until.as_micros())
            .bind(now.as_micros())
            .bind(claim.server.to_string())
            .bind(claim.token)
            .execute(self.connection())
            .await?;
        Ok(begun.rows_affected() > 0)
    }

    /// First in the transaction of what a pull writes: [`StoreError::LeaseLost`] undoes it if the calendar was taken
    /// over.
    pub async fn calendar_pull_hold(&mut self, id: CalendarId, claim: Claim) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let held = sqlx::query(PULL_HOLD)
            .bind(company)
            .bind(id.to_string())
            .bind(claim.token)
            .bind(claim.until.as_micros())
            .execute(self.connection())
            .await?;
        if held.rows_affected() == 0 { Err(StoreError::LeaseLost) } else { Ok(()) }
    }

    /// In the transaction that applied its events (F-024): the token is never ahead of them. Where it was forgotten while
    /// a pull of less than everything was under way, it stays so.
    pub async fn calendar_pull_done(
        &mut self,
        id: CalendarId,
        sync_token: &str,
        zone: Option<&str>,
        next: Instant,
        full: bool,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(PULL_DONE)
            .bind(company)
            .bind(id.to_string())
            .bind(sync_token.to_owned())
            .bind(zone.map(str::to_owned))
            .bind(now.as_micros())
            .bind(next.as_micros())
            .bind(i64::from(full))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn calendar_pull_failed(
        &mut self,
        id: CalendarId,
        error: &str,
        next: Instant,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(PULL_FAILED)
            .bind(company)
            .bind(id.to_string())
            .bind(error.to_owned())
            .bind(next.as_micros())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Nothing became of the claim with this token: it counts as a pull that failed, and is tried again a second later for each.
    pub async fn calendar_hand_back(&mut self, token: i64) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(HAND_BACK).bind(company).bind(token).bind(now.as_micros());
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// A person says that Google is right although a listing lacks much; until the next full pass.
    pub async fn calendar_believe(&mut self, id: CalendarId) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BELIEVE).bind(company).bind(id.to_string());
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// The next pull is a full pass.
    pub async fn calendar_forget_token(&mut self, id: CalendarId) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(FORGET_TOKEN).bind(company).bind(id.to_string()).execute(self.connection()).await?;
        Ok(())
    }

    pub async fn calendar_set_watch_after(
        &mut self,
        id: CalendarId,
        after: Option<Instant>,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(SET_WATCH_AFTER)
            .bind(company)
            .bind(id.to_string())
            .bind(after.map(Instant::as_micros))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
