//! Google's reasons in our words.

use model::Stuck;

/// Whether a call was refused because the grant does not reach far enough, rather than because of the calendar.
pub(crate) fn lacks_scope(reason: &str) -> bool {
    matches!(reason, "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
}

/// Why Google will never take a booking.
pub(crate) fn refused_for(reason: &str) -> Stuck {
    match reason {
        "forbiddenForNonOrganizer" => Stuck::NotOrganizer,
        _ => Stuck::Refused,
    }
}

/// What the people concerned are told of a booking that was given up before it stood in Google (`reason.*` in `text`).
pub(crate) const fn declined_for(why: Stuck) -> &'static str {
    match why {
        Stuck::RoomGone => "room_gone",
        _ => "google_refused",
    }
}
