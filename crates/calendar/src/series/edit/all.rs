//! Every date that has not begun.

use super::super::plan::Outcome;
use super::{Edited, Refused, rest};

/// A series that has not begun is changed in place. One that runs is split at now: Google's master speaks for the past,
/// too, and nothing may be rewritten there. The other way, to give every past date its old values as an exception, costs
/// a write for each (Google advises against it, `recurringevents`), and leaves a series of exceptions; the split costs
/// three, however long the series ran.
///
/// An exception of a past date that was moved into the future is still to come: it is changed as an exception.
pub(super) fn all(cx: &Edited<'_>) -> Result<Outcome, Refused> {
    rest::rest(cx, cx.request.now, |_| true)
}
