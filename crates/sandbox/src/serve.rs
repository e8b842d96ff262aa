//! The thin shell: a listener that hands requests to the world, and a sender of its notifications.
//!
//! Connections are served by hyper itself, because faults break them in ways that a web framework rightly has no words
//! for: no answer at all, half a body, a byte now and then.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::wire::reply::{Fate, HoldBack};
use crate::world::World;
use crate::world::push::{Delivery, Notification};

/// The largest body that is read.
const BODY_CAP: usize = 2 * 1024 * 1024;
/// How long a receiver may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest sleep of the sender: a clock that is moved by hand is seen after it.
const LONGEST_NAP: Duration = Duration::from_millis(500);
/// How long open answers may take when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// The pieces of a body that comes slowly.
const PIECES: usize = 16;

/// Gives the time in microseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

type Body = UnsyncBoxBody<Bytes, io::Error>;

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
    let mut background = JoinSet::new();
    background.spawn(send_due(shell.clone()));
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(hold(stream, shell.clone(), stopped.clone()));
                }
                Err(error) => {
                    // Out of descriptors, or a caller that left at once: the next may do better.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = shutdown.as_mut() => break,
        }
    }
    drop(stop);
    let last = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_ANSWERS, last).await.is_err() {
        connections.shutdown().await;
    }
    background.shutdown().await;
    Ok(())
}

/// One connection, until it ends or the server stops.
async fn hold(stream: TcpStream, shell: Shell, mut stopped: watch::Receiver<()>) {
    let service = service_fn(move |request| answer(shell.clone(), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stopping = false;
    loop {
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stopped.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// An error closes the connection without an answer.
async fn answer(shell: Shell, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_CAP).collect().await else {
        let mut response = Response::new(whole(Bytes::from_static(b"The body is too large.\n")));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(response);
    };
    let request = Request::from_parts(parts, body.to_bytes());
    let now = (shell.clock)();
    let mut response = shell.world().handle(request, now);
    shell.poke.notify_one();
    if let Some(HoldBack(millis)) = response.extensions().get::<HoldBack>() {
        tokio::time::sleep(Duration::from_millis(*millis)).await;
    }
    let fate = response.extensions_mut().remove::<Fate>();
    if fate == Some(Fate::Drop) {
        return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
    }
    if fate.is_some() && !response.body().is_empty() {
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    Ok(response.map(|body| match fate {
        Some(Fate::Torn) => {
            let half = body.slice(..body.len() / 2);
            let torn = Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            StreamBody::new(stream::iter([Ok(Frame::data(half)), torn])).boxed_unsync()
        }
        Some(Fate::Drip(millis)) => StreamBody::new(drip(body, millis)).boxed_unsync(),
        Some(Fate::Drop) | None => whole(body),
    }))
}

fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never: Infallible| match never {}).boxed_unsync()
}

fn drip(body: Bytes, millis: u64) -> impl Stream<Item = io::Result<Frame<Bytes>>> {
    let piece = body.len().div_ceil(PIECES).max(1);
    stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok(Frame::data(next)), rest))
    })
}

/// Lets the world's time pass and sends what is due.
async fn send_due(shell: Shell) {
    let client: Sender = Client::builder(TokioExecutor::new()).build_http();
    let mut sending: JoinSet<(Notification, Delivery)> = JoinSet::new();
    loop {
        let now = (shell.clock)();
        let (due, next, follows) = {
            let mut world = shell.world();
            (world.tick(now), world.next_due(), world.settings.push_follows_redirects)
        };
        for notification in due {
            sending.spawn(deliver(client.clone(), notification, follows));
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

/// What came back, and where a redirect leads.
async fn sent(client: &Sender, request: Request<Bytes>) -> (Delivery, Option<Uri>) {
    let asked = client.request(request.map(Full::new));
    let Ok(Ok(response)) = tokio::time::timeout(SEND_TIMEOUT, asked).await else {
        return (Delivery::Unreachable, None);
    };
    let location = response.headers().get(header::LOCATION).filter(|_| response.status().is_redirection());
    let location = location.and_then(|location| location.to_str().ok()?.parse().ok());
    (Delivery::Status(response.status().as_u16()), location)
}

/// One try; a redirect is an answer like any other, or is followed once.
async fn deliver(client: Sender, notification: Notification, follows: bool) -> (Notification, Delivery) {
    let Some(request) = notification.request() else {
        return (notification, Delivery::Status(400));
    };
    let (mut delivery, location) = sent(&client, request.clone()).await;
    if let Some(location) = location.filter(|_| follows) {
        let mut again = request;
        *again.uri_mut() = location;
        (delivery, _) = sent(&client, again).await;
    }
    tracing::debug!(channel = notification.channel, ?delivery, "notification");
    (notification, delivery)
}
