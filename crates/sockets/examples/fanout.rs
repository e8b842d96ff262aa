//! One frame to many sockets: how long until the kernel has the last one, beside writing the same bytes straight to bare
//! sockets, in turns. `cargo run --release -p sockets --example fanout -- 2000 20`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement, not the program"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sockets::{Frame, Inbox, Outlet, Received, Upgrade};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

type Opened = mpsc::UnboundedSender<(Arc<Outlet>, Inbox)>;

async fn answer(
    mut request: Request<Incoming>,
    opened: Opened,
) -> Result<Response<String>, std::convert::Infallible> {
    let Ok(upgrade) = Upgrade::of(&mut request) else { return Ok(Response::default()) };
    let response = upgrade.response();
    tokio::spawn(async move {
        if let Some(socket) = upgrade.open(4_096).await {
            opened.send(socket).ok();
        }
    });
    Ok(response)
}

/// Reads and forgets.
fn drain(mut stream: TcpStream) {
    tokio::spawn(async move {
        let mut buffer = [0; 4_096];
        while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    });
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

#[tokio::main]
async fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (count, rounds) = (*arguments.first().unwrap_or(&2_000), *arguments.get(1).unwrap_or(&20));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (sender, mut opened) = mpsc::unbounded_channel();
    let (plain_sender, mut plain) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (sender, plain_sender) = (sender.clone(), plain_sender.clone());
            tokio::spawn(async move {
                let mut first = [0];
                stream.peek(&mut first).await.unwrap();
                if first[0] != b'G' {
                    plain_sender.send(stream).unwrap();
                    return;
                }
                let service = service_fn(move |request| answer(request, sender.clone()));
                drop(
                    http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades()
                        .await,
                );
            });
        }
    });
    let (mut bare, mut outlets) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut client = TcpStream::connect(addr).await.unwrap();
        client.write_all(b"-").await.unwrap();
        bare.push(plain.recv().await.unwrap());
        drain(client);
    }
    let before = resident();
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = TcpStream::connect(addr).await.unwrap();
        client.write_all(HANDSHAKE).await.unwrap();
        let (outlet, mut inbox) = opened.recv().await.unwrap();
        tokio::spawn(async move { while inbox.next().await != Received::Gone {} });
        outlets.push(outlet);
        clients.push(client);
    }
    let grown = resident().saturating_sub(before);
    println!("{:.1} kB a socket, its client's descriptor included", grown as f64 / count as f64);
    clients.into_iter().for_each(drain);
    let frame = Frame::text(&"x".repeat(400));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begun = Instant::now();
        for stream in &bare {
            stream.try_write(frame.bytes()).unwrap();
        }
        theirs.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(200)).await;
        let begun = Instant::now();
        for outlet in &outlets {
            outlet.send(&frame);
        }
        ours.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ours.sort();
    theirs.sort();
    let (ours, theirs) = (ours[rounds / 2], theirs[rounds / 2]);
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!(
        "{count} sockets: outlets {ours:?}, bare sockets {theirs:?}, ratio {ratio:.2} (medians of {rounds})"
    );
}
