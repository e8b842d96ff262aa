//! Real sockets over real HTTP: a server that does nothing but upgrade, and clients of another make.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sockets::{Frame, Inbox, Outlet, Received, Refused, Sent, Upgrade};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

const LONGEST: usize = 4 * 1024;
/// Only what never happens costs this much.
const DEADLINE: Duration = Duration::from_secs(20);

/// A server, and the sockets that were opened on it.
struct Server {
    addr: SocketAddr,
    opened: mpsc::UnboundedReceiver<(Arc<Outlet>, Inbox)>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (sender, opened) = mpsc::unbounded_channel();
        let accept = async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let sender = sender.clone();
                let service = service_fn(move |request| answer(request, sender.clone()));
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                spawn(async move { drop(connection.with_upgrades().await) });
            }
        };
        spawn(accept);
        Self { addr, opened }
    }

    async fn connect(&mut self) -> (Client, Arc<Outlet>, Inbox) {
        let (client, _) = connect_async(format!("ws://{}/", self.addr)).await.unwrap();
        let (outlet, inbox) = timeout(DEADLINE, self.opened.recv()).await.unwrap().unwrap();
        (client, outlet, inbox)
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own tasks")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

async fn answer(
    mut request: Request<Incoming>,
    opened: mpsc::UnboundedSender<(Arc<Outlet>, Inbox)>,
) -> Result<Response<String>, std::convert::Infallible> {
    let upgrade = match Upgrade::of(&mut request) {
        Ok(upgrade) => upgrade,
        Err(Refused(status)) => {
            let mut response = Response::new(String::new());
            *response.status_mut() = status;
            return Ok(response);
        }
    };
    let response = upgrade.response();
    spawn(async move {
        if let Some(socket) = upgrade.open(LONGEST).await {
            opened.send(socket).unwrap();
        }
    });
    Ok(response)
}

async fn text(client: &mut Client) -> String {
    match timeout(DEADLINE, client.next()).await.unwrap() {
        Some(Ok(Message::Text(text))) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn heard(inbox: &mut Inbox) -> Received {
    timeout(DEADLINE, inbox.next()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_frame_reaches_two_hundred_sockets_in_order() {
    let mut server = Server::start().await;
    let (mut clients, mut outlets) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let (client, outlet, mut inbox) = server.connect().await;
        spawn(async move { while inbox.next().await != Received::Gone {} });
        clients.push(client);
        outlets.push(outlet);
    }
    let frames: Vec<Frame> = (0..50).map(|n| Frame::text(&format!("{n} {}", "한".repeat(n * 40)))).collect();
    for frame in &frames {
        for outlet in &outlets {
            assert_ne!(outlet.send(frame), Sent::Over);
        }
    }
    for client in &mut clients {
        for frame in &frames {
            assert_eq!(text(client).await.as_bytes(), frame.payload());
        }
    }
}

#[tokio::test]
async fn who_does_not_read_is_found_out_and_holds_up_nobody() {
    let mut server = Server::start().await;
    let (_asleep, deaf, mut inbox) = server.connect().await;
    let (mut client, outlet, _inbox) = server.connect().await;
    let big = Frame::text(&"x".repeat(200_000));
    let mut sent = deaf.send(&big);
    while sent == Sent::Written {
        sent = deaf.send(&big);
    }
    assert_eq!(sent, Sent::Queued);
    assert!(deaf.stalled(Duration::ZERO, DEADLINE) && !deaf.stalled(DEADLINE, DEADLINE));
    assert!(!outlet.stalled(Duration::ZERO, Duration::ZERO));
    outlet.send(&Frame::text("still here"));
    assert_eq!(text(&mut client).await, "still here");
    // The queue is bounded: too much of it ends the socket.
    while sent == Sent::Queued {
        sent = deaf.send(&big);
    }
    assert_eq!(sent, Sent::Over);
    assert_eq!(heard(&mut inbox).await, Received::Gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_is_written_when_there_is_room() {
    let mut server = Server::start().await;
    let (mut client, outlet, mut inbox) = server.connect().await;
    spawn(async move { while inbox.next().await != Received::Gone {} });
    let big = "y".repeat(6_000_000);
    assert_eq!(outlet.send(&Frame::text(&big)), Sent::Queued);
    outlet.send(&Frame::text("after it"));
    assert_eq!(text(&mut client).await.len(), big.len());
    assert_eq!(text(&mut client).await, "after it");
    assert!(!outlet.stalled(Duration::ZERO, Duration::ZERO), "nothing waits");
}

#[tokio::test]
async fn pongs_and_the_reply_to_a_close_come_by_themselves() {
    let mut server = Server::start().await;
    let (mut client, outlet, mut inbox) = server.connect().await;
    client.send(Message::Ping("are you there".into())).await.unwrap();
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(heard(&mut inbox).await, Received::Text("hello".into()));
    client.close(None).await.unwrap();
    assert_eq!(heard(&mut inbox).await, Received::Gone);
    let pong = timeout(DEADLINE, client.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(pong, Message::Pong("are you there".into()));
    assert_eq!(timeout(DEADLINE, client.next()).await.unwrap().unwrap().unwrap(), Message::Close(None));
    drop(outlet);
}

#[tokio::test]
async fn after_our_close_nothing_is_sent_and_their_answer_ends_it() {
    let mut server = Server::start().await;
    let (mut client, outlet, mut inbox) = server.connect().await;
    outlet.send(&Frame::text("first"));
    outlet.close(4401, "signed out");
    assert_eq!(outlet.send(&Frame::text("never")), Sent::Over);
    assert!(outlet.stalled(DEADLINE, Duration::ZERO), "it waits for the answer");
    assert_eq!(text(&mut client).await, "first");
    let Some(Ok(Message::Close(Some(close)))) = timeout(DEADLINE, client.next()).await.unwrap() else {
        panic!("no close");
    };
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4401, "signed out"));
    // tungstenite's client answers when it is read again; our side ends the connection then.
    let (ended, heard) = tokio::join!(timeout(DEADLINE, client.next()), async {
        let heard = heard(&mut inbox).await;
        drop((inbox, outlet));
        heard
    });
    assert_eq!(heard, Received::Gone);
    assert!(!matches!(ended.unwrap(), Some(Ok(_))));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_once_and_then_ignored() {
    for message in [Message::binary(vec![1]), Message::text("x".repeat(LONGEST + 1))] {
        let mut server = Server::start().await;
        let (mut client, outlet, mut inbox) = server.connect().await;
        client.send(message).await.unwrap();
        assert_eq!(heard(&mut inbox).await, Received::Unreadable);
        outlet.close(1008, "unreadable frame");
        let end = timeout(DEADLINE, client.next()).await.unwrap();
        assert!(matches!(end, Some(Ok(Message::Close(Some(_))))), "{end:?}");
        drop(client);
        assert_eq!(heard(&mut inbox).await, Received::Gone);
    }
}

#[tokio::test]
async fn only_handshakes_are_upgraded() {
    let server = Server::start().await;
    let head = "GET / HTTP/1.1\r\nhost: x\r\n";
    let asked = "connection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n";
    for (request, status) in [
        (format!("{head}\r\n"), "426"),
        (format!("{head}{asked}\r\n"), "400"),
        (format!("{head}{asked}sec-websocket-version: 8\r\nsec-websocket-key: dGhl\r\n\r\n"), "400"),
        (format!("POST / HTTP/1.1\r\nhost: x\r\n{asked}\r\n"), "405"),
        (
            format!(
                "{head}{asked}sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            ),
            "101",
        ),
    ] {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 1_024];
        let read = timeout(DEADLINE, stream.read(&mut answer)).await.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).to_lowercase();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{request}");
        // The accept key of RFC 6455 §1.3.
        assert_eq!(status == "101", answer.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");
    }
}
