//! People at Roomly who book again and again: what Google hears of it takes several calls, between which everything happens.

use std::collections::BTreeSet;

use booking::{At, SeriesChange, SeriesCommand};
use calendar::series::Scope;
use model::refusal::Refusal;
use model::{ApiError, BookingId, BookingNumber, Origin};
use store::{EventKind, OccurrenceRow};

use super::{People, at, is_unknown, length, number_of, run, slot};
use crate::books::{Date, Repeated, key_of};
use crate::check::Blocks;
use crate::house::{Came, House};

/// Few dates, so that all of them are within what is looked at.
const RULES: [&str; 4] = [
    "RRULE:FREQ=DAILY;COUNT=4",
    "RRULE:FREQ=WEEKLY;COUNT=3",
    "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5",
    "RRULE:FREQ=DAILY;COUNT=2",
];

impl People {
    /// Somebody books, changes or cancels a series.
    pub(super) async fn repeat(&mut self, house: &mut House, server: usize) {
        let live: Vec<(String, Repeated)> = {
            let state = house.net.lock();
            let now = house.net.now();
            let lives = |one: &Repeated| one.dates.iter().any(|date| date.range.end() > now);
            let all = state.books.series.iter().filter(|(_, one)| lives(one));
            all.map(|(key, one)| (key.clone(), one.clone())).collect()
        };
        let chosen = self.draw.pick(&live).cloned();
        match (self.draw.weighted(&[(4, 0), (5, 1), (2, 2)]).unwrap_or(0), chosen) {
            (1, Some((key, series))) => self.change_series(house, server, &key, series).await,
            (2, Some((key, series))) => self.cancel_series(house, server, &key, series).await,
            _ => self.book_series(house, server).await,
        }
    }

    async fn book_series(&mut self, house: &mut House, server: usize) {
        self.count += 1;
        let now = house.net.now();
        let person = self.draw.below(house.people.len());
        let start = slot(&mut self.draw, now);
        let guest = self.draw.below(house.people.len());
        let guests = if self.draw.chance(0.3) { house.people[guest].email.clone() } else { String::new() };
        let command = SeriesCommand {
            intent: model::id::new_v7(now, self.draw.bytes()),
            room: house.rooms[self.draw.below(house.rooms.len())].number,
            start: start.to_rfc3339(),
            end: start.plus_minutes(length(&mut self.draw)).to_rfc3339(),
            title: format!("s{}", self.count),
            guests,
            private: false,
            recurrence: vec![RULES[self.draw.below(RULES.len())].to_owned()],
        };
        let id = BookingId(command.intent);
        house.line(&format!(
            "s{server} p{person} books {} room {} {} {:?}",
            command.title, command.room, command.start, command.recurrence
        ));
        let mut series = Repeated {
            id,
            number: BookingNumber(0),
            person,
            guests: !command.guests.is_empty(),
            dates: Vec::new(),
        };
        house.net.lock().books.wish_series(&key_of(id));
        // Mostly once; some click twice.
        for _ in 0..=u8::from(self.draw.chance(0.2)) {
            let Some((engine, cx)) = at(house, server, person) else { break };
            let command = command.clone();
            let doing = async move {
                Came::Recorded(engine.book_series(&cx, command, "sim".to_owned()).await.map(Box::new))
            };
            let came = run(house, server, doing).await;
            let Some(known) = self.recorded(house, came, "series.booked").await else { continue };
            if series.number != known && series.number != BookingNumber(0) {
                let what = format!("one intent, two series: {} {known}", series.number);
                house.net.lock().books.broken(what);
            }
            series.number = known;
        }
        adopt(house, series).await;
    }

    async fn change_series(&mut self, house: &mut House, server: usize, key: &str, series: Repeated) {
        self.count += 1;
        let Some(date) = self.date_of(house, &series).await else { return };
        let scope = [Scope::This, Scope::Following, Scope::All][self.draw.below(3)];
        let mut command = SeriesChange {
            number: series.number,
            at: At::Slot(date.slot),
            scope,
            to_room: None,
            start: None,
            end: None,
            title: None,
            guests: None,
            private: None,
            recurrence: None,
        };
        match self.draw.below(4) {
            0 => command.title = Some(format!("q{}", self.count)),
            1 => command.to_room = Some(house.rooms[self.draw.below(house.rooms.len())].number),
            2 if scope != Scope::This => {
                command.recurrence = Some(vec![RULES[self.draw.below(RULES.len())].to_owned()]);
            }
            _ => {
                let by = [-60, -30, 30, 60, 120][self.draw.below(5)];
                command.start = Some(date.range.start().plus_minutes(by).to_rfc3339());
                command.end = Some(date.range.end().plus_minutes(by).to_rfc3339());
            }
        }
        house.line(&format!("s{server} changes {command:?}"));
        house.net.lock().books.wish_series(key);
        let Some((engine, cx)) = at(house, server, series.person) else { return };
        let doing =
            async move { Came::Recorded(engine.change_series(&cx, command, None).await.map(Box::new)) };
        let came = run(house, server, doing).await;
        self.recorded(house, came, if scope == Scope::Following { "series.split" } else { "series.changed" })
            .await;
        adopt(house, series).await;
    }

    async fn cancel_series(&mut self, house: &mut House, server: usize, key: &str, series: Repeated) {
        let Some(date) = self.date_of(house, &series).await else { return };
        let scope = [Scope::This, Scope::This, Scope::Following, Scope::All][self.draw.below(4)];
        house.line(&format!("s{server} cancels #{} {scope:?} {}", series.number, date.slot.to_rfc3339()));
        house.net.lock().books.wish_series(key);
        let Some((engine, cx)) = at(house, server, series.person) else { return };
        let number = series.number;
        let doing = async move {
            Came::Cancelled(engine.cancel_series(&cx, number, At::Slot(date.slot), scope, None).await)
        };
        match run(house, server, doing).await {
            Some(Came::Cancelled(Ok(_))) => house.net.mark("series.cancelled"),
            Some(Came::Cancelled(Err(error))) if !is_unknown(&error) => {
                house.line(&format!("   refused {}", error.code));
            }
            _ => {}
        }
        adopt(house, series).await;
    }

    /// One of its dates that has not begun.
    async fn date_of(&mut self, house: &House, series: &Repeated) -> Option<OccurrenceRow> {
        let now = house.net.now();
        let held = house.store.company(house.company).occurrences_of_event(series.id).await.ok()?;
        let ahead: Vec<OccurrenceRow> =
            held.into_iter().filter(|one| one.state.is_drawn() && one.range.start() > now).collect();
        self.draw.pick(&ahead).cloned()
    }

    /// The number of what was answered. `None`: refused, or nobody knows.
    async fn recorded(
        &self,
        house: &House,
        came: Option<Came>,
        marker: &'static str,
    ) -> Option<BookingNumber> {
        match came {
            Some(Came::Recorded(Ok(record))) => {
                let number = record.block.key.booking;
                house.line(&format!("   it is #{number}"));
                house.net.mark(marker);
                Some(number)
            }
            Some(Came::Recorded(Err(error))) if !is_unknown(&error) => {
                house.line(&format!("   refused {}", error.code));
                refused(house, &error).await;
                None
            }
            _ => {
                house.net.mark("series.unknown");
                None
            }
        }
    }
}

/// A refusal for a date that is taken must have a reason that everybody sees.
async fn refused(house: &House, error: &ApiError) {
    let Some(Refusal::RoomTaken { held, room_name, .. }) = error.refusal.as_deref() else { return };
    house.net.mark("series.room_taken");
    let Ok(blocks) = Blocks::read(house).await else { return };
    if !house.rooms.iter().any(|room| blocks.keep_busy(room.number, *held)) {
        let what = format!("a series was refused for a taken room that is free: {room_name} {held:?}");
        house.net.lock().books.broken(what);
    }
}

/// What the database says after somebody was answered, or was not, is promised from now on: of the series, and of the one
/// that took over from it.
async fn adopt(house: &House, series: Repeated) {
    promise(house, series.clone()).await;
    let Ok(blocks) = Blocks::read(house).await else { return };
    let numbers: BTreeSet<BookingNumber> =
        blocks.all.iter().filter(|block| block.series).map(|block| block.key.booking).collect();
    let store = house.store.company(house.company);
    for number in numbers {
        if house.net.lock().books.series.values().any(|one| one.number == number) {
            continue;
        }
        let Ok(Some(event)) = store.event_by_number(number).await else { continue };
        if event.origin != Origin::Roomly || event.kind != EventKind::Series {
            continue;
        }
        let (was, key) = (key_of(series.id), key_of(event.id));
        {
            let mut state = house.net.lock();
            state.books.wish_series(&key);
            // What somebody did in Google to the one that it comes from is done to it as well, for all we check.
            if state.books.is_touched(&was) {
                state.books.touch(&sync::event_id::event_id(event.id, 0));
            }
        }
        promise(house, Repeated { id: event.id, ..series.clone() }).await;
    }
}

async fn promise(house: &House, mut series: Repeated) {
    let store = house.store.company(house.company);
    let Ok(Some(event)) = store.event_get(series.id).await else { return };
    let Ok(held) = store.occurrences_of_event(series.id).await else { return };
    series.number = event.number;
    series.dates.clear();
    let drawn = held.into_iter().filter(|one| one.state.is_drawn() && !event.cancelled);
    for one in drawn {
        if let Some(room) = number_of(house, one.room) {
            let title = one.title.unwrap_or_else(|| event.title.clone());
            series.dates.push(Date { room, range: one.range, title });
        }
    }
    house.net.lock().books.series.insert(key_of(series.id), series);
}
