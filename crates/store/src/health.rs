//! What the health page asks: what waits, for whom and why.

use model::{BookingId, BookingNumber, Instant, PersonId, RoomId, Stuck};
use sqlx::any::AnyRow;

use crate::credential::CredentialState;
use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::outbox::{Lane, OutboxState};
use crate::sql::{Columns, statements};

statements! {
    ROOMS = "SELECT o.room_id, COUNT(DISTINCT x.event_id) AS n, MIN(x.created_at) AS oldest FROM outbox x \
             JOIN occurrence o ON o.company_id = x.company_id AND o.event_id = x.event_id \
             WHERE x.company_id = $1 AND x.state <> 'dead' GROUP BY o.room_id";
    LANES = "SELECT lane, COUNT(*) AS n FROM outbox WHERE company_id = $1 AND state <> 'dead' GROUP BY lane";
    STUCK = "SELECT x.event_id, x.lane, x.state, x.reason, x.attempts, x.due_at, x.created_at, \
             e.number, e.title, e.private, e.organizer_name, e.start_at, e.end_at, \
             (SELECT r.name FROM occurrence o JOIN room r ON r.company_id = o.company_id AND r.id = o.room_id \
              WHERE o.company_id = x.company_id AND o.event_id = x.event_id ORDER BY o.slot, r.number LIMIT 1) AS room, \
             (SELECT COUNT(*) FROM occurrence o WHERE o.company_id = x.company_id AND o.event_id = x.event_id \
              AND o.state = 'declined') AS declined \
             FROM outbox x JOIN event e ON e.company_id = x.company_id AND e.id = x.event_id \
             WHERE x.company_id = $1 AND (x.state <> 'waiting' OR x.reason = 'calendar_out_of_reach' \
             OR (x.reason IS NOT NULL AND x.attempts >= 3)) \
             ORDER BY CASE x.state WHEN 'dead' THEN 0 WHEN 'blocked' THEN 1 ELSE 2 END, x.created_at, e.number LIMIT $2";
    STUCK_COUNT = "SELECT COUNT(*) AS n FROM outbox x WHERE x.company_id = $1 AND (x.state <> 'waiting' \
                   OR x.reason = 'calendar_out_of_reach' OR (x.reason IS NOT NULL AND x.attempts >= 3))";
    LOST = "SELECT c.owner_id, c.state, p.name, p.active FROM credential c \
            JOIN person p ON p.company_id = c.company_id AND p.id = c.owner_id \
            WHERE c.company_id = $1 AND c.provider = $2 AND c.owner_kind = 'person' \
            AND (c.state IN ('revoked', 'insufficient') OR p.active = 0) ORDER BY p.name, p.number";
    WRONG = "SELECT \
             (SELECT c.state FROM credential c WHERE c.company_id = $1 AND c.provider = $2 AND c.owner_kind = 'company') AS state, \
             CAST(CASE WHEN EXISTS (SELECT 1 FROM room r WHERE r.company_id = $1 AND r.retired_at IS NULL \
                               AND r.health IN ('degraded', 'quarantined')) \
                    OR EXISTS (SELECT 1 FROM outbox x WHERE x.company_id = $1 AND x.state = 'dead') \
                    OR EXISTS (SELECT 1 FROM push_stop s WHERE s.company_id = $1) \
                    OR EXISTS (SELECT 1 FROM outbox x WHERE x.company_id = $1 AND x.state <> 'dead' AND x.created_at < $3) \
             THEN 1 ELSE 0 END AS BIGINT) AS wrong";
}

/// What waits for one room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomQueue {
    pub room: RoomId,
    pub waiting: i64,
    pub oldest: Option<Instant>,
}

/// A booking that was not brought to Google when it was last tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckStored {
    pub event: BookingId,
    pub number: BookingNumber,
    pub title: String,
    pub private: bool,
    pub organizer_name: String,
    pub start: Instant,
    pub end: Instant,
    /// One of its rooms.
    pub room: Option<String>,
    /// It holds no room because it was declined.
    pub declined: bool,
    /// Whose grant it waits for.
    pub lane: Lane,
    pub state: OutboxState,
    pub reason: Option<Stuck>,
    pub attempts: u32,
    pub due: Instant,
    pub since: Instant,
}

/// A person whose grant is lost, or who may not sign in any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostGrant {
    pub person: PersonId,
    pub name: String,
    pub active: bool,
    pub state: CredentialState,
}

/// Whether a company has anything that an admin should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The company's own grant.
    pub grant: Option<CredentialState>,
    pub wrong: bool,
}

fn stuck(row: &AnyRow) -> Result<StuckStored, StoreError> {
    Ok(StuckStored {
        event: row.parsed("event_id")?,
        number: BookingNumber(row.int("number")?),
        title: row.text("title")?,
        private: row.flag("private")?,
        organizer_name: row.text("organizer_name")?,
        start: row.instant("start_at")?,
        end: row.instant("end_at")?,
        room: row.text_opt("room")?,
        declined: row.int("declined")? > 0,
        lane: row.parsed("lane")?,
        state: row.word("state").map_err(|_| StoreError::Damaged("outbox state".into()))?,
        reason: row.text_opt("reason")?.and_then(|word| Stuck::try_from(word.as_str()).ok()),
        attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
        due: row.instant("due_at")?,
        since: row.instant("created_at")?,
    })
}

fn credential_state(word: &str) -> Result<CredentialState, StoreError> {
    CredentialState::try_from(word).map_err(|()| StoreError::Damaged("credential state".into()))
}

impl CompanyStore {
    /// What waits for each room; a booking of two rooms waits for both.
    pub async fn outbox_of_rooms(&self) -> Result<Vec<RoomQueue>, StoreError> {
        let rows = sqlx::query(ROOMS).bind(self.id.to_string()).fetch_all(&self.readers).await?;
        let queue = |row: &AnyRow| {
            Ok(RoomQueue {
                room: row.parsed("room_id")?,
                waiting: row.int("n")?,
                oldest: row.instant_opt("oldest")?,
            })
        };
        rows.iter().map(queue).collect()
    }

    /// How many wait for each grant.
    pub async fn outbox_of_lanes(&self) -> Result<Vec<(Lane, i64)>, StoreError> {
        let rows = sqlx::query(LANES).bind(self.id.to_string()).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.parsed("lane")?, row.int("n")?))).collect()
    }

    /// What is dead, blocked, or was tried again and again: the first `most` of them, and how many there are.
    pub async fn outbox_stuck(&self, most: usize) -> Result<(Vec<StuckStored>, i64), StoreError> {
        let company = self.id.to_string();
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = sqlx::query(STUCK).bind(company.clone()).bind(most).fetch_all(&self.readers).await?;
        let count = sqlx::query(STUCK_COUNT).bind(company).fetch_one(&self.readers).await?.int("n")?;
        Ok((rows.iter().map(stuck).collect::<Result<_, _>>()?, count))
    }

    /// People whose grant for `provider` is lost, and people who gave one and may not sign in any more.
    pub async fn credential_lost(&self, provider: &str) -> Result<Vec<LostGrant>, StoreError> {
        let query = sqlx::query(LOST).bind(self.id.to_string()).bind(provider.to_owned());
        let lost = |row: &AnyRow| {
            Ok(LostGrant {
                person: row.parsed("owner_id")?,
                name: row.text("name")?,
                active: row.flag("active")?,
                state: credential_state(&row.text("state")?)?,
            })
        };
        query.fetch_all(&self.readers).await?.iter().map(lost).collect()
    }

    /// Whether anything is wrong that an admin should look at: a room that does not follow, what is dead, what was
    /// stopped, or what waits since before `since`.
    pub async fn wrong(&self, provider: &str, since: Instant) -> Result<Wrong, StoreError> {
        let query = sqlx::query(WRONG).bind(self.id.to_string()).bind(provider.to_owned());
        let row = query.bind(since.as_micros()).fetch_one(&self.readers).await?;
        let grant = row.text_opt("state")?.as_deref().map(credential_state).transpose()?;
        Ok(Wrong { grant, wrong: row.flag("wrong")? })
    }
}
