//! Private PostgreSQL and Redis servers for tests and benches: found on this machine, started on free ports with
//! temporary data, stopped and removed with their owner.
//!
//! ```no_run
//! use services::{Postgres, PostgresBin, PostgresOptions, Redis};
//!
//! let bin = PostgresBin::find().expect("PostgreSQL is installed");
//! let postgres = Postgres::start(&bin, &PostgresOptions::default())?;
//! let redis = Redis::start()?;
//! println!("{} {}", postgres.url(), redis.url());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Three things keep a machine clean. Dropping a server stops it and removes its folder. A process that dies without
//! dropping anything, killed even, closes a pipe: a small shell beside each server reads that pipe, stops the server
//! and removes the folder. What is left after a power cut is removed by the next start, which knows it by a lock
//! that nobody holds.
//!
//! Only the standard library, so that `xtask` stays quick to build. Unix only: elsewhere starting is an error.

mod folder;
pub mod given;
mod port;
mod postgres;
mod process;
mod redis;

pub use postgres::{Postgres, PostgresBin, PostgresOptions};
pub use redis::Redis;

use std::io;

/// An error that a person can act on.
fn failed(what: impl Into<String>) -> io::Error {
    io::Error::other(what.into())
}
