//! The authorize page: one click on a person grants everything; choosing scopes and refusing are behind "More"
//! (decisions 17).

use bytes::Bytes;
use http::{Response, StatusCode};

use super::html::{document, escape, hidden};
use crate::wire::query::encode;
use crate::wire::{Query, reply};
use crate::world::World;

/// Lists the people.
pub(crate) fn page(world: &World, query: &Query) -> Response<Bytes> {
    let rest = query.without(&["as", "grant", "deny", "choose"]);
    let hint = query.get("login_hint").unwrap_or_default().to_ascii_lowercase();
    let mut people: Vec<_> = world.directory.users.values().filter(|user| !user.suspended).collect();
    people.sort_by_key(|user| (user.email != hint, user.order));
    let mut list = String::new();
    let mut options = String::new();
    for user in people {
        let (email, name) = (escape(&user.email), escape(&user.full_name()));
        let admin = if user.admin { " (admin)" } else { "" };
        list.push_str(&format!(
            "<li><a href=\"/o/oauth2/v2/auth/choose?{}&amp;as={}\"><b>{name}{admin}</b> <span>{email}</span></a></li>",
            escape(&rest),
            encode(&user.email),
        ));
        options.push_str(&format!("<option value=\"{email}\">{name} {email}</option>"));
    }
    let scopes: String = query
        .get("scope")
        .unwrap_or_default()
        .split_whitespace()
        .map(|scope| {
            let scope = escape(scope);
            format!(
                "<label><input type=\"checkbox\" name=\"grant\" value=\"{scope}\" checked> {scope}</label>"
            )
        })
        .collect();
    let kept: String =
        Query::parse(rest.as_bytes()).pairs().iter().map(|(k, v)| hidden(&escape(k), v)).collect();
    let client = escape(query.get("client_id").unwrap_or_default());
    let body = format!(
        "<main class=\"consent\"><h1>Choose an account</h1><p>to continue to <b>{client}</b> (sandbox)</p><ul>{list}</ul>\
         <details><summary>More</summary><form action=\"/o/oauth2/v2/auth/choose\" method=\"get\">{kept}\
         <label>Person <select name=\"as\">{options}</select></label>{scopes}\
         <button name=\"choose\" value=\"1\">Grant the ticked scopes</button>\
         <button class=\"bad\" name=\"deny\" value=\"1\">Refuse</button></form></details></main>"
    );
    reply::html(StatusCode::OK, document("Choose an account", &body))
}

/// An error page; nothing is redirected.
pub(crate) fn refusal(error: &str, message: &str) -> Response<Bytes> {
    let body = format!(
        "<main class=\"consent\"><h1>Access blocked: Error 400: {}</h1><p>{}</p></main>",
        escape(error),
        escape(message)
    );
    reply::html(StatusCode::BAD_REQUEST, document(error, &body))
}
