//! A date and what follows it.

use super::super::plan::Outcome;
use super::{Edited, Refused, rest};

/// What begins at the date or later, and has not begun: the series ends before it and a new one goes on from it. Of the
/// first date it is an edit of all in place, of the last one an edit of that date alone.
///
/// An exception belongs to what follows by its identity, wherever it was moved.
pub(super) fn following(cx: &Edited<'_>) -> Result<Outcome, Refused> {
    let boundary = cx.request.at.instant(cx.zone).max(cx.request.now);
    rest::rest(cx, boundary, |slot| slot >= cx.request.at)
}
