//! Recurring events: from the lines of a calendar's event to its dates and back.
//!
//! [`Recurrence`] is the whole set of one series (RFC 5545 section 3.8.5: rules and extra dates, less the excluded ones).
//! [`Rule`] is one `RRULE`, [`Slot`] one date of the series: what Google calls `originalStartTime`. Reading is lenient
//! ([`Recurrence::read`]) or strict ([`Recurrence::read_strict`]); who reads what other programs wrote asks for a
//! [`Series`], in which a rule that cannot be understood is kept as it came.
//!
//! Dates are found by civil arithmetic that begins at the asked window (`walk`), those of rare rules by the crate `rrule`
//! fed with civil time as if it were UTC (`library`); zones are resolved on our side (`offsets`). Every question takes a
//! [`Budget`]: no rule, however odd, costs more than it allows.

mod budget;
mod check;
mod error;
mod library;
mod offsets;
mod read;
mod rule;
mod set;
mod slot;
mod split;
mod start;
mod stream;
mod walk;
mod write;

pub use budget::{Budget, Exhausted};
pub use error::Unreadable;
pub use rule::{Bound, Freq, NthWeekday, Rule, Until};
pub use set::{Last, Length, Recurrence, Series, Slots};
pub use slot::Slot;
pub use split::{Split, Unsplittable};
pub use start::Start;
