//! The writing half: one bounded queue per socket, and whoever has a frame writes it.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::frame::Frame;

/// Frames that may wait for a slow socket.
const WAITING: usize = 256;
/// Bytes that may wait for a slow socket, but for the first frame, which may have any size.
const WAITING_BYTES: usize = 1024 * 1024;

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The kernel has all of it.
    Written,
    /// It waits for the socket to take more.
    Queued,
    /// The socket is closing or over, or too much waited already, which ends it.
    Over,
}

/// A socket to write to. Shared: frames of different senders do not mix, and are sent in the order of the calls.
pub struct Outlet {
    stream: TcpStream,
    state: Mutex<State>,
    /// Wakes the reader, which also writes what waits.
    wake: Notify,
}

struct State {
    waiting: VecDeque<Bytes>,
    waiting_bytes: usize,
    /// Since when the socket takes nothing, while something waits.
    blocked: Option<Instant>,
    phase: Phase,
}

enum Phase {
    Open,
    /// A close frame is on its way; the other side gets a moment to answer.
    Closing(Instant),
    Over,
}

impl Outlet {
    pub(crate) const fn new(stream: TcpStream) -> Self {
        let state = State { waiting: VecDeque::new(), waiting_bytes: 0, blocked: None, phase: Phase::Open };
        Self { stream, state: Mutex::new(state), wake: Notify::const_new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the frame, or lets it wait behind what waits already. Never blocks.
    pub fn send(&self, frame: &Frame) -> Sent {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Open) {
            return Sent::Over;
        }
        self.put(&mut state, frame.bytes())
    }

    /// Sends a close frame after what waits; nothing is sent after it.
    pub fn close(&self, code: u16, reason: &str) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Open) {
            self.put(&mut state, Frame::close(code, reason).bytes());
            if matches!(state.phase, Phase::Open) {
                state.phase = Phase::Closing(Instant::now());
            }
            self.wake.notify_one();
        }
    }

    /// Ends the socket without a word.
    pub fn end(&self) {
        self.finish(&mut self.lock());
    }

    /// Whether it takes nothing for `patience`, or was told to close and does not answer for `farewell`.
    pub fn stalled(&self, patience: Duration, farewell: Duration) -> bool {
        let state = self.lock();
        let closing = matches!(state.phase, Phase::Closing(since) if since.elapsed() >= farewell);
        closing || state.blocked.is_some_and(|since| since.elapsed() >= patience)
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.lock().phase, Phase::Over)
    }

    fn finish(&self, state: &mut State) {
        state.phase = Phase::Over;
        state.waiting = VecDeque::new();
        state.waiting_bytes = 0;
        state.blocked = None;
        self.wake.notify_one();
    }

    fn put(&self, state: &mut State, bytes: &Bytes) -> Sent {
        let mut rest = bytes.clone();
        if state.waiting.is_empty() {
            match self.stream.try_write(&rest) {
                Ok(written) if written == rest.len() => return Sent::Written,
                Ok(written) => rest.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => {
                    self.finish(state);
                    return Sent::Over;
                }
            }
            state.blocked = Some(Instant::now());
            self.wake.notify_one();
        } else {
            let behind_the_first = state.waiting_bytes - state.waiting.front().map_or(0, Bytes::len);
            if state.waiting.len() >= WAITING || behind_the_first + rest.len() > WAITING_BYTES {
                self.finish(state);
                return Sent::Over;
            }
        }
        state.waiting_bytes += rest.len();
        state.waiting.push_back(rest);
        Sent::Queued
    }

    /// Writes what waits, as much as the socket takes.
    fn flush(&self) {
        let mut state = self.lock();
        while let Some(mut first) = state.waiting.pop_front() {
            match self.stream.try_write(&first) {
                Ok(written) => {
                    state.waiting_bytes -= written;
                    state.blocked = Some(Instant::now());
                    first.advance(written);
                    if !first.is_empty() {
                        state.waiting.push_front(first);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    state.waiting.push_front(first);
                    return;
                }
                Err(_) => return self.finish(&mut state),
            }
        }
        // A burst must not cost its memory for as long as the socket lives.
        state.waiting = VecDeque::new();
        state.blocked = None;
    }

    /// Waits until there may be something to read, or something ended; writes what waits meanwhile.
    pub(crate) async fn turn(&self) {
        let interest = if self.lock().waiting.is_empty() {
            Interest::READABLE
        } else {
            Interest::READABLE | Interest::WRITABLE
        };
        tokio::select! {
            ready = self.stream.ready(interest) => match ready {
                Ok(ready) if ready.is_writable() => self.flush(),
                Ok(_) => {}
                Err(_) => self.end(),
            },
            () = self.wake.notified() => {}
        }
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.try_read(buffer)
    }
}
