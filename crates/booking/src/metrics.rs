//! What the core counts. Labels are enums: a company, a person or a title cannot become one.

use std::fmt::Write as _;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sync::pull::PullFailure;
use sync::push::Effect;

use crate::notice::NoticeOutcome;

/// Label values that are words of ours.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$why:meta])* $value:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum $name {
            $($(#[$why])* $value,)+
        }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
                encoder.write_str(match self { $(Self::$value => $word,)+ })
            }
        }
    )+};
}

words! {
    /// What became of a push's call.
    PushOutcome {
        /// Google has it as wished.
        Done = "done",
        /// Another call has to follow.
        Continued = "continued",
        /// Somebody deleted it in Google.
        CancelledOutside = "cancelled_outside",
        /// Somebody changed it in Google at the same time.
        Stale = "stale",
        Retry = "retry",
        /// Google limits the grant: what else it would bring waits.
        RateLimited = "rate_limited",
        /// A new access token is needed.
        TokenRefused = "token_refused",
        /// There is no grant, or the calendar is out of reach.
        Blocked = "blocked",
        /// Google will never take it.
        GaveUp = "gave_up",
    }

    /// What became of a pull.
    PullOutcome {
        Done = "done",
        Retry = "retry",
        RateLimited = "rate_limited",
        TokenRefused = "token_refused",
        /// The calendar is out of reach: its room is quarantined.
        AccessLost = "access_lost",
        /// The company has no usable grant: its rooms are quarantined.
        NoGrant = "no_grant",
        /// A listing lacked too much to be believed: its room is quarantined.
        TooMuchMissing = "too_much_missing",
        Malformed = "malformed",
    }

    /// What a notification was worth.
    Worth {
        Marked = "marked",
        Armed = "armed",
        Rejected = "rejected",
        /// The database did not answer; Google sends it again.
        Failed = "failed",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Push {
    outcome: PushOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pull {
    outcome: PullOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Notification {
    outcome: Worth,
}

/// Upper bounds of the buckets of Google → screens, in seconds: from a notification at once to a pull by the clock.
const REACH: [f64; 11] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0, 600.0, 3_600.0];

#[derive(Debug)]
struct Reached(Histogram);

impl Default for Reached {
    fn default() -> Self {
        Self(Histogram::new(REACH))
    }
}

/// The core's counters. Cheap to count: an atomic each.
#[derive(Debug, Default)]
pub struct Metrics {
    pushes: Family<Push, Counter>,
    pulls: Family<Pull, Counter>,
    notifications: Family<Notification, Counter>,
    reached: Reached,
}

impl Metrics {
    /// Names the counters where they are read.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "push_calls",
            "Calls that bring bookings to Google, by outcome",
            self.pushes.clone(),
        );
        registry.register("pulls", "Listings of room calendars, by outcome", self.pulls.clone());
        let help = "Notifications from Google, by what they were worth";
        registry.register("notifications", help, self.notifications.clone());
        let help = "From a change in Google to the frame that tells a screen";
        registry.register("google_to_screen_seconds", help, self.reached.0.clone());
    }

    /// A change in Google reached a screen so many microseconds after it was made.
    pub(crate) fn reached(&self, micros: i64) {
        let took = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        self.reached.0.observe(took.as_secs_f64());
    }

    pub(crate) fn pushed(&self, effect: &Effect) {
        let outcome = match effect {
            Effect::Store { done: true, .. } | Effect::Removed => PushOutcome::Done,
            Effect::Store { done: false, .. } | Effect::NextGeneration | Effect::Fetch(_) => {
                PushOutcome::Continued
            }
            Effect::RemoteCancelled => PushOutcome::CancelledOutside,
            Effect::Stale { .. } => PushOutcome::Stale,
            Effect::Retry { .. } => PushOutcome::Retry,
            Effect::Limited { .. } => PushOutcome::RateLimited,
            Effect::RefreshToken => PushOutcome::TokenRefused,
            Effect::Blocked { .. } => PushOutcome::Blocked,
            Effect::GiveUp { .. } => PushOutcome::GaveUp,
        };
        self.push(outcome);
    }

    pub(crate) fn push(&self, outcome: PushOutcome) {
        self.pushes.get_or_create(&Push { outcome }).inc();
    }

    pub(crate) fn pulled(&self) {
        self.pulls.get_or_create(&Pull { outcome: PullOutcome::Done }).inc();
    }

    pub(crate) fn pull_failed(&self, failure: &PullFailure) {
        let outcome = match failure {
            PullFailure::Retry { .. } => PullOutcome::Retry,
            PullFailure::RateLimited { .. } => PullOutcome::RateLimited,
            PullFailure::RefreshToken => PullOutcome::TokenRefused,
            PullFailure::AccessLost { .. } => PullOutcome::AccessLost,
            PullFailure::NoGrant => PullOutcome::NoGrant,
            PullFailure::TooMuchMissing => PullOutcome::TooMuchMissing,
            PullFailure::Malformed { .. } => PullOutcome::Malformed,
        };
        self.pulls.get_or_create(&Pull { outcome }).inc();
    }

    pub(crate) fn noticed(&self, outcome: Option<NoticeOutcome>) {
        let outcome = match outcome {
            Some(NoticeOutcome::Marked) => Worth::Marked,
            Some(NoticeOutcome::Armed) => Worth::Armed,
            Some(NoticeOutcome::Rejected) => Worth::Rejected,
            None => Worth::Failed,
        };
        self.notifications.get_or_create(&Notification { outcome }).inc();
    }
}
