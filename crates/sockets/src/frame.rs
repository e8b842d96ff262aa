//! Messages as the bytes that a server sends (RFC 6455 §5.2): one final frame, not masked.

use bytes::{BufMut as _, Bytes, BytesMut};

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
/// Control frames carry at most this (RFC 6455 §5.5), two bytes of it the code.
const CONTROL: usize = 125;

/// A message, framed once and shared by every socket that it is for. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    bytes: Bytes,
    /// Where the message begins.
    head: usize,
}

impl Frame {
    pub fn text(text: &str) -> Self {
        Self::of(TEXT, text.as_bytes())
    }

    /// The last frame of a socket. A reason that is too long is left out.
    pub fn close(code: u16, reason: &str) -> Self {
        let mut payload = BytesMut::with_capacity(2 + reason.len());
        payload.put_u16(code);
        if reason.len() + 2 <= CONTROL {
            payload.put_slice(reason.as_bytes());
        }
        Self::of(CLOSE, &payload)
    }

    /// Bytes that are framed already.
    pub(crate) fn ready(bytes: &[u8]) -> Self {
        Self { bytes: Bytes::copy_from_slice(bytes), head: 0 }
    }

    fn of(opcode: u8, payload: &[u8]) -> Self {
        let mut bytes = BytesMut::with_capacity(10 + payload.len());
        bytes.put_u8(opcode);
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(length @ ..=125), _) => bytes.put_u8(length),
            (_, Ok(length)) => {
                bytes.put_u8(126);
                bytes.put_u16(length);
            }
            _ => {
                bytes.put_u8(127);
                bytes.put_u64(u64::try_from(payload.len()).unwrap_or(u64::MAX));
            }
        }
        let head = bytes.len();
        bytes.put_slice(payload);
        Self { bytes: bytes.freeze(), head }
    }

    /// As it goes over the wire.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What was framed.
    pub fn payload(&self) -> &[u8] {
        &self.bytes[self.head..]
    }
}

#[cfg(test)]
mod tests {
    use tungstenite::protocol::CloseFrame;
    use tungstenite::protocol::frame::coding::{Data, OpCode};

    use super::*;

    fn formatted(frame: tungstenite::protocol::frame::Frame) -> Vec<u8> {
        let mut bytes = Vec::new();
        frame.format(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn frames_are_those_of_tungstenite() {
        use tungstenite::protocol::frame::Frame as Theirs;
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
            let text = "x".repeat(length);
            let theirs = Theirs::message(text.clone(), OpCode::Data(Data::Text), true);
            assert_eq!(Frame::text(&text).bytes()[..], formatted(theirs), "{length}");
            assert_eq!(Frame::text(&text).payload(), text.as_bytes());
        }
        let theirs = Theirs::close(Some(CloseFrame { code: 1012.into(), reason: "restarting".into() }));
        assert_eq!(Frame::close(1012, "restarting").bytes()[..], formatted(theirs));
    }

    #[test]
    fn a_close_frame_stays_a_control_frame() {
        assert_eq!(Frame::close(4401, &"x".repeat(123)).payload().len(), 125);
        assert_eq!(Frame::close(4401, &"x".repeat(124)).payload(), 4401_u16.to_be_bytes());
    }
}
