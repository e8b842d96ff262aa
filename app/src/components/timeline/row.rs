//! The rows: a group's head, which folds its rooms away, and a room with its day.

use leptos::prelude::*;
use model::RoomNumber;
use model::room::RoomRow;
use text::Lang;

use super::block::BookingBlock;
use super::grid::Grid;
use super::hands;
use super::layout::{Placed, RoomStatus, status_at};
use super::words;
use crate::components::ui::Icon;

/// Rows in the order to draw, a head before each group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The `id` is the same in all languages.
    Head {
        id: String,
        name: String,
        rooms: Vec<RoomNumber>,
    },
    Room(Box<RoomRow>),
}

impl Line {
    /// Changes with everything that the line shows of itself, so that a renamed room is drawn anew.
    pub fn key(&self) -> String {
        match self {
            Self::Head { name, rooms, .. } => {
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

/// A floor of so many rooms is a group of its own; smaller ones would be more heads than rooms.
const FLOOR_ROOMS: usize = 4;

/// Groups the rooms, which come in order: by building, and by floor where floors are large. Rooms of `folded` groups are
/// left out.
pub fn lines(lang: Lang, rooms: &[RoomRow], folded: &[String]) -> Vec<Line> {
    rooms.chunk_by(|a, b| a.building == b.building).flat_map(|house| groups(lang, house, folded)).collect()
}

/// The groups of one building.
fn groups(lang: Lang, house: &[RoomRow], folded: &[String]) -> Vec<Line> {
    let same_floor = |a: &RoomRow, b: &RoomRow| a.floor == b.floor;
    let floors = house.chunk_by(same_floor).count();
    let building = house.first().map(|room| room.building.clone()).unwrap_or_default();
    let by_floor = building.is_empty() || house.len() >= floors * FLOOR_ROOMS;
    let groups: Vec<&[RoomRow]> = if by_floor { house.chunk_by(same_floor).collect() } else { vec![house] };
    let mut lines = vec![];
    for group in groups {
        let Some(first) = group.first() else { continue };
        let (id, name) = if by_floor {
            (format!("{building}/{}", first.floor), words::place(lang, first))
        } else {
            (format!("{building}/"), building.clone())
        };
        let open = !folded.contains(&id);
        lines.push(Line::Head { id, name, rooms: group.iter().map(|room| room.number).collect() });
        if open {
            lines.extend(group.iter().cloned().map(|room| Line::Room(Box::new(room))));
        }
    }
    lines
}

/// A group's head: sticky while its rooms pass under it, and the button that folds them away.
#[component]
pub fn GroupHead(grid: Grid, id: String, name: String, rooms: Vec<RoomNumber>) -> impl IntoView {
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
    let count = move || match free {
        Some(free) => {
            let (free, all) = (free.get().to_string(), all.to_string());
            text::tr_with(grid.lang, "grid.free_now", &[("free", &free), ("all", &all)])
        }
        None => text::tr_with(grid.lang, "grid.group_rooms", &[("n", &all.to_string())]),
    };
    let id = StoredValue::new(id);
    let open = move || !grid.folded.with(|folded| id.with_value(|id| folded.contains(id)));
    view! {
        <div class="timeline-group" role="row">
            <div class="timeline-group-head" role="rowheader">
                // Folding is for browsers with hands; without them the head is only a head.
                <button
                    type="button"
                    class="timeline-fold"
                    aria-expanded=move || open().to_string()
                    disabled=move || grid.me().is_none()
                    on:click=move |_| hands::fold(grid, &id.get_value())
                >
                    <Icon name="chevron-down"/>
                    <span class="timeline-group-name">{name}</span>
                    <span class="timeline-group-free">{move || count()}</span>
                </button>
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
        view! { <span class="timeline-health" title=words.clone()><Icon name="alert"/><span class="visually-hidden">{words.clone()}</span></span> }.into_any()
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
                    <span class="timeline-room-name" title=room.name.clone()>{health}{room.name.clone()}</span>
                    <span class="timeline-room-facts">
                        <span class="timeline-room-place">{place}</span>
                        {features}
                    </span>
                </span>
                <span class="visually-hidden">{move || status_words()}</span>
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::room::RoomHealth;

    fn house(building: &str, floors: &[&str]) -> Vec<RoomRow> {
        let room = |(number, floor): (i64, &&str)| RoomRow {
            number: RoomNumber(number),
            name: String::new(),
            building: building.to_owned(),
            floor: (*floor).to_owned(),
            capacity: 0,
            features: vec![],
            health: RoomHealth::Live,
        };
        (1..).zip(floors).map(room).collect()
    }

    fn drawn(rooms: &[RoomRow], folded: &[&str]) -> Vec<String> {
        let folded: Vec<String> = folded.iter().map(|id| (*id).to_owned()).collect();
        let word = |line| match line {
            Line::Head { id, name, rooms } => format!("{id} {name} {}", rooms.len()),
            Line::Room(room) => room.number.to_string(),
        };
        lines(Lang::Ko, rooms, &folded).into_iter().map(word).collect()
    }

    #[test]
    fn small_floors_share_their_buildings_head() {
        assert_eq!(drawn(&house("본관", &["2", "2", "3"]), &[]), ["본관/ 본관 3", "1", "2", "3"]);
        let large = house("본관", &["2", "2", "2", "2", "3", "3", "3", "3"]);
        assert_eq!(
            drawn(&large, &["본관/2"]),
            ["본관/2 본관 2층 4", "본관/3 본관 3층 4", "5", "6", "7", "8"]
        );
    }

    #[test]
    fn without_a_building_floors_are_the_groups() {
        assert_eq!(drawn(&house("", &["2", "3"]), &["/3"]), ["/2 2층 1", "1", "/3 3층 1"]);
    }
}
