//! The bus and its budgets with a real Redis, as `cargo xtask test` installs it.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod budgets;
mod looking;
mod support;
