//! Bytes on a connection: requests that no decent client sends.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// A bare connection to the server.
pub struct Raw(TcpStream);

/// The head and the bytes after it, as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    pub status: u16,
    /// Lower-case lines without `date`, in order; what a request's id is, no two answers have in common.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Raw {
    pub async fn connect(root: &str) -> Self {
        Self(TcpStream::connect(root.strip_prefix("http://").unwrap()).await.unwrap())
    }

    /// A connection that takes little before it is read from.
    pub async fn narrow(root: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        Self(socket.connect(root.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap())
    }

    /// Writes as much as the other side takes.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Whether everything was taken within `deadline`.
    pub async fn write_within(&mut self, bytes: &[u8], deadline: Duration) -> bool {
        timeout(deadline, self.0.write_all(bytes)).await.is_ok_and(|written| written.is_ok())
    }

    /// Whether the other side gave the connection up, without reading what it sent before.
    pub fn is_reset(&self) -> bool {
        let refused = self.0.try_write(b"x").is_err_and(|error| error.kind() != ErrorKind::WouldBlock);
        refused || self.0.take_error().is_ok_and(|error| error.is_some())
    }

    /// Everything until the other side closes; `None` when it does not within `deadline`.
    pub async fn read_to_end(&mut self, deadline: Duration) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        // A reset is an end, too.
        timeout(deadline, self.0.read_to_end(&mut bytes)).await.ok()?.ok();
        Some(bytes)
    }

    /// The first bytes that come.
    pub async fn read_some(&mut self, deadline: Duration) -> Vec<u8> {
        let mut bytes = vec![0; 64 * 1024];
        let read = timeout(deadline, self.0.read(&mut bytes)).await;
        bytes.truncate(read.unwrap_or(Ok(0)).unwrap_or(0));
        bytes
    }
}

impl RawAnswer {
    /// `None` when it is no answer.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let same = |line: String| {
            if line.starts_with("x-request-id: ") { "x-request-id: …".to_owned() } else { line }
        };
        let headers =
            lines.map(str::to_lowercase).filter(|line| !line.starts_with("date:")).map(same).collect();
        Some(Self { status, headers, body: bytes[end + 4..].to_vec() })
    }
}
