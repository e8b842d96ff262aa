//! The recurrence engine from outside: against the corpus, the crate `rrule`, its own promises, and any text.

#[cfg(test)]
mod anything;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod random;
