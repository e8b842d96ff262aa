//! The thin shell: a listener that hands requests to the world, and a sender of its notifications.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::wire::reply::HoldBack;
use crate::world::World;
use crate::world::push::{Delivery, Notification};

/// The largest body that is read.
const BODY_CAP: usize = 2 * 1024 * 1024;
/// How long a receiver may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest sleep of the sender: a clock that is moved by hand is seen after it.
const LONGEST_NAP: Duration = Duration::from_millis(500);

/// Gives the time in microseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

#[derive(Clone)]
struct Shell {
    world: Arc<Mutex<World>>,
    clock: Clock,
    poke: Arc<Notify>,
}

impl Shell {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves the world over HTTP and sends its notifications until `shutdown` resolves.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve<F>(
    listener: TcpListener,
    world: Arc<Mutex<World>>,
    clock: Clock,
    shutdown: F,
) -> io::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let shell = Shell { world, clock, poke: Arc::new(Notify::new()) };
    // The signing key takes a moment to make: not while somebody signs in.
    drop(tokio::task::spawn_blocking(|| World::empty(0).jwks()));
    let router = Router::new().fallback(answer).with_state(shell.clone());
    let mut background = JoinSet::new();
    background.spawn(send_due(shell));
    let served = axum::serve(listener, router).with_graceful_shutdown(shutdown).await;
    background.shutdown().await;
    served
}

async fn answer(State(shell): State<Shell>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_CAP).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.\n").into_response();
    };
    let request = http::Request::from_parts(parts, body);
    let now = (shell.clock)();
    let response = shell.world().handle(request, now);
    shell.poke.notify_one();
    if let Some(HoldBack(millis)) = response.extensions().get::<HoldBack>() {
        tokio::time::sleep(Duration::from_millis(*millis)).await;
    }
    response.map(Body::from)
}

/// Lets the world's time pass and sends what is due.
async fn send_due(shell: Shell) {
    let client: Sender = Client::builder(TokioExecutor::new()).build_http();
    let mut sending: JoinSet<(Notification, Delivery)> = JoinSet::new();
    loop {
        let now = (shell.clock)();
        let (due, next) = {
            let mut world = shell.world();
            (world.tick(now), world.next_due())
        };
        for notification in due {
            sending.spawn(deliver(client.clone(), notification));
        }
        let nap = next.map_or(LONGEST_NAP, |at| {
            let micros = u64::try_from(at - now).unwrap_or(0);
            Duration::from_micros(micros).clamp(Duration::from_millis(1), LONGEST_NAP)
        });
        tokio::select! {
            () = shell.poke.notified() => {}
            Some(done) = sending.join_next(), if !sending.is_empty() => {
                if let Ok((notification, delivery)) = done {
                    let now = (shell.clock)();
                    shell.world().notified(notification, delivery, now);
                }
            }
            () = tokio::time::sleep(nap) => {}
        }
    }
}

type Sender = Client<HttpConnector, Full<Bytes>>;

/// One try; redirects are not followed.
async fn deliver(client: Sender, notification: Notification) -> (Notification, Delivery) {
    let Some(request) = notification.request() else {
        return (notification, Delivery::Status(400));
    };
    let request = request.map(Full::new);
    let delivery = match tokio::time::timeout(SEND_TIMEOUT, client.request(request)).await {
        Ok(Ok(response)) => Delivery::Status(response.status().as_u16()),
        Ok(Err(_)) | Err(_) => Delivery::Unreachable,
    };
    tracing::debug!(channel = notification.channel, ?delivery, "notification");
    (notification, delivery)
}
