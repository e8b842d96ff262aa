//! Free ports.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// How often another port is tried when somebody was faster.
pub(crate) const ATTEMPTS: u32 = 10;

/// A port of the loopback address that nobody listens on at this moment. Somebody may take it before it is used:
/// whoever starts a server on it looks at how that ended and asks again.
pub(crate) fn free() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
