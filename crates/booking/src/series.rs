//! Series that come from Google: their instances are listed from Google over a rolling horizon.

mod lacking;

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::which_zone::{Question, Zones, governing};
use model::{BookingId, BookingState, CompanyId, Instant, RoomId, TimeRange};
use store::{CompanyStore, EventRow, OccurrenceRow, RoomStored, StoreError, Tx};
use sync::port::{Failure as GoogleFailure, Outcome, RemoteEvent, RemoteOp, RemoteStatus};
use sync::reading::{Reading, RoomEvent};

use crate::apply::{LISTING, Source, hold, promote_conflicted, slot_of};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;
use crate::servers::Lease;

/// How far ahead instances are listed.
const HORIZON_DAYS: i64 = 180;
/// Listed again when less than this is left.
const EXTEND_DAYS: i64 = 150;
/// Pages of one listing; a series that has more keeps what was known of it.
const MAX_PAGES: usize = 40;

impl Engine {
    /// Lists every series whose horizon is too near, as the one server that does; answers how many were listed.
    pub(crate) async fn series_pass(&self, lease: &mut Lease) -> Result<usize, Failure> {
        let horizon = self.now().plus_minutes(EXTEND_DAYS * 1_440);
        let due = self.store().system().series_to_list(horizon).await?;
        let mut listed = 0;
        for (company, id) in due {
            lease.keep().await?;
            match self.list_series(company, id, lease).await {
                Ok(()) => listed += 1,
                Err(failure) => tracing::warn!(event.id = %id, error = %failure, "Could not list a series"),
            }
        }
        Ok(listed)
    }

    async fn list_series(&self, company: CompanyId, id: BookingId, lease: &Lease) -> Result<(), Failure> {
        let store = self.company(company);
        let Some(event) = store.event_get(id).await? else { return Ok(()) };
        let Some(google_id) = event.google_id.clone() else { return Ok(()) };
        let now = self.now();
        let start = now.plus_minutes(-1_440);
        let window = TimeRange::new(start, now.plus_minutes(HORIZON_DAYS * 1_440))
            .ok_or(Failure::Broken("the horizon is empty"))?;
        let calendars = store.copy_calendars(id, google_id.clone()).await?;
        // A new master may drop instances; a longer horizon only adds.
        let changed = event.listed_until.is_none_or(|until| until <= LISTING);
        set_listed(&store, now, id, None, LISTING).await?;
        let rooms = store.room_list().await?;
        let mut failed = None;
        for room in rooms.into_iter().filter(|room| calendars.contains(&room.email)) {
            if let Err(failure) =
                self.list_in_room(company, &event, room, &google_id, window, changed, lease).await
            {
                failed = Some(failure);
            }
        }
        match failed {
            None => set_listed(&store, now, id, Some(LISTING), window.end()).await,
            Some(failure) => Err(failure),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what one listing is about")]
    async fn list_in_room(
        &self,
        company: CompanyId,
        event: &EventRow,
        room: RoomStored,
        google_id: &str,
        window: TimeRange,
        changed: bool,
        lease: &Lease,
    ) -> Result<(), Failure> {
        let mut instances = self.instances(company, &room, google_id, window).await?;
        // An empty answer is a question: only a second one and the master's own existence make it true.
        if instances.is_empty() {
            instances = self.instances(company, &room, google_id, window).await?;
            self.master_answers(company, &room, google_id).await?;
        }
        if changed {
            let found = self.lacking(company, event, &room, google_id, window, &instances).await?;
            instances.extend(found);
        }
        self.put_instances(company, event, room, window, instances, changed, lease).await
    }

    async fn instances(
        &self,
        company: CompanyId,
        room: &RoomStored,
        google_id: &str,
        window: TimeRange,
    ) -> Result<Vec<RemoteEvent>, Failure> {
        let mut token = self.access_token(company, Owner::Company).await?;
        let mut refreshed = false;
        let mut page_token = None;
        let mut instances = Vec::new();
        let mut pages = 0;
        while pages < MAX_PAGES {
            let op = RemoteOp::EventInstances {
                calendar: room.email.clone(),
                event: google_id.to_owned(),
                window,
                page_token: page_token.clone(),
            };
            match self.ask(company, &token, op).await {
                Outcome::Page(page) => {
                    instances.extend(page.events);
                    pages += 1;
                    match page.next_page_token.filter(|_| !sync::sabotaged!(InstancesCut)) {
                        Some(next) => page_token = Some(next),
                        None => return Ok(instances),
                    }
                }
                Outcome::Failed(GoogleFailure::Unauthorized) if !refreshed => {
                    refreshed = true;
                    token = self.fresh_token(company, Owner::Company, &token).await?;
                }
                other => return Err(Failure::Google(format!("instances: {}", word(&other)))),
            }
        }
        // Cut: what is not listed says nothing.
        Err(Failure::Google("instances: too many pages".to_owned()))
    }

    /// Whether Google still tells of the series at all, alive or cancelled.
    async fn master_answers(
        &self,
        company: CompanyId,
        room: &RoomStored,
        google_id: &str,
    ) -> Result<(), Failure> {
        let token = self.access_token(company, Owner::Company).await?;
        let op = sync::absence::question(&room.email, google_id);
        match sync::absence::confirm(self.ask(company, &token, op).await) {
            sync::absence::Confirmation::Unsure => Err(Failure::Google("an empty series".to_owned())),
            _ => Ok(()),
        }
    }

    /// Makes the occurrences of `event` in `room` inside `window` equal to what was listed.
    #[expect(clippy::too_many_arguments, reason = "what one listing is about")]
    async fn put_instances(
        &self,
        company: CompanyId,
        event: &EventRow,
        room: RoomStored,
        window: TimeRange,
        instances: Vec<RemoteEvent>,
        changed: bool,
        lease: &Lease,
    ) -> Result<(), Failure> {
        let store = self.company(company);
        let calendar = store.calendar_of_room(room.id).await?;
        let room_zone = calendar.and_then(|calendar| calendar.zone);
        let zones = Zones { room: room_zone.as_deref(), ..Zones::of(self.zone_of(company).await?) };
        let source = Source {
            calendar: room.email.clone(),
            zone: governing(Question::AllDay, &zones).zone,
            room,
            seed: self.random(),
            begun: self.now(),
            hear_again: Arc::default(),
        };
        let (id, title, rule_range) = (event.id, event.title.clone(), event.range);
        let (name, fence, until) = lease.proof();
        store
            .write(self.now(), move |tx| {
                Box::pin(async move {
                    tx.lease_hold(&name, fence, until).await?;
                    let mut listed = BTreeMap::new();
                    for remote in instances.iter().filter(|remote| remote.status != RemoteStatus::Cancelled) {
                        if let Reading::Event(instance) = source.read(remote) {
                            listed.insert(instance.original.unwrap_or(instance.range.start()), instance);
                        }
                    }
                    // An exception that was known by itself before its series, and that the series does not have any more.
                    for remote in instances.iter().filter(|remote| remote.status == RemoteStatus::Cancelled) {
                        let original = remote.original_start.as_ref();
                        let slot = original.and_then(|original| slot_of(&source, original));
                        take_over(tx, &remote.id, id, source.room.id, slot).await?;
                    }
                    // First what is gone, so that the new instances of a series do not meet its old ones.
                    if changed {
                        drop_unlisted(tx, &source, id, window, &listed).await?;
                    }
                    for (slot, instance) in &listed {
                        let moved = *slot != instance.range.start()
                            || instance.range.length_micros() != rule_range.length_micros();
                        let exception = moved || instance.title != title;
                        take_over(tx, &instance.google_id, id, source.room.id, Some(*slot)).await?;
                        hold(tx, &source, id, instance, *slot, exception).await?;
                    }
                    promote_conflicted(tx, source.room.id).await
                })
            })
            .await
            .map_err(|error: StoreError| error)?;
        Ok(())
    }
}

/// An instance that was known by itself, because it came before its series, now belongs to the series: `here`, where the
/// series says what becomes of it, and in the rooms to which it alone was taken, where it stays as it is.
pub(crate) async fn take_over(
    tx: &mut Tx,
    google_id: &str,
    series: BookingId,
    here: RoomId,
    slot: Option<Instant>,
) -> Result<(), StoreError> {
    let Some(mut single) = tx.event_by_google_id(google_id).await?.filter(|single| single.id != series)
    else {
        return Ok(());
    };
    if single.cancelled {
        return Ok(());
    }
    let before = tx.blocks_of_event(single.id).await?;
    let held = tx.occurrences_of_event(single.id).await?;
    for occurrence in &held {
        tx.occurrence_put(&OccurrenceRow { state: BookingState::Cancelled, ..occurrence.clone() }).await?;
    }
    single.cancelled = true;
    tx.event_update(&single).await?;
    tx.changes_since(single.id, before).await?;
    let before = tx.blocks_of_event(series).await?;
    let title = if single.private { String::new() } else { single.title };
    for occurrence in held.into_iter().filter(|one| one.room != here && one.state.is_drawn()) {
        let Some(slot) = slot else { continue };
        let title = Some(title.clone());
        tx.occurrence_put(&OccurrenceRow { event: series, slot, title, exception: true, ..occurrence })
            .await?;
    }
    tx.changes_since(series, before).await
}

/// Slots that the rule no longer has, or that were cancelled one by one.
async fn drop_unlisted(
    tx: &mut Tx,
    source: &Source,
    id: BookingId,
    window: TimeRange,
    listed: &BTreeMap<Instant, Box<RoomEvent>>,
) -> Result<(), StoreError> {
    let before = tx.blocks_of_event(id).await?;
    let room = source.room.id;
    for occurrence in tx.occurrences_of_event(id).await? {
        let here = occurrence.room == room && occurrence.range.overlaps(window);
        if here && !listed.contains_key(&occurrence.slot) {
            tx.occurrence_delete(id, room, occurrence.slot).await?;
        }
    }
    tx.changes_since(id, before).await
}

/// Sets how far a series is listed, unless it is something else than `was` by now.
async fn set_listed(
    store: &CompanyStore,
    now: Instant,
    id: BookingId,
    was: Option<Instant>,
    until: Instant,
) -> Result<(), Failure> {
    store
        .write(now, move |tx| {
            Box::pin(async move {
                let event = tx.event_get(id).await?;
                if let Some(mut event) = event.filter(|event| was.is_none() || event.listed_until == was) {
                    event.listed_until = Some(until);
                    tx.event_update(&event).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .await?;
    Ok(())
}

/// An outcome's kind, without content.
fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(failure) => format!("{failure:?}"),
        _ => "unexpected answer".to_owned(),
    }
}
