//! What a seed decides before anything happens: the house, its habits, and what will go wrong (a swarm: each seed has a
//! few kinds of trouble, and those in strengths of its own; a little of everything would hide bugs).

use sandbox::world::settings::{NoItems, Settings};

use crate::draw::Draw;

/// How Google's notifications fare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Post {
    /// They come.
    Good,
    /// Some are lost, doubled, late, out of order, forged.
    Bad,
    /// They are held, and then come all at once.
    Held,
    /// None ever comes.
    Dead,
}

/// What may go wrong with a call to Google.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Unauthorized,
    RateLimited,
    RateLimitedAsForbidden,
    QuotaExceeded,
    ServerError,
    NotFound,
    Conflict,
    PreconditionFailed,
    FullSyncRequired,
    NoConnection,
    DoneThenFailed,
    DoneThenLost,
    DoneThenTorn,
    DoneThenHtml,
    DoneTwice,
    TimedOut,
    EditedMeanwhile,
    LieEmpty,
    EmptyPage,
    LoopPage,
    AbsentArrays,
    EmptyArrays,
    NullArrays,
    WrongTypes,
    UnknownFields,
    HugeBody,
    ShortWatch,
}

impl Fault {
    pub(crate) const ALL: [Self; 27] = [
        Self::Unauthorized,
        Self::RateLimited,
        Self::RateLimitedAsForbidden,
        Self::QuotaExceeded,
        Self::ServerError,
        Self::NotFound,
        Self::Conflict,
        Self::PreconditionFailed,
        Self::FullSyncRequired,
        Self::NoConnection,
        Self::DoneThenFailed,
        Self::DoneThenLost,
        Self::DoneThenTorn,
        Self::DoneThenHtml,
        Self::DoneTwice,
        Self::TimedOut,
        Self::EditedMeanwhile,
        Self::LieEmpty,
        Self::EmptyPage,
        Self::LoopPage,
        Self::AbsentArrays,
        Self::EmptyArrays,
        Self::NullArrays,
        Self::WrongTypes,
        Self::UnknownFields,
        Self::HugeBody,
        Self::ShortWatch,
    ];

    /// What it is about; nothing else is struck by it.
    pub(crate) fn fits(self, call: Kind) -> bool {
        use Kind::{Delete, Get, Insert, Instances, List, Patch, Stop, Watch};
        match self {
            Self::Conflict => call == Insert,
            Self::PreconditionFailed => matches!(call, Patch | Delete),
            Self::FullSyncRequired => call == List,
            Self::EditedMeanwhile | Self::DoneTwice => matches!(call, Insert | Patch | Delete),
            Self::LieEmpty | Self::EmptyPage | Self::LoopPage => matches!(call, List | Instances),
            Self::AbsentArrays | Self::EmptyArrays | Self::NullArrays | Self::WrongTypes => call == List,
            Self::UnknownFields => matches!(call, List | Get | Instances),
            Self::ShortWatch => call == Watch,
            Self::HugeBody => matches!(call, Insert | Patch | Get | Watch),
            Self::DoneThenHtml | Self::DoneThenTorn => !matches!(call, Delete | Stop),
            _ => true,
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Unauthorized => "fault.401",
            Self::RateLimited => "fault.429",
            Self::RateLimitedAsForbidden => "fault.403_rate",
            Self::QuotaExceeded => "fault.403_quota",
            Self::ServerError => "fault.5xx",
            Self::NotFound => "fault.404",
            Self::Conflict => "fault.409",
            Self::PreconditionFailed => "fault.412",
            Self::FullSyncRequired => "fault.410",
            Self::NoConnection => "fault.no_connection",
            Self::DoneThenFailed => "fault.done_then_503",
            Self::DoneThenLost => "fault.done_then_lost",
            Self::DoneThenTorn => "fault.torn",
            Self::DoneThenHtml => "fault.html",
            Self::DoneTwice => "fault.done_twice",
            Self::TimedOut => "fault.timed_out",
            Self::EditedMeanwhile => "fault.edited_meanwhile",
            Self::LieEmpty => "fault.lie_empty",
            Self::EmptyPage => "fault.empty_page",
            Self::LoopPage => "fault.loop_page",
            Self::AbsentArrays => "fault.absent_arrays",
            Self::EmptyArrays => "fault.empty_arrays",
            Self::NullArrays => "fault.null_arrays",
            Self::WrongTypes => "fault.wrong_types",
            Self::UnknownFields => "fault.unknown_fields",
            Self::HugeBody => "fault.huge_body",
            Self::ShortWatch => "fault.short_watch",
        }
    }
}

/// What a call to Google is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Insert,
    Patch,
    Delete,
    Get,
    List,
    Instances,
    Watch,
    Stop,
    /// Several at once, which only read.
    Batch,
    Token,
    Other,
}

/// Everything that a seed decides beforehand.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) servers: usize,
    pub(crate) rooms: usize,
    pub(crate) people: usize,
    /// Which people connected their calendar.
    pub(crate) connected: Vec<bool>,
    pub(crate) new_york: bool,
    pub(crate) poll_secs: i64,
    pub(crate) hooks: bool,
    pub(crate) post: Post,
    /// Kinds of trouble with calls, each with its probability.
    pub(crate) faults: Vec<(Fault, f64)>,
    /// The chance to die at a crash point that is passed.
    pub(crate) crash: f64,
    /// The chance to die, or to hear nothing, around a write.
    pub(crate) crash_write: f64,
    pub(crate) lost_commit: f64,
    pub(crate) revoke: bool,
    pub(crate) lose_access: bool,
    pub(crate) pause: bool,
    pub(crate) weights: Weights,
    /// How Google is set.
    pub(crate) google: Settings,
    /// Whether people write series in Google.
    pub(crate) series: bool,
    /// Whether they take single dates of a series to other rooms.
    pub(crate) elsewhere: bool,
    /// Whether people make series at Roomly.
    pub(crate) own_series: bool,
    /// Whether people write all-day, transparent, private and other odd events.
    pub(crate) odd: bool,
}

/// How often what happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights {
    pub(crate) roomly: u32,
    pub(crate) google: u32,
    pub(crate) pass: u32,
    pub(crate) call: u32,
    pub(crate) notice: u32,
    pub(crate) time: u32,
    pub(crate) trouble: u32,
}

impl Plan {
    /// `calm`: nothing goes wrong.
    pub(crate) fn of(seed: u64, calm: bool) -> Self {
        let mut draw = Draw::new(seed, "plan");
        let people = 3 + draw.below(3);
        let mut plan = Self {
            servers: [1, 1, 2, 2, 3][draw.below(5)],
            rooms: 2 + draw.below(2),
            people,
            connected: (0..people).map(|_| draw.chance(0.6)).collect(),
            new_york: draw.chance(0.3),
            poll_secs: [60, 300, 300, 900][draw.below(4)],
            hooks: draw.chance(0.85),
            post: Post::Good,
            faults: Vec::new(),
            crash: 0.0,
            crash_write: 0.0,
            lost_commit: 0.0,
            revoke: false,
            lose_access: false,
            pause: false,
            weights: Weights {
                roomly: 8 + draw.below(10) as u32,
                google: 6 + draw.below(12) as u32,
                pass: 30,
                call: 30 + draw.below(30) as u32,
                notice: 10,
                time: 8 + draw.below(8) as u32,
                trouble: 0,
            },
            google: google(&mut draw),
            series: draw.chance(0.6),
            // These came later; streams of their own leave the other seeds as they were.
            elsewhere: Draw::new(seed, "elsewhere").chance(0.3),
            own_series: Draw::new(seed, "own series").chance(0.4),
            odd: draw.chance(0.6),
        };
        if !calm {
            plan.trouble(&mut draw);
        }
        plan
    }

    fn trouble(&mut self, draw: &mut Draw) {
        self.weights.trouble = 1 + draw.below(5) as u32;
        self.post = [Post::Good, Post::Bad, Post::Bad, Post::Held, Post::Dead][draw.below(5)];
        // Half of the seeds know two to nine kinds of trouble with calls, the others none or one.
        let kinds = if draw.chance(0.6) { 2 + draw.below(8) } else { draw.below(2) };
        for _ in 0..kinds {
            let fault = Fault::ALL[draw.below(Fault::ALL.len())];
            let often = [0.01, 0.03, 0.08, 0.2][draw.below(4)];
            if !self.faults.iter().any(|(known, _)| *known == fault) {
                self.faults.push((fault, often));
            }
        }
        if draw.chance(0.4) {
            self.crash = [0.005, 0.02, 0.05][draw.below(3)];
        }
        if draw.chance(0.3) {
            self.crash_write = [0.002, 0.01, 0.03][draw.below(3)];
        }
        if draw.chance(0.25) {
            self.lost_commit = [0.005, 0.02, 0.05][draw.below(3)];
        }
        self.revoke = draw.chance(0.25);
        self.lose_access = draw.chance(0.15);
        self.pause = draw.chance(0.3);
    }
}

/// What Google leaves open, each way in some seeds.
fn google(draw: &mut Draw) -> Settings {
    let some = |draw: &mut Draw, values: &[i64]| values[draw.below(values.len())];
    Settings {
        room_answer_delay_ms: some(draw, &[0, 1_500, 1_500, 20_000, 120_000]),
        copy_delay_ms: some(draw, &[0, 0, 800, 3_000]),
        notify_delay_ms: some(draw, &[0, 0, 500, 5_000]),
        page_size: [None, None, Some(2), Some(3), Some(7)][draw.below(5)],
        sync_token_ttl_s: some(draw, &[28 * 86_400, 28 * 86_400, 7_200]),
        access_token_ttl_s: some(draw, &[3_599, 3_599, 600]),
        push_ttl_max_s: some(draw, &[30 * 86_400, 30 * 86_400, 7_200]),
        full_tombstones: draw.chance(0.3),
        numeric_expiration: draw.chance(0.3),
        notify_coalesce: draw.chance(0.3),
        list_delay_ms: some(draw, &[0, 0, 0, 400, 2_000]),
        empty_pages: draw.chance(0.2),
        arbitrary_order: draw.chance(0.3),
        delta_repeats: draw.chance(0.3),
        no_items: [NoItems::Absent, NoItems::Empty, NoItems::Null][draw.below(3)],
        future_values: draw.chance(0.2),
        odd_recurrence: draw.chance(0.3),
        reset_exceptions: draw.chance(0.3),
        notify_after_stop_ms: some(draw, &[0, 0, 600_000]),
        rotate_refresh_tokens: draw.chance(0.3),
        strict_sync_queries: draw.chance(0.3),
        ..Settings::default()
    }
}
