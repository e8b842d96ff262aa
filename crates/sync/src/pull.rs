//! Pull: following one calendar by its sync token.
//!
//! One [`Pull`] is one run: the same query on every page, the same sync token repeated with each page token, and a new
//! token only from the last page (Google's sync guide). Nothing of a run counts before it is [`PullStep::Finished`]; a
//! run that dies half way is begun anew with the old token, and that is harmless: what is pulled are states, not steps.
//!
//! A finished incremental run is a set of changes to merge. Only a `full` one says what exists, and even then
//! [`crate::absence`] decides about what it lacks.

use std::collections::{BTreeMap, BTreeSet};

use model::{Instant, RoomTrouble};

use crate::mix::mix_text;
use crate::port::{Failure, Outcome, Page, RemoteEvent, RemoteOp};

/// More pages than any calendar has at 250 events each; a listing that goes on is going in circles (F-023).
pub const MAX_PAGES: u32 = 1_000;

const DAY: i64 = 86_400_000_000;

/// Whether the pull that is due now lists everything, whatever token there is: once a day, each calendar at a time of day
/// of its own. A delta that lied, or was read wrongly, is made up for by nothing else.
pub fn full_is_due(calendar: &str, last: Option<Instant>, now: Instant) -> bool {
    if crate::sabotaged!(NoFullPass) {
        return false;
    }
    let own = i64::try_from(mix_text(calendar) % DAY.unsigned_abs()).unwrap_or(0);
    let day = |at: Instant| (at.as_micros() - own).div_euclid(DAY);
    last.is_none_or(|last| day(last) < day(now))
}

/// One run over one calendar's listing.
#[derive(Clone, Debug)]
pub struct Pull {
    calendar: String,
    /// `None`: a full listing.
    sync_token: Option<String>,
    page_token: Option<String>,
    /// Page tokens of this listing, to notice a circle.
    visited: BTreeSet<String>,
    pages: u32,
    /// By id, so that the result has one order whatever Google's was.
    events: BTreeMap<String, RemoteEvent>,
    zone: Option<String>,
    /// The token was refused once and the run began again as a full one.
    restarted: bool,
}

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum PullStep {
    Call(RemoteOp),
    Finished(Pulled),
    /// The run stands where it stood: [`Pull::next`] would ask for the same page again, or drop the run.
    Failed(PullFailure),
}

/// A complete run. Store the events and the token in one transaction (F-024).
#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    /// One copy of each, ordered by Google's id; a master comes before its exceptions.
    pub events: Vec<RemoteEvent>,
    pub sync_token: String,
    /// Everything that exists, rather than what changed.
    pub full: bool,
    /// The calendar's own zone.
    pub zone: Option<String>,
}

/// Why a run came to nothing. The old token stays valid for the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullFailure {
    /// Outages and unreadable answers: again, with backoff.
    Retry { reason: String },
    /// Again, not before this many seconds where Google said so.
    RateLimited { retry_after_secs: Option<i64> },
    /// The access token is refused: refresh it once, then ask for the same page again.
    RefreshToken,
    /// 403 or 404: the calendar is out of reach. Quarantine it; keep everything (F-094).
    AccessLost { reason: String },
    /// There is no usable grant to ask with: everything is kept, a person has to grant again.
    NoGrant,
    /// The complete listing lacks too much to be believed ([`crate::absence`]): everything is kept.
    TooMuchMissing,
    /// Google contradicts itself: circles, no end, 410 for a full listing. Degrade to the next poll, tell a person when it
    /// goes on.
    Malformed { reason: String },
}

impl PullFailure {
    /// Whether asking again may help without a person.
    pub const fn retryable(&self) -> bool {
        !self.needs_a_person()
    }

    /// Whether the calendar is left alone, with everything kept, until somebody gives access back or decides.
    pub const fn needs_a_person(&self) -> bool {
        matches!(self, Self::AccessLost { .. } | Self::NoGrant | Self::TooMuchMissing)
    }

    /// Seconds that Google asked to wait.
    pub const fn hint_secs(&self) -> Option<i64> {
        match self {
            Self::RateLimited { retry_after_secs } => *retry_after_secs,
            _ => None,
        }
    }

    /// What people are told is wrong with the room.
    pub const fn trouble(&self) -> RoomTrouble {
        match self {
            Self::Retry { .. } => RoomTrouble::NoAnswer,
            Self::RateLimited { .. } => RoomTrouble::Limited,
            Self::RefreshToken => RoomTrouble::TokenRefused,
            Self::AccessLost { .. } => RoomTrouble::AccessLost,
            Self::NoGrant => RoomTrouble::NoGrant,
            Self::TooMuchMissing => RoomTrouble::TooMuchMissing,
            Self::Malformed { .. } => RoomTrouble::Malformed,
        }
    }

    /// A word for logs and metrics; never content.
    pub const fn word(&self) -> &'static str {
        self.trouble().as_str()
    }
}

impl Pull {
    /// `sync_token` of the last finished run; `None` lists everything.
    pub fn new(calendar: impl Into<String>, sync_token: Option<String>) -> Self {
        Self {
            calendar: calendar.into(),
            sync_token: sync_token.filter(|token| !token.is_empty()),
            page_token: None,
            visited: BTreeSet::new(),
            pages: 0,
            events: BTreeMap::new(),
            zone: None,
            restarted: false,
        }
    }

    /// The call to make now: the first one, or the same page again after a failure.
    pub fn next(&self) -> RemoteOp {
        RemoteOp::EventsList {
            calendar: self.calendar.clone(),
            sync_token: self.sync_token.clone(),
            page_token: self.page_token.clone(),
        }
    }

    /// Whether this run lists everything (also after a refused token).
    pub const fn is_full(&self) -> bool {
        self.sync_token.is_none()
    }

    pub fn absorb(&mut self, outcome: Outcome) -> PullStep {
        match outcome {
            Outcome::Page(page) => self.page(page),
            Outcome::Failed(failure) => self.failed(failure),
            _ => malformed("an answer that is no page"),
        }
    }

    fn page(&mut self, page: Page) -> PullStep {
        self.pages += 1;
        if page.zone.is_some() {
            self.zone = page.zone;
        }
        if crate::sabotaged!(LastPageOnly) {
            self.events.clear();
        }
        for event in page.events {
            self.keep(event);
        }
        // An empty page with a next one is ordinary; only the token says whether there is more.
        if let Some(next) = page.next_page_token.filter(|token| !token.is_empty()) {
            if self.pages >= MAX_PAGES {
                return malformed("too many pages");
            }
            if !self.visited.insert(next.clone()) {
                return malformed("a page token repeats");
            }
            self.page_token = Some(next);
            return PullStep::Call(self.next());
        }
        match page.next_sync_token.filter(|token| !token.is_empty()) {
            Some(sync_token) => PullStep::Finished(Pulled {
                events: std::mem::take(&mut self.events).into_values().collect(),
                sync_token,
                full: self.is_full(),
                zone: self.zone.take(),
            }),
            None => malformed("the last page has no sync token"),
        }
    }

    /// Of two copies in one listing the younger wins; of equals the one listed later (F-026).
    fn keep(&mut self, event: RemoteEvent) {
        let older = self.events.get(&event.id).is_some_and(|known| known.updated > event.updated);
        if !older {
            self.events.insert(event.id.clone(), event);
        }
    }

    fn failed(&mut self, failure: Failure) -> PullStep {
        match failure {
            Failure::FullSyncRequired if crate::sabotaged!(VoidTokenKept) => malformed("410"),
            Failure::FullSyncRequired | Failure::Deleted => self.restart("410"),
            // A token of another calendar or another query is a 400 rather than a 410.
            Failure::Rejected { status: 400, reason } if !self.is_full() => self.restart(&reason),
            Failure::RateLimited { retry_after_secs } => {
                PullStep::Failed(PullFailure::RateLimited { retry_after_secs })
            }
            Failure::Unauthorized => PullStep::Failed(PullFailure::RefreshToken),
            Failure::NotFound => PullStep::Failed(PullFailure::AccessLost { reason: "notFound".to_owned() }),
            Failure::Forbidden { reason } => PullStep::Failed(PullFailure::AccessLost { reason }),
            Failure::Unknown { detail } | Failure::Malformed { detail } => {
                PullStep::Failed(PullFailure::Retry { reason: detail })
            }
            Failure::Rejected { status, reason } => malformed(&format!("{status} {reason}")),
            Failure::Duplicate | Failure::PreconditionFailed | Failure::PushUnsupported { .. } => {
                malformed("an answer that belongs to no listing")
            }
        }
    }

    /// The token is void: once in a run, everything is listed instead (F-017); twice is for the next run (F-020).
    fn restart(&mut self, reason: &str) -> PullStep {
        if self.is_full() || self.restarted {
            return malformed(&format!("a full listing is refused: {reason}"));
        }
        *self = Self { restarted: true, ..Self::new(std::mem::take(&mut self.calendar), None) };
        PullStep::Call(self.next())
    }
}

fn malformed(reason: &str) -> PullStep {
    PullStep::Failed(PullFailure::Malformed { reason: reason.to_owned() })
}

#[cfg(test)]
mod tests;
