//! Load over HTTP: connections that are kept, each sending its next request when it has the whole answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A connection that is kept.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

impl Connection {
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        let mut driver = JoinSet::new();
        driver.spawn(async { connection.await.unwrap_or_default() });
        Self { sender, _driver: driver }
    }

    /// One exchange; panics unless it is a success.
    pub(crate) async fn ask(&mut self, request: Request<Full<Bytes>>) -> Bytes {
        let (status, body) = self.try_ask(request).await;
        let said = String::from_utf8_lossy(&body[..body.len().min(400)]);
        assert!(status.is_success(), "{status}: {said}");
        body
    }

    pub(crate) async fn try_ask(&mut self, request: Request<Full<Bytes>>) -> (StatusCode, Bytes) {
        self.sender.ready().await.unwrap();
        let (parts, body) = self.sender.send_request(request).await.unwrap().into_parts();
        (parts.status, body.collect().await.unwrap().to_bytes())
    }
}

/// What a round of load did.
pub(crate) struct Load {
    /// Of each request, in milliseconds.
    pub(crate) times: Vec<f64>,
    pub(crate) per_second: f64,
}

/// `connections` that each send `request(connection, n)` again and again.
pub(crate) async fn load<F>(addr: SocketAddr, connections: usize, time: Duration, request: F) -> Load
where
    F: Fn(usize, usize) -> Request<Full<Bytes>> + Clone + Send + 'static,
{
    let mut ready = Vec::with_capacity(connections);
    for _ in 0..connections {
        ready.push(Connection::open(addr).await);
    }
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for (number, mut connection) in ready.into_iter().enumerate() {
        let request = request.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begun.elapsed() < time {
                let sent = Instant::now();
                connection.ask(request(number, times.len())).await;
                times.push(sent.elapsed().as_secs_f64() * 1e3);
            }
            times
        });
    }
    let times = tasks.join_all().await.concat();
    let per_second = f64::from(u32::try_from(times.len()).unwrap()) / begun.elapsed().as_secs_f64();
    Load { times, per_second }
}
