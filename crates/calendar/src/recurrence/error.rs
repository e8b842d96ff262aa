//! Why lines were not read.

use thiserror::Error;

/// A recurrence that cannot be understood, with the reason in words for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    #[error("{0} is not a line of RRULE, EXRULE, RDATE or EXDATE")]
    Line(String),
    #[error("the lines have {0} bytes, more than {1}")]
    Long(usize, usize),
    #[error("FREQ is missing")]
    NoFreq,
    #[error("{0} is given twice")]
    Twice(String),
    #[error("{part}={value} is not understood: {why}")]
    Part { part: String, value: String, why: &'static str },
    #[error("COUNT and UNTIL are given together")]
    CountAndUntil,
    #[error("{part} is not allowed with FREQ={freq}")]
    NotWith { part: &'static str, freq: &'static str },
    #[error("a numbered BYDAY is not allowed {0}")]
    Ordinal(&'static str),
    #[error("BYSETPOS needs another BY part")]
    LonelySetPos,
    #[error("the part {0} changes the dates in a way that is not understood")]
    UnknownPart(String),
    #[error("{0} is not a date or a date with a time")]
    Date(String),
    #[error("the zone {0} is unknown")]
    Zone(String),
    #[error("the rule is not understood: {0}")]
    Library(String),
    #[error("{0}")]
    Outbound(&'static str),
    #[error("the series begins outside the years 1 to 9999")]
    Start,
}
