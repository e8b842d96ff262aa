//! The reading half: tungstenite's protocol over the shared socket.

use std::io::{self, Read, Write};
use std::sync::Arc;

use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes};

use crate::frame::Frame;
use crate::outlet::{Outlet, Sent};

/// Bytes read at once. Screens say little; a longer frame gets its room while it lasts.
const READ: usize = 256;

/// What the other side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    Text(Utf8Bytes),
    /// A message of bytes, or one that is too long or breaks the protocol.
    Unreadable,
    /// The socket is over: drop the inbox.
    Gone,
}

/// A socket to read from. Its owner has to keep calling [`Inbox::next`]: that is also what writes frames that wait.
pub struct Inbox {
    socket: WebSocket<Wire>,
    /// What comes cannot be understood any more: it is read and forgotten, until the other side is done.
    broken: bool,
}

/// The socket as tungstenite sees it: reads never wait, writes go through the outlet.
struct Wire(Arc<Outlet>);

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // After our close frame, tungstenite's reply to theirs is one too many: it is swallowed.
        match self.0.send(&Frame::ready(bytes)) {
            Sent::Written | Sent::Queued => Ok(bytes.len()),
            Sent::Over if self.0.is_over() => Err(io::ErrorKind::BrokenPipe.into()),
            Sent::Over => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Inbox {
    /// `read` came with the request already; messages have at most `longest` bytes.
    pub(crate) fn new(outlet: Arc<Outlet>, read: Vec<u8>, longest: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ)
            .write_buffer_size(0)
            .max_write_buffer_size(usize::MAX)
            .max_message_size(Some(longest))
            .max_frame_size(Some(longest));
        let socket = WebSocket::from_partially_read(Wire(outlet), read, Role::Server, Some(config));
        Self { socket, broken: false }
    }

    /// The next message. Safe to be cancelled.
    pub async fn next(&mut self) -> Received {
        loop {
            // Somebody who never stops talking gets no more than their share.
            tokio::task::coop::consume_budget().await;
            let outlet = &self.socket.get_ref().0;
            if outlet.is_over() {
                return Received::Gone;
            }
            if self.broken {
                match outlet.read(&mut [0; READ]) {
                    Ok(1..) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => outlet.turn().await,
                    Ok(0) | Err(_) => return Received::Gone,
                }
                continue;
            }
            match self.socket.read() {
                Ok(Message::Text(text)) => return Received::Text(text),
                Ok(Message::Binary(_)) => return Received::Unreadable,
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket.get_ref().0.turn().await;
                }
                Err(Error::Capacity(_) | Error::Utf8(_)) => {
                    self.broken = true;
                    return Received::Unreadable;
                }
                Err(_) => return Received::Gone,
            }
        }
    }
}
