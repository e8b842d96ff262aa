//! The loop breaker's memory: `sync::breaker` decides, the store counts.

use model::{BookingId, Instant};
use store::{Counted, StoreError, Tx};
use sync::breaker::{Count, Write, count};

/// We wrote to a calendar, in the transaction that stores what came of it.
pub(crate) async fn wrote(
    tx: &mut Tx,
    calendar: &str,
    event: BookingId,
    write: Write,
) -> Result<(), StoreError> {
    let counted = match write {
        Write::Create => Counted::Calendar,
        Write::Rewrite => Counted::Event(event),
    };
    wrote_to(tx, calendar, event, counted, write).await
}

/// As [`wrote`], of one date of a series: a wish may be about many, each of which is written once.
pub(crate) async fn wrote_date(
    tx: &mut Tx,
    calendar: &str,
    series: BookingId,
    slot: Instant,
) -> Result<(), StoreError> {
    wrote_to(tx, calendar, series, Counted::Date(series, slot), Write::Rewrite).await
}

async fn wrote_to(
    tx: &mut Tx,
    calendar: &str,
    event: BookingId,
    counted: Counted,
    write: Write,
) -> Result<(), StoreError> {
    let known = tx.push_count(calendar, counted).await?.map(|(since, count)| Count { since, count });
    let (now, verdict) = count(write, known, tx.now());
    tx.push_count_put(calendar, counted, now.since, now.count).await?;
    if let Some(kind) = verdict {
        tracing::error!(event.id = %event, kind = kind.as_str(), "Writing to a calendar looks like a loop and was stopped");
        tx.push_stop(calendar, kind, event).await?;
    }
    Ok(())
}
