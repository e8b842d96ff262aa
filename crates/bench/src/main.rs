//! The benches of docs/BENCHMARKS.md, run by `cargo xtask bench`, which builds what is measured.
//!
//! Every figure is a ratio: what is measured and its reference take turns within one run, on the same machine, from
//! the same client ([`figures`]). [`house`] starts the real program against a stand-in for Google in this process,
//! [`client`] loads it over HTTP, [`sockets`] holds screens.
#![expect(clippy::print_stdout, reason = "a command line tool: what it prints is its result")]
#![allow(clippy::unwrap_used, reason = "in a measurement a panic is the failure")]

mod benches;
mod client;
mod figures;
mod house;
mod sockets;

use std::path::PathBuf;

use clap::Parser;

use crate::benches::Bench;

/// What is measured, and how long.
#[derive(Parser, Clone)]
pub(crate) struct Setting {
    /// Which ones; all of them without
    names: Vec<Bench>,
    /// The release build of `roomly`
    #[arg(long, default_value = ".")]
    roomly: PathBuf,
    /// The release build of the browser's half
    #[arg(long, default_value = ".")]
    site: PathBuf,
    /// Where databases are made: on the disk that is to be measured
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// Be the reference of `screens` for so many sockets; what the bench starts by itself
    #[arg(long, hide = true)]
    reference: Option<usize>,
    /// Few and short rounds: whether it works, not how fast it is
    #[arg(long)]
    quick: bool,
}

impl Setting {
    /// A number of rounds or things: the first in earnest, the second to try.
    pub(crate) fn or_quick<T>(&self, earnest: T, quick: T) -> T {
        if self.quick { quick } else { earnest }
    }
}

fn main() -> anyhow::Result<()> {
    let setting = Setting::parse();
    if let Some(size) = setting.reference {
        sockets::serve_reference(size);
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let names = if setting.names.is_empty() { Bench::ALL.to_vec() } else { setting.names.clone() };
    for name in names {
        println!("\n## {}\n", name.title());
        runtime.block_on(name.run(&setting))?;
    }
    Ok(())
}
