//! The horizon moves: nobody is there to be refused, so what meets somebody is kept and told.

use std::collections::{BTreeMap, BTreeSet};

use model::{BookingId, BookingState, Instant, RoomId};

use super::clash::own;
use super::{Clash, Holder, Instance};
use crate::error::StoreError;
use crate::occurrence::OccurrenceRow;
use crate::tx::Tx;

/// The reason of an occurrence that met somebody, as where outside events overlap by force.
const OVERLAPS: &str = "overlaps";

/// What moving a horizon came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extended {
    /// How many occurrences there are more, conflicted ones included.
    pub added: usize,
    /// Those that met somebody: drawn as `conflicted`, and for the organiser to be told of.
    pub conflicted: Vec<Clash>,
}

impl Tx {
    /// Adds what of `instances` is not there yet, and moves the horizon. `None` where the series is not what it was
    /// when it was read, or cancelled: then nothing is done, and it is due again if it still is. The same again adds
    /// nothing.
    pub async fn series_extend(
        &mut self,
        event: BookingId,
        sequence: i64,
        horizon: Option<Instant>,
        instances: &[Instance],
    ) -> Result<Option<Extended>, StoreError> {
        let stored = self.series_get(event).await?;
        let stored = stored.filter(|stored| stored.series.sequence == sequence && !stored.event.cancelled);
        let Some(stored) = stored else { return Ok(None) };
        let there: BTreeSet<(RoomId, Instant)> =
            self.occurrences_of_event(event).await?.into_iter().map(|row| (row.room, row.slot)).collect();
        let now = self.now();
        let mut fresh: Vec<&Instance> = instances
            .iter()
            .filter(|one| one.range.end() > now && !there.contains(&(one.room, one.slot)))
            .collect();
        fresh.sort_by_key(|one| (one.room, one.range.start(), one.slot));
        let mut clashes = self.clashes(&fresh).await?;
        // What meets somebody else holds nothing, and so is in nobody's way.
        let (places, holding): (Vec<usize>, Vec<&Instance>) = fresh
            .iter()
            .enumerate()
            .filter(|(place, _)| !clashes.contains_key(place))
            .map(|(place, one)| (place, *one))
            .unzip();
        for (later, before) in own(&holding) {
            let before = holding[before];
            let by = Some(stored.event.organizer_name.clone());
            let holder = Holder {
                event,
                number: stored.event.number,
                slot: before.slot,
                range: before.range,
                by: by.filter(|name| !stored.event.private && !name.is_empty()),
            };
            clashes.insert(places[later], Clash::new(holding[later], holder));
        }
        let mut rows: Vec<OccurrenceRow> = fresh
            .iter()
            .enumerate()
            .map(|(place, one)| {
                let clash = clashes.contains_key(&place);
                OccurrenceRow {
                    event,
                    room: one.room,
                    slot: one.slot,
                    range: one.range,
                    state: if clash { BookingState::Conflicted } else { one.state },
                    reason: clash.then(|| OVERLAPS.to_owned()),
                    title: one.title.clone(),
                    exception: one.exception,
                }
            })
            .collect();
        self.occurrences_insert(&mut rows).await?;
        self.series_set_horizon(event, horizon).await?;
        let rooms = rows.iter().map(|row| row.room).collect();
        let blocks = self.drawn(stored.event, &rooms).await?.blocks(&rows);
        self.changes_between(&BTreeMap::new(), blocks);
        Ok(Some(Extended { added: rows.len(), conflicted: clashes.into_values().collect() }))
    }
}
