//! `roomly sandbox`: only the stand-in for Google.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use ::sandbox::{SeedOptions, World};
use anyhow::Result;

use crate::commands::serve::{listen, signal};
use crate::{log, parts};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3001")]
    addr: SocketAddr,
    /// Rooms of the first company, instead of its own 24.
    #[arg(long)]
    rooms: Option<usize>,
    /// Today's bookings of each room.
    #[arg(long)]
    bookings_per_room: Option<usize>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let listener = listen(args.addr).await?;
    // Asked, not repeated: with port 0 the system chose one.
    log::say(&format!("The stand-in for Google listens on http://{}", listener.local_addr()?));
    let options = SeedOptions {
        rooms: args.rooms,
        bookings_per_room: args.bookings_per_room,
        ..SeedOptions::default()
    };
    let (world, clock) = world(options);
    ::sandbox::serve(listener, world, clock, signal()).await?;
    Ok(())
}

/// A seeded world and its clock.
pub(crate) fn world(options: SeedOptions) -> (Arc<Mutex<World>>, Arc<dyn Fn() -> i64 + Send + Sync>) {
    let clock = parts::clock();
    let clock: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(move || clock().as_micros());
    (Arc::new(Mutex::new(World::seeded(clock(), options))), clock)
}
