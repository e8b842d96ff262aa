//! The web pages: to act as any Google user, to consent, and to break things.

mod actions;
mod breaking;
pub(crate) mod consent;
mod day;
mod html;
mod panel;

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::wire::reply;
use crate::wire::router::Call;
use crate::world::World;

/// Answers `/`, `/break` and `/ui/...`.
pub(crate) fn handle(world: &mut World, call: &Call, path: &[&str]) -> Response<Bytes> {
    match (call.method.as_str(), path) {
        ("GET" | "HEAD", []) => day::page(world, &call.query, call.now),
        ("GET" | "HEAD", ["break"]) => breaking::page(world, &call.query),
        ("POST", ["ui", "break", action]) => breaking::act(world, action, &call.form(), call.now),
        ("POST", ["ui", action]) => actions::act(world, action, &call.form(), call.now),
        _ => reply::text(StatusCode::NOT_FOUND, "Not Found\n"),
    }
}
