//! Whose turn it is to have a place at Google.
//!
//! A slot that was given back here is free for the next one at once, but not in Google: what had it is pushed on its own,
//! by another grant maybe, and may have to be tried again. Asked too early the room says no, to a booking that was
//! acknowledged. So an event does not go to a place in which another one of ours still stands that is to leave it.

use model::TimeRange;
use serde_json::Value;
use store::OutboxRow;

use super::Job;
use crate::engine::Engine;
use crate::failure::Failure;

/// So often it is waited, for about a minute in all. Two that go to each other's place would wait for ever.
const TURNS: u32 = 12;
/// The first wait, doubled each time up to the longest.
const FIRST_MICROS: i64 = 200_000;
const DOUBLINGS: u32 = 5;

impl Engine {
    /// Whether another event of ours, which waits for Google, still stands where this one goes.
    pub(super) async fn waits_for_its_place(&self, job: &Job) -> Result<bool, Failure> {
        let goes = job.fields.time || job.fields.room;
        let holds = !job.event.cancelled && job.occurrence.state.holds_room();
        if !goes || !holds || job.row.attempts > TURNS {
            return Ok(false);
        }
        let (email, range) = (&job.room.email, job.occurrence.range);
        let copies = self.company(job.row.company).copies_waiting(job.event.id, email).await?;
        Ok(copies.iter().any(|raw| stands_in(raw, email, range)))
    }

    /// Its turn comes soon. That is no failure, which would have a reason.
    pub(super) async fn take_turn_later(&self, row: &OutboxRow) -> Result<(), Failure> {
        let pause = FIRST_MICROS << row.attempts.saturating_sub(1).min(DOUBLINGS);
        self.rest(row, self.now().plus_micros(pause), None, "the place is not free yet").await
    }
}

/// Whether this copy has the room at some of that time: the room has not said no.
fn stands_in(raw: &Value, email: &str, range: TimeRange) -> bool {
    let of_room = |one: &&Value| one["email"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(email));
    let attendees = raw["attendees"].as_array().into_iter().flatten();
    let room = attendees.into_iter().find(of_room);
    let own = of_room(&&raw["organizer"]);
    let has = room.map_or(own, |room| room["responseStatus"] != "declined");
    let overlaps = || sync::push::held_range(raw).is_some_and(|held| held.overlaps(range));
    raw["status"] != "cancelled" && has && overlaps()
}

#[cfg(test)]
mod tests {
    use model::Instant;
    use serde_json::json;

    use super::*;

    const ROOM: &str = "halla@resource.example";

    fn range(from: &str, to: &str) -> TimeRange {
        let at = |clock: &str| Instant::parse_rfc3339(&format!("2026-12-01T{clock}:00Z")).unwrap();
        TimeRange::new(at(from), at(to)).unwrap()
    }

    fn copy(answer: &str) -> Value {
        json!({ "status": "confirmed", "organizer": { "email": "joon@hanbit.example" },
            "attendees": [{ "email": "Halla@resource.example", "resource": true, "responseStatus": answer }],
            "start": { "dateTime": "2026-12-01T09:00:00Z" }, "end": { "dateTime": "2026-12-01T10:00:00Z" } })
    }

    #[test]
    fn who_has_the_room_stands_in_its_time() {
        assert!(stands_in(&copy("accepted"), ROOM, range("09:30", "10:30")));
        assert!(stands_in(&copy("needsAction"), ROOM, range("08:00", "09:15")));
        let mut own = copy("");
        own["attendees"] = json!([]);
        own["organizer"]["email"] = json!(ROOM);
        assert!(stands_in(&own, ROOM, range("09:00", "10:00")));
    }

    #[test]
    fn who_was_declined_or_is_elsewhere_does_not() {
        assert!(!stands_in(&copy("declined"), ROOM, range("09:30", "10:30")));
        assert!(!stands_in(&copy("accepted"), ROOM, range("10:00", "11:00")));
        assert!(!stands_in(&copy("accepted"), "other@resource.example", range("09:00", "10:00")));
        let mut gone = copy("accepted");
        gone["status"] = json!("cancelled");
        assert!(!stands_in(&gone, ROOM, range("09:00", "10:00")));
    }
}
