//! Dates that a listing of a series lacks although the series' rule has them: each is asked for alone before it goes
//! (NO-ABSENCE-DELETE). A page that came empty would take every date on it.

use std::collections::BTreeSet;

use calendar::recurrence::{Budget, Recurrence, Slot, Start};
use calendar::zone::{self, Tz};
use model::{CompanyId, TimeRange};
use store::{EventRow, RoomStored};
use sync::absence::{self, Confirmation};
use sync::port::RemoteEvent;
use sync::series::instance_id;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;
use crate::recurring::slot_of;

/// So many dates are asked for. Where more are lacking, the listing is no answer.
const MOST: usize = 200;

impl Engine {
    /// Dates of `event` that stand in `room` inside `window`, that `instances` does not mention, and that Google has all
    /// the same. Fails where Google does not say of one.
    pub(super) async fn lacking(
        &self,
        company: CompanyId,
        event: &EventRow,
        room: &RoomStored,
        google_id: &str,
        window: TimeRange,
        instances: &[RemoteEvent],
    ) -> Result<Vec<RemoteEvent>, Failure> {
        // A rule that cannot be read explains nothing; what is listed of such a series is all that is known.
        let Some(rule) = Rule::of(event) else { return Ok(Vec::new()) };
        let told: BTreeSet<&str> = instances.iter().map(|instance| instance.id.as_str()).collect();
        let held = self.company(company).occurrences_of_event(event.id).await?;
        let here = held.iter().filter(|one| one.room == room.id && one.range.overlaps(window));
        let slots = here.map(|one| rule.slot(one)).filter(|slot| rule.has(*slot));
        let asked: Vec<String> =
            slots.map(|slot| instance_id(google_id, slot)).filter(|id| !told.contains(id.as_str())).collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        if asked.len() > MOST {
            return Err(Failure::Google("instances: too many are lacking".to_owned()));
        }
        tracing::debug!(event.id = %event.id, dates = asked.len(), "A listing lacks dates of its series");
        let token = self.access_token(company, Owner::Company).await?;
        let questions = asked.iter().map(|id| absence::question(&room.email, id)).collect();
        let mut alive = Vec::new();
        for answer in self.ask_all(company, &token, questions).await {
            match absence::confirm(answer) {
                Confirmation::Alive(instance) => alive.push(*instance),
                Confirmation::Gone | Confirmation::NotFound => {}
                Confirmation::Unsure => {
                    return Err(Failure::Google("instances: a date is in doubt".to_owned()));
                }
            }
        }
        Ok(alive)
    }
}

/// The rule of a series that Google keeps.
struct Rule {
    recurrence: Recurrence,
    zone: Tz,
}

impl Rule {
    fn of(event: &EventRow) -> Option<Self> {
        let zone = zone::parse_or_default(&event.zone);
        let first = event.range.start();
        let start = if event.all_day {
            Start::Date(zone::date_at(zone, first))
        } else {
            Start::Zoned { wall: Slot::starting_at(first, zone).wall(), zone }
        };
        Some(Self { recurrence: Recurrence::read(start, &event.recurrence).ok()?, zone })
    }

    /// The date that an occurrence is of, wherever it was moved to.
    fn slot(&self, occurrence: &store::OccurrenceRow) -> Slot {
        slot_of(&self.recurrence, self.zone, occurrence.slot)
    }

    fn has(&self, slot: Slot) -> bool {
        self.recurrence.contains(slot, Budget::DEFAULT).unwrap_or(false)
    }
}
