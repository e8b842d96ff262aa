//! What a series would meet: every date, and who is there.

use std::collections::BTreeMap;

use model::{BookingId, BookingNumber, Instant, RoomId, TimeRange};

use super::Instance;
use crate::error::StoreError;
use crate::sql::Columns;
use crate::tx::Tx;

/// A date of a series that meets somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    pub room: RoomId,
    /// The date's original start.
    pub slot: Instant,
    /// When it would be.
    pub wanted: TimeRange,
    /// Who is there first; the earliest if several are.
    pub holder: Holder,
}

/// Who has a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub event: BookingId,
    pub number: BookingNumber,
    pub slot: Instant,
    pub range: TimeRange,
    /// The organiser's name; `None` for a private event, and where it has none.
    pub by: Option<String>,
}

impl Tx {
    /// Every one of `instances` that is to hold its room and meets what does, or conflicted time, by its place in the
    /// slice. What they do to each other is [`own`].
    pub(super) async fn clashes(
        &mut self,
        instances: &[&Instance],
    ) -> Result<BTreeMap<usize, Clash>, StoreError> {
        let mut clashes: BTreeMap<usize, Clash> = BTreeMap::new();
        if instances.is_empty() {
            return Ok(clashes);
        }
        let asked: Vec<_> = instances
            .iter()
            .enumerate()
            .filter(|(_, one)| one.state.holds_room())
            .map(|(place, one)| (place, one.room, one.range.start().as_micros(), one.range.end().as_micros()))
            .collect();
        let (company, statement) = (self.tenant()?, self.engine().series().clashes);
        let query = sqlx::query(statement).bind(company).bind(serde_json::to_string(&asked)?);
        for row in &query.fetch_all(self.connection()).await? {
            let place = usize::try_from(row.int("place")?).unwrap_or(usize::MAX);
            let Some(wanted) = instances.get(place) else { continue };
            let range = TimeRange::new(row.instant("start_at")?, row.instant("end_at")?)
                .ok_or_else(|| StoreError::Damaged("occurrence range".into()))?;
            let (name, private) = (row.text("organizer_name")?, row.flag("private")?);
            let holder = Holder {
                event: row.parsed("event_id")?,
                number: BookingNumber(row.int("number")?),
                slot: row.instant("slot")?,
                range,
                by: Some(name).filter(|name| !private && !name.is_empty()),
            };
            clashes.entry(place).or_insert_with(|| Clash::new(wanted, holder));
        }
        Ok(clashes)
    }
}

impl Clash {
    pub(super) const fn new(wanted: &Instance, holder: Holder) -> Self {
        Self { room: wanted.room, slot: wanted.slot, wanted: wanted.range, holder }
    }
}

/// Dates of one series that meet each other in a room: for each later one its place and that of the one before.
/// `instances` are sorted by room and start.
pub(super) fn own(instances: &[&Instance]) -> Vec<(usize, usize)> {
    let mut met = Vec::new();
    let mut last: Option<usize> = None;
    for (place, one) in instances.iter().enumerate().filter(|(_, one)| one.state.holds_room()) {
        match last.map(|last| (last, instances[last])) {
            Some((before, holder)) if holder.room == one.room && holder.range.overlaps(one.range) => {
                met.push((place, before));
            }
            _ => last = Some(place),
        }
    }
    met
}
