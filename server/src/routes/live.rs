//! `/live` and `/display/{token}/live`: the sockets. Who may follow what is decided before the upgrade.

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use booking::Engine;
use model::live::PROTOCOL;
use model::{ApiError, ClientFrame, ErrorCode, ServerFrame, limits};
use sockets::{Inbox, Received, Refused, Upgrade};

use crate::guard::socket_origin_is_ours;
use crate::keeper::{BAD_FRAME, GOING_AWAY, Open, SIGNED_OUT, Watcher, send};
use crate::problem::Problem;
use crate::router::AppState;
use crate::routes::auth::cookies;

/// The grid's socket: a signed-in person of a company.
pub(crate) async fn company(State(app): State<AppState>, request: Request) -> Response {
    let headers = request.headers();
    if !socket_origin_is_ours(headers, app.engine.settings()) {
        return Problem::from(ErrorCode::ForeignOrigin).into_response();
    }
    let cookies = cookies(headers).map(Box::from);
    match app.engine.cx_from_cookie(cookies.as_deref()).await {
        Ok(cx) => open(app, request, Watcher::Person { cx: Box::new(cx), cookies }),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// A lobby board's socket: its token is its credential.
pub(crate) async fn board(
    State(app): State<AppState>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    if !socket_origin_is_ours(request.headers(), app.engine.settings()) {
        return Problem::from(ErrorCode::ForeignOrigin).into_response();
    }
    match app.engine.board_is_live(&token).await {
        Ok(true) => open(app, request, Watcher::Board { token: token.into() }),
        Ok(false) => Problem::from(ErrorCode::NotFound).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

fn open(app: AppState, mut request: Request, watcher: Watcher) -> Response {
    if app.keeper.is_full() || app.draining.is_cancelled() {
        return Problem::from(ErrorCode::Unavailable).into_response();
    }
    let upgrade = match Upgrade::of(&mut request) {
        Ok(upgrade) => upgrade,
        Err(Refused(status)) => return status.into_response(),
    };
    let response = upgrade.response();
    let keeper = app.keeper.clone();
    keeper.run(async move {
        if let Some((outlet, inbox)) = upgrade.open(limits::FRAME_BYTES).await {
            let place = app.keeper.admit(outlet, watcher);
            // A task of its own: what the handshake needed is not kept for as long as the socket lives.
            let engine = app.engine.clone();
            app.keeper.run(async move { listen(&engine, &place.open, inbox).await });
        }
    });
    response
}

/// Listens until the socket is over. What is sent to it is others' business: see `keeper` and `booking::hub`.
async fn listen(engine: &Engine, open: &Open, mut inbox: Inbox) {
    loop {
        let frame = match inbox.next().await {
            Received::Text(text) => serde_json::from_str(text.as_str()).ok(),
            Received::Unreadable => None,
            Received::Gone => return,
        };
        match frame {
            Some(ClientFrame::Pong) => open.answered(),
            // Boxed: a waiting socket does not carry the room for it.
            Some(frame @ ClientFrame::Subscribe { .. }) => {
                if let Err((code, reason)) = Box::pin(subscribe(engine, open, frame)).await {
                    open.outlet.close(code, reason);
                }
            }
            None => open.outlet.close(BAD_FRAME, "unreadable frame"),
        }
    }
}

/// Follows the view that is asked for instead of the one before, or says why the socket closes.
async fn subscribe(engine: &Engine, open: &Open, frame: ClientFrame) -> Result<(), (u16, &'static str)> {
    let ClientFrame::Subscribe { v, view, after } = frame else { return Ok(()) };
    if v != PROTOCOL {
        return Err((BAD_FRAME, "another protocol version: reload"));
    }
    // Frames of the view before must not follow the answer to this.
    open.set_following(None);
    let outlet = open.outlet.clone();
    let following = match &open.watcher {
        Watcher::Person { cx, .. } => engine.follow(cx, &view, after, outlet).await,
        Watcher::Board { token } => engine.follow_board(token, &view, after, outlet).await,
    };
    let following = following.map_err(|error: ApiError| match error.code {
        ErrorCode::InvalidField => (BAD_FRAME, "no such day"),
        ErrorCode::NotFound => (SIGNED_OUT, "revoked"),
        _ => (GOING_AWAY, "try again"),
    })?;
    open.set_following(Some(following));
    if *engine.live_is_slow().borrow() {
        send(&open.outlet, &ServerFrame::Pace { slow: true });
    }
    Ok(())
}
