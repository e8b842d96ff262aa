//! `roomly serve`, and what `demo` shares with it.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use booking::Engine;
use booking::background::Background;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::router::{AppState, router, worker};
use crate::{accept, log, metrics, parts};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    addr: SocketAddr,
    /// Where Prometheus finds /metrics; off unless it is given. Nobody is asked who they are there: keep it on this
    /// machine or in a closed network.
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:9464")]
    metrics_addr: Option<SocketAddr>,
}

pub(crate) async fn run(mut config: Config, args: Args) -> Result<()> {
    config.metrics_addr = args.metrics_addr.or(config.metrics_addr);
    let lock = parts::lock(&config.database_url.0)?;
    let (engine, clock) = parts::engine_and_clock(&config).await?;
    engine.recover(lock.is_some()).await?;
    let background = Background::start(&engine);
    let draining = CancellationToken::new();
    let listener = listen(args.addr).await?;
    log::say(&format!("Roomly listens on http://{} and is reached at {}", args.addr, config.public_url));
    if config.google_client_id.is_empty() {
        log::say("GOOGLE_CLIENT_ID is not set: nobody can sign in until it is.");
    }
    if config.hooks_url.is_none() {
        log::say("ROOMLY_HOOKS_URL is not set: changes in Google are found by polling only.");
    }
    tokio::select! {
        served = serve_until_signal(&engine, &config, listener, draining) => served?,
        () = clock.follow(engine.store()) => {}
    }
    background.stop().await;
    engine.close().await;
    drop(lock);
    Ok(())
}

/// How long open sockets get to be told that the program ends.
const SAY_GOODBYE: Duration = Duration::from_secs(3);

pub(crate) async fn listen(addr: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(addr)
        .await
        .with_context(|| format!("failed to listen on {addr} (is something else there?)"))
}

/// Serves until SIGINT or SIGTERM, then drains.
pub(crate) async fn serve_until_signal(
    engine: &Engine,
    config: &Config,
    listener: TcpListener,
    draining: CancellationToken,
) -> Result<()> {
    let state = AppState::new(engine.clone(), config, draining.clone());
    let keeper = state.keeper.clone();
    let watched = match config.metrics_addr {
        Some(addr) => Some((listen(addr).await?, metrics::router(state.clone()))),
        None => None,
    };
    let watching = async {
        if let Some((listener, router)) = watched {
            accept::serve(listener, router, config.limits, draining.clone()).await;
        }
    };
    let router = if config.roles.web { router(state, config) } else { worker(state) };
    let serving = async {
        let mut serving = std::pin::pin!(accept::serve(listener, router, config.limits, draining.clone()));
        tokio::select! {
            () = serving.as_mut() => return,
            () = signal() => {}
        }
        tracing::info!("Draining");
        draining.cancel();
        serving.await;
        tokio::time::timeout(SAY_GOODBYE, keeper.farewell()).await.ok();
    };
    tokio::select! {
        _ = async { tokio::join!(serving, watching) } => {}
        () = keeper.keep(engine, &draining) => {}
    }
    Ok(())
}

/// Resolves at the first SIGINT or SIGTERM.
pub(crate) async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        else {
            interrupt.await.ok();
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupt.await.ok();
}
