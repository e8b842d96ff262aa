//! Known bugs, to see that the simulator finds them (decisions 33): each is a mistake that was made somewhere, in the
//! words of reliability 3.3. Compiled with the feature `sabotage` only, which nothing that is shipped has; even then none
//! is there before it is switched on.

use std::sync::atomic::{AtomicU8, Ordering};

/// The one that is on; 0: none. The machines stay pure for as long as nobody turns it while they run.
static ON: AtomicU8 = AtomicU8::new(0);

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {
        /// A known bug.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Bug {
            /// None of them.
            Nothing,
            $($(#[$doc])* $name,)+
        }

        impl Bug {
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::Nothing => "none",
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

bugs! {
    /// S-01: what we wrote and see again is written again.
    EchoPushed = "echo-pushed";
    /// S-03: the sync token is stored before the events it stands for.
    TokenBeforeEvents = "token-before-events";
    /// S-04: a delta is taken for all there is.
    DeltaIsAll = "delta-is-all";
    /// S-05: inserts carry no id of ours.
    NoClientId = "no-client-id";
    /// S-06: arrays are written without what Google has in them.
    ArraysBlindly = "arrays-blindly";
    /// S-07: writes are not conditional.
    NoIfMatch = "no-if-match";
    /// S-08: who was taken for dead goes on writing.
    NoFencing = "no-fencing";
    /// S-09: what a full listing lacks is gone, without a question.
    AbsenceIsProof = "absence-is-proof";
    /// S-17: `Retry-After` is not read.
    RetryAfterIgnored = "retry-after-ignored";
    /// S-18: tombstones are not read.
    TombstoneIgnored = "tombstone-ignored";
    /// S-19: an exception that comes before its master is dropped.
    OrphanDropped = "orphan-dropped";
    /// S-20: a push that is done takes newer wishes with it.
    NewerWishLost = "newer-wish-lost";
    /// S-24: the first etag is kept for ever.
    StaleEtag = "stale-etag";
    /// S-25: of a listing in several pages only the last counts.
    LastPageOnly = "last-page-only";
    /// S-26: a calendar that answers 404 is empty.
    DeleteOn404 = "delete-on-404";
    /// S-28: the intent is no key: a repeat books again.
    IntentForgotten = "intent-forgotten";
    /// A call without an answer counts as done.
    SilenceIsSuccess = "silence-is-success";
    /// A 404 to a deletion counts as done.
    NotFoundIsDeleted = "404-is-deleted";
    /// A sync token that is void is tried again for ever.
    VoidTokenKept = "void-token-kept";
    /// What was deleted in Google is made again.
    Resurrected = "resurrected";
    /// A cancellation that meets an edit in Google is given up.
    CancelLost = "cancel-lost";
    /// Every write tells the guests.
    AlwaysNotify = "always-notify";
    /// An outside event does not displace a pending booking.
    NoYield = "no-yield";
    /// Whoever waits for a room is not let in when it is free.
    NeverPromoted = "never-promoted";
    /// What an old listing says undoes what was changed since.
    OldListingWins = "old-listing-wins";
    /// A new grant does not wake what waited for it.
    NeverUnblocked = "never-unblocked";
    /// All-day events are placed by UTC.
    AllDayInUtc = "all-day-in-utc";
    /// A refresh without a new refresh token forgets the old one.
    RefreshForgotten = "refresh-forgotten";
    /// A series is read up to its first page.
    InstancesCut = "instances-cut";
    /// A change of room leaves the old room invited.
    OldRoomKept = "old-room-kept";
    /// An answer of the room to a time that is not wanted any more is taken.
    OldAnswerTaken = "old-answer-taken";
    /// Deltas that were lied about are never made up for: no daily full pass.
    NoFullPass = "no-full-pass";
}

/// Switches one on, and any other off.
pub fn switch(bug: Bug) {
    ON.store(bug as u8, Ordering::Relaxed);
}

pub fn is_on(bug: Bug) -> bool {
    ON.load(Ordering::Relaxed) == bug as u8
}
