//! The rows: a group's head, and a room with its day.

use leptos::prelude::*;
use model::RoomNumber;
use model::room::RoomRow;

use super::block::BookingBlock;
use super::grid::Grid;
use super::layout::{Placed, RoomStatus, status_at};
use super::words;
use crate::components::ui::Icon;

/// Rows in the order to draw, a head before each building and floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Head { name: String, rooms: Vec<RoomNumber> },
    Room(Box<RoomRow>),
}

impl Line {
    /// Changes with everything that the line shows of itself, so that a renamed room is drawn anew.
    pub fn key(&self) -> String {
        match self {
            Self::Head { name, rooms } => {
                let rooms: Vec<String> = rooms.iter().map(ToString::to_string).collect();
                format!("head {name} {}", rooms.join(","))
            }
            Self::Room(room) => format!(
                "room {} {} {} {} {} {}",
                room.number,
                room.name,
                room.floor,
                room.capacity,
                room.features.join(","),
                room.health.as_str()
            ),
        }
    }
}

/// Groups the rooms, which come in order.
pub fn lines(grid: Grid, rooms: &[RoomRow]) -> Vec<Line> {
    let place = |room: &RoomRow| words::place(grid.lang, room);
    rooms
        .chunk_by(|a, b| place(a) == place(b))
        .flat_map(|group| {
            let name = group.first().map(place).unwrap_or_default();
            let head = Line::Head { name, rooms: group.iter().map(|room| room.number).collect() };
            std::iter::once(head).chain(group.iter().cloned().map(|room| Line::Room(Box::new(room))))
        })
        .collect()
}

/// A building's floor: sticky while its rooms pass under it.
#[component]
pub fn GroupHead(grid: Grid, name: String, rooms: Vec<RoomNumber>) -> impl IntoView {
    let all = rooms.len();
    let free = grid.is_today().then(|| {
        Memo::new(move |_| {
            let now = grid.now();
            rooms
                .iter()
                .filter(|room| grid.follow.row(**room).with(|blocks| status_at(blocks, now).is_free()))
                .count()
        })
    });
    let count = free.map(|free| {
        let words = move || {
            let (free, all) = (free.get().to_string(), all.to_string());
            text::tr_with(grid.lang, "grid.free_now", &[("free", &free), ("all", &all)])
        };
        view! { <span class="timeline-group-free">{words}</span> }
    });
    view! {
        <div class="timeline-group" role="row">
            <div class="timeline-group-head" role="rowheader">
                <span class="timeline-group-name">{name}</span>
                {count}
            </div>
        </div>
    }
}

/// One room: who it is, and its day.
#[component]
pub fn RoomLine(grid: Grid, room: RoomRow) -> impl IntoView {
    let lang = grid.lang;
    let number = room.number;
    let blocks = grid.follow.row(number);
    let pending = Memo::new(move |_| grid.pending_of(number));
    let placed = Memo::new(move |_| grid.placed(number, blocks.get(), &pending.get()));
    let status =
        grid.is_today().then(|| Memo::new(move |_| blocks.with(|blocks| status_at(blocks, grid.now()))));
    let status_words = move || status.map(|status| grid.day(|day| words::status(lang, status.get(), day)));
    let floor = words::floor(lang, &room.floor);
    let seats =
        (room.capacity > 0).then(|| text::tr_with(lang, "grid.seats", &[("n", &room.capacity.to_string())]));
    let place = [Some(floor).filter(|floor| !floor.is_empty()), seats]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ");
    let features = room
        .features
        .iter()
        .map(|feature| match words::feature_icon(feature) {
            Some(name) => view! {
                <span class="timeline-feature" title=feature.clone()>
                    <Icon name=name/>
                    <span class="visually-hidden">{feature.clone()}</span>
                </span>
            }
            .into_any(),
            None => view! { <span class="timeline-feature">{feature.clone()}</span> }.into_any(),
        })
        .collect::<Vec<_>>();
    let health = words::health(lang, room.health).map(|words| {
        view! { <span class="timeline-health" title=words.clone()><Icon name="alert"/><span class="visually-hidden">{words.clone()}</span></span> }
    });
    let book = format!("/rooms/book?room={number}&date={}", grid.date());
    let book_label = text::tr_with(lang, "grid.book_room", &[("room", &room.name)]);
    view! {
        <div class="timeline-row" role="row" data-room=number.to_string() data-name=room.name.clone()>
            <div
                class="timeline-room"
                role="rowheader"
                data-status=move || status.map_or("", |status: Memo<RoomStatus>| status.get().as_str())
            >
                <span class="timeline-dot" aria-hidden="true"></span>
                <span class="timeline-room-text">
                    <span class="timeline-room-name" title=room.name.clone()>{room.name.clone()}</span>
                    <span class="timeline-room-facts">
                        <span class="timeline-room-place">{place}</span>
                        {features}
                    </span>
                </span>
                {health}
                <span class="visually-hidden">{status_words}</span>
                <a class="timeline-book" href=book aria-label=book_label title=text::tr(lang, "grid.book").into_owned()>
                    <Icon name="plus"/>
                    <span class="timeline-book-word">{text::tr(lang, "grid.book").into_owned()}</span>
                </a>
            </div>
            <div class="timeline-track" role="gridcell">
                <For
                    each=move || placed.get()
                    key=Placed::id
                    children=move |item: Placed| {
                        let id = item.id();
                        let placed = Memo::new(move |_| {
                            let known = placed.with(|all| all.iter().find(|other| other.id() == id).cloned());
                            known.unwrap_or_else(|| item.clone())
                        });
                        view! { <BookingBlock grid placed/> }
                    }
                />
            </div>
        </div>
    }
}
