//! A new series, and what an edit makes of one: all of it or nothing.

use std::collections::{BTreeMap, BTreeSet};

use model::{BookingNumber, Instant, RoomId};

use super::clash::own;
use super::instances::{Drawn, began};
use super::{Clash, Holder, Instance, SeriesStored, SeriesWrite, Unsaved};
use crate::error::StoreError;
use crate::event::EventKind;
use crate::occurrence::OccurrenceRow;
use crate::tx::Tx;

/// What one series' save comes to.
struct Save<'w> {
    write: &'w SeriesWrite,
    /// As it was, and its occurrences; nothing for a new one.
    was: Option<(SeriesStored, Vec<OccurrenceRow>)>,
    /// Stored and not wanted, or wanted elsewhere.
    gone: Vec<OccurrenceRow>,
    /// Stored in its place, and to be called something else.
    renamed: Vec<OccurrenceRow>,
    /// All that stays, renamed or not.
    kept: Vec<OccurrenceRow>,
    fresh: Vec<&'w Instance>,
}

impl<'w> Save<'w> {
    fn of(write: &'w SeriesWrite, was: Option<(SeriesStored, Vec<OccurrenceRow>)>, now: Instant) -> Self {
        let mut wanted: BTreeMap<(RoomId, Instant), &Instance> =
            write.instances.iter().map(|one| ((one.room, one.slot), one)).collect();
        let (mut gone, mut renamed, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for row in was.iter().flat_map(|(_, rows)| rows) {
            let wish = wanted.get(&(row.room, row.slot)).copied();
            match wish {
                _ if began(row, now) => kept.push(row.clone()),
                Some(wish) if wish.range == row.range => {
                    let mut row = row.clone();
                    if (&row.title, row.exception) != (&wish.title, wish.exception) {
                        row.title.clone_from(&wish.title);
                        row.exception = wish.exception;
                        renamed.push(row.clone());
                    }
                    kept.push(row);
                }
                Some(_) | None => {
                    gone.push(row.clone());
                    continue;
                }
            }
            wanted.remove(&(row.room, row.slot));
        }
        let fresh = wanted.into_values().filter(|one| one.range.end() > now).collect();
        Self { write, was, gone, renamed, kept, fresh }
    }

    /// The rows that it inserts.
    fn rows(&self) -> impl Iterator<Item = OccurrenceRow> {
        self.fresh.iter().map(|one| row_of(self.write, one))
    }
}

pub(super) fn row_of(write: &SeriesWrite, one: &Instance) -> OccurrenceRow {
    OccurrenceRow {
        event: write.event.id,
        room: one.room,
        slot: one.slot,
        range: one.range,
        state: one.state,
        reason: None,
        title: one.title.clone(),
        exception: one.exception,
    }
}

impl Tx {
    /// Saves a new series with its occurrences. `Duplicate` if the intent was carried out before, `NotFound` where a
    /// room is not in use.
    pub async fn series_put(&mut self, write: &SeriesWrite) -> Result<BookingNumber, Unsaved> {
        let numbers = self.series_replace(std::slice::from_ref(write)).await?;
        Ok(numbers.into_iter().next().unwrap_or_default())
    }

    /// Makes several series what an edit decided, together: those that have a number are there and were read with the
    /// sequence that they carry, which is raised; the others are new. Answers their numbers.
    ///
    /// What began stays as it is: it is neither written nor held against anything. What is over and not there is
    /// not made up. An occurrence that stays in its place keeps its state. The rooms that become free are for the
    /// caller to hand on to who waits for them.
    pub async fn series_replace(&mut self, writes: &[SeriesWrite]) -> Result<Vec<BookingNumber>, Unsaved> {
        let now = self.now();
        let mut saves = Vec::with_capacity(writes.len());
        for write in writes {
            let was = if write.event.number.0 == 0 { None } else { Some(self.series_seen(write).await?) };
            saves.push(Save::of(write, was, now));
        }
        // What goes goes first, of all of them: an old part must not be in the way of the new one.
        for save in &saves {
            self.occurrences_delete(save.write.event.id, &save.gone).await?;
            self.occurrences_rename(save.write.event.id, &save.renamed).await?;
        }
        let mut drawn = Vec::with_capacity(saves.len());
        for save in &saves {
            drawn.push(self.series_write(save).await?);
        }
        let clashes = self.clashes_of(&saves, &drawn).await?;
        if !clashes.is_empty() {
            return Err(Unsaved::Taken(clashes));
        }
        let mut rows: Vec<_> = saves.iter().flat_map(Save::rows).collect();
        self.occurrences_insert(&mut rows).await?;
        for (save, drawn) in saves.iter().zip(&drawn) {
            self.series_tell(save, drawn).await?;
        }
        Ok(drawn.into_iter().map(|drawn| drawn.event.number).collect())
    }

    /// The series as it was when it was read, if it still is.
    async fn series_seen(
        &mut self,
        write: &SeriesWrite,
    ) -> Result<(SeriesStored, Vec<OccurrenceRow>), Unsaved> {
        let stored = self.series_get(write.event.id).await?;
        let stored = stored.filter(|stored| stored.series.sequence == write.series.sequence);
        let rows = self.occurrences_of_event(write.event.id).await?;
        Ok((stored.ok_or(Unsaved::Stale)?, rows))
    }

    /// Writes the master and its overrides.
    async fn series_write(&mut self, save: &Save<'_>) -> Result<Drawn, Unsaved> {
        let write = save.write;
        let (mut event, mut series) = (write.event.clone(), write.series.clone());
        if event.kind != EventKind::Series || event.id != series.event {
            return Err(StoreError::Damaged("a series that is none".into()).into());
        }
        match &save.was {
            Some((stored, _)) => {
                series.sequence += 1;
                if stored.event.title != event.title {
                    self.occurrences_pin_title(event.id, &stored.event.title).await?;
                }
                self.event_update(&event).await?;
                if !self.series_update(&series, write.series.sequence).await? {
                    return Err(Unsaved::Stale);
                }
            }
            None => {
                event.number = self.event_insert(&event).await?;
                self.series_insert(&series).await?;
            }
        }
        self.overrides_put(event.id, &write.overrides).await?;
        let rooms = save.kept.iter().chain(&save.gone).map(|row| row.room);
        let rooms: BTreeSet<RoomId> = rooms.chain(save.fresh.iter().map(|one| one.room)).collect();
        let drawn = self.drawn(event, &rooms).await?;
        if save.fresh.iter().any(|one| !drawn.knows(one.room)) {
            return Err(StoreError::NotFound.into());
        }
        Ok(drawn)
    }

    /// Every date that meets somebody, or another date of the same edit, by room and start.
    async fn clashes_of(&mut self, saves: &[Save<'_>], drawn: &[Drawn]) -> Result<Vec<Clash>, StoreError> {
        let mut fresh: Vec<(&Instance, &Drawn)> = saves
            .iter()
            .zip(drawn)
            .flat_map(|(save, drawn)| save.fresh.iter().map(move |one| (*one, drawn)))
            .collect();
        fresh.sort_by_key(|(one, _)| (one.room, one.range.start(), one.slot));
        let wanted: Vec<&Instance> = fresh.iter().map(|(one, _)| *one).collect();
        let mut clashes = self.clashes(&wanted).await?;
        for (place, before) in own(&wanted) {
            let (holder, drawn) = fresh[before];
            let by = Some(drawn.event.organizer_name.clone());
            let holder = Holder {
                event: drawn.event.id,
                number: drawn.event.number,
                slot: holder.slot,
                range: holder.range,
                by: by.filter(|name| !drawn.event.private && !name.is_empty()),
            };
            clashes.entry(place).or_insert_with(|| Clash::new(wanted[place], holder));
        }
        Ok(clashes.into_values().collect())
    }

    async fn series_tell(&mut self, save: &Save<'_>, drawn: &Drawn) -> Result<(), StoreError> {
        let before = match &save.was {
            Some((stored, rows)) => {
                let rooms = rows.iter().map(|row| row.room).collect();
                self.drawn(stored.event.clone(), &rooms).await?.blocks(rows)
            }
            None => BTreeMap::new(),
        };
        let mut kept = save.kept.clone();
        if let Some((stored, _)) = &save.was {
            for row in kept.iter_mut().filter(|row| began(row, self.now()) && row.title.is_none()) {
                row.title = Some(stored.event.title.clone());
            }
        }
        let fresh: Vec<_> = save.rows().collect();
        self.changes_between(&before, drawn.blocks(kept.iter().chain(&fresh)));
        Ok(())
    }
}
