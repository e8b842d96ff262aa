//! Notification channels. A row is written before Google is asked, since channels cannot be listed.

use model::{CalendarId, ChannelId, CompanyId, Instant};
use sqlx::any::AnyRow;

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO channel (id, company_id, calendar_id, token_hash, state, created_at) \
              VALUES ($2, $1, $3, $4, 'arming', $5)";
    ARM = "UPDATE channel SET state = 'armed', resource_id = $3, expires_at = COALESCE($4, expires_at) \
           WHERE company_id = $1 AND id = $2 AND state IN ('arming', 'armed')";
    SET_STATE = "UPDATE channel SET state = $3 WHERE company_id = $1 AND id = $2";
    DELETE = "DELETE FROM channel WHERE company_id = $1 AND id = $2";
    GIVE_UP = "UPDATE channel SET state = 'stopping' WHERE company_id = $1 AND calendar_id = $2 AND state = 'armed'";
    OF_CALENDAR = "SELECT * FROM channel WHERE company_id = $1 AND calendar_id = $2 ORDER BY created_at";
    ALL = "SELECT * FROM channel WHERE company_id = $1 ORDER BY created_at";
    BY_ID = "SELECT n.*, c.dirty_since, c.next_pull_at, c.listed_at, c.listed_before_at FROM channel n \
             JOIN calendar c ON c.company_id = n.company_id AND c.id = n.calendar_id WHERE n.id = $1";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Asked for; Google has not answered.
    Arming,
    Armed,
    /// Replaced; to be stopped at Google.
    Stopping,
}

impl ChannelState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arming => "arming",
            Self::Armed => "armed",
            Self::Stopping => "stopping",
        }
    }
}

impl TryFrom<&str> for ChannelState {
    type Error = ();
    fn try_from(word: &str) -> Result<Self, ()> {
        [Self::Arming, Self::Armed, Self::Stopping].into_iter().find(|state| state.as_str() == word).ok_or(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    pub company: CompanyId,
    pub id: ChannelId,
    pub calendar: CalendarId,
    /// SHA-256 of the secret token, hexadecimal.
    pub token_hash: String,
    pub state: ChannelState,
    pub resource_id: Option<String>,
    pub created_at: Instant,
    pub expires_at: Option<Instant>,
}

fn read(row: &AnyRow) -> Result<ChannelRow, StoreError> {
    Ok(ChannelRow {
        company: row.parsed("company_id")?,
        id: row.parsed("id")?,
        calendar: row.parsed("calendar_id")?,
        token_hash: row.text("token_hash")?,
        state: row.word("state").map_err(|_| StoreError::Damaged("channel state".into()))?,
        resource_id: row.text_opt("resource_id")?,
        created_at: row.instant("created_at")?,
        expires_at: row.instant_opt("expires_at")?,
    })
}

/// A channel, and how the calendar stands of which it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSeen {
    pub channel: ChannelRow,
    /// Since when a pull is wanted for what was told; the next one that begins ends this.
    pub dirty_since: Option<Instant>,
    pub next_pull_at: Instant,
    /// The last two listings, by their ends; the one under way by its beginning.
    pub listed_at: Option<Instant>,
    pub listed_before_at: Option<Instant>,
}

impl System {
    /// A notification names its channel only; whose it is follows from the row.
    pub async fn channel_by_id(&self, id: ChannelId) -> Result<Option<ChannelSeen>, StoreError> {
        let row = sqlx::query(BY_ID).bind(id.to_string()).fetch_optional(&self.readers).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(ChannelSeen {
            channel: read(&row)?,
            dirty_since: row.instant_opt("dirty_since")?,
            next_pull_at: row.instant("next_pull_at")?,
            listed_at: row.instant_opt("listed_at")?,
            listed_before_at: row.instant_opt("listed_before_at")?,
        }))
    }
}

impl CompanyStore {
    pub async fn channel_list(&self) -> Result<Vec<ChannelRow>, StoreError> {
        let rows = sqlx::query(ALL).bind(self.id.to_string()).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    pub async fn channel_of_calendar(&self, calendar: CalendarId) -> Result<Vec<ChannelRow>, StoreError> {
        let query = sqlx::query(OF_CALENDAR).bind(self.id.to_string()).bind(calendar.to_string());
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }
}

impl Tx {
    pub async fn channel_insert(
        &mut self,
        id: ChannelId,
        calendar: CalendarId,
        token_hash: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(INSERT)
            .bind(company)
            .bind(id.to_string())
            .bind(calendar.to_string())
            .bind(token_hash.to_owned())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Google answered; nothing happens to a channel that was given up meanwhile.
    pub async fn channel_arm(
        &mut self,
        id: ChannelId,
        resource_id: &str,
        expires: Option<Instant>,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(ARM)
            .bind(company)
            .bind(id.to_string())
            .bind(resource_id.to_owned())
            .bind(expires.map(Instant::as_micros))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn channel_set_state(&mut self, id: ChannelId, state: ChannelState) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(SET_STATE).bind(company).bind(id.to_string()).bind(state.as_str());
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// Nothing comes by the calendar's channels: they are to be stopped, so that another one is opened.
    pub async fn channel_give_up(&mut self, calendar: CalendarId) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(GIVE_UP).bind(company).bind(calendar.to_string());
        query.execute(self.connection()).await?;
        Ok(())
    }

    pub async fn channel_delete(&mut self, id: ChannelId) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(DELETE).bind(company).bind(id.to_string()).execute(self.connection()).await?;
        Ok(())
    }
}
