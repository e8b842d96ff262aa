//! What stands between Roomly and Google, in words of ours: why a booking waits, what is wrong with a room, what a grant
//! lacks. The words are stored, shown and counted; what Google said is kept beside them, for whoever looks for the cause.

use serde::{Deserialize, Serialize};

/// An enum whose variants are words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$why:meta])* $value:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$why])* #[serde(rename = $word)] $value,)+
        }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = String;
            fn try_from(word: &str) -> Result<Self, Self::Error> {
                let found = Self::ALL.iter().find(|value| value.as_str() == word);
                found.copied().ok_or_else(|| format!("{word:?} is none of the known words"))
            }
        }
    )+};
}

words! {
    /// Why a booking has not reached Google.
    Stuck {
        /// There is no grant to write it with.
        NoGrant = "no_grant",
        /// The grant was taken back.
        Revoked = "revoked",
        /// The grant lacks a scope.
        Insufficient = "insufficient_scope",
        /// The grant was sealed with a key that this server does not have.
        Sealed = "sealed_otherwise",
        /// The person never connected, and the Workspace has not allowed the service account to act for them.
        NotDelegated = "not_delegated",
        /// Google does not let us at the calendar, or it is not there.
        OutOfReach = "calendar_out_of_reach",
        /// The room is not in the Directory any more.
        RoomGone = "room_gone",
        /// Google will never take it as it is.
        Refused = "refused_by_google",
        /// Another person organises it now.
        NotOrganizer = "not_organizer",
        /// Google asks for a rest.
        Limited = "rate_limited",
        /// Google did not answer, or not readably.
        NoAnswer = "no_answer",
        /// Somebody keeps changing it in Google.
        KeepsChanging = "keeps_changing",
        /// Writing to its calendar was stopped because it looked like a loop.
        LoopStopped = "loop_stopped",
    }

    /// What is wrong with how a room follows Google.
    RoomTrouble {
        /// Google did not answer, or answered with an error that passes.
        NoAnswer = "retry",
        Limited = "rate_limited",
        /// A fresh access token was refused as well.
        TokenRefused = "refresh_token",
        /// Google does not let us at the calendar, or it is not there.
        AccessLost = "access_lost",
        /// The company has no usable grant.
        NoGrant = "no_grant",
        /// A complete listing lacked too many events to be believed.
        TooMuchMissing = "too_much_missing",
        /// Google contradicts itself.
        Malformed = "malformed",
        /// A channel is armed and nothing comes: it was replaced, and nothing was heard since.
        Silent = "silent",
        /// Writing to its calendar was stopped because it looked like a loop.
        LoopStopped = "loop_stopped",
        /// Google does not open a channel for it: it is followed by the periodic pass.
        NoChannel = "no_channel",
    }

    /// How a grant stands.
    GrantStanding {
        Good = "active",
        /// A renewal failed for a moment.
        Renewing = "expiring",
        Missing = "missing",
        Revoked = "revoked",
        Insufficient = "insufficient",
        /// It was sealed with a key that this server does not have.
        Sealed = "sealed",
        /// Its owner may not sign in to the Workspace any more.
        Suspended = "suspended",
    }

    /// How far the service account may act for the company's people.
    Delegation {
        Granted = "granted",
        /// The Workspace has not allowed the scope to its client.
        NotDelegated = "not_delegated",
        /// Google does not accept its key, or the account is switched off.
        BadKey = "bad_key",
        /// This server's clock differs too much from Google's.
        Clock = "clock",
        /// Google was not asked yet, or did not answer.
        Unknown = "unknown",
    }

    /// Why writing to a calendar was stopped.
    LoopKind {
        /// Too many events were made on it in a short time.
        TooManyCreates = "too_many_creates",
        /// One event was written again and again.
        SameEventAgain = "same_event_again",
    }
}

impl RoomTrouble {
    /// Whether trying again is all that is needed, as far as one failure tells.
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::NoAnswer | Self::Limited | Self::TokenRefused | Self::Malformed)
    }
}

impl GrantStanding {
    /// Whether bookings may be written with it.
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Good | Self::Renewing)
    }
}

/// What a person is asked to mend, on every page of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attention {
    /// Their own grant was given and is lost: `revoked` or `insufficient`.
    pub own_grant: Option<GrantStanding>,
    /// For admins: the company's grant, where it is not usable.
    pub company_grant: Option<GrantStanding>,
    /// For admins: `/admin/sync` has something to show.
    pub sync: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_is_written() {
        for stuck in Stuck::ALL {
            assert_eq!(Stuck::try_from(stuck.as_str()).as_ref(), Ok(stuck));
            assert_eq!(serde_json::to_string(stuck).unwrap(), format!("\"{}\"", stuck.as_str()));
        }
        for trouble in RoomTrouble::ALL {
            assert_eq!(RoomTrouble::try_from(trouble.as_str()).as_ref(), Ok(trouble));
        }
        for standing in GrantStanding::ALL {
            assert_eq!(GrantStanding::try_from(standing.as_str()).as_ref(), Ok(standing));
        }
        for delegation in Delegation::ALL {
            assert_eq!(Delegation::try_from(delegation.as_str()).as_ref(), Ok(delegation));
        }
        for kind in LoopKind::ALL {
            assert_eq!(LoopKind::try_from(kind.as_str()).as_ref(), Ok(kind));
        }
        assert!(Stuck::try_from("nothing").is_err());
    }
}
