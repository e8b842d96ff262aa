//! A batch's new bookings by two statements, where a round trip is dearer than what it asks.
//!
//! The first takes the companies' rows and looks what each booking would meet. With the rows held nobody else books in
//! these companies, so it is decided here, in the members' order, who comes first; the second statement writes what
//! was accepted. The database's constraints still have the last word: where they refuse what was decided here, or a
//! value is one that the database does not take, the whole batch runs again, each member by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use model::BookingState;
use model::{
    Block, BlockKey, BookingId, BookingNumber, CompanyId, PersonNumber, RoomId, RoomNumber, Seq, TimeRange,
};
use serde::{Deserialize, Serialize};

use crate::answer::AnswerRow;
use crate::booking::{EVERYTHING, NewBooking, appeared};
use crate::dialect::Bookings;
use crate::error::StoreError;
use crate::sql::Columns;
use crate::tx::Tx;
use crate::writer::Member;

/// What every booking came to, in the members' order.
type Outcomes = Vec<Result<Option<Seq>, StoreError>>;

#[derive(Serialize)]
struct Asked {
    company: String,
    bookings: Vec<AskedBooking>,
}

#[derive(Serialize)]
struct AskedBooking {
    place: usize,
    id: String,
    room: String,
    organizer: Option<String>,
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
    /// Its intent was carried out before.
    known: bool,
    busy: bool,
    /// `None` where the room is not in use.
    room: Option<i64>,
    person: Option<i64>,
}

#[derive(Serialize)]
struct Written {
    company: String,
    seq: i64,
    number: i64,
    bookings: Vec<Row>,
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
    statements: Bookings,
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
    let asked = ask(batch, &companies)?;
    let looked = sqlx::query(statements.look).bind(asked).fetch_one(tx.connection()).await?;
    let looked: Vec<Looked> = looked.json("looked")?;
    let mut outcomes: Outcomes = Vec::with_capacity(count);
    let mut written = Vec::with_capacity(companies.len());
    for ((company, bookings), looked) in companies.iter().zip(looked) {
        let mut part = Part::new(looked.counters);
        for (index, look) in bookings.iter().copied().zip(looked.bookings) {
            let member = &mut batch[index];
            let result = part.decide(member.as_ref(), &look);
            outcomes.push(match &result {
                Ok(_) => Ok(part.counters.map(|counters| Seq(counters.seq))),
                Err(_) => Ok(None),
            });
            member.settle(result);
        }
        if let Some(counters) = part.counters.filter(|_| !part.rows.is_empty()) {
            let (seq, number) = (counters.seq, counters.booking);
            written.push(Written { company: company.to_string(), seq, number, bookings: part.rows });
        }
    }
    if outcomes.len() != count {
        return Err(StoreError::Damaged("the look at a batch's bookings".into()));
    }
    if !written.is_empty() {
        let written = serde_json::to_string(&written)?;
        sqlx::query(statements.write).bind(written).fetch_one(tx.connection()).await?;
    }
    Ok(outcomes)
}

fn ask(batch: &[Box<dyn Member>], companies: &BTreeMap<CompanyId, Vec<usize>>) -> Result<String, StoreError> {
    let asked_of = |(company, bookings): (&CompanyId, &Vec<usize>)| Asked {
        company: company.to_string(),
        bookings: bookings
            .iter()
            .filter_map(|place| Some((*place, batch[*place].booking()?)))
            .map(|(place, booking)| AskedBooking {
                place,
                id: booking.event.id.to_string(),
                room: booking.room.to_string(),
                organizer: booking.event.organizer.map(|id| id.to_string()),
                from: booking.event.range.start().as_micros(),
                to: booking.event.range.end().as_micros(),
            })
            .collect(),
    };
    Ok(serde_json::to_string(&companies.iter().map(asked_of).collect::<Vec<_>>())?)
}

/// One company's part of the batch.
struct Part {
    counters: Option<Counters>,
    accepted: BTreeSet<BookingId>,
    held: Vec<(RoomId, TimeRange)>,
    rows: Vec<Row>,
}

impl Part {
    const fn new(counters: Option<Counters>) -> Self {
        Self { counters, accepted: BTreeSet::new(), held: Vec::new(), rows: Vec::new() }
    }

    /// The refusals are those of the statements that a booking by itself makes, in their order.
    fn decide(&mut self, member: &dyn Member, look: &Look) -> Result<Block, StoreError> {
        let booking = member.booking().ok_or(StoreError::NotFound)?;
        let counters = self.counters.ok_or(StoreError::NotFound)?;
        let (event, range) = (&booking.event, booking.event.range);
        if look.known || self.accepted.contains(&event.id) {
            return Err(StoreError::Duplicate);
        }
        let busy = self.held.iter().any(|(room, held)| *room == booking.room && held.overlaps(range));
        if look.busy || busy {
            return Err(StoreError::RoomTaken);
        }
        let room = RoomNumber(look.room.ok_or(StoreError::NotFound)?);
        let next = Counters { seq: counters.seq + 1, booking: counters.booking + 1 };
        let block = block(booking, BookingNumber(next.booking), room, look.person.map(PersonNumber));
        // A panic in one must not take the writer, and everybody's bookings, with it.
        let answer = booking.answer.as_ref().map(|answer| {
            catch_unwind(AssertUnwindSafe(|| answer(&block))).unwrap_or(Err(StoreError::Panicked))
        });
        self.rows.push(row(booking, member.now().as_micros(), next, &block, answer.transpose()?)?);
        self.counters = Some(next);
        self.accepted.insert(event.id);
        self.held.push((booking.room, range));
        Ok(block)
    }
}

/// The block that `blocks_of_event` would read of it.
fn block(
    booking: &NewBooking,
    number: BookingNumber,
    room: RoomNumber,
    person: Option<PersonNumber>,
) -> Block {
    let event = &booking.event;
    let public = |text: &String| if event.private { String::new() } else { text.clone() };
    Block {
        key: BlockKey { booking: number, room, slot: None },
        state: BookingState::Pending,
        range: event.range,
        title: public(&event.title),
        private: event.private,
        organizer: person.filter(|_| !event.private),
        organizer_name: public(&event.organizer_name),
        origin: event.origin,
        tentative: event.tentative,
        series: false,
        exception: false,
        all_day: event.all_day,
    }
}

fn row(
    booking: &NewBooking,
    at: i64,
    counters: Counters,
    block: &Block,
    answer: Option<AnswerRow>,
) -> Result<Row, StoreError> {
    let event = &booking.event;
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
        room: booking.room.to_string(),
        at,
        changed: serde_json::to_string(EVERYTHING)?,
        asked,
        answer,
        seq: counters.seq,
        changes: appeared(block)?,
    })
}
