//! `roomly demo`: a seeded Roomly and its own stand-in for Google. What runs is what runs in production, but for the
//! address of Google.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::sandbox::SeedOptions;
use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use booking::Engine;
use booking::background::Background;
use sync::port::Consent;
use tokio_util::sync::CancellationToken;

use crate::commands::sandbox::world;
use crate::commands::serve::{listen, serve_until_signal};
use crate::commands::visitor;
use crate::config::{Config, Hidden};
use crate::{log, parts};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where Roomly listens.
    #[arg(long, default_value = "127.0.0.1:3000")]
    addr: SocketAddr,
    /// Where the stand-in for Google listens.
    #[arg(long, default_value = "127.0.0.1:3001")]
    sandbox_addr: SocketAddr,
    /// Where the demo's data is kept while it runs.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Rooms of 한빛, instead of its own 24.
    #[arg(long)]
    rooms: Option<usize>,
    /// Today's bookings of each room.
    #[arg(long)]
    bookings_per_room: Option<usize>,
}

/// Companies of the demo: domain, name, admin, and whose calendars Roomly may write to already.
const COMPANIES: [(&str, &str, &str); 2] =
    [("hanbit.example", "한빛", "mina@hanbit.example"), ("acme.example", "Acme", "ada@acme.example")];

pub(crate) async fn run(mut config: Config, args: Args) -> Result<()> {
    let listener = listen(args.addr).await?;
    let sandbox_listener = listen(args.sandbox_addr).await?;
    // Everybody in the demo is on this machine, wherever it listens.
    let addr = on_this_machine(listener.local_addr()?);
    let sandbox_addr = on_this_machine(sandbox_listener.local_addr()?);

    log::say("Seeding the stand-in for Google …");
    let options = SeedOptions {
        rooms: args.rooms,
        bookings_per_room: args.bookings_per_room,
        ..SeedOptions::default()
    };
    let (world, clock) = world(options);
    let people = people(&world);
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(::sandbox::serve(sandbox_listener, world, clock, stopped));

    let lock = begin_anew(&args.data)?;
    let root = format!("http://{sandbox_addr}");
    config.environment = "demo".into();
    config.public_url = format!("http://{addr}");
    config.hooks_url = Some(format!("http://{addr}"));
    config.google_api_root = Some(root.clone());
    config.google_oauth_root = Some(root.clone());
    config.google_client_id = ::sandbox::world::oauth::DEMO_CLIENT.to_owned();
    config.google_client_secret = Hidden(::sandbox::world::oauth::DEMO_SECRET.to_owned());
    config.database_url = Hidden(format!("sqlite://{}", args.data.join("roomly.db").display()));
    let mut key = [0; 32];
    parts::randomness()(&mut key);
    config.secret_key = Some(Hidden(STANDARD.encode(key)));

    let engine = parts::engine(&config).await?;
    log::say("Founding the demo companies through their Directory …");
    for (domain, name, admin) in COMPANIES {
        visitor::grant(&engine, Consent::Company, admin).await?;
        let company = engine.company_of_domain(domain).await?.context("the demo company was not founded")?;
        engine.company_rename(company, name).await?;
    }
    log::say("Letting people's calendars be written to …");
    for email in people {
        visitor::grant(&engine, Consent::Calendar, &email).await?;
    }
    let background = Background::start(&engine);
    let draining = CancellationToken::new();
    let serving = serve_until_signal(&engine, &config, listener, draining.clone());
    let telling = async {
        log::say("Reading every room's calendar …");
        followed(&engine).await;
        tell(&config.public_url, &root);
        std::future::pending::<()>().await;
    };
    let served = tokio::select! {
        served = serving => served,
        () = telling => Ok(()),
    };
    background.stop().await;
    engine.close().await;
    stop.cancel();
    tasks.join_all().await;
    drop(lock);
    served
}

fn on_this_machine(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    addr
}

/// The people of the demo who connected their calendars: all but every tenth, so that both ways of writing are seen.
fn people(world: &std::sync::Mutex<::sandbox::World>) -> Vec<String> {
    let world = world.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let everybody = world.directory.emails();
    let ours =
        everybody.into_iter().filter(|email| COMPANIES.iter().any(|(domain, ..)| email.ends_with(domain)));
    ours.enumerate().filter(|(index, _)| index % 10 != 9).map(|(_, email)| email).collect()
}

/// The stand-in forgets everything when it ends, so the demo's database must, too.
fn begin_anew(data: &Path) -> Result<Option<std::fs::File>> {
    std::fs::create_dir_all(data).with_context(|| format!("failed to make {}", data.display()))?;
    let lock = parts::lock(&format!("sqlite://{}", data.join("roomly.db").display()))?;
    for name in ["roomly.db", "roomly.db-wal", "roomly.db-shm"] {
        match std::fs::remove_file(data.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("failed to remove the old {name}"));
            }
            _ => {}
        }
    }
    Ok(lock)
}

/// Waits until every calendar was read once and every series listed.
async fn followed(engine: &Engine) {
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        if engine.is_caught_up().await.unwrap_or(false) {
            return;
        }
    }
}

fn tell(public_url: &str, sandbox: &str) {
    log::say(&format!(
        "
  Roomly is ready:        {public_url}
  Its Google (stand-in):  {sandbox}

  Try this:
    1. Open {public_url} and sign in: one click on mina@hanbit.example (she is the admin).
    2. Drag on an empty stretch of 한라 or 백록담, type a title, press Enter.
    3. Open {sandbox}/?as=mina@hanbit.example beside it: the booking is in her calendar and the room's.
    4. Move or delete it there: the grid follows within a moment, by push.
    5. personal@gmail.com is refused: Workspace accounts only. ada@acme.example is another company.

  Ctrl-C ends it. The next start begins anew."
    ));
}
