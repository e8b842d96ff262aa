//! The authorize endpoint and the click on a person (facts: google-calendar §1; decisions 17).

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Response, StatusCode};

use super::World;
use super::clock::MINUTE;
use super::oauth::Code;
use super::push::is_loopback;
use crate::page::consent;
use crate::wire::{Query, reply};

fn words(query: &Query, name: &str) -> BTreeSet<String> {
    query.get(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

fn back(uri: &str, pairs: &[(&str, &str)]) -> Response<Bytes> {
    match url::Url::parse(uri) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            reply::redirect(StatusCode::FOUND, url.as_str())
        }
        Err(_) => consent::refusal("redirect_uri_mismatch", "The redirect URI cannot be read."),
    }
}

impl World {
    /// Why an authorize request is refused on a page, without a redirect.
    fn authorize_refusal(&self, query: &Query) -> Option<Response<Bytes>> {
        let client = query.get("client_id").unwrap_or_default();
        if !self.oauth.clients.contains_key(client) {
            return Some(consent::refusal("invalid_client", "The OAuth client was not found."));
        }
        if self.oauth.deleted_clients.contains(client) {
            return Some(consent::refusal("deleted_client", "The OAuth client was deleted."));
        }
        let uri = query.get("redirect_uri").unwrap_or_default();
        let loopback = url::Url::parse(uri).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
        if !loopback && !self.oauth.redirect_uris.contains(uri) {
            let message = "The redirect URI in the request does not match the ones of the OAuth client.";
            return Some(consent::refusal("redirect_uri_mismatch", message));
        }
        if query.get("response_type") != Some("code") {
            return Some(consent::refusal("invalid_request", "response_type must be code."));
        }
        if query.get("scope").is_none() {
            return Some(consent::refusal("invalid_request", "Missing required parameter: scope"));
        }
        let method = query.get("code_challenge_method").unwrap_or("plain");
        if !matches!(method, "S256" | "plain") {
            return Some(consent::refusal("invalid_request", "Unknown code_challenge_method."));
        }
        None
    }

    /// `/o/oauth2/v2/auth`: lists the people; one click grants all (decisions 17).
    pub(crate) fn authorize(&mut self, query: &Query, now: i64) -> Response<Bytes> {
        if let Some(refusal) = self.authorize_refusal(query) {
            return refusal;
        }
        if query.get("prompt") == Some("none") {
            let user = query.get("login_hint").unwrap_or_default().to_ascii_lowercase();
            let key = (user.clone(), query.get("client_id").unwrap_or_default().to_owned());
            let asked = words(query, "scope");
            if self.oauth.grants.get(&key).is_some_and(|held| asked.is_subset(held)) {
                return self.grant(query, &user, asked, now);
            }
            return self.deny(query, "interaction_required");
        }
        consent::page(self, query)
    }

    /// The click: `as` names the person, `grant` (repeated) the scopes if not all, `deny` refuses.
    pub(crate) fn choose(&mut self, query: &Query, now: i64) -> Response<Bytes> {
        if let Some(refusal) = self.authorize_refusal(query) {
            return refusal;
        }
        if query.get("deny").is_some() {
            return self.deny(query, "access_denied");
        }
        let user = query.get("as").unwrap_or_default().to_ascii_lowercase();
        let Some(person) = self.directory.users.get(&user).filter(|user| !user.suspended) else {
            return consent::refusal("invalid_request", "There is no such person.");
        };
        let client = query.get("client_id").unwrap_or_default();
        if self.oauth.internal_clients.get(client).is_some_and(|home| person.domain.as_ref() != Some(home)) {
            let message = "This client is restricted to users within its organization.";
            return consent::refusal("org_internal", message);
        }
        let asked = words(query, "scope");
        let picked: BTreeSet<String> = query.all("grant").map(str::to_owned).collect();
        let some = query.get("choose").is_some();
        let scopes = if some { asked.intersection(&picked).cloned().collect() } else { asked };
        if self.is_restricted(&user, &scopes) {
            let message = "Access is blocked by your institution's admin.";
            return consent::refusal("admin_policy_enforced", message);
        }
        self.grant(query, &user, scopes, now)
    }

    fn deny(&self, query: &Query, error: &str) -> Response<Bytes> {
        let state = query.get("state").unwrap_or_default();
        back(query.get("redirect_uri").unwrap_or_default(), &[("error", error), ("state", state)])
    }

    fn grant(
        &mut self,
        query: &Query,
        user: &str,
        mut scopes: BTreeSet<String>,
        now: i64,
    ) -> Response<Bytes> {
        let client = query.get("client_id").unwrap_or_default().to_owned();
        let uri = query.get("redirect_uri").unwrap_or_default().to_owned();
        let key = (user.to_owned(), client.clone());
        let first = !self.oauth.grants.contains_key(&key);
        let held = self.oauth.grants.entry(key).or_default();
        if query.get("include_granted_scopes") == Some("true") {
            scopes.extend(held.iter().cloned());
        }
        held.extend(scopes.iter().cloned());
        let consented =
            query.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "consent"));
        let hashed = query.get("code_challenge_method") == Some("S256");
        let code = Code {
            user: user.to_owned(),
            client,
            redirect_uri: uri.clone(),
            nonce: query.get("nonce").map(str::to_owned),
            challenge: query.get("code_challenge").map(|challenge| (challenge.to_owned(), hashed)),
            refresh: query.get("access_type") == Some("offline") && (first || consented),
            expires: now + 10 * MINUTE,
            scopes: scopes.clone(),
        };
        let id = format!("4/0A{}", self.random_id(40));
        self.oauth.codes.insert(id.clone(), code);
        let scope = scopes.into_iter().collect::<Vec<_>>().join(" ");
        let mut pairs = vec![("code", id.as_str()), ("scope", scope.as_str()), ("authuser", "0")];
        if let Some(state) = query.get("state") {
            pairs.insert(0, ("state", state));
        }
        let domain = self.directory.users.get(user).and_then(|user| user.domain.clone());
        if let Some(domain) = &domain {
            pairs.push(("hd", domain));
        }
        pairs.push(("prompt", if consented { "consent" } else { "none" }));
        back(&uri, &pairs)
    }
}
