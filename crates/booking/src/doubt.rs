//! Pulled events that came without a list which they had: each is asked for alone before it is believed
//! (`sync::doubt`).

use model::{BookingId, CompanyId};
use serde_json::Value;
use store::{CalendarRow, CompanyStore, EventKind, Way};
use sync::absence::{self, Confirmation};
use sync::doubt;
use sync::port::{RemoteEvent, RemoteStatus, Secret};
use uuid::Uuid;

use crate::engine::Engine;
use crate::failure::Failure;

/// So many events of a listing that are new and strange are asked for; the others wait for the next one.
const MOST: usize = 50;
/// So many events are compared with their copies at a time: a listing may have thousands.
const PART: usize = 250;

impl Engine {
    /// Replaces what is doubtful among `events` by what Google says of it when asked for it alone. Answers whether a
    /// question stayed without an answer: such an event is left out, and has to be pulled again.
    pub(crate) async fn settle_doubts(
        &self,
        company: CompanyId,
        calendar: &CalendarRow,
        events: &mut Vec<RemoteEvent>,
        token: &Secret,
    ) -> Result<bool, Failure> {
        let mut doubts = Doubts { settled: Vec::with_capacity(events.len()), ..Doubts::default() };
        let mut left = std::mem::take(events).into_iter();
        while left.len() > 0 {
            let part = left.by_ref().take(PART).collect();
            self.settle_part(company, calendar, part, token, &mut doubts).await?;
        }
        *events = doubts.settled;
        Ok(doubts.unsure)
    }

    async fn settle_part(
        &self,
        company: CompanyId,
        calendar: &CalendarRow,
        events: Vec<RemoteEvent>,
        token: &Secret,
        doubts: &mut Doubts,
    ) -> Result<(), Failure> {
        let Doubts { settled, unsure, strange } = doubts;
        let store = self.company(company);
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        let mut shown = store.copies(&calendar.google_id, &ids).await?;
        let new = |event: &&RemoteEvent| {
            let empty = event.recurrence.is_empty() || event.attendees.as_ref().is_none_or(Vec::is_empty);
            empty && event.recurring_event_id.is_none() && !shown.contains_key(&event.id)
        };
        let new: Vec<&str> = events.iter().filter(new).map(|event| event.id.as_str()).collect();
        let ours = store.google_ids_known(&new).await?;
        for event in events {
            let last = match shown.remove(&event.id) {
                Some(shown) => Last { event: shown.event, raw: shown.raw, here: true, ..Last::NOTHING },
                None if ours.contains(&event.id) => elsewhere(&store, &event).await?,
                None if doubt::lacks_its_room(&event, &calendar.google_id) => {
                    *strange += 1;
                    if *strange > MOST {
                        *unsure = true;
                        continue;
                    }
                    Last { is_strange: true, ..Last::NOTHING }
                }
                None => {
                    settled.push(event);
                    continue;
                }
            };
            let repeats =
                last.repeats && event.recurrence.is_empty() && event.status != RemoteStatus::Cancelled;
            if !last.is_strange && !repeats && !doubt::lacks_a_list(&event, &last.raw) {
                settled.push(event);
                continue;
            }
            let question = absence::question(&calendar.google_id, &event.id);
            match absence::confirm(self.ask(company, token, question).await) {
                Confirmation::Alive(mut event) => {
                    if last.here {
                        doubt::keep_guests(&mut event, &last.raw, &calendar.google_id);
                    }
                    settled.push(*event);
                }
                // It changed again meanwhile, and Google will tell of that; or there was no answer.
                Confirmation::Gone | Confirmation::NotFound | Confirmation::Unsure => {
                    tracing::warn!(calendar.id = %calendar.id, event.id = %last.event, "An event's lists are in doubt");
                    *unsure = true;
                }
            }
        }
        Ok(())
    }
}

/// What became of the events of a listing so far.
#[derive(Default)]
struct Doubts {
    settled: Vec<RemoteEvent>,
    /// A question stayed without an answer.
    unsure: bool,
    /// How many were new and strange.
    strange: usize,
}

/// What is known of an event that a calendar shows.
struct Last {
    event: BookingId,
    /// As Google showed it last; `null`: never.
    raw: Value,
    /// On this calendar.
    here: bool,
    /// It is a series of ours, whatever Google showed.
    repeats: bool,
    /// It is new, and lacks what brought it there.
    is_strange: bool,
}

impl Last {
    const NOTHING: Self = Self {
        event: BookingId(Uuid::nil()),
        raw: Value::Null,
        here: false,
        repeats: false,
        is_strange: false,
    };
}

/// What we know of an event that this calendar shows for the first time: it may be without its lists then.
async fn elsewhere(store: &CompanyStore, event: &RemoteEvent) -> Result<Last, Failure> {
    let mut last = Last::NOTHING;
    if let Some(known) = store.event_by_google_id(&event.id).await? {
        last.event = known.id;
        last.repeats = known.kind == EventKind::Series && known.way != Way::Outside;
        if let Some(copy) = store.copy_get(&known.way_calendar, &event.id).await? {
            last.raw = copy.raw;
        }
    }
    Ok(last)
}
