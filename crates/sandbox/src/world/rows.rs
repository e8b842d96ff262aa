//! What a listing has, before it is cut into pages and rendered (facts: google-calendar §2).

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::access::Role;
use super::calendar::{Calendar, Kind};
use super::clock::{DAY, SECOND, parse_instant};
use super::event::{Content, EventCopy, Response, Status};
use super::recurrence::{self, BUDGET, Place, Slot};
use super::render::Reader;
use super::{World, room};
use crate::wire::{ApiError, Query};

/// One row before it is rendered.
pub(super) struct Row<'a> {
    pub(super) key: (i64, String),
    pub(super) copy: &'a EventCopy,
    pub(super) slot: Option<Slot>,
    /// An instance that the series had and has no more.
    pub(super) gone: bool,
}

pub(super) struct Window {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) horizon: i64,
}

impl Window {
    pub(super) fn read(query: &Query, now: i64) -> Result<Self, ApiError> {
        let read = |name: &str| match query.get(name) {
            None => Ok(None),
            Some(text) => parse_instant(text)
                .map(|at| Some(at - at.rem_euclid(1_000_000)))
                .ok_or_else(|| ApiError::parameter(name, &format!("Invalid value for {name}."))),
        };
        let (from, to) = (read("timeMin")?, read("timeMax")?);
        if let (Some(from), Some(to)) = (from, to)
            && to <= from
        {
            return Err(ApiError::time_range_empty());
        }
        let horizon = to.unwrap_or(now.max(from.unwrap_or(now)) + 2 * 366 * DAY);
        Ok(Self { from: from.unwrap_or(i64::MIN), to: to.unwrap_or(i64::MAX), horizon })
    }

    /// Its ends, if it has any.
    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        (self.from != i64::MIN || self.to != i64::MAX).then_some((self.from, self.to))
    }
}

impl World {
    /// Whether a change has reached deltas (`list_delay_ms`).
    pub(super) fn is_seen(&self, copy: &EventCopy, now: i64) -> bool {
        copy.at + self.settings.list_delay_ms * 1_000 <= now
    }

    /// Whether a deleted event is forgotten by now; a cancelled exception stays as long as its series
    /// (discovery: `Event.status`).
    pub(super) fn is_forgotten(&self, home: &Calendar, copy: &EventCopy, now: i64) -> bool {
        let series = copy.content.series.as_deref().and_then(|id| home.events.get(id));
        !copy.is_live()
            && series.is_none_or(|series| !series.is_live())
            && copy.at + self.settings.tombstone_ttl_s * SECOND < now
    }

    /// Everything the listing has, in order.
    pub(super) fn rows<'a>(
        &self,
        (home, reader): (&'a Calendar, Reader<'_>),
        query: &Query,
        window: &Window,
        since: Option<u64>,
        now: i64,
    ) -> Result<Vec<Row<'a>>, ApiError> {
        let single = query.flag("singleEvents")? == Some(true) || reader.role == Role::FreeBusyReader;
        let updated = match query.get("updatedMin") {
            None => None,
            Some(text) => Some(
                parse_instant(text)
                    .ok_or_else(|| ApiError::parameter("updatedMin", "Invalid value for updatedMin."))?,
            ),
        };
        let deleted = since.is_some() || updated.is_some() || query.flag("showDeleted")? == Some(true);
        if updated.is_some_and(|from| from + self.settings.tombstone_ttl_s * SECOND < now) {
            return Err(ApiError::updated_min());
        }
        let order = query.get("orderBy");
        match order {
            None | Some("updated") => {}
            Some("startTime") if single => {}
            Some("startTime") => {
                let message = "The requested ordering is not available for the particular query.";
                return Err(ApiError::parameter("orderBy", message));
            }
            Some(_) => return Err(ApiError::parameter("orderBy", "Invalid value for orderBy.")),
        }
        let any = self.settings.any_property;
        let hides = self.hides_invitations(home, query)?;
        let tells_lost = !self.settings.delta_hides_lost;
        let mut rows = Vec::new();
        for copy in home.events.values() {
            let repeated = self.settings.delta_repeats && copy.is_live() && scatter(&copy.id) % 4 == 0;
            let fresh = since.is_none_or(|seq| (copy.changed > seq && self.is_seen(copy, now)) || repeated)
                && updated.is_none_or(|from| copy.content.updated >= from);
            let hidden = hides && copy.is_live() && copy.response(&home.id) == Response::NeedsAction;
            if !fresh || hidden || self.is_forgotten(home, copy, now) || !matches(copy, reader, query, any) {
                continue;
            }
            if let Some(since) = since.filter(|_| single && tells_lost) {
                let place = self.place(&home.id);
                lost_instances((home, place), copy, window, since, &mut rows);
            }
            if copy.is_master() {
                if single && (copy.is_live() || deleted) {
                    expand_master((home, self.place(&home.id)), copy, window, &mut rows);
                    // Exceptions go with their series, without a change of their own.
                    if let Some(since) = since.filter(|_| !copy.is_live() && tells_lost) {
                        let silenced = home.exceptions(&copy.id).filter(|one| one.changed <= since);
                        rows.extend(silenced.map(gone));
                    }
                } else if !single && (copy.is_live() || deleted) {
                    let touches = !copy.is_live()
                        || (window.from == i64::MIN && window.to == i64::MAX)
                        || !recurrence::expand(
                            &copy.content,
                            self.place(&home.id),
                            window.from,
                            window.to,
                            1,
                        )
                        .is_empty();
                    if touches {
                        rows.push(row(copy, None, home.zone));
                    }
                }
                continue;
            }
            let series = copy.content.series.as_deref().and_then(|id| home.events.get(id));
            let of_live_series = series.is_some_and(EventCopy::is_live);
            let shown = copy.is_live() || deleted || (!single && of_live_series);
            if shown && room::overlaps(&copy.content, home.zone, window.from, window.to) {
                rows.push(row(copy, None, home.zone));
            }
        }
        for row in &mut rows {
            let id = std::mem::take(&mut row.key.1);
            row.key = match order {
                Some("startTime") => (row.key.0, id),
                Some(_) => (row.copy.content.updated, id),
                None if self.settings.arbitrary_order => (scatter(&id), id),
                None => (0, id),
            };
        }
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(rows)
    }

    /// Whether invitations without an answer are left out (discovery: `events.list.showHiddenInvitations`).
    fn hides_invitations(&self, home: &Calendar, query: &Query) -> Result<bool, ApiError> {
        let shown = query.flag("showHiddenInvitations")? == Some(true);
        let set = self.setting_of(&home.id, "hideInvitations");
        Ok(!shown && home.kind == Kind::Person && set.is_some_and(|(value, _)| value == "true"))
    }
}

/// A number that says nothing about an id but is always the same.
fn scatter(id: &str) -> i64 {
    Sha256::digest(id.as_bytes()).iter().take(7).fold(0, |sum, byte| sum << 8 | i64::from(*byte))
}

fn row(copy: &EventCopy, slot: Option<Slot>, zone: Tz) -> Row<'_> {
    let start = slot.as_ref().map_or(&copy.content.start, |slot| &slot.start).at(zone);
    let id = match &slot {
        Some(slot) => format!("{}_{}", copy.id, slot.suffix),
        None => copy.id.clone(),
    };
    Row { key: (start, id), copy, slot, gone: false }
}

/// What is shown no more, by its id.
fn gone(copy: &EventCopy) -> Row<'_> {
    Row { key: (0, copy.id.clone()), copy, slot: None, gone: true }
}

pub(super) fn expand_master<'a>(
    (home, place): (&Calendar, Place),
    master: &'a EventCopy,
    window: &Window,
    rows: &mut Vec<Row<'a>>,
) {
    for slot in recurrence::expand(&master.content, place, window.from, window.horizon, BUDGET) {
        let row = row(master, Some(slot), home.zone);
        if !home.events.contains_key(&row.key.1) {
            rows.push(row);
        }
    }
}

/// What a series was shown as before `since` and is no more.
fn lost_instances<'a>(
    (home, place): (&Calendar, Place),
    copy: &'a EventCopy,
    window: &Window,
    since: u64,
    rows: &mut Vec<Row<'a>>,
) {
    let lost: Vec<&Content> =
        copy.past.iter().filter(|(seq, _)| *seq > since).map(|(_, content)| content).collect();
    if lost.is_empty() {
        return;
    }
    let ids = |content: &Content| -> BTreeMap<String, Slot> {
        let slots = recurrence::expand(content, place, window.from, window.horizon, BUDGET).into_iter();
        slots.map(|slot| (format!("{}_{}", copy.id, slot.suffix), slot)).collect()
    };
    let still = if copy.is_master() { ids(&copy.content) } else { BTreeMap::new() };
    let mut gone: BTreeMap<String, Option<Slot>> = BTreeMap::new();
    for content in lost {
        if content.recurrence.is_empty() {
            gone.insert(copy.id.clone(), None);
        } else {
            gone.extend(ids(content).into_iter().map(|(id, slot)| (id, Some(slot))));
        }
    }
    gone.retain(|id, slot| {
        let stands = match slot {
            Some(_) => still.contains_key(id) || home.events.contains_key(id),
            None => !copy.is_master(),
        };
        !stands
    });
    rows.extend(gone.into_iter().map(|(id, slot)| Row { key: (0, id), copy, slot, gone: true }));
}

fn matches(copy: &EventCopy, reader: Reader<'_>, query: &Query, any: bool) -> bool {
    let content = &copy.content;
    if query.get("iCalUID").is_some_and(|uid| uid != content.ical_uid) {
        return false;
    }
    let hidden = reader.is_kept_from(content);
    for (name, held) in
        [("privateExtendedProperty", &copy.private), ("sharedExtendedProperty", &content.shared)]
    {
        let has = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            !hidden && held.get(key).and_then(Value::as_str) == Some(value)
        };
        let mut wanted = query.all(name).peekable();
        let fits = if any { wanted.peek().is_none() || wanted.any(has) } else { wanted.all(has) };
        if !fits {
            return false;
        }
    }
    let mut kinds = query.all("eventTypes").peekable();
    if kinds.peek().is_some() && !kinds.any(|kind| kind == content.text("eventType")) {
        return false;
    }
    query.get("q").is_none_or(|q| !hidden && content.status != Status::Cancelled && mentions(content, q))
}

/// The words of `q`, each somewhere in the texts and people (discovery: `events.list.q`).
fn mentions(content: &Content, q: &str) -> bool {
    let texts = ["summary", "description", "location"].map(|name| content.text(name).to_lowercase());
    let guests = content.attendees.iter();
    let guests =
        guests.map(|guest| format!("{} {}", guest.email, guest.display_name.as_deref().unwrap_or("")));
    let all: Vec<String> = texts.into_iter().chain(guests).chain([content.organizer.clone()]).collect();
    let all: Vec<String> = all.into_iter().map(|text| text.to_lowercase()).collect();
    q.to_lowercase().split_whitespace().all(|word| all.iter().any(|text| text.contains(word)))
}
