//! Quotas: sliding windows per project and per person, bursts of writes per calendar, and the usage limit of a person who
//! makes too many events (facts: google-calendar §7). All are off until the settings give them a number.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::World;
use super::access::Actor;
use super::clock::{DAY, HOUR, MINUTE};
use crate::wire::ApiError;

/// How a request above a rate is refused: Google does all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 403 `rateLimitExceeded` or `userRateLimitExceeded`.
    #[default]
    Forbidden,
    /// 429 `rateLimitExceeded`.
    TooMany,
    /// One of the two, drawn.
    Either,
}

/// What was asked lately.
#[derive(Debug, Clone, Default)]
pub struct Quota {
    /// By OAuth client: of the last minute.
    projects: BTreeMap<String, VecDeque<i64>>,
    /// By OAuth client: the day and how many since its beginning.
    days: BTreeMap<String, (i64, u32)>,
    /// By OAuth client and person: of the last minute.
    users: BTreeMap<(String, String), VecDeque<i64>>,
    /// By calendar: writes of the last minute.
    writes: BTreeMap<String, VecDeque<i64>>,
    /// By person: events made in the window of the usage limit.
    made: BTreeMap<String, VecDeque<i64>>,
    /// By person: read only until then.
    read_only: BTreeMap<String, i64>,
}

/// One request, as far as quotas are concerned.
pub(crate) struct Cost<'a> {
    pub(crate) actor: &'a Actor,
    /// `quotaUser`, if sent.
    pub(crate) quota_user: Option<&'a str>,
    pub(crate) calendar: Option<&'a str>,
    pub(crate) writes: bool,
    pub(crate) creates: bool,
    /// A patch costs three (facts: google-calendar §2).
    pub(crate) units: u32,
    pub(crate) now: i64,
}

fn limited(status: u16, reason: &str, message: &str) -> ApiError {
    let mut error = ApiError::new(status, reason, message);
    error.domain = "usageLimits";
    error
}

/// Whether `units` more fit into the window.
fn fits(window: &mut VecDeque<i64>, long: i64, limit: Option<u32>, units: u32, now: i64) -> bool {
    while window.front().is_some_and(|at| *at <= now - long) {
        window.pop_front();
    }
    limit.is_none_or(|limit| window.len() + units as usize <= limit as usize)
}

fn spend(window: &mut VecDeque<i64>, units: u32, now: i64) {
    window.extend((0..units).map(|_| now));
}

impl World {
    /// Counts a request, or refuses it; a refused one costs nothing, or the same (`refusals_cost`; undocumented).
    pub(crate) fn charge(&mut self, cost: &Cost<'_>) -> Result<(), ApiError> {
        let settings = &self.settings;
        let off = settings.quota_project_per_minute.is_none()
            && settings.quota_user_per_minute.is_none()
            && settings.quota_project_per_day.is_none()
            && settings.quota_calendar_writes_per_minute.is_none()
            && settings.usage_limit_events.is_none();
        if off {
            return Ok(());
        }
        let (now, units) = (cost.now, cost.units);
        let project = cost.actor.client.clone();
        // A service account pays for everybody, unless the caller names who.
        let payer = cost.quota_user.unwrap_or_else(|| cost.actor.payer());
        let person = (project.clone(), payer.to_owned());
        let today = now.div_euclid(DAY);
        let day = self.quota.days.entry(project.clone()).or_insert((today, 0));
        if day.0 != today {
            *day = (today, 0);
        }
        if settings.quota_project_per_day.is_some_and(|limit| day.1.saturating_add(units) > limit) {
            return Err(limited(403, "dailyLimitExceeded", "Daily Limit Exceeded"));
        }
        let all = self.quota.projects.entry(project.clone()).or_default();
        let of_project = fits(all, MINUTE, settings.quota_project_per_minute, units, now);
        let own = self.quota.users.entry(person.clone()).or_default();
        let of_person = fits(own, MINUTE, settings.quota_user_per_minute, units, now);
        if !(of_project && of_person) && settings.refusals_cost {
            spend(all, units, now);
            spend(own, units, now);
        }
        if !of_project {
            return Err(self.too_fast("rateLimitExceeded", "Rate Limit Exceeded"));
        }
        if !of_person {
            return Err(self.too_fast("userRateLimitExceeded", "User Rate Limit Exceeded"));
        }
        if let Some(calendar) = cost.calendar.filter(|_| cost.writes) {
            let burst = self.quota.writes.entry(calendar.to_owned()).or_default();
            if !fits(burst, MINUTE, settings.quota_calendar_writes_per_minute, 1, now) {
                return Err(self.too_fast("rateLimitExceeded", "Rate Limit Exceeded"));
            }
        }
        self.check_usage(cost)?;
        if let Some(calendar) = cost.calendar.filter(|_| cost.writes) {
            spend(self.quota.writes.entry(calendar.to_owned()).or_default(), 1, now);
        }
        spend(self.quota.projects.entry(project.clone()).or_default(), units, now);
        spend(self.quota.users.entry(person).or_default(), units, now);
        self.quota.days.entry(project).or_insert((today, 0)).1 += units;
        Ok(())
    }

    /// The limit of the acting person, whichever calendar they write to: read only for hours.
    fn check_usage(&mut self, cost: &Cost<'_>) -> Result<(), ApiError> {
        let Some(limit) = self.settings.usage_limit_events else { return Ok(()) };
        let (email, now) = (&cost.actor.email, cost.now);
        let exceeded = || limited(403, "quotaExceeded", "Calendar usage limits exceeded.");
        if cost.writes && self.quota.read_only.get(email).is_some_and(|until| now < *until) {
            return Err(exceeded());
        }
        if !cost.creates {
            return Ok(());
        }
        let window = self.quota.made.entry(email.clone()).or_default();
        if !fits(window, DAY, Some(limit), 1, now) {
            let until = now + self.settings.usage_limit_hours * HOUR;
            self.quota.read_only.insert(email.clone(), until);
            return Err(exceeded());
        }
        spend(window, 1, now);
        Ok(())
    }

    fn too_fast(&mut self, reason: &str, message: &str) -> ApiError {
        let forbidden = match self.settings.quota_refusal {
            Refusal::Forbidden => true,
            Refusal::TooMany => false,
            Refusal::Either => self.chance(0.5),
        };
        if forbidden { limited(403, reason, message) } else { limited(429, "rateLimitExceeded", message) }
    }
}
