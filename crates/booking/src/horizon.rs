//! The rolling horizon of our own series: `calendar::horizon` says what is to be added, this does it, once a day for each.
//!
//! One series is one transaction under the lease, its dates and its new horizon together. A pass that dies between two of
//! them has done the first and will find the second due; one that dies before a commit has done nothing. Series that
//! are only followed are listed from Google instead (`series`).

use std::collections::{BTreeMap, BTreeSet};

use calendar::horizon::{self, Known, Step};
use calendar::recurrence::{Length, Start};
use calendar::zone::{self, Tz};
use model::notice::NoticeReason;
use model::{BookingId, BookingState, CompanyId, Instant, RoomId, TimeRange, limits};
use store::{Clash, DueSeries, Instance, OccurrenceRow, SeriesStored, StoreError, Tx};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::servers::Lease;
use crate::told::{Fact, tell};

// A person's booking needs no look at rules: it lies where every date is written down.
const _: () = assert!(limits::DAYS_AHEAD < horizon::SURE_DAYS);

/// What a pass did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Horizons {
    /// Series whose horizon was moved.
    pub extended: usize,
    /// Their new occurrences.
    pub added: usize,
    /// Dates that met somebody: they are drawn as conflicted, and their organisers were told.
    pub met: Vec<(CompanyId, Clash)>,
    /// Series of which nothing can be said. They are tried again with the next pass.
    pub failed: usize,
}

impl Engine {
    /// Moves every horizon that is due, as the one server that does. Each is looked at once.
    pub async fn horizon_pass(&self) -> Result<Option<Horizons>, Failure> {
        let Some(mut lease) = self.lease("horizon").await? else { return Ok(None) };
        let done = self.move_horizons(&mut lease).await;
        lease.give_back().await;
        done.map(Some)
    }

    async fn move_horizons(&self, lease: &mut Lease) -> Result<Horizons, Failure> {
        let mut done = Horizons::default();
        let (system, target) = (self.store().system(), horizon::target(self.now()));
        let mut last = None;
        loop {
            let due = system.series_horizon_due(target, last).await?;
            let Some(newest) = due.last().copied() else { return Ok(done) };
            for one in due {
                lease.keep().await?;
                self.move_horizon(one, lease, &mut done).await?;
                self.crash_point(sync::crash::HORIZON_BETWEEN);
            }
            last = Some(newest);
        }
    }

    /// Brings one series up to the horizon, in several steps if there are too many dates for one.
    async fn move_horizon(&self, due: DueSeries, lease: &Lease, done: &mut Horizons) -> Result<(), Failure> {
        let store = self.company(due.company);
        loop {
            let Some(series) = store.series_get(due.event).await? else { return Ok(()) };
            let now = self.now();
            let step = match knowing(&series, |known| horizon::step(known, now)) {
                Ok(step) => step,
                Err(problem) => {
                    done.failed += 1;
                    tracing::error!(event.id = %due.event, error = %problem, "Could not move a series' horizon");
                    return Ok(());
                }
            };
            let Step::Extend { dates, horizon } = step else { return Ok(()) };
            let states = states(&store.occurrences_of_event(due.event).await?);
            let instances: Vec<Instance> = series
                .series
                .rooms
                .iter()
                .flat_map(|room| dates.iter().map(|date| instance(*room, *date, &states)))
                .collect();
            let (name, fence, until) = lease.proof();
            let sequence = series.series.sequence;
            let event = series.event;
            let work = store.write(now, move |tx: &mut Tx| {
                Box::pin(async move {
                    tx.lease_hold(&name, fence, until).await?;
                    let extended = tx.series_extend(due.event, sequence, horizon, &instances).await?;
                    if let Some(extended) = &extended {
                        let facts: Vec<Fact> = extended.conflicted.iter().map(fact).collect();
                        tell(tx, &event, &facts).await?;
                    }
                    Ok::<_, StoreError>(extended)
                })
            });
            let extended = match work.await {
                Ok(written) => written.value,
                Err(error) if error.is_transient() || matches!(error, StoreError::LeaseLost) => {
                    return Err(error.into());
                }
                Err(error) => {
                    done.failed += 1;
                    tracing::error!(event.id = %due.event, error = %error, "Could not move a series' horizon");
                    return Ok(());
                }
            };
            self.crash_point(sync::crash::COMMIT_AFTER);
            // It was changed or cancelled meanwhile: if it is still due, the next pass finds it.
            let Some(extended) = extended else { return Ok(()) };
            if !extended.conflicted.is_empty() {
                let conflicted = extended.conflicted.len();
                tracing::warn!(event.id = %due.event, conflicted, "Dates of a series meet somebody");
            }
            done.extended += 1;
            done.added += extended.added;
            done.met.extend(extended.conflicted.into_iter().map(|clash| (due.company, clash)));
        }
    }
}

fn fact(clash: &Clash) -> Fact {
    Fact {
        reason: NoticeReason::Overlaps,
        room: clash.room,
        slot: clash.slot,
        range: clash.wanted,
        holder: Some(clash.holder.event),
    }
}

/// The series of `room` that will want `range`, beyond what is written down of it. What Google owns is not known so far
/// ahead.
pub(crate) async fn wanted_by_a_series(
    tx: &mut Tx,
    room: RoomId,
    range: TimeRange,
) -> Result<Option<BookingId>, StoreError> {
    if is_expanded(tx.now(), range) {
        return Ok(None);
    }
    for series in tx.series_beyond(room, range.end()).await? {
        // What cannot be read wants nothing that could be named; its pass says so.
        if let Ok(Some(_)) = knowing(&series, |known| horizon::meets(known, range)) {
            return Ok(Some(series.event.id));
        }
    }
    Ok(None)
}

/// Whether every series is expanded so far: what it wants there are occurrences.
pub(crate) fn is_expanded(now: Instant, range: TimeRange) -> bool {
    range.end() <= now.plus_minutes(horizon::SURE_DAYS * 1_440)
}

/// A stored series as the decisions know it.
fn knowing<T>(series: &SeriesStored, decide: impl FnOnce(&Known<'_>) -> T) -> T {
    let (event, row) = (&series.event, &series.series);
    let zone: Tz = zone::parse_or_default(&event.zone);
    let excepted: BTreeSet<Instant> = series.overrides.iter().map(|one| one.recurrence_id).collect();
    let (start, length) = if event.all_day {
        (Start::Date(row.dtstart.date()), Length::Days(u32::try_from(row.duration).unwrap_or(1)))
    } else {
        (Start::Zoned { wall: row.dtstart, zone }, Length::Elapsed(row.duration))
    };
    let recurrence = &event.recurrence;
    decide(&Known { start, recurrence, length, zone, excepted: &excepted, horizon: row.horizon })
}

/// What Google said of a series in each room, by its last date that is as the series: the room was asked for the whole.
fn states(rows: &[OccurrenceRow]) -> BTreeMap<RoomId, BookingState> {
    let told = |row: &&OccurrenceRow| {
        let state = row.state;
        !row.exception
            && matches!(state, BookingState::Pending | BookingState::Confirmed | BookingState::Declined)
    };
    // By room and slot: the last one stays.
    rows.iter().filter(told).map(|row| (row.room, row.state)).collect()
}

fn instance(room: RoomId, date: horizon::Date, states: &BTreeMap<RoomId, BookingState>) -> Instance {
    Instance {
        room,
        slot: date.slot,
        range: date.range,
        state: states.get(&room).copied().unwrap_or(BookingState::Pending),
        title: None,
        exception: false,
    }
}

#[cfg(test)]
mod tests;
