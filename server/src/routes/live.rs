//! `/live` and `/display/{token}/live`: the sockets. Who may follow what is decided before the upgrade.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use booking::{Cx, Feed};
use http::HeaderMap;
use model::live::PROTOCOL;
use model::{ApiError, ClientFrame, ErrorCode, ServerFrame, limits};

use crate::guard::socket_origin_is_ours;
use crate::problem::Problem;
use crate::router::AppState;
use crate::routes::auth::cookies;

/// Proxies cut silent connections at 60 s; two missed pongs are a dead screen.
const PING: Duration = Duration::from_secs(20);
const MISSED_PONGS: u32 = 2;
/// A screen says what it wants to see within this.
const FIRST_FRAME: Duration = Duration::from_secs(10);
/// A screen that takes nothing for this long is dropped; it comes back and catches up.
const STALLED: Duration = Duration::from_secs(10);

/// Sockets open at the same time.
const SOCKETS: usize = 20_000;

/// Close codes (RFC 6455 §7.4; 4000-4999 are ours, docs/API.md).
const GOING_AWAY: u16 = 1012;
const BAD_FRAME: u16 = 1008;
const SIGNED_OUT: u16 = 4401;

/// Who is at the other end.
enum Watcher {
    Person { cx: Cx, cookies: Option<String> },
    Board { token: String },
}

/// The grid's socket: a signed-in person of a company.
pub(crate) async fn company(
    State(app): State<AppState>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let cookies = cookies(&headers).map(str::to_owned);
    if !socket_origin_is_ours(&headers, app.engine.settings()) {
        return Problem::from(ErrorCode::ForeignOrigin).into_response();
    }
    match app.engine.cx_from_cookie(cookies.as_deref()).await {
        Ok(cx) => open(app, upgrade, Watcher::Person { cx, cookies }),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// A lobby board's socket: its token is its credential.
pub(crate) async fn board(
    State(app): State<AppState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    if !socket_origin_is_ours(&headers, app.engine.settings()) {
        return Problem::from(ErrorCode::ForeignOrigin).into_response();
    }
    match app.engine.board_is_live(&token).await {
        Ok(true) => open(app, upgrade, Watcher::Board { token }),
        Ok(false) => Problem::from(ErrorCode::NotFound).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

fn open(
    app: AppState,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    watcher: Watcher,
) -> Response {
    if app.sockets.len() >= SOCKETS {
        return Problem::from(ErrorCode::Unavailable).into_response();
    }
    match upgrade {
        Ok(upgrade) => {
            let sockets = app.sockets.clone();
            upgrade
                .max_message_size(limits::FRAME_BYTES)
                .max_frame_size(limits::FRAME_BYTES)
                .on_upgrade(move |socket| sockets.track_future(serve(app, socket, watcher)))
        }
        Err(rejection) => rejection.into_response(),
    }
}

/// Why a socket ends.
enum End {
    /// The other side is gone, or does not take what it is sent.
    Gone,
    Close(u16, &'static str),
}

async fn serve(app: AppState, mut socket: WebSocket, watcher: Watcher) {
    let end = match follow(&app, &mut socket, &watcher).await {
        Ok(never) => match never {},
        Err(end) => end,
    };
    if let End::Close(code, reason) = end {
        let frame = CloseFrame { code, reason: reason.into() };
        tokio::time::timeout(STALLED, socket.send(Message::Close(Some(frame)))).await.ok();
    }
}

async fn follow(
    app: &AppState,
    socket: &mut WebSocket,
    watcher: &Watcher,
) -> Result<std::convert::Infallible, End> {
    let first = tokio::time::timeout(FIRST_FRAME, receive(socket)).await;
    let first = first.map_err(|_| End::Close(BAD_FRAME, "nothing was subscribed"))??;
    let mut feed = subscribe(app, watcher, first).await?;
    let mut pings = tokio::time::interval(PING);
    pings.tick().await;
    let mut unanswered = 0;
    loop {
        tokio::select! {
            () = app.draining.cancelled() => return Err(End::Close(GOING_AWAY, "restarting")),
            frame = feed.next() => send(socket, frame.map_err(|_| End::Close(GOING_AWAY, "catch up"))?.text.as_ref()).await?,
            frame = receive(socket) => match frame? {
                ClientFrame::Pong => unanswered = 0,
                frame @ ClientFrame::Subscribe { .. } => feed = subscribe(app, watcher, frame).await?,
            },
            _ = pings.tick() => {
                if unanswered >= MISSED_PONGS {
                    return Err(End::Gone);
                }
                unanswered += 1;
                still_allowed(app, watcher).await?;
                let ping = ServerFrame::Ping { seq: feed.sent() };
                let text = serde_json::to_string(&ping).map_err(|_| End::Gone)?;
                send(socket, &text).await?;
            }
        }
    }
}

async fn subscribe(app: &AppState, watcher: &Watcher, frame: ClientFrame) -> Result<Feed, End> {
    let ClientFrame::Subscribe { v, view, after } = frame else {
        return Err(End::Close(BAD_FRAME, "nothing was subscribed"));
    };
    if v != PROTOCOL {
        return Err(End::Close(BAD_FRAME, "another protocol version: reload"));
    }
    let feed = match watcher {
        Watcher::Person { cx, .. } => app.engine.follow(cx, &view, after).await,
        Watcher::Board { token } => app.engine.follow_board(token, &view, after).await,
    };
    feed.map_err(|error: ApiError| match error.code {
        ErrorCode::InvalidField => End::Close(BAD_FRAME, "no such day"),
        ErrorCode::NotFound => End::Close(SIGNED_OUT, "revoked"),
        _ => End::Close(GOING_AWAY, "try again"),
    })
}

/// A session that ended or a board that was revoked goes dark.
async fn still_allowed(app: &AppState, watcher: &Watcher) -> Result<(), End> {
    let allowed = match watcher {
        Watcher::Person { cookies, .. } => app.engine.cx_from_cookie(cookies.as_deref()).await.map(|_| true),
        Watcher::Board { token } => app.engine.board_is_live(token).await,
    };
    match allowed {
        Ok(true) => Ok(()),
        Ok(false) => Err(End::Close(SIGNED_OUT, "revoked")),
        Err(error) if error.code == ErrorCode::Unauthenticated => Err(End::Close(SIGNED_OUT, "signed out")),
        // The database is away for a moment: the screen stays, and says by itself how old it is.
        Err(_) => Ok(()),
    }
}

/// The next frame that means something. Binary and unreadable ones end the socket.
async fn receive(socket: &mut WebSocket) -> Result<ClientFrame, End> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(text.as_str())
                    .map_err(|_| End::Close(BAD_FRAME, "unreadable frame"));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err(End::Close(BAD_FRAME, "text frames only")),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
        }
    }
}

async fn send(socket: &mut WebSocket, text: &str) -> Result<(), End> {
    let sent = tokio::time::timeout(STALLED, socket.send(Message::Text(text.into()))).await;
    if matches!(sent, Ok(Ok(()))) { Ok(()) } else { Err(End::Gone) }
}
