//! The health page: how every room follows Google, what waits and why, and the buttons that mend it. Admins only.

mod attention;
mod pulled;
mod repair;

use std::collections::BTreeMap;

use model::health::{
    ChannelStanding, FullPass, PersonSync, Queue, RoomSync, STUCK_SHOWN, StopRow, StuckRow, SyncPage, Whose,
};
use model::{ApiError, GrantStanding, Instant, RoomTrouble, Stuck};
use store::{
    CalendarRow, ChannelRow, ChannelState, CredentialState, LostGrant, OutboxState, OwnerKind, RoomStored,
    StopStored, StuckStored,
};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::PROVIDER;
use crate::pull::DEGRADED_AFTER;
use crate::vault::Place;

pub(crate) use attention::Known;
pub(crate) use pulled::{Differed, Followed, after_pull};

/// How a stored grant stands, as far as its row says.
pub(crate) const fn standing(state: Option<CredentialState>) -> GrantStanding {
    match state {
        None => GrantStanding::Missing,
        Some(CredentialState::Active) => GrantStanding::Good,
        Some(CredentialState::Expiring) => GrantStanding::Renewing,
        Some(CredentialState::Revoked) => GrantStanding::Revoked,
        Some(CredentialState::Insufficient) => GrantStanding::Insufficient,
    }
}

impl Engine {
    /// Everything that an admin wants to know of how the company follows Google.
    pub async fn sync_health(&self, cx: &Cx) -> Result<SyncPage, ApiError> {
        cx.require_admin()?;
        let viewer = self.viewer(cx).await?;
        Ok(self.health_of(cx, viewer).await?)
    }

    async fn health_of(&self, cx: &Cx, viewer: model::person::Viewer) -> Result<SyncPage, Failure> {
        let store = self.company(cx.company);
        let stops = store.push_stops().await?;
        let all_rooms = store.room_list().await?;
        let rooms = self.rooms_of(cx, &all_rooms, &stops).await?;
        let (stuck, stuck_count) = store.outbox_stuck(STUCK_SHOWN).await?;
        let (waiting, oldest) = store.outbox_waiting().await?;
        let lost = store.credential_lost(PROVIDER).await?;
        let tz = cx.zone;
        let day = calendar::zone::zone_day(tz, calendar::zone::date_at(tz, cx.now));
        Ok(SyncPage {
            viewer,
            day: day.ok_or(Failure::Broken("today has no range"))?,
            now: cx.now,
            grant: self.company_grant(cx).await?,
            delegation: self.delegation(cx.company),
            rooms,
            stuck: stuck.into_iter().map(|row| stuck_row(row, &lost, cx.now)).collect(),
            people: self.people_of(cx, lost).await?,
            stuck_count,
            stops: self.stops_of(cx, &all_rooms, stops).await?,
            queue: Queue { waiting, oldest },
            reach: self.reaches().of(cx.company),
            push_possible: self.settings().hooks_url.is_some(),
            done: None,
        })
    }

    /// How the company's grant stands; one that does not open is as good as none.
    async fn company_grant(&self, cx: &Cx) -> Result<GrantStanding, Failure> {
        let tenant = cx.company.to_string();
        let row = self.company(cx.company).credential_get(PROVIDER, OwnerKind::Company, &tenant).await?;
        let Some(row) = row else { return Ok(GrantStanding::Missing) };
        let id = row.id.to_string();
        let place = Place { tenant: &tenant, table: "credential", column: "access", row: &id };
        let stands = standing(Some(row.state));
        Ok(match self.vault().open(&place, &row.access) {
            Err(_) if stands.is_usable() => GrantStanding::Sealed,
            _ => stands,
        })
    }

    async fn rooms_of(
        &self,
        cx: &Cx,
        rooms: &[RoomStored],
        stops: &[StopStored],
    ) -> Result<Vec<RoomSync>, Failure> {
        let store = self.company(cx.company);
        let calendars = store.calendar_list().await?;
        let channels = store.channel_list().await?;
        let queues = store.outbox_of_rooms().await?;
        let hooks = self.settings().hooks_url.is_some();
        let row = |room: &RoomStored| {
            let calendar = calendars.iter().find(|calendar| calendar.room == room.id)?;
            let own: Vec<&ChannelRow> =
                channels.iter().filter(|channel| channel.calendar == calendar.id).collect();
            let stopped = stops.iter().any(|stop| stop.calendar == room.email);
            let queue = queues.iter().find(|queue| queue.room == room.id);
            let expires = own
                .iter()
                .filter(|one| one.state == ChannelState::Armed)
                .filter_map(|one| one.expires_at)
                .max();
            Some(RoomSync {
                number: room.row.number,
                name: room.row.name.clone(),
                health: room.row.health,
                trouble: trouble(calendar, &own, stopped, hooks, cx.now),
                last_notification: calendar.last_notice_at,
                last_pull: calendar.last_pull_at,
                channel: channel(calendar, &own),
                channel_expires: expires,
                queue: queue.map_or_else(Queue::default, |queue| Queue {
                    waiting: queue.waiting,
                    oldest: queue.oldest,
                }),
                full_pass: calendar.full_at.map(|at| FullPass {
                    at,
                    found: calendar.drift_found,
                    repaired: calendar.drift_repaired,
                }),
                repairing: calendar.sync_token.is_none()
                    && calendar.last_pull_at.is_some()
                    && calendar.failures == 0,
            })
        };
        Ok(rooms.iter().filter_map(row).collect())
    }

    async fn people_of(&self, cx: &Cx, lost: Vec<LostGrant>) -> Result<Vec<PersonSync>, Failure> {
        let store = self.company(cx.company);
        let mut waiting: BTreeMap<_, i64> = BTreeMap::new();
        for (lane, count) in store.outbox_of_lanes().await? {
            if let Some(person) = lane.person {
                waiting.insert(person, count);
            }
        }
        let person = |lost: LostGrant| PersonSync {
            waiting: waiting.get(&lost.person).copied().unwrap_or(0),
            name: lost.name,
            grant: if lost.active { standing(Some(lost.state)) } else { GrantStanding::Suspended },
        };
        let lost = lost.into_iter().map(person);
        // Whose grant is gone with nothing left to do is nobody's worry.
        let mut people: Vec<PersonSync> =
            lost.filter(|person| person.grant != GrantStanding::Suspended || person.waiting > 0).collect();
        people.sort_by_key(|person| std::cmp::Reverse(person.waiting));
        Ok(people)
    }

    async fn stops_of(
        &self,
        cx: &Cx,
        rooms: &[RoomStored],
        stops: Vec<StopStored>,
    ) -> Result<Vec<StopRow>, Failure> {
        let store = self.company(cx.company);
        let mut rows = Vec::with_capacity(stops.len());
        for stop in stops {
            let name = self.name_of(cx, rooms, &stop.calendar).await?;
            let booking = store.event_get(stop.event).await?.map(|event| event.number);
            rows.push(StopRow { calendar: stop.calendar, name, kind: stop.kind, at: stop.at, booking });
        }
        Ok(rows)
    }

    /// The room's or the person's name, where the calendar is one of the company's.
    async fn name_of(&self, cx: &Cx, rooms: &[RoomStored], calendar: &str) -> Result<String, Failure> {
        if let Some(room) = rooms.iter().find(|room| room.email == calendar) {
            return Ok(room.row.name.clone());
        }
        let person = self.company(cx.company).person_by_email(calendar).await?;
        Ok(person.map_or_else(|| calendar.to_owned(), |person| person.name))
    }
}

/// What is wrong with a room, the most pressing first.
fn trouble(
    calendar: &CalendarRow,
    channels: &[&ChannelRow],
    stopped: bool,
    hooks: bool,
    now: Instant,
) -> Option<RoomTrouble> {
    if stopped {
        return Some(RoomTrouble::LoopStopped);
    }
    // A word of an older version is as good as an answer that cannot be read.
    let failed = calendar.last_error.as_deref();
    let failed = failed.map(|word| RoomTrouble::try_from(word).unwrap_or(RoomTrouble::Malformed));
    // What may pass by itself is trouble once it does not.
    let lasts = |trouble: &RoomTrouble| !trouble.may_pass() || calendar.failures >= DEGRADED_AFTER;
    if let Some(trouble) = failed.filter(lasts) {
        return Some(trouble);
    }
    let none = channels.iter().all(|channel| channel.state == ChannelState::Stopping);
    if hooks && none && calendar.watch_after.is_some_and(|until| until > now) {
        return Some(RoomTrouble::NoChannel);
    }
    calendar.silent_at.map(|_| RoomTrouble::Silent)
}

fn channel(calendar: &CalendarRow, channels: &[&ChannelRow]) -> ChannelStanding {
    let any = |state| channels.iter().any(|channel| channel.state == state);
    match (any(ChannelState::Armed), any(ChannelState::Arming)) {
        (true, _) if calendar.silent_at.is_some() => ChannelStanding::Silent,
        (true, _) => ChannelStanding::Armed,
        (false, true) => ChannelStanding::Arming,
        (false, false) => ChannelStanding::None,
    }
}

fn stuck_row(row: StuckStored, lost: &[LostGrant], now: Instant) -> StuckRow {
    let dead = row.state == OutboxState::Dead;
    let whose = match row.lane.person {
        None => Whose::Company,
        Some(id) if lost.iter().any(|lost| lost.person == id && !lost.active) => Whose::Suspended,
        Some(_) => Whose::Organizer,
    };
    let reason = row.reason.unwrap_or(if dead { Stuck::Refused } else { Stuck::NoGrant });
    StuckRow {
        can_retry: can_retry(&row, reason, now),
        booking: row.number,
        title: if row.private { String::new() } else { row.title },
        organizer: row.organizer_name,
        room: row.room.unwrap_or_default(),
        start: row.start,
        reason,
        whose,
        since: row.since,
        attempts: row.attempts,
        next_try: (row.state == OutboxState::Waiting).then_some(row.due),
        dead,
    }
}

/// What Google refused before it stood there can be tried again while it is to come. What it refused of a later change
/// cannot: Google's state was taken back by then. A stop is lifted, not tried.
fn can_retry(row: &StuckStored, reason: Stuck, now: Instant) -> bool {
    match row.state {
        OutboxState::Dead => row.declined && row.end > now && reason != Stuck::RoomGone,
        OutboxState::Blocked | OutboxState::Waiting => reason != Stuck::LoopStopped,
    }
}
