//! The accept loop. `axum::serve` has no time limit for request heads (reliability M4) nor for clients that stop reading;
//! this one has both, and it drains.

use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Limits;

/// A request's head has to arrive within this; an idle connection is closed after it.
const HEAD: Duration = Duration::from_secs(10);
/// After this, connections that are still busy are dropped.
const DRAIN: Duration = Duration::from_secs(10);
/// Longest request line and headers, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// How long to rest when no file descriptor is to be had, rather than to spin.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Serves until `draining`; then finishes what is under way, at most [`DRAIN`].
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    draining: CancellationToken,
) {
    let connections = TaskTracker::new();
    let places = std::sync::Arc::new(tokio::sync::Semaphore::new(limits.connections));
    loop {
        let place = tokio::select! {
            () = draining.cancelled() => break,
            place = std::sync::Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let stream = tokio::select! {
            () = draining.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(error = %error, "Could not accept a connection");
                    tokio::time::sleep(EXHAUSTED).await;
                    continue;
                }
            },
        };
        // Small frames must not wait for each other.
        stream.set_nodelay(true).ok();
        bound_writes(&stream, limits.write);
        let service = TowerToHyperService::new(router.clone());
        let draining = draining.clone();
        connections.spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(HEAD_BYTES.max(8 * 1024))
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            let mut connection = std::pin::pin!(connection);
            tokio::select! {
                _ = connection.as_mut() => {}
                () = draining.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await.ok();
                }
            }
            drop(place);
        });
    }
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "Dropped connections that did not end in time");
    }
}

/// A client that takes no byte of what it is sent for `longest` is dropped by the kernel (`TCP_USER_TIMEOUT`): else an answer
/// that nobody reads would hold its memory, and a drain, for as long as the other side likes. Idle connections are not
/// concerned, sockets are: the bound stays with the connection whoever writes to it.
#[cfg(target_os = "linux")]
fn bound_writes(stream: &TcpStream, longest: Duration) {
    if let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(longest)) {
        tracing::warn!(error = %error, "Could not bound how long a client may not read");
    }
}

/// Other systems have no such bound; they are for development.
#[cfg(not(target_os = "linux"))]
const fn bound_writes(_stream: &TcpStream, _longest: Duration) {}
