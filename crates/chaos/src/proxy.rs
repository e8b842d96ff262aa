//! A wire that can be cut and held up: a TCP proxy on a port of its own.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They go through.
    Pass,
    /// Connections end, new ones end at once.
    Cut,
    /// They wait until it goes on.
    Stall,
}

/// A running proxy; its connections end with it.
pub(crate) struct Proxy {
    addr: SocketAddr,
    mode: watch::Sender<Mode>,
    #[expect(dead_code, reason = "serves for as long as this lives")]
    tasks: JoinSet<()>,
}

impl Proxy {
    /// Passes on to `target`.
    pub(crate) async fn to(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let (mode, seen) = watch::channel(Mode::Pass);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, target, seen));
        Ok(Self { addr, mode, tasks })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, mode: watch::Receiver<Mode>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                if *mode.borrow() != Mode::Cut {
                    connections.spawn(join(stream, target, mode.clone()));
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// One connection, until either side ends it or it is cut.
async fn join(here: TcpStream, target: SocketAddr, mut mode: watch::Receiver<Mode>) {
    let Ok(there) = TcpStream::connect(target).await else { return };
    let (here_in, here_out) = here.into_split();
    let (there_in, there_out) = there.into_split();
    let out = pump(here_in, there_out, mode.clone());
    let back = pump(there_in, here_out, mode.clone());
    tokio::select! {
        _ = async { tokio::join!(out, back) } => {}
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut mode: watch::Receiver<Mode>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read) = from.read(&mut bytes).await {
        if mode.wait_for(|mode| *mode != Mode::Stall).await.is_err() {
            return;
        }
        if read == 0 {
            to.shutdown().await.ok();
            return;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// Sends back whatever comes.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let serve = async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut input, mut output) = stream.split();
                tokio::io::copy(&mut input, &mut output).await.ok();
            }
        };
        #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
        tokio::spawn(serve);
        addr
    }

    async fn says_back(stream: &mut TcpStream, word: &[u8; 4]) -> bool {
        let mut heard = [0; 4];
        stream.write_all(word).await.is_ok() && stream.read_exact(&mut heard).await.is_ok() && heard == *word
    }

    #[tokio::test]
    async fn what_stands_still_goes_on_and_what_is_cut_ends() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
        assert!(says_back(&mut stream, b"pass").await);

        proxy.set(Mode::Stall);
        stream.write_all(b"wait").await.unwrap();
        let mut heard = [0; 4];
        let early = timeout(Duration::from_millis(100), stream.read_exact(&mut heard)).await;
        assert!(early.is_err(), "bytes went through a wire that stands still");
        proxy.set(Mode::Pass);
        timeout(Duration::from_secs(20), stream.read_exact(&mut heard)).await.unwrap().unwrap();
        assert_eq!(&heard, b"wait");

        proxy.set(Mode::Cut);
        let ended = timeout(Duration::from_secs(20), stream.read(&mut heard)).await.unwrap();
        assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
        let mut refused = TcpStream::connect(proxy.addr()).await.unwrap();
        assert!(!says_back(&mut refused, b"none").await);
        proxy.set(Mode::Pass);
        let mut again = TcpStream::connect(proxy.addr()).await.unwrap();
        assert!(says_back(&mut again, b"back").await);
    }
}
