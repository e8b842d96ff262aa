//! A pooler that lends PostgreSQL's sessions for less than a connection is recognised.

use std::io;
use std::sync::Arc;

use store::{Store, StoreError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::database::Database;

/// The only session, and what PostgreSQL said at its beginning.
type Session = Arc<Mutex<Option<(TcpStream, Vec<u8>)>>>;

/// A pooler in its simplest form: all clients have one session, message by message.
async fn serve(listener: TcpListener, server: String) {
    let session = Session::default();
    let mut clients = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        clients.spawn(hand_on(client, server.clone(), Arc::clone(&session)));
    }
}

/// Until the client goes.
async fn hand_on(mut client: TcpStream, server: String, session: Session) -> io::Result<()> {
    // No TLS and no GSSAPI here: a request for one of them is eight bytes long.
    let mut startup = packet(&mut client, None).await?;
    while startup.len() == 8 {
        client.write_all(b"N").await?;
        startup = packet(&mut client, None).await?;
    }
    {
        let mut session = session.lock().await;
        if session.is_none() {
            let mut stream = TcpStream::connect(&server).await?;
            stream.write_all(&startup).await?;
            let greeting = answer(&mut stream).await?;
            *session = Some((stream, greeting));
        }
        client.write_all(&session.as_ref().unwrap().1).await?;
    }
    loop {
        let kind = client.read_u8().await?;
        let message = packet(&mut client, Some(kind)).await?;
        if kind == b'X' {
            return Ok(());
        }
        let mut session = session.lock().await;
        let stream = &mut session.as_mut().unwrap().0;
        stream.write_all(&message).await?;
        if matches!(kind, b'Q' | b'S') {
            client.write_all(&answer(stream).await?).await?;
        }
    }
}

/// A message whose kind was read already, or the first one, which has none. Its length counts itself.
async fn packet(stream: &mut TcpStream, kind: Option<u8>) -> io::Result<Vec<u8>> {
    let length = stream.read_u32().await?;
    let mut body = vec![0; length as usize - 4];
    stream.read_exact(&mut body).await?;
    Ok([&kind.map_or_else(Vec::new, |kind| vec![kind])[..], &length.to_be_bytes(), &body].concat())
}

/// Messages up to `ReadyForQuery`.
async fn answer(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let kind = stream.read_u8().await?;
        all.extend(packet(stream, Some(kind)).await?);
        if kind == b'Z' {
            return Ok(all);
        }
    }
}

#[tokio::test]
async fn a_pooler_that_lends_sessions_for_less_than_a_connection_is_refused() {
    let Some(database) = Database::postgres().await else { return };
    let (user, place) = database.url.split_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let pooled = format!("{user}@{}/{name}", listener.local_addr().unwrap());
    let mut pooler = JoinSet::new();
    pooler.spawn(serve(listener, server.to_owned()));
    let refused = Store::open(&pooled).await.err().unwrap();
    assert!(matches!(refused, StoreError::Pooled), "{refused:?}");
    assert!(refused.to_string().contains("pool_mode = session"), "{refused}");
    // The database itself is as good as ever.
    Store::open(&database.url).await.unwrap().close().await;
}
