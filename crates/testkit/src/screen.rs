//! A screen: the live socket and the grid that it draws. A gap in the deltas fails the story (LIVE-GAPLESS).

use std::time::Duration;

use chrono::NaiveDate;
use futures::{SinkExt as _, StreamExt as _};
use model::live::PROTOCOL;
use model::{ApplyOutcome, Block, ClientFrame, GridState, ServerFrame, View};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::wait::DEADLINE;

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Closed(u16),
    Dropped,
}

/// A socket that follows one day.
pub struct Screen {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// `/live`, or a board's.
    path: String,
    date: NaiveDate,
    grid: Option<GridState>,
    /// Every text frame as it came.
    pub texts: Vec<String>,
    /// Deltas that changed the grid.
    pub deltas: usize,
    /// Whether the server said that changes of other servers arrive late.
    pub slow: bool,
}

impl Screen {
    /// Opens the socket; the HTTP status where it is refused.
    pub async fn open(
        root: &str,
        path: &str,
        headers: &[(&str, &str)],
        date: NaiveDate,
    ) -> Result<Self, u16> {
        let address = format!("{}{path}", root.replacen("http", "ws", 1));
        let mut request = address.into_client_request().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => {
                let path = path.to_owned();
                Ok(Self { socket, path, date, grid: None, texts: Vec::new(), deltas: 0, slow: false })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Subscribes, and waits for the first picture.
    pub async fn subscribe(&mut self) {
        self.subscribe_from(None).await;
    }

    /// As [`Screen::subscribe`], with a `seq` that the server does not have: it sends a picture all the same.
    pub async fn subscribe_after(&mut self, seq: model::Seq) {
        self.subscribe_from(Some(seq)).await;
    }

    async fn subscribe_from(&mut self, after: Option<model::Seq>) {
        let view = View { date: self.date };
        let frame = ClientFrame::Subscribe { v: PROTOCOL, view, after };
        self.say(Message::text(serde_json::to_string(&frame).unwrap())).await;
        self.grid = None;
        self.until("a snapshot", |_| true).await;
    }

    /// Sends a raw message.
    pub async fn say(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// What is drawn.
    pub fn grid(&self) -> &GridState {
        self.grid.as_ref().unwrap()
    }

    pub fn titled(&self, title: &str) -> Vec<&Block> {
        self.grid().blocks.values().filter(|block| block.title == title).collect()
    }

    /// Follows the deltas until the grid is as expected.
    pub async fn until(&mut self, what: &str, expected: impl Fn(&GridState) -> bool) {
        self.until_within(DEADLINE, what, expected).await;
    }

    pub async fn until_within(
        &mut self,
        deadline: Duration,
        what: &str,
        expected: impl Fn(&GridState) -> bool,
    ) {
        let end = Instant::now() + deadline;
        loop {
            if self.grid.as_ref().is_some_and(&expected) {
                return;
            }
            let next = timeout_at(end, self.socket.next()).await;
            let Ok(message) = next else {
                panic!(
                    "no frame brought {what} within {deadline:?}; drawn: {:#?}",
                    self.grid.as_ref().map(|g| &g.blocks)
                );
            };
            match message {
                Some(Ok(Message::Text(text))) => self.take(text.as_str()).await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the socket ended while waiting for {what}: {other:?}"),
            }
        }
    }

    async fn take(&mut self, text: &str) {
        self.texts.push(text.to_owned());
        match serde_json::from_str(text).unwrap() {
            ServerFrame::Snapshot { day, .. } => self.grid = Some(GridState::from(*day)),
            ServerFrame::Delta(delta) => match self.grid.as_mut().unwrap().apply(&delta) {
                ApplyOutcome::Applied { .. } => self.deltas += 1,
                ApplyOutcome::Old => {}
                ApplyOutcome::Gap => panic!("a gap before {delta:?}, drawn as of {:?}", self.grid().seq),
            },
            ServerFrame::Pace { slow } => self.slow = slow,
            ServerFrame::Resync => panic!("a screen that keeps up was told to start over"),
            ServerFrame::Ping { .. } => {
                let pong = serde_json::to_string(&ClientFrame::Pong).unwrap();
                // The server may be gone by now, which the next frame shows.
                self.socket.send(Message::text(pong)).await.ok();
            }
        }
    }

    /// Reads on until the server says whether changes of other servers arrive late.
    pub async fn until_slow(&mut self, slow: bool) {
        let end = Instant::now() + DEADLINE;
        while self.slow != slow {
            let next = timeout_at(end, self.step()).await;
            next.unwrap_or_else(|_| panic!("never heard that slow is {slow}")).unwrap();
        }
    }

    /// Takes one frame; an error where the socket is over.
    pub async fn step(&mut self) -> Result<(), Ended> {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => self.take(text.as_str()).await,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(Some(frame)))) => return Err(Ended::Closed(CloseCode::into(frame.code))),
            Some(Ok(_) | Err(_)) | None => return Err(Ended::Dropped),
        }
        Ok(())
    }

    /// Comes back on a new socket with what is drawn, as a page does, to this server or another; `false` where there is
    /// none.
    pub async fn come_back(&mut self, root: &str, headers: &[(&str, &str)]) -> bool {
        let Some(mut fresh) = Self::try_open(root, &self.path, headers).await else { return false };
        let after = self.grid.as_ref().map(|grid| grid.seq);
        let frame = ClientFrame::Subscribe { v: PROTOCOL, view: View { date: self.date }, after };
        let frame = Message::text(serde_json::to_string(&frame).unwrap());
        if fresh.send(frame).await.is_err() {
            return false;
        }
        self.socket = fresh;
        self.slow = false;
        true
    }

    async fn try_open(
        root: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Option<WebSocketStream<MaybeTlsStream<TcpStream>>> {
        let mut request = format!("{}{path}", root.replacen("http", "ws", 1)).into_client_request().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        connect_async(request).await.ok().map(|(socket, _)| socket)
    }

    /// Reads to the end of the socket.
    pub async fn ended(&mut self) -> Ended {
        self.ended_within(DEADLINE).await
    }

    pub async fn ended_within(&mut self, deadline: Duration) -> Ended {
        let end = Instant::now() + deadline;
        loop {
            match timeout_at(end, self.socket.next())
                .await
                .unwrap_or_else(|_| panic!("the socket stays open"))
            {
                Some(Ok(Message::Close(frame))) => {
                    return frame.map_or(Ended::Dropped, |frame| Ended::Closed(CloseCode::into(frame.code)));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ended::Dropped,
            }
        }
    }
}
