//! Who is told when a booking does not get its room, or a date of a series meets somebody.
//!
//! A notice is written in the transaction that makes the fact, so that neither a crash nor a repeated pass loses or doubles
//! one. What it says is made of it when it is read (`notices`, `text::notice`), in the reader's language and as far as
//! they may see it then.

use std::collections::BTreeSet;

use model::notice::NoticeReason;
use model::{BookingId, Instant, PersonId, RoomId, TimeRange};
use store::{EventRow, NoticeRow, OccurrenceRow, PersonStored, StoreError, Tx, Way};

/// Notices of dates that were over so long ago are forgotten when something new is told to the same person.
const KEPT_DAYS: i64 = 90;

/// A date of an event that does not hold its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) reason: NoticeReason,
    pub(crate) room: RoomId,
    pub(crate) slot: Instant,
    pub(crate) range: TimeRange,
    /// Who has the room, where that is known.
    pub(crate) holder: Option<BookingId>,
}

/// Tells of an occurrence that was just written, if it does not hold its room. `holder`: who has it, where that is known.
pub(crate) async fn tell_of(
    tx: &mut Tx,
    occurrence: &OccurrenceRow,
    holder: Option<BookingId>,
) -> Result<(), StoreError> {
    let reason = occurrence.reason.as_deref().and_then(|word| NoticeReason::try_from(word).ok());
    let Some(reason) = reason else { return Ok(()) };
    let Some(event) = tx.event_get(occurrence.event).await? else { return Ok(()) };
    let (room, slot, range) = (occurrence.room, occurrence.slot, occurrence.range);
    tell(tx, &event, &[Fact { reason, room, slot, range, holder }]).await
}

/// Tells of a booking whose room is not there any more, although Google still holds it.
pub(crate) async fn tell_of_gone_room(tx: &mut Tx, id: BookingId) -> Result<(), StoreError> {
    let Some(event) = tx.event_get(id).await? else { return Ok(()) };
    let occurrences = tx.occurrences_of_event(id).await?;
    let fact = |one: &OccurrenceRow| Fact {
        reason: NoticeReason::RoomGone,
        room: one.room,
        slot: one.slot,
        range: one.range,
        holder: None,
    };
    let facts: Vec<Fact> = occurrences.iter().filter(|one| one.state.holds_room()).map(fact).collect();
    tell(tx, &event, &facts).await
}

/// Tells of dates of `event`, in the order given.
pub(crate) async fn tell(tx: &mut Tx, event: &EventRow, facts: &[Fact]) -> Result<(), StoreError> {
    tell_these(tx, event, &BTreeSet::new(), facts).await
}

/// As [`tell`], and besides those who are told anyway the `others`, whose wish it was.
pub(crate) async fn tell_too(
    tx: &mut Tx,
    event: &EventRow,
    others: &BTreeSet<PersonId>,
    fact: &Fact,
) -> Result<(), StoreError> {
    tell_these(tx, event, others, std::slice::from_ref(fact)).await
}

async fn tell_these(
    tx: &mut Tx,
    event: &EventRow,
    others: &BTreeSet<PersonId>,
    facts: &[Fact],
) -> Result<(), StoreError> {
    let now = tx.now();
    let told: Vec<&Fact> = facts.iter().filter(|fact| is_told(event, fact, now)).collect();
    if told.is_empty() {
        return Ok(());
    }
    let organizer = match event.organizer {
        Some(person) => tx.person_get(person).await?.filter(|person| person.active),
        None => None,
    };
    let mut people = match organizer {
        Some(person) => vec![person.id],
        None => stand_ins(&tx.person_list().await?),
    };
    people.extend(others.iter().filter(|other| !people.contains(other)).copied().collect::<Vec<_>>());
    let notice = |person: PersonId, fact: &Fact| NoticeRow {
        person,
        reason: fact.reason,
        event: event.id,
        room: fact.room,
        slot: fact.slot,
        range: fact.range,
        holder: fact.holder,
        wished_at: event.touched_at,
    };
    let notices: Vec<NoticeRow> =
        people.iter().flat_map(|person| told.iter().map(|fact| notice(*person, fact))).collect();
    for person in people {
        tx.notice_forget(person, now.plus_minutes(-KEPT_DAYS * 1_440)).await?;
    }
    tx.notice_tell(&notices).await
}

/// What is over concerns nobody any more. What Google's room says to an event that was made in Google, Google tells its
/// organiser.
fn is_told(event: &EventRow, fact: &Fact, now: Instant) -> bool {
    let googles = event.way == Way::Outside && fact.reason != NoticeReason::Overlaps;
    fact.range.end() > now && !googles
}

/// Who is told where the organiser cannot be, because they are outside the company, the room itself, or gone: the admins,
/// who can do something about it.
fn stand_ins(people: &[PersonStored]) -> Vec<PersonId> {
    people.iter().filter(|person| person.active && person.admin).map(|person| person.id).collect()
}

#[cfg(test)]
mod tests {
    use model::PersonNumber;

    use super::*;

    fn person(number: u8, admin: bool, active: bool) -> PersonStored {
        PersonStored {
            id: PersonId::new(Instant::from_secs(1), [number; 10]),
            number: PersonNumber(i64::from(number)),
            google_sub: None,
            email: format!("{number}@hanbit.example"),
            name: "김민아".into(),
            department: String::new(),
            admin,
            active,
        }
    }

    #[test]
    fn admins_who_can_sign_in_stand_in() {
        let people =
            [person(1, true, true), person(2, true, false), person(3, false, true), person(4, true, true)];
        assert_eq!(stand_ins(&people), [people[0].id, people[3].id]);
        assert_eq!(stand_ins(&people[1..3]), []);
    }
}
