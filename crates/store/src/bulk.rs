//! A batch's new bookings by two statements, where a round trip is dearer than what it asks.
//!
//! The first takes the companies' rows and looks what each booking would meet. With the rows held nobody else books in
//! these companies, so it is decided here, in the members' order, who comes first; the second statement writes what
//! was accepted. The database's constraints still have the last word: where they refuse what was decided here, or a
//! value is one that the database does not take, the whole batch runs again, each member by itself.

use std::collections::{BTreeMap, BTreeSet};

use model::{BookingId, BookingNumber, CompanyId, PersonNumber, RoomId, Seq, TimeRange};
use serde::{Deserialize, Serialize};

use crate::answer::AnswerRow;
use crate::booking::{EVERYTHING, Made, Met, MetPerson, MetRoom, NewBooking, appeared, block};
use crate::credential::CredentialState;
use crate::error::StoreError;
use crate::outbox::Lane;
use crate::sql::Columns;
use crate::tx::Tx;
use crate::writer::Member;

/// What every booking came to, in the members' order.
type Outcomes = Vec<Result<Option<Seq>, StoreError>>;

#[derive(Serialize)]
struct Asked {
    place: usize,
    id: String,
    room: i64,
    person: String,
    provider: &'static str,
    guests: Vec<String>,
    from: i64,
    to: i64,
}

#[derive(Deserialize)]
struct Looked {
    /// `None` where there is no such company.
    counters: Option<Counters>,
    bookings: Vec<Look>,
}

#[derive(Clone, Copy, Deserialize)]
struct Counters {
    seq: i64,
    booking: i64,
}

/// What a booking meets.
#[derive(Deserialize)]
struct Look {
    place: usize,
    /// Its intent was carried out before.
    known: bool,
    busy: bool,
    /// `None` where the room is not in use.
    room: Option<LookedRoom>,
    person: Option<LookedPerson>,
    grant: Option<String>,
    names: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct LookedRoom {
    id: RoomId,
    email: String,
    name: String,
}

#[derive(Deserialize)]
struct LookedPerson {
    number: i64,
    email: String,
    name: String,
}

/// A company's counters as they are afterwards.
#[derive(Serialize)]
struct Written {
    company: String,
    seq: i64,
    number: i64,
}

/// The columns that `bookings_write` fills.
#[derive(Serialize)]
struct Row {
    id: String,
    number: i64,
    title: String,
    private: i64,
    organizer_id: Option<String>,
    organizer_email: String,
    organizer_name: String,
    zone: String,
    start_at: i64,
    end_at: i64,
    all_day: i64,
    tentative: i64,
    origin: &'static str,
    way: &'static str,
    way_calendar: String,
    google_id: Option<String>,
    ical_uid: Option<String>,
    generation: i64,
    recurrence: String,
    guests: String,
    html_link: Option<String>,
    created_at: i64,
    updated_at: i64,
    room: String,
    at: i64,
    lane: String,
    changed: String,
    asked: Option<String>,
    answer: Option<String>,
    seq: i64,
    changes: String,
}

/// Carries out the first `count` members, which are bookings, ordered by company. The rows of all the batch's companies
/// are taken, in order, so that what follows in the transaction takes none that it does not hold already. An error
/// is the batch's: nothing of it may be kept.
pub(crate) async fn book(
    tx: &mut Tx,
    batch: &mut [Box<dyn Member>],
    count: usize,
) -> Result<Outcomes, StoreError> {
    let mut companies: BTreeMap<CompanyId, Vec<usize>> = BTreeMap::new();
    for (index, member) in batch.iter().enumerate() {
        let Some(company) = member.company() else { continue };
        let bookings = companies.entry(company).or_default();
        if index < count {
            bookings.push(index);
        }
    }
    let asked_of = |bookings: &Vec<usize>| {
        bookings.iter().filter_map(|place| Some(asked(*place, batch[*place].booking()?))).collect::<Vec<_>>()
    };
    let owners: Vec<String> = companies.keys().map(CompanyId::to_string).collect();
    let asked = lines(companies.values().map(asked_of))?;
    let looked = look(tx, &owners, asked).await?;
    let mut outcomes: Outcomes = Vec::with_capacity(count);
    let (mut written, mut rows) = (Vec::with_capacity(companies.len()), Vec::with_capacity(companies.len()));
    for ((company, bookings), mut looked) in companies.iter().zip(looked) {
        looked.bookings.sort_unstable_by_key(|look| look.place);
        let mut part = Part::new(*company, looked.counters);
        for (index, look) in bookings.iter().copied().zip(looked.bookings) {
            let member = &mut batch[index];
            let result = part.decide(member.as_ref(), look);
            outcomes.push(match &result {
                Ok(_) => Ok(part.counters.map(|counters| Seq(counters.seq))),
                Err(_) => Ok(None),
            });
            member.settle(result);
        }
        if let Some(counters) = part.counters.filter(|_| !part.rows.is_empty()) {
            let (seq, number) = (counters.seq, counters.booking);
            written.push(Written { company: company.to_string(), seq, number });
            rows.push(part.rows);
        }
    }
    if outcomes.len() != count {
        return Err(StoreError::Damaged("the look at a batch's bookings".into()));
    }
    if !written.is_empty() {
        let (written, rows) = (serde_json::to_string(&written)?, lines(rows)?);
        let write = tx.engine().bookings().write;
        sqlx::query(write).bind(written).bind(rows).execute(tx.connection()).await?;
    }
    Ok(outcomes)
}

/// What one booking meets, in its company's transaction.
pub(crate) async fn meet(tx: &mut Tx, booking: &NewBooking) -> Result<Met, StoreError> {
    let owner = tx.tenant()?;
    let looked = look(tx, &[owner], lines([[asked(0, booking)]])?).await?.into_iter().next();
    let look = looked.and_then(|looked| looked.bookings.into_iter().next());
    look.ok_or_else(|| StoreError::Damaged("the look at a booking".into()))?.met(booking)
}

async fn look(tx: &mut Tx, owners: &[String], asked: String) -> Result<Vec<Looked>, StoreError> {
    let owners = serde_json::to_string(owners)?;
    let look = tx.engine().bookings().look;
    sqlx::query(look).bind(owners).bind(asked).fetch_one(tx.connection()).await?.json("looked")
}

/// A line of JSON for each part. (Inside of JSON a line break is written as an escape.)
fn lines(parts: impl IntoIterator<Item = impl Serialize>) -> Result<String, StoreError> {
    let lines = parts.into_iter().map(|part| serde_json::to_string(&part)).collect::<Result<Vec<_>, _>>()?;
    Ok(lines.join("\n"))
}

fn asked(place: usize, booking: &NewBooking) -> Asked {
    Asked {
        place,
        id: booking.id.to_string(),
        room: booking.room.0,
        person: booking.person.to_string(),
        provider: booking.provider,
        guests: booking.guests.clone(),
        from: booking.range.start().as_micros(),
        to: booking.range.end().as_micros(),
    }
}

impl Look {
    fn met(self, booking: &NewBooking) -> Result<Met, StoreError> {
        if self.known {
            return Err(StoreError::Duplicate);
        }
        if self.busy {
            return Err(StoreError::RoomTaken);
        }
        let (room, person) = self.room.zip(self.person).ok_or(StoreError::NotFound)?;
        let grant = self.grant.as_deref().map(CredentialState::try_from).transpose();
        Ok(Met {
            room: MetRoom { id: room.id, number: booking.room, email: room.email, name: room.name },
            person: MetPerson { number: PersonNumber(person.number), email: person.email, name: person.name },
            grant: grant.map_err(|()| StoreError::Damaged("credential state".into()))?,
            names: self.names.unwrap_or_default(),
        })
    }
}

/// One company's part of the batch.
struct Part {
    company: CompanyId,
    counters: Option<Counters>,
    accepted: BTreeSet<BookingId>,
    held: Vec<(RoomId, TimeRange)>,
    rows: Vec<Row>,
}

impl Part {
    const fn new(company: CompanyId, counters: Option<Counters>) -> Self {
        Self { company, counters, accepted: BTreeSet::new(), held: Vec::new(), rows: Vec::new() }
    }

    /// The refusals are those of the statements that a booking by itself makes, in their order.
    fn decide(&mut self, member: &dyn Member, look: Look) -> Result<Made, StoreError> {
        let booking = member.booking().ok_or(StoreError::NotFound)?;
        let counters = self.counters.ok_or(StoreError::NotFound)?;
        if self.accepted.contains(&booking.id) {
            return Err(StoreError::Duplicate);
        }
        let met = look.met(booking)?;
        if self.held.iter().any(|(room, held)| *room == met.room.id && held.overlaps(booking.range)) {
            return Err(StoreError::RoomTaken);
        }
        let next = Counters { seq: counters.seq + 1, booking: counters.booking + 1 };
        let event = booking.event(&met)?;
        let made = Made { block: block(&event, &met, BookingNumber(next.booking)), event, met };
        let answer = booking.answer(&made)?;
        self.rows.push(row(self.company, member.now().as_micros(), next, &made, answer)?);
        self.counters = Some(next);
        self.accepted.insert(booking.id);
        self.held.push((made.met.room.id, booking.range));
        Ok(made)
    }
}

fn row(
    company: CompanyId,
    at: i64,
    counters: Counters,
    made: &Made,
    answer: Option<AnswerRow>,
) -> Result<Row, StoreError> {
    let event = &made.event;
    let (asked, answer) = answer.map(|row| (row.asked, row.answer)).unzip();
    Ok(Row {
        id: event.id.to_string(),
        number: counters.booking,
        title: event.title.clone(),
        private: i64::from(event.private),
        organizer_id: event.organizer.map(|id| id.to_string()),
        organizer_email: event.organizer_email.clone(),
        organizer_name: event.organizer_name.clone(),
        zone: event.zone.clone(),
        start_at: event.range.start().as_micros(),
        end_at: event.range.end().as_micros(),
        all_day: i64::from(event.all_day),
        tentative: i64::from(event.tentative),
        origin: event.origin.as_str(),
        way: event.way.as_str(),
        way_calendar: event.way_calendar.clone(),
        google_id: event.google_id.clone(),
        ical_uid: event.ical_uid.clone(),
        generation: i64::from(event.generation),
        recurrence: serde_json::to_string(&event.recurrence)?,
        guests: serde_json::to_string(&event.guests)?,
        html_link: event.html_link.clone(),
        created_at: event.created_at.as_micros(),
        updated_at: event.touched_at.as_micros(),
        room: made.met.room.id.to_string(),
        at,
        lane: Lane::of(company, event).to_string(),
        changed: serde_json::to_string(EVERYTHING)?,
        asked,
        answer,
        seq: counters.seq,
        changes: serde_json::to_string(&[appeared(&made.block)])?,
    })
}
