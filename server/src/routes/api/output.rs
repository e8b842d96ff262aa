//! What is answered. Our own types: the core's may change, these are a promise.

use booking::{BookingRecord, RoomPage};
use model::{Block, Change, Instant, TimeRange};
use serde::Serialize;
use utoipa::ToSchema;

/// RFC 3339 in UTC.
pub(super) fn rfc3339(at: Instant) -> String {
    at.to_rfc3339()
}

/// Words of the core, spelled as in its JSON.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident of $core:path { $($word:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $name { $($word),+ }

        impl From<$core> for $name {
            fn from(word: $core) -> Self {
                use $core as Core;
                match word { $(Core::$word => Self::$word),+ }
            }
        }
    )+};
}

words! {
    /// `pending`: Google or the room has not agreed yet; `confirmed`: the room accepted; both hold the room.
    /// `declined`: the room said no. `conflicted`: it overlaps another event of Google by force.
    State of model::BookingState { Pending, Confirmed, Declined, Released, Cancelled, Conflicted }
    /// Where the booking was made.
    Origin of model::block::Origin { Roomly, Google, Panel, Slack }
    /// How well a room follows Google.
    Health of model::room::RoomHealth { New, Live, PollOnly, Degraded, Quarantined }
    /// What both sides may change of a booking; `cancel`: that it is to be at all.
    Field of model::history::Field { Title, Time, Rule, Room, Private, Guests, Cancel }
    /// Where a wish was made.
    Side of model::history::Side { Roomly, Google }
    /// What a guest answered.
    Answer of model::page::GuestAnswer { NeedsAction, Declined, Tentative, Accepted }
    /// In which way another proposal differs.
    AlternativeKind of model::refusal::AlternativeKind { OtherRoom, Earlier, Later, Shorter }
}

/// A room in use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Room {
    number: i64,
    name: String,
    /// Empty where the Directory has none.
    building: String,
    floor: String,
    /// 0 where the Directory does not say.
    capacity: i32,
    features: Vec<String>,
    health: Health,
}

impl From<model::room::RoomRow> for Room {
    fn from(row: model::room::RoomRow) -> Self {
        let model::room::RoomRow { number, name, building, floor, capacity, features, health } = row;
        Self { number: number.0, name, building, floor, capacity, features, health: health.into() }
    }
}

/// A page of rooms, by number.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rooms {
    rooms: Vec<Room>,
    /// For the next page: the same request with this `cursor`. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

impl From<RoomPage> for Rooms {
    fn from(page: RoomPage) -> Self {
        Self {
            rooms: page.rooms.into_iter().map(Room::from).collect(),
            next: page.next.map(super::input::write_room_cursor),
        }
    }
}

/// The organiser, where it is a person of this company.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Organizer {
    /// Absent for people from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    number: Option<i64>,
    name: String,
}

/// A booking in one room. An instance of a series is named by `number`, `room` and `slot`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Booking {
    number: i64,
    room: i64,
    /// The original start of an instance of a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    slot: Option<String>,
    state: State,
    /// UTC.
    #[schema(format = DateTime)]
    start: String,
    /// UTC; not included.
    #[schema(format = DateTime)]
    end: String,
    /// The company's zone (IANA), for showing the times.
    zone: String,
    /// Empty for private bookings of others.
    title: String,
    private: bool,
    /// Absent for private bookings of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    organizer: Option<Organizer>,
    origin: Origin,
    tentative: bool,
    all_day: bool,
    /// An instance of a series.
    series: bool,
    /// An instance that differs from its series.
    exception: bool,
}

impl Booking {
    pub(super) fn new(block: Block, zone: &str) -> Self {
        let named = block.organizer.is_some() || !block.organizer_name.is_empty();
        Self {
            number: block.key.booking.0,
            room: block.key.room.0,
            slot: block.key.slot.map(rfc3339),
            state: block.state.into(),
            start: rfc3339(block.range.start()),
            end: rfc3339(block.range.end()),
            zone: zone.to_owned(),
            title: block.title,
            private: block.private,
            organizer: named.then_some(Organizer {
                number: block.organizer.map(|number| number.0),
                name: block.organizer_name,
            }),
            origin: block.origin.into(),
            tentative: block.tentative,
            all_day: block.all_day,
            series: block.series,
            exception: block.exception,
        }
    }
}

/// A page of bookings, by start.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Bookings {
    pub(super) bookings: Vec<Booking>,
    /// For the next page: the same request with this `cursor`. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Guest {
    email: String,
    name: String,
    answer: Answer,
}

/// A booking with all that this person may know of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookingDetail {
    #[serde(flatten)]
    booking: Booking,
    room_name: String,
    /// Empty for those who may not see them.
    guests: Vec<Guest>,
    /// Whether this person may change and cancel it here.
    can_change: bool,
    /// It is changed in Google Calendar only: what was made outside.
    change_in_google: bool,
    /// It stands on the room's calendar, because its organiser has not granted access to theirs.
    as_room: bool,
    /// Why the room is not held, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    google_link: Option<String>,
    /// Fields that were changed here and in Google before either heard of the other, newest first: whose wish the booking
    /// follows, and what was lost. Empty for those who may not see it.
    history: Vec<HistoryLine>,
    /// For `If-Match`, as in the `ETag`: it changes with room, time, title, privacy and guests, not with `state`.
    version: String,
}

impl From<BookingRecord> for BookingDetail {
    fn from(record: BookingRecord) -> Self {
        let guest = |guest: model::page::Guest| Guest {
            email: guest.email,
            name: guest.name,
            answer: guest.answer.into(),
        };
        Self {
            booking: Booking::new(record.block, &record.zone),
            room_name: record.room_name,
            guests: record.guests.into_iter().map(guest).collect(),
            can_change: record.can_change,
            change_in_google: record.change_in_google,
            as_room: record.as_room,
            reason: record.reason,
            google_link: record.google_link,
            history: record.history.into_iter().map(HistoryLine::from).collect(),
            version: record.version,
        }
    }
}

/// What became of one field that was changed on both sides. A title, a room's name, `private` or `public`, a rule; of a
/// time, its span; of a cancellation `cancelled` (here), `deleted` (in Google) or `changed`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryLine {
    #[schema(format = DateTime)]
    at: String,
    /// Of one date of a series: the day of its original start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Date)]
    date: Option<String>,
    field: Field,
    /// Whose wish was the later one.
    winner: Side,
    /// Who had made the wish in Roomly; empty where that is not known.
    by: String,
    kept: HistoryValue,
    lost: HistoryValue,
}

/// What a field held: words, or a time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryValue {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    time: Option<Span>,
}

impl From<model::history::HistoryValue> for HistoryValue {
    fn from(value: model::history::HistoryValue) -> Self {
        let time = value.range.map(Span::from);
        Self { text: time.is_none().then_some(value.text), time }
    }
}

impl From<model::history::HistoryLine> for HistoryLine {
    fn from(line: model::history::HistoryLine) -> Self {
        Self {
            at: rfc3339(line.at),
            date: line.date.map(|day| day.date.to_string()),
            field: line.field.into(),
            winner: line.winner.into(),
            by: line.by,
            kept: line.kept.into(),
            lost: line.lost.into(),
        }
    }
}

/// The time that something stood at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Span {
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
}

impl From<TimeRange> for Span {
    fn from(range: TimeRange) -> Self {
        Self { start: rfc3339(range.start()), end: rfc3339(range.end()) }
    }
}

/// One change of what everybody of the company may see. Private bookings have no title here, one's own neither.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(super) enum OneChange {
    /// The booking is now this; `was` is where it stood before.
    Booking {
        booking: Box<Booking>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        was: Option<Span>,
    },
    /// The booking is gone from this room: cancelled, or moved away.
    BookingGone {
        number: i64,
        room: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(format = DateTime, nullable = false)]
        slot: Option<String>,
        was: Span,
    },
    /// A room appeared, or its row changed.
    Room { room: Room },
    /// A room was retired.
    RoomGone { number: i64 },
}

impl OneChange {
    fn new(change: Change, zone: &str) -> Self {
        match change {
            Change::Upsert { block, was } => {
                let booking = Box::new(Booking::new(block, zone));
                Self::Booking { booking, was: was.map(Span::from) }
            }
            Change::Remove { key, was } => Self::BookingGone {
                number: key.booking.0,
                room: key.room.0,
                slot: key.slot.map(rfc3339),
                was: was.into(),
            },
            Change::Room { room } => Self::Room { room: room.into() },
            Change::RoomGone { number } => Self::RoomGone { number: number.0 },
        }
    }
}

/// What one commit changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Commit {
    seq: i64,
    changes: Vec<OneChange>,
}

/// The commits after a `seq`, in order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changes {
    commits: Vec<Commit>,
    /// What to send as `after` next time.
    seq: i64,
    /// There are more already.
    more: bool,
}

impl Changes {
    pub(super) fn new(changes: booking::Changes, zone: &str) -> Self {
        let commit = |(seq, changes): (model::Seq, Vec<Change>)| Commit {
            seq: seq.0,
            changes: changes.into_iter().map(|change| OneChange::new(change, zone)).collect(),
        };
        Self {
            commits: changes.commits.into_iter().map(commit).collect(),
            seq: changes.seq.0,
            more: changes.more,
        }
    }
}

/// The person whose token was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    number: i64,
    name: String,
    email: String,
    admin: bool,
    company: String,
    /// The company's zone (IANA).
    zone: String,
    /// Whether bookings are put on this person's own calendar; else they stand on the room's.
    calendar_granted: bool,
}

impl Me {
    pub(super) fn new(viewer: model::person::Viewer, zone: String) -> Self {
        Self {
            number: viewer.number.0,
            name: viewer.name,
            email: viewer.email,
            admin: viewer.admin,
            company: viewer.company,
            zone,
            calendar_granted: viewer.calendar_granted,
        }
    }
}
