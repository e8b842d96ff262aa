//! Private servers for a shell: prints the settings with which tests find them, and stops them when its standard
//! input ends.
#![expect(clippy::print_stdout, reason = "a command line tool: what it prints is its result")]

use std::io::{self, Read as _};

use services::{Postgres, PostgresBin, PostgresOptions, Redis};

fn main() -> io::Result<()> {
    let bin = PostgresBin::find().ok_or_else(|| io::Error::other("PostgreSQL is not installed"))?;
    let postgres = Postgres::start(&bin, &PostgresOptions::default())?;
    let redis = Redis::start()?;
    println!("ROOMLY_TEST_POSTGRES={}", postgres.url());
    println!("ROOMLY_TEST_POSTGRES_BIN={}", bin.folder().display());
    println!("ROOMLY_TEST_REDIS={}", redis.url());
    println!("# {}", postgres.data_dir().display());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
