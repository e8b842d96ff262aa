//! A stored series as it is merged (`sync::merge::series`), Google's side of one in the same words, and back.

use std::collections::{BTreeMap, BTreeSet};

use calendar::recurrence::{Recurrence, Slot, Start};
use calendar::zone;
use model::Instant;
use model::history::{Field, HistoryValue};
use store::{EventRow, GuestRow, OutboxRow, OverrideRow, SeriesRow, SeriesStored, Way};
use sync::merge::series::{HeldSeries, Own, Shared, Times, Wishes};
use sync::port::{RemoteEvent, RemoteWhen};
use sync::reading::{Master, RoomEvent};

use super::part::{Rooms, as_the_series, guests};
use super::{BEFORE, DATE, dates};
use crate::apply::clamp_title;

/// A series as it is held here. `None`: all-day, or of no rule that can be understood; nothing is merged with it.
pub(super) fn held_of(stored: &SeriesStored, rooms: &Rooms) -> Option<HeldSeries> {
    let (event, row) = (&stored.event, &stored.series);
    if event.all_day {
        return None;
    }
    let start = Start::Zoned { wall: row.dtstart, zone: zone::parse(&event.zone)? };
    let shared = Shared {
        title: event.title.clone(),
        private: event.private,
        times: Times {
            start: row.dtstart,
            zone: event.zone.clone(),
            duration: row.duration,
            lines: Recurrence::read(start, &event.recurrence).ok()?.lines(),
        },
        rooms: rooms.emails(&row.rooms),
        guests: emails(&event.guests),
    };
    let dates = stored.overrides.iter().map(|one| (one.recurrence_id, own_of(one, rooms))).collect();
    Some(HeldSeries { shared, dates })
}

fn own_of(row: &OverrideRow, rooms: &Rooms) -> Own {
    if row.cancelled {
        return Own::cancelled();
    }
    Own {
        cancelled: false,
        title: row.title.clone(),
        range: row.range,
        rooms: row.rooms.as_ref().map(|own| rooms.emails(own)),
        guests: row.guests.as_deref().map(emails),
    }
}

fn emails(guests: &[GuestRow]) -> BTreeSet<String> {
    guests.iter().map(|guest| guest.email.to_lowercase()).collect()
}

/// The stored series once it is as `held` says. `came`: guests as Google names them.
pub(super) fn stored_as(
    stored: &SeriesStored,
    held: &HeldSeries,
    rooms: &Rooms,
    came: &[GuestRow],
) -> Option<SeriesStored> {
    let was = held_of(stored, rooms)?;
    let (event, shared, times) = (&stored.event, &held.shared, &held.shared.times);
    let zone = zone::parse(&times.zone)?;
    let first = Start::Zoned { wall: times.start, zone }.slot().instant(zone);
    let mut known = event.guests.clone();
    known.extend(came.iter().filter(|guest| !was.shared.guests.contains(&guest.email)).cloned());
    let event = EventRow {
        title: shared.title.clone(),
        private: shared.private,
        guests: if shared.guests == was.shared.guests {
            event.guests.clone()
        } else {
            guests(&shared.guests, &known)
        },
        recurrence: if *times == was.shared.times { event.recurrence.clone() } else { times.lines.clone() },
        zone: times.zone.clone(),
        range: if *times == was.shared.times { event.range } else { times.regular(first)? },
        ..event.clone()
    };
    let sequence = stored.series.sequence;
    let override_of = |(slot, own): (&Instant, &Own)| {
        let known_as = stored.overrides.iter().find(|one| one.recurrence_id == *slot);
        match known_as {
            Some(row) if own_of(row, rooms) == *own => row.clone(),
            _ if own.cancelled => OverrideRow { cancelled: true, ..as_the_series(*slot, sequence) },
            _ => OverrideRow {
                range: own.range,
                title: own.title.clone(),
                rooms: own.rooms.as_ref().map(|own| rooms.ids(own)),
                guests: own.guests.as_ref().map(|own| guests(own, &known)),
                ..as_the_series(*slot, sequence)
            },
        }
    };
    let overrides = held.dates.iter().map(override_of).collect();
    let series = SeriesRow {
        dtstart: times.start,
        duration: times.duration,
        rooms: if shared.rooms == was.shared.rooms {
            stored.series.rooms.clone()
        } else {
            rooms.ids(&shared.rooms)
        },
        ..stored.series.clone()
    };
    Some(SeriesStored { event, series, overrides })
}

/// An event of a series as one of its copies shows it.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) remote: &'a RemoteEvent,
    pub(super) way: Way,
    pub(super) rooms: &'a Rooms,
    /// Its guests, the organiser and rooms not among them.
    pub(super) came: &'a [GuestRow],
}

impl Shown<'_> {
    /// Whether its list may be one that was left out (`sync::doubt`).
    fn is_partial(&self) -> bool {
        let remote = self.remote;
        remote.attendees_omitted || remote.attendees.as_ref().is_none_or(Vec::is_empty)
    }

    fn guests(&self) -> Option<BTreeSet<String>> {
        (!self.came.is_empty() && !self.is_partial()).then(|| emails(self.came))
    }

    /// The rooms of ours that it invites. Where it invites none it says nothing of rooms: what left all of them, their own
    /// calendars tell.
    fn rooms(&self) -> Option<BTreeSet<String>> {
        if self.way == Way::Room || self.is_partial() {
            return None;
        }
        let invited = self.remote.attendees.iter().flatten();
        let shown: BTreeSet<String> = invited.filter_map(|one| self.rooms.known(&one.email)).collect();
        Some(shown).filter(|shown| !shown.is_empty())
    }

    /// What its dates share, of a master. `base`: what it was when it was last looked at, which stays where the copy does
    /// not say. `None` for one that cannot be expanded here.
    pub(super) fn shared(&self, read: &Master, base: &Shared) -> Option<Shared> {
        let RemoteWhen::At { at, zone: named } = &read.start else { return None };
        let name = named.as_deref().unwrap_or(&base.times.zone);
        let zone = zone::parse(name)?;
        let wall = Slot::starting_at(*at, zone).wall();
        let recurrence = Recurrence::read(Start::Zoned { wall, zone }, &read.recurrence).ok()?;
        if !recurrence.ex_rules().is_empty() || recurrence.is_sub_daily() {
            return None;
        }
        Some(Shared {
            title: clamp_title(&read.event.title),
            private: read.event.private,
            times: Times {
                start: wall,
                zone: name.to_owned(),
                duration: read.event.range.length_micros(),
                lines: recurrence.lines(),
            },
            rooms: self.rooms().unwrap_or_else(|| base.rooms.clone()),
            guests: self.guests().unwrap_or_else(|| base.guests.clone()),
        })
    }

    /// What a date has for itself. `known`: what its series may be there; what the date shows as one of them does is not its
    /// own, unless it was in `base`, when it was last looked at.
    pub(super) fn own(&self, event: &RoomEvent, slot: Instant, known: &[&Shared], base: &Own) -> Own {
        fn own<T: PartialEq>(shown: T, was: Option<&T>, mut of_series: impl Iterator<Item = T>) -> Option<T> {
            let is_own = was == Some(&shown) || !of_series.any(|one| one == shown);
            is_own.then_some(shown)
        }
        let series = || known.iter().copied();
        let titles = series().map(|one| one.title.clone());
        let ranges = series().filter_map(|one| one.times.regular(slot));
        Own {
            cancelled: false,
            title: own(clamp_title(&event.title), base.title.as_ref(), titles),
            range: own(event.range, base.range.as_ref(), ranges),
            rooms: match self.rooms() {
                Some(shown) => own(shown, base.rooms.as_ref(), series().map(|one| one.rooms.clone())),
                None => base.rooms.clone(),
            },
            guests: match self.guests() {
                Some(shown) => own(shown, base.guests.as_ref(), series().map(|one| one.guests.clone())),
                None => base.guests.clone(),
            },
        }
    }
}

/// The word of a wish about one date, among the wishes of a row.
pub(super) fn wish_word(slot: Instant, field: Field) -> String {
    format!("{DATE}{}:{field}", slot.as_micros())
}

/// What such a word is about.
pub(super) fn of_wish_word(word: &str) -> Option<(Instant, Field)> {
    let (slot, field) = word.strip_prefix(DATE)?.split_once(':')?;
    Some((Instant::from_micros(slot.parse().ok()?), Field::try_from(field).ok()?))
}

/// The dates of which people wished for something that waits.
pub(super) fn dates_wished(row: &OutboxRow) -> impl Iterator<Item = Instant> {
    row.wishes.keys().filter_map(|word| of_wish_word(word)).map(|(slot, _)| slot)
}

/// When people wished for what waits. What waits without a person's wish is the system's, and stays; the first insert is
/// as old as the series.
pub(super) fn wishes_of(row: &OutboxRow, created: Instant) -> Wishes {
    let has = |word: &str| row.changed.iter().any(|held| held == word);
    let of_times =
        row.wishes.contains_key(Field::Time.as_str()) || row.wishes.contains_key(Field::Rule.as_str());
    let is_cut = row.changed.iter().any(|word| word.starts_with(BEFORE));
    let always = Instant::from_micros(i64::MAX);
    let at = |field: Field| {
        let word = field.as_str();
        let is_of_times = matches!(field, Field::Time | Field::Rule);
        // Times and rule are pushed by one word. Where the series was cut the other half is there.
        let waits = if is_of_times { has(Field::Time.as_str()) && !of_times } else { has(word) };
        match row.wishes.get(word) {
            _ if is_of_times && is_cut => Some(always),
            Some(wish) => Some(wish.at),
            None if waits => Some(always),
            None => (has("all") && field != Field::Cancel).then_some(created),
        }
    };
    let shared = Field::ALL.into_iter().filter_map(|field| Some((field, at(field)?))).collect();
    let mut of_dates: BTreeMap<Instant, BTreeMap<Field, Instant>> = BTreeMap::new();
    for (word, wish) in &row.wishes {
        if let Some((slot, field)) = of_wish_word(word) {
            of_dates.entry(slot).or_default().insert(field, wish.at);
        }
    }
    Wishes { shared, dates: of_dates, told: dates(&row.changed).collect() }
}

/// What a person changed of a series, in the words of wishes. `splits`: where the series is cut is no wish about its times
/// that Google could overrule, since the other half is there.
pub(super) fn wished(before: &HeldSeries, after: &HeldSeries, splits: bool) -> Vec<String> {
    use sync::merge::Fields;
    const OF_DATES: [Field; 4] = [Field::Title, Field::Time, Field::Room, Field::Guests];
    let (was, is) = (&before.shared, &after.shared);
    let pinned = |field: &Field| splits && matches!(field, Field::Time | Field::Rule);
    let differs = |field: &Field| !was.agrees(is, *field);
    let of_series = Field::ALL.into_iter().filter(differs).filter(|field| !pinned(field));
    let mut words: Vec<String> = of_series.map(|field| field.as_str().to_owned()).collect();
    for (slot, own_was, own_is) in before.changed_by(after) {
        if own_was.cancelled != own_is.cancelled {
            words.push(wish_word(slot, Field::Cancel));
            continue;
        }
        let changed = OF_DATES.into_iter().filter(|field| !own_was.agrees(&own_is, *field));
        words.extend(changed.map(|field| wish_word(slot, field)));
    }
    words
}

/// Whether something of this date waits that no person wished for: it is not merged but written.
pub(super) fn is_told_by_us(row: &OutboxRow, wishes: &Wishes, slot: Instant) -> bool {
    dates(&row.changed).any(|date| date == slot) && !wishes.dates.contains_key(&slot)
}

/// What the dates of a series share in a field, for people.
pub(super) fn value_of(shared: &Shared, field: Field, rooms: &Rooms) -> HistoryValue {
    match field {
        Field::Title => HistoryValue::of_text(shared.title.as_str()),
        Field::Time => {
            let zone = zone::parse_or_default(&shared.times.zone);
            let first = Start::Zoned { wall: shared.times.start, zone }.slot().instant(zone);
            shared.times.regular(first).map(HistoryValue::of_time).unwrap_or_default()
        }
        Field::Rule => HistoryValue::of_text(shared.times.lines.join(" ")),
        Field::Room => HistoryValue::of_text(rooms.names(&shared.rooms)),
        Field::Private => HistoryValue::of_text(if shared.private { "private" } else { "public" }),
        Field::Guests => HistoryValue::of_text(joined(&shared.guests)),
        Field::Cancel => HistoryValue::default(),
    }
}

/// What a date is in a field, for people: what it has not got for itself is as its series.
pub(super) fn value_of_date(
    own: &Own,
    slot: Instant,
    shared: &Shared,
    field: Field,
    rooms: &Rooms,
) -> HistoryValue {
    match field {
        Field::Title => HistoryValue::of_text(own.title.as_ref().unwrap_or(&shared.title).as_str()),
        Field::Time => {
            let range = own.range.or_else(|| shared.times.regular(slot));
            range.map(HistoryValue::of_time).unwrap_or_default()
        }
        Field::Room => HistoryValue::of_text(rooms.names(own.rooms.as_ref().unwrap_or(&shared.rooms))),
        Field::Guests => HistoryValue::of_text(joined(own.guests.as_ref().unwrap_or(&shared.guests))),
        Field::Rule | Field::Private | Field::Cancel => HistoryValue::default(),
    }
}

fn joined(guests: &BTreeSet<String>) -> String {
    guests.iter().cloned().collect::<Vec<_>>().join(", ")
}
