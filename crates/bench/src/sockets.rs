//! Screens without a picture: sockets down to the bytes, so that thousands of them cost this process little.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use model::live::PROTOCOL;
use model::{ClientFrame, View};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::figures::millis;
use crate::house::{House, Visitor};

/// One open socket.
pub(crate) struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Socket {
    /// The upgrade and the subscription; the next frame is the snapshot.
    pub(crate) async fn open(addr: SocketAddr, root: &str, cookies: &str, date: NaiveDate) -> Self {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!(
            "GET /live HTTP/1.1\r\nHost: {addr}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Origin: {root}\r\nCookie: {cookies}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut socket = Self { stream, buffer: Vec::new() };
        let head = loop {
            if let Some(end) = socket.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break socket.buffer.drain(..end + 4).collect::<Vec<_>>();
            }
            socket.read().await;
        };
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        let subscribe = ClientFrame::Subscribe { v: PROTOCOL, view: View { date }, after: None };
        socket.say(&subscribe).await;
        socket
    }

    /// The next frame that is no ping, whole, header included. Pings are answered.
    pub(crate) async fn next(&mut self) -> Vec<u8> {
        loop {
            while let Some(length) = frame_length(&self.buffer) {
                let frame: Vec<u8> = self.buffer.drain(..length).collect();
                if frame[0] & 0x0f == 1 && frame.windows(13).any(|bytes| bytes == b"\"type\":\"ping\"") {
                    self.say(&ClientFrame::Pong).await;
                    continue;
                }
                assert_eq!(frame[0] & 0x0f, 1, "only text frames are expected: {frame:?}");
                // What a snapshot needed is not kept for as long as the socket lives.
                self.buffer.shrink_to(256);
                return frame;
            }
            self.read().await;
        }
    }

    async fn read(&mut self) {
        self.buffer.reserve(512);
        assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0, "the socket was closed");
    }

    async fn say(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_vec(frame).unwrap();
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 126).unwrap();
        // A mask of zeros leaves the text as it is.
        let mut bytes = vec![0x81, 0x80 | length, 0, 0, 0, 0];
        bytes.extend(text);
        self.stream.write_all(&bytes).await.unwrap();
    }
}

/// How long the first frame of `buffer` is, with its header; `None` until all of it is there. Servers do not mask.
fn frame_length(buffer: &[u8]) -> Option<usize> {
    let length = match *buffer.get(1)? {
        126 => 4 + usize::from(u16::from_be_bytes(buffer.get(2..4)?.try_into().ok()?)),
        127 => 10 + usize::try_from(u64::from_be_bytes(buffer.get(2..10)?.try_into().ok()?)).ok()?,
        short => 2 + usize::from(short),
    };
    (buffer.len() >= length).then_some(length)
}

/// `text` as a server's frame.
pub(crate) fn framed(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()) {
        Ok(length) if length < 126 => frame.extend(u8::try_from(length)),
        Ok(length) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((text.len() as u64).to_be_bytes());
        }
    }
    frame.extend(text);
    frame
}

/// A frame that arrived somewhere.
struct Arrival {
    at: Instant,
    frame: Vec<u8>,
}

/// What a round of telling did.
pub(crate) struct Told {
    /// From the commit, as far as it can be seen from here, to the last screen, in milliseconds.
    pub(crate) last: f64,
    pub(crate) frame: Vec<u8>,
}

/// Many sockets, read by a task each.
pub(crate) struct Screens {
    arrivals: Mutex<mpsc::UnboundedReceiver<Arrival>>,
    _tasks: JoinSet<()>,
}

/// Opened at the same time.
const AT_ONCE: usize = 50;
/// Longer is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(30);

impl Screens {
    /// `size` screens of the visitor, the i-th on the day `date(i)`, each with its first picture.
    pub(crate) async fn open(
        house: &House,
        visitor: &Visitor,
        date: impl Fn(usize) -> NaiveDate,
        size: usize,
    ) -> Self {
        let mut opening = JoinSet::new();
        let mut waiting: VecDeque<NaiveDate> = (0..size).map(date).collect();
        let mut sockets = Vec::with_capacity(size);
        while sockets.len() < size {
            while opening.len() < AT_ONCE {
                let Some(date) = waiting.pop_front() else { break };
                let (addr, root, cookies) = (house.addr, house.root.clone(), visitor.cookies.clone());
                opening.spawn(async move {
                    let mut socket = Socket::open(addr, &root, &cookies, date).await;
                    socket.next().await;
                    socket
                });
            }
            sockets.extend(opening.join_next().await.map(Result::unwrap));
        }
        Self::of(sockets)
    }

    fn of(sockets: Vec<Socket>) -> Self {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        for mut socket in sockets {
            let sender = sender.clone();
            tasks.spawn(async move {
                loop {
                    let frame = socket.next().await;
                    if sender.send(Arrival { at: Instant::now(), frame }).is_err() {
                        return;
                    }
                }
            });
        }
        Self { arrivals: Mutex::new(arrivals), _tasks: tasks }
    }

    /// Runs `change`, whose answer comes after its commit, and waits until `expected` screens have a frame with
    /// `marker`. Time begins when the first of answer and frame is here: the commit was before both.
    pub(crate) async fn told(&self, marker: &str, expected: usize, change: impl Future<Output = ()>) -> Told {
        let answered = async {
            change.await;
            Instant::now()
        };
        let (answered, arrivals) = tokio::join!(answered, self.arrivals_with(marker, expected));
        let first = arrivals.iter().map(|arrival| arrival.at).min().unwrap().min(answered);
        let last = arrivals.iter().map(|arrival| arrival.at).max().unwrap();
        Told { last: millis(last - first), frame: arrivals.into_iter().next().unwrap().frame }
    }

    #[expect(clippy::await_holding_lock, reason = "one round at a time; nobody else asks for it")]
    async fn arrivals_with(&self, marker: &str, expected: usize) -> Vec<Arrival> {
        let mut arrivals = self.arrivals.lock().unwrap();
        let mut seen = Vec::with_capacity(expected);
        while seen.len() < expected {
            let next = timeout(PATIENCE, arrivals.recv()).await;
            let next =
                next.unwrap_or_else(|_| panic!("{} of {expected} screens heard of {marker}", seen.len()));
            let arrival = next.unwrap();
            if arrival.frame.windows(marker.len()).any(|bytes| bytes == marker.as_bytes()) {
                seen.push(arrival);
            }
        }
        seen
    }
}

/// The reference: another process that writes ready bytes to its sockets, one after the other.
pub(crate) struct Reference {
    control: TcpStream,
    screens: Screens,
    size: usize,
    rounds: u32,
    _child: Child,
}

impl Reference {
    pub(crate) async fn start(size: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--reference", &size.to_string()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = [0; 6];
        child.stdout.take().unwrap().read_exact(&mut line).await.unwrap();
        let port: u16 = std::str::from_utf8(&line).unwrap().trim().parse().unwrap();
        let control = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        control.set_nodelay(true).unwrap();
        let mut sockets = Vec::with_capacity(size);
        for _ in 0..size {
            sockets.push(Socket {
                stream: TcpStream::connect(("127.0.0.1", port)).await.unwrap(),
                buffer: Vec::new(),
            });
        }
        Self { control, screens: Screens::of(sockets), size, rounds: 0, _child: child }
    }

    /// The same frame, from another process, to as many sockets.
    pub(crate) async fn tell(&mut self, frame: &[u8]) -> f64 {
        self.rounds += 1;
        // As long as the real one, and told apart from the round before.
        let marker = format!("bare-{:05}", self.rounds);
        let head = frame.len() - payload_length(frame);
        let mut text = vec![b'x'; frame.len() - head - marker.len()];
        text.extend(marker.as_bytes());
        let frame = framed(&text);
        let control = &mut self.control;
        let change = async {
            control.write_all(&u32::try_from(frame.len()).unwrap().to_be_bytes()).await.unwrap();
            control.write_all(&frame).await.unwrap();
            // What an answer after the commit is to the other side.
            control.read_exact(&mut [0]).await.unwrap();
        };
        self.screens.told(&marker, self.size, change).await.last
    }
}

fn payload_length(frame: &[u8]) -> usize {
    frame.len()
        - match frame[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        }
}

/// The other process of [`Reference`].
pub(crate) fn serve_reference(size: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{:>5}", listener.local_addr().unwrap().port());
    let accept = || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    };
    let mut control = accept();
    let mut sockets: Vec<_> = (0..size).map(|_| accept()).collect();
    let mut length = [0; 4];
    // Ends with the one who asks.
    while control.read_exact(&mut length).is_ok() {
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        control.read_exact(&mut frame).unwrap();
        control.write_all(&[1]).unwrap();
        for socket in &mut sockets {
            socket.write_all(&frame).unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_known_when_all_of_it_is_there() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let frame = framed(&vec![b'x'; length]);
            assert_eq!(frame_length(&frame), Some(frame.len()), "{length}");
            assert_eq!(frame_length(&frame[..frame.len() - 1]), None, "{length}");
        }
    }
}
