//! The outbox: events that Google still has to take, in the transaction that changed them.
//!
//! A row says "bring this event to Google", not "do this call": repeated changes of one event are one row, and the push
//! machine decides from the newest wish and the last copy. So order per event holds by construction.
//!
//! Rows wait in lanes, one for each grant that brings events to Google: what Google limits by the grant holds up that
//! lane alone, and lanes take turns, however long one of them is. How many rows wait is never counted to find the next.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use model::{BookingId, CompanyId, Instant, PersonId, Stuck};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::event::{EventRow, Way};
use crate::server::Claim;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    GET = "SELECT * FROM outbox WHERE company_id = $1 AND event_id = $2";
    PUT = "INSERT INTO outbox (company_id, event_id, lane, changed, version, state, attempts, sent, due_at, created_at) \
           VALUES ($1, $2, COALESCE((SELECT CAST($1 AS TEXT) || ' ' || organizer_id FROM event \
           WHERE company_id = $1 AND id = $2 AND way = 'person'), $1), $3, 1, 'waiting', 0, 0, $4, $4) \
           ON CONFLICT (company_id, event_id) DO UPDATE SET lane = excluded.lane, \
           changed = excluded.changed, version = outbox.version + 1, state = 'waiting', attempts = 0, waits = 0, \
           due_at = excluded.due_at, reason = NULL";
    WISH = "UPDATE outbox SET past = $3, wishes = $4 WHERE company_id = $1 AND event_id = $2";
    MERGE = "UPDATE outbox SET changed = $3, past = $4, wishes = $5 WHERE company_id = $1 AND event_id = $2";
    CLAIM = "UPDATE outbox SET lease_until = $3, lease_owner = $5, lease_token = $6, attempts = attempts + 1 \
             WHERE company_id = $1 AND event_id = (SELECT o.event_id FROM outbox o \
             WHERE o.company_id = $1 AND o.lane = $2 AND o.state = 'waiting' AND o.due_at <= $4 \
             AND (o.lease_until IS NULL OR o.lease_until <= $4) ORDER BY o.due_at LIMIT 1) RETURNING *";
    HOLD = "UPDATE outbox SET lease_until = $4 WHERE company_id = $1 AND event_id = $2 AND lease_token = $3";
    SENT = "UPDATE outbox SET sent = 1 WHERE company_id = $1 AND event_id = $2";
    DONE = "DELETE FROM outbox WHERE company_id = $1 AND event_id = $2 AND version = $3";
    RELEASE = "UPDATE outbox SET lease_until = NULL, lease_owner = NULL, lease_token = NULL WHERE company_id = $1 AND event_id = $2";
    HAND_BACK = "UPDATE outbox SET lease_until = NULL, lease_owner = NULL, lease_token = NULL, \
                 due_at = $3 + 1000000 * CASE WHEN attempts > 60 THEN 60 ELSE attempts END WHERE company_id = $1 AND lease_token = $2";
    RELEASE_ALL = "UPDATE outbox SET lease_until = NULL, lease_owner = NULL, lease_token = NULL WHERE lease_until IS NOT NULL";
    RETRY = "UPDATE outbox SET lease_until = NULL, lease_owner = NULL, lease_token = NULL, due_at = CASE WHEN version = $3 THEN $4 ELSE due_at END, last_error = $5, reason = $6, \
             attempts = CASE WHEN reason = $7 AND $6 <> $7 THEN 1 ELSE attempts END WHERE company_id = $1 AND event_id = $2";
    WAIT = "UPDATE outbox SET lease_until = NULL, lease_owner = NULL, lease_token = NULL, due_at = CASE WHEN version = $3 THEN $4 ELSE due_at END, last_error = $5, reason = NULL, \
            attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END, waits = waits + 1 WHERE company_id = $1 AND event_id = $2";
    PARK = "UPDATE outbox SET lease_until = NULL, lease_owner = NULL, lease_token = NULL, state = $3, last_error = $4, reason = $6 \
            WHERE company_id = $1 AND event_id = $2 AND version = $5";
    UNBLOCK = "UPDATE outbox SET state = 'waiting', due_at = $2, attempts = 0 WHERE company_id = $1 AND state = 'blocked'";
    AGAIN = "UPDATE outbox SET state = 'waiting', due_at = $3, attempts = 0 WHERE company_id = $1 AND event_id = $2";
    SAID = "UPDATE outbox SET changed = $3 WHERE company_id = $1 AND event_id = $2 AND version = $4";
    WAKE = "UPDATE outbox SET due_at = $3 WHERE company_id = $1 AND event_id = $2 AND state = 'waiting' AND due_at > $3";
    DISMISS = "DELETE FROM outbox WHERE company_id = $1 AND event_id = $2 AND state = 'dead'";
    IN_REACH = "UPDATE outbox SET due_at = $2 WHERE company_id = $1 AND state = 'waiting' \
                AND reason = 'calendar_out_of_reach' AND due_at > $2";
    LEAVING = "SELECT c.event_id, c.raw FROM outbox o JOIN copy c ON c.company_id = o.company_id AND c.event_id = o.event_id \
               WHERE o.company_id = $1 AND o.event_id <> $2 AND o.state = 'waiting' AND c.raw LIKE $3";
    PERHAPS = "SELECT event_id, past FROM outbox WHERE company_id = $1 AND event_id <> $2 AND state = 'waiting' \
               AND sent = 1 AND changed LIKE '%\"all\"%' AND past LIKE $3";
    WAITING = "SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM outbox WHERE company_id = $1 AND state <> 'dead'";
}

/// What `presence` runs for a server that is alone.
pub(crate) const TAKE_BACK: &str = RELEASE_ALL;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxState {
    Waiting,
    /// Until a grant is given again.
    Blocked,
    /// Google will never take it; kept for people to see.
    Dead,
}

impl OutboxState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
            Self::Dead => "dead",
        }
    }
}

impl TryFrom<&str> for OutboxState {
    type Error = ();
    fn try_from(word: &str) -> Result<Self, ()> {
        [Self::Waiting, Self::Blocked, Self::Dead].into_iter().find(|state| state.as_str() == word).ok_or(())
    }
}

/// Where events wait for Google: those of one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    pub company: CompanyId,
    /// Whose own grant it is; the company's without.
    pub person: Option<PersonId>,
}

impl Lane {
    /// The lane of an event: that of its organiser where it is written as theirs.
    pub fn of(company: CompanyId, event: &EventRow) -> Self {
        Self { company, person: event.organizer.filter(|_| event.way == Way::Person) }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.person {
            Some(person) => write!(f, "{} {person}", self.company),
            None => write!(f, "{}", self.company),
        }
    }
}

impl FromStr for Lane {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (company, person) = text.split_once(' ').map_or((text, None), |(one, two)| (one, Some(two)));
        let person = person.map(|id| id.parse().map_err(|_| ())).transpose()?;
        Ok(Self { company: company.parse().map_err(|_| ())?, person })
    }
}

/// A lane in which something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneDue {
    pub lane: Lane,
    /// When the first of it may be claimed.
    pub at: Instant,
    /// How many of its first 64 may be claimed now.
    pub ready: usize,
}

/// When somebody last wished for a field, and who.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WishRow {
    pub at: Instant,
    pub by: PersonId,
}

/// So many replaced wishes are remembered at most: no more of them are under way to Google.
const PAST: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub company: CompanyId,
    pub event: BookingId,
    /// Names of changed fields; what they mean is the caller's.
    pub changed: Vec<String>,
    /// What was held before the changes: first what both sides last agreed on, then wishes that newer ones replaced. Empty
    /// where that is not known, or Google has nothing yet.
    pub past: Vec<Value>,
    /// The wishes of people, by field.
    pub wishes: BTreeMap<String, WishRow>,
    pub version: i64,
    pub state: OutboxState,
    /// Tries since the last wish that failed, and the one under way.
    pub attempts: u32,
    /// Times since the last wish that it waited for others, which is no failure.
    pub waits: u32,
    /// Whether a call may have reached Google before this row was claimed.
    pub sent: bool,
    /// In Google's words, if it had some.
    pub last_error: Option<String>,
    /// Why it was not brought there when it was last tried.
    pub reason: Option<Stuck>,
    /// The token of the claim that holds the row.
    pub token: Option<i64>,
}

fn read(row: &AnyRow) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        company: row.parsed("company_id")?,
        event: row.parsed("event_id")?,
        changed: row.json("changed")?,
        past: row.json("past")?,
        wishes: row.json("wishes")?,
        version: row.int("version")?,
        state: row.word("state").map_err(|_| StoreError::Damaged("outbox state".into()))?,
        attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
        waits: u32::try_from(row.int("waits")?).unwrap_or(u32::MAX),
        sent: row.flag("sent")?,
        last_error: row.text_opt("last_error")?,
        reason: row.text_opt("reason")?.and_then(|word| Stuck::try_from(word.as_str()).ok()),
        token: row.int_opt("lease_token")?,
    })
}

impl System {
    /// The lanes in which something waits, in their order, due or not.
    pub async fn outbox_lanes(&self, now: Instant) -> Result<Vec<LaneDue>, StoreError> {
        let rows = sqlx::query(self.engine.lanes()).bind(now.as_micros()).fetch_all(&self.readers).await?;
        let lane = |row: &AnyRow| {
            let ready = usize::try_from(row.int("ready")?).unwrap_or(0);
            Ok(LaneDue { lane: row.parsed("lane")?, at: row.instant("at")?, ready })
        };
        rows.iter().map(lane).collect()
    }

    /// Takes back every lease. Only where this process is known to be the only one (the lock beside a SQLite file): the
    /// leases are a dead process's.
    pub async fn outbox_release_all(&self, now: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(RELEASE_ALL).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }
}

impl CompanyStore {
    pub async fn outbox_get(&self, event: BookingId) -> Result<Option<OutboxRow>, StoreError> {
        let query = sqlx::query(GET).bind(self.id.to_string()).bind(event.to_string());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    /// The last seen copies, with this e-mail address somewhere in them, of other events that wait for Google; whose they are
    /// beside each.
    pub async fn copies_waiting(
        &self,
        except: BookingId,
        email: &str,
    ) -> Result<Vec<(BookingId, Value)>, StoreError> {
        let query = sqlx::query(LEAVING).bind(self.id.to_string()).bind(except.to_string());
        let rows = query.bind(format!("%{email}%")).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.parsed("event_id")?, row.json("raw")?))).collect()
    }

    /// What other events were held as, with this e-mail address somewhere in it, before people changed them while their first insert was
    /// sent and is not known to be answered: Google may have them like that, and nobody has seen a copy.
    pub async fn perhaps_sent(
        &self,
        except: BookingId,
        email: &str,
    ) -> Result<Vec<(BookingId, Vec<Value>)>, StoreError> {
        let query = sqlx::query(PERHAPS).bind(self.id.to_string()).bind(except.to_string());
        let rows = query.bind(format!("%{email}%")).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| Ok((row.parsed("event_id")?, serde_json::from_str(&row.text("past")?)?)))
            .collect()
    }

    /// How many wait, and since when the oldest does.
    pub async fn outbox_waiting(&self) -> Result<(i64, Option<Instant>), StoreError> {
        let row = sqlx::query(WAITING).bind(self.id.to_string()).fetch_one(&self.readers).await?;
        Ok((row.int("n")?, row.instant_opt("oldest")?))
    }
}

impl Tx {
    pub async fn outbox_get(&mut self, event: BookingId) -> Result<Option<OutboxRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(GET).bind(company).bind(event.to_string());
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    /// This event changed in `fields`: push it, at once.
    pub async fn outbox_put(&mut self, event: BookingId, fields: &[&str]) -> Result<(), StoreError> {
        let mut changed = self.outbox_get(event).await?.map(|row| row.changed).unwrap_or_default();
        changed.extend(fields.iter().map(|field| (*field).to_owned()));
        changed.sort();
        changed.dedup();
        self.outbox_write(event, &changed).await
    }

    /// As [`Tx::outbox_put`], for what a person changed. `was` is what was held before it: what Google is compared with when
    /// it has changed as well. What Google refused for good is compared with nothing any more.
    pub async fn outbox_wish(
        &mut self,
        event: BookingId,
        fields: &[&str],
        was: Value,
        by: PersonId,
    ) -> Result<(), StoreError> {
        self.outbox_wish_for(event, fields, fields, was, by).await
    }

    /// As [`Tx::outbox_wish`], where what is to be pushed and what was wished for are told in different words.
    pub async fn outbox_wish_for(
        &mut self,
        event: BookingId,
        changed: &[&str],
        wished: &[&str],
        was: Value,
        by: PersonId,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let row = self.outbox_get(event).await?.filter(|row| row.state != OutboxState::Dead);
        let (mut past, mut wishes) = match &row {
            Some(row) => (row.past.clone(), row.wishes.clone()),
            None => Default::default(),
        };
        // Something waits of which it is not known what Google holds; or nothing was ever sent.
        let unknown = row.is_some_and(|row| {
            past.is_empty() && !(row.sent && row.changed.iter().any(|field| field == "all"))
        });
        if !unknown && !past.contains(&was) {
            if past.len() >= PAST {
                past.remove(1);
            }
            past.push(was);
        }
        wishes.extend(wished.iter().map(|field| ((*field).to_owned(), WishRow { at: now, by })));
        self.outbox_put(event, changed).await?;
        let company = self.tenant()?;
        sqlx::query(WISH)
            .bind(company)
            .bind(event.to_string())
            .bind(serde_json::to_string(&past)?)
            .bind(serde_json::to_string(&wishes)?)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// What still waits after both sides were merged, as `row` says now: `changed`, `past` and `wishes`. It is no change of
    /// a person: a push that is under way goes on.
    pub async fn outbox_merged(&mut self, row: &OutboxRow) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(MERGE)
            .bind(company)
            .bind(row.event.to_string())
            .bind(serde_json::to_string(&row.changed)?)
            .bind(serde_json::to_string(&row.past)?)
            .bind(serde_json::to_string(&row.wishes)?)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// As [`Tx::outbox_put`], for an event that was inserted in this transaction: nothing waits yet.
    pub async fn outbox_insert(&mut self, event: BookingId, fields: &[&str]) -> Result<(), StoreError> {
        self.outbox_write(event, fields).await
    }

    async fn outbox_write(
        &mut self,
        event: BookingId,
        changed: &[impl AsRef<str> + serde::Serialize],
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(PUT)
            .bind(company)
            .bind(event.to_string())
            .bind(serde_json::to_string(changed)?)
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Takes the row of the lane that waits longest, as it is now. `None` if others have all that is due.
    pub async fn outbox_claim(&mut self, lane: Lane, claim: Claim) -> Result<Option<OutboxRow>, StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let claimed = sqlx::query(CLAIM)
            .bind(company.clone())
            .bind(lane.to_string())
            .bind(claim.until.as_micros())
            .bind(now.as_micros())
            .bind(claim.server.to_string())
            .bind(claim.token)
            .fetch_optional(self.connection())
            .await?;
        let Some(row) = claimed.as_ref().map(read).transpose()? else { return Ok(None) };
        sqlx::query(SENT).bind(company).bind(row.event.to_string()).execute(self.connection()).await?;
        Ok(Some(row))
    }

    /// First in the transaction of whatever a claim writes: [`StoreError::LeaseLost`] undoes it if the row was taken
    /// over, else it is held until `until`.
    pub async fn outbox_hold(&mut self, row: &OutboxRow, until: Instant) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let held = sqlx::query(HOLD)
            .bind(company)
            .bind(row.event.to_string())
            .bind(row.token)
            .bind(until.as_micros())
            .execute(self.connection())
            .await?;
        if held.rows_affected() == 0 { Err(StoreError::LeaseLost) } else { Ok(()) }
    }

    /// Nothing became of the claim with this token: others may take the row, a second later for each attempt.
    pub async fn outbox_hand_back(&mut self, token: i64) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(HAND_BACK).bind(company).bind(token).bind(now.as_micros());
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// The push of `version` is done. What came in meanwhile stays, due at once.
    pub async fn outbox_done(&mut self, event: BookingId, version: i64) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let done = sqlx::query(DONE)
            .bind(company.clone())
            .bind(event.to_string())
            .bind(version)
            .execute(self.connection())
            .await?;
        if done.rows_affected() == 0 {
            sqlx::query(RELEASE).bind(company).bind(event.to_string()).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Look again at `at`, since it waits for others, as `what` says; a change that came in meanwhile is due at once instead.
    /// That is no failure: it does not count as an attempt.
    pub async fn outbox_wait(
        &mut self,
        event: BookingId,
        version: i64,
        at: Instant,
        what: &str,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(WAIT)
            .bind(company)
            .bind(event.to_string())
            .bind(version)
            .bind(at.as_micros())
            .bind(what.to_owned())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// It failed for a `reason`: try again at `at`; a change that came in meanwhile is due at once instead. Attempts while Google
    /// limited the grant are not counted with those that failed for anything else.
    pub async fn outbox_retry(
        &mut self,
        event: BookingId,
        version: i64,
        at: Instant,
        reason: Stuck,
        error: &str,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(RETRY)
            .bind(company)
            .bind(event.to_string())
            .bind(version)
            .bind(at.as_micros())
            .bind(error.to_owned())
            .bind(reason.as_str())
            .bind(Stuck::Limited.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Sets `version` aside. `false`, and due at once, if a change came in meanwhile.
    pub async fn outbox_park(
        &mut self,
        event: BookingId,
        version: i64,
        state: OutboxState,
        reason: Stuck,
        error: &str,
    ) -> Result<bool, StoreError> {
        let company = self.tenant()?;
        let parked = sqlx::query(PARK)
            .bind(company.clone())
            .bind(event.to_string())
            .bind(state.as_str())
            .bind(error.to_owned())
            .bind(version)
            .bind(reason.as_str())
            .execute(self.connection())
            .await?;
        if parked.rows_affected() == 0 {
            sqlx::query(RELEASE).bind(company).bind(event.to_string()).execute(self.connection()).await?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Of what `version` is about only `left` is still to be brought to Google. What came in meanwhile stays as it is.
    pub async fn outbox_said(
        &mut self,
        event: BookingId,
        version: i64,
        left: &[String],
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(SAID)
            .bind(company)
            .bind(event.to_string())
            .bind(serde_json::to_string(left)?)
            .bind(version)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// What `event` waited for by the clock has happened.
    pub async fn outbox_wake(&mut self, event: BookingId) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(WAKE).bind(company).bind(event.to_string()).bind(now.as_micros());
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// A person says: try it again, at once.
    pub async fn outbox_again(&mut self, event: BookingId) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(AGAIN).bind(company).bind(event.to_string()).bind(now.as_micros());
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// A person has seen that Google will never take it. `false`: it is not dead.
    pub async fn outbox_dismiss(&mut self, event: BookingId) -> Result<bool, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(DISMISS).bind(company).bind(event.to_string());
        Ok(query.execute(self.connection()).await?.rows_affected() > 0)
    }

    /// A calendar is in reach again: what waited by the clock for one is due.
    pub async fn outbox_in_reach(&mut self) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(IN_REACH).bind(company).bind(now.as_micros()).execute(self.connection()).await?;
        Ok(())
    }

    /// A grant came (back): what waited for it is due.
    pub async fn outbox_unblock(&mut self) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(UNBLOCK).bind(company).bind(now.as_micros()).execute(self.connection()).await?;
        Ok(())
    }
}
