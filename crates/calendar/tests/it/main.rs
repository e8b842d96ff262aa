//! The recurrence engine from outside: against the corpus, the crate `rrule`, and its own promises.

#[cfg(test)]
mod corpus;
