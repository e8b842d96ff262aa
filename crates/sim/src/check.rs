//! What must hold at every moment, whatever goes wrong (reliability 3.1: S).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use model::{Block, BlockKey, BookingNumber, BookingState, Instant, RoomNumber, TimeRange};

use crate::books::{Date, Repeated, key_of};
use crate::house::House;

/// How far back and ahead the checks look, in minutes.
const BACK: i64 = 3 * 1_440;
const AHEAD: i64 = 60 * 1_440;

/// What everybody sees of the house: every block that is drawn, from three days ago to two months ahead.
pub(crate) struct Blocks {
    pub(crate) all: Vec<Block>,
}

impl Blocks {
    pub(crate) async fn read(house: &House) -> Result<Self> {
        let now = house.net.now();
        let window = TimeRange::new(now.plus_minutes(-BACK), now.plus_minutes(AHEAD));
        let window = window.ok_or_else(|| anyhow::anyhow!("an empty window"))?;
        Ok(Self { all: house.store.company(house.company).blocks_in(window).await? })
    }

    /// Whether anything keeps others out of the room at that time.
    pub(crate) fn keep_busy(&self, room: RoomNumber, range: TimeRange) -> bool {
        let busy = |block: &&Block| block.state.holds_room() || block.state == BookingState::Conflicted;
        let of_room = self.all.iter().filter(|block| block.key.room == room);
        of_room.filter(busy).any(|block| block.range.overlaps(range))
    }
}

/// What was seen at the last look.
#[derive(Default)]
pub(crate) struct Checks {
    seen: BTreeMap<BlockKey, Block>,
    /// Google's ids of outside events, by number.
    outside: BTreeMap<BookingNumber, Option<String>>,
}

impl Checks {
    /// Looks at everything; what is broken goes into the books.
    pub(crate) async fn look(&mut self, house: &House) -> Result<()> {
        let blocks = Blocks::read(house).await?;
        one_booking(house, &blocks);
        no_loss(house, &blocks);
        self.no_absence_delete(house, &blocks).await?;
        self.seen = blocks.all.into_iter().map(|block| (block.key, block)).collect();
        Ok(())
    }

    /// NO-ABSENCE-DELETE: what nobody touched in Google does not vanish here.
    async fn no_absence_delete(&mut self, house: &House, blocks: &Blocks) -> Result<()> {
        let now = house.net.now();
        // A date of a series is drawn by its own key once the series is known for one.
        let is_there = |gone: &Block| {
            let here = |block: &Block| block.key.room == gone.key.room && block.range == gone.range;
            blocks.all.iter().any(|block| block.key == gone.key || here(block))
        };
        let ours: BTreeSet<BookingNumber> =
            house.net.lock().books.told_of().map(|(_, number)| number).collect();
        let gone = |block: &&Block| {
            !is_there(block) && block.range.end() > now && !ours.contains(&block.key.booking)
        };
        let gone: Vec<Block> = self.seen.values().filter(gone).cloned().collect();
        for block in gone {
            let number = block.key.booking;
            let google_id = match self.outside.get(&number) {
                Some(known) => known.clone(),
                None => {
                    let event = house.store.company(house.company).event_by_number(number).await?;
                    let google_id = event.and_then(|event| event.google_id);
                    self.outside.insert(number, google_id.clone());
                    google_id
                }
            };
            let Some(google_id) = google_id else { continue };
            let mut state = house.net.lock();
            // What people booked here and nobody was told of is in no promise; it has its own rules.
            let key = state.books.key(crate::books::base(&google_id));
            let touched = state.books.touched.contains(crate::books::base(&google_id));
            if !touched && !state.books.intents.contains(&key) {
                state.books.broken(format!(
                    "NO-ABSENCE-DELETE: #{number} ({google_id}) in room {} vanished, and nobody touched it",
                    block.key.room
                ));
            }
        }
        Ok(())
    }
}

/// ONE-BOOKING: no two that hold a room overlap.
fn one_booking(house: &House, blocks: &Blocks) {
    let mut held: BTreeMap<RoomNumber, Vec<&Block>> = BTreeMap::new();
    for block in blocks.all.iter().filter(|block| block.state.holds_room()) {
        held.entry(block.key.room).or_default().push(block);
    }
    for (room, mut held) in held {
        held.sort_by_key(|block| (block.range.start(), block.range.end()));
        for pair in held.windows(2) {
            if let [one, other] = pair
                && one.range.overlaps(other.range)
            {
                let (one, other) = (one.key.booking, other.key.booking);
                house.net.lock().books.broken(format!("ONE-BOOKING: #{one} and #{other} in room {room}"));
            }
        }
    }
    for block in &blocks.all {
        let marker = match block.state {
            BookingState::Conflicted => "state.conflicted",
            BookingState::Declined => "state.declined",
            BookingState::Pending => "state.pending",
            _ => continue,
        };
        house.net.mark(marker);
    }
}

/// NO-LOSS: what was acknowledged is there as it was acknowledged, unless somebody changed it in Google.
fn no_loss(house: &House, blocks: &Blocks) {
    let now = house.net.now();
    let mut of: BTreeMap<BookingNumber, Vec<&Block>> = BTreeMap::new();
    for block in &blocks.all {
        of.entry(block.key.booking).or_default().push(block);
    }
    let mut state = house.net.lock();
    let books = &mut state.books;
    let mut broken = Vec::new();
    for promise in books.promises.values() {
        let key = key_of(promise.id);
        if books.is_touched(&key) || promise.range.end() <= now {
            continue;
        }
        let number = promise.number;
        let drawn = of.get(&number).map_or(&[][..], Vec::as_slice);
        if promise.cancelled {
            if drawn.iter().any(|block| block.state.holds_room()) {
                broken.push(format!("NO-LOSS: #{number} was cancelled and holds its room"));
            }
            continue;
        }
        let stands = |block: &&&Block| block.key.room == promise.room && block.range == promise.range;
        match drawn.iter().find(stands) {
            None => broken.push(format!(
                "NO-LOSS: #{number} ({}) is not in room {} at {}: {:?}",
                promise.title,
                promise.room,
                promise.range.start().to_rfc3339(),
                drawn
                    .iter()
                    .map(|block| (block.key.room, block.range.start().to_rfc3339()))
                    .collect::<Vec<_>>()
            )),
            Some(_)
                if drawn.iter().any(|block| block.key.room != promise.room && block.state.holds_room()) =>
            {
                broken.push(format!("NO-LOSS: #{number} holds another room besides {}", promise.room));
            }
            Some(block) if !promise.private && block.title != promise.title => {
                broken
                    .push(format!("NO-LOSS: #{number} is called {} and not {}", block.title, promise.title));
            }
            Some(_) => {}
        }
    }
    for series in books.series.values().filter(|one| !books.is_touched(&key_of(one.id))) {
        let drawn = of.get(&series.number).map_or(&[][..], Vec::as_slice);
        broken.extend(of_series(series, drawn, now));
    }
    broken.into_iter().for_each(|what| books.broken(what));
}

/// Each date stands as it was promised, and the series has no other.
fn of_series(series: &Repeated, drawn: &[&Block], now: Instant) -> Option<String> {
    let stands = |date: &Date, block: &Block| {
        block.key.room == date.room && block.range == date.range && block.title == date.title
    };
    let number = series.number;
    let mut ahead = series.dates.iter().filter(|date| date.range.end() > now);
    if let Some(date) = ahead.find(|date| !drawn.iter().any(|block| stands(date, block))) {
        return Some(format!("NO-LOSS: {date:?} of series #{number} is not as it was promised: {drawn:?}"));
    }
    let more = drawn.iter().find(|block| {
        let asked = series.dates.iter().any(|date| stands(date, block));
        block.state.holds_room() && block.range.end() > now && !asked
    });
    more.map(|block| format!("NO-LOSS: series #{number} holds what nobody asked for: {block:?}"))
}
