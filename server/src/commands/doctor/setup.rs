//! What the settings alone tell.

use booking::Vault;
use google::probe::scopes_of;
use sync::port::Consent;
use url::Url;

use super::Finding;
use crate::config::{Config, is_loopback};
use crate::parts::service_account;

/// How Google's web clients are called: `123-abc.apps.googleusercontent.com`.
const CLIENT_ENDING: &str = ".apps.googleusercontent.com";

/// What is delegated.
const CALENDAR_EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![client(config), redirect(config), scopes()];
    findings.extend(delegation(config));
    findings.extend([public(config), hooks(config), key(config), site(config), metrics(config)]);
    findings
}

/// Whether the Google that is talked to is the real one.
pub(super) fn is_real_google(config: &Config) -> bool {
    config.google_oauth_root.is_none()
}

/// The address to be typed into Google's console, letter by letter.
pub(super) fn redirect_uri(config: &Config) -> String {
    format!("{}/auth/google/callback", config.public_url)
}

fn client(config: &Config) -> Finding {
    const WHY: &str = "Google lets people sign in only through a client that it knows.";
    const REMEDY: &str = "In Google's console, under Google Auth Platform > Clients, make a client of the type \
                        \"Web application\";\nset its id and secret as GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.";
    let (id, secret) = (&config.google_client_id, &config.google_client_secret.0);
    match (id.is_empty(), secret.is_empty()) {
        (true, true) => Finding::problem("client", "There is no OAuth client.", WHY, REMEDY),
        (true, false) => Finding::problem("client", "GOOGLE_CLIENT_ID is not set.", WHY, REMEDY),
        (false, true) => Finding::problem("client", "GOOGLE_CLIENT_SECRET is not set.", WHY, REMEDY),
        (false, false) if is_real_google(config) && !id.ends_with(CLIENT_ENDING) => Finding::problem(
            "client",
            format!("GOOGLE_CLIENT_ID does not end with {CLIENT_ENDING}."),
            "It is then no client id of Google's; the project's number or name is often taken for it.",
            REMEDY,
        ),
        (false, false) => Finding::ok("client", "There is an OAuth client."),
    }
}

fn redirect(config: &Config) -> Finding {
    let uri = redirect_uri(config);
    Finding::note(
        "redirect",
        "Signing in comes back to an address that Google has to know.",
        "Google compares it letter by letter; one slash more or less is redirect_uri_mismatch.",
        format!("Among the client's \"Authorized redirect URIs\" there must be exactly:\n{uri}"),
    )
}

fn scopes() -> Finding {
    let scopes = scopes_of(Consent::Company);
    let person = scopes_of(Consent::Calendar);
    let mut all: Vec<&str> = scopes.into_iter().chain(person).collect();
    all.sort_unstable();
    all.dedup();
    Finding::note(
        "scopes",
        "Roomly asks for these scopes, each when it is first needed.",
        "A Workspace that allows listed scopes only refuses the others, and then rooms or bookings are missing.",
        format!("Under Google Auth Platform > Data access, list:\n{}", all.join("\n")),
    )
}

/// Nothing where no service account is named: it is one way of several.
fn delegation(config: &Config) -> Option<Finding> {
    const CHECK: &str = "service_account";
    Some(match service_account(config) {
        Ok(None) => return None,
        Ok(Some(account)) => Finding::note(
            CHECK,
            format!("The service account {} acts for people who never connected.", account.email()),
            "It may do so only in a Workspace whose admin delegated to it; /admin/sync says whether that is so.",
            format!(
                "In Google's admin console, under Security > API controls > Domain-wide delegation, allow the client {} \
                 the scope\n{CALENDAR_EVENTS}",
                account.client_id()
            ),
        ),
        Err(error) => Finding::problem(
            CHECK,
            format!("{error:#}."),
            "Roomly does not start with a key that it cannot read.",
            "Make a new JSON key of the service account in Google's console, and let the file be readable for Roomly only.",
        ),
    })
}

fn public(config: &Config) -> Finding {
    let url = &config.public_url;
    if config.public_url_is_local() {
        return Finding::note(
            "public_url",
            format!("People reach Roomly at {url}: on this machine only."),
            "Nobody else can open it, cookies travel without TLS, and Google can send no notifications.",
            "Put a proxy with TLS in front (docs/OPERATIONS.md) and set ROOMLY_PUBLIC_URL=https://... to its address.",
        );
    }
    Finding::ok("public_url", format!("People reach Roomly at {url}."))
}

fn hooks(config: &Config) -> Finding {
    let every = config.poll_secs;
    let Some(hooks) = &config.hooks_url else {
        return Finding::note(
            "hooks_url",
            format!("ROOMLY_HOOKS_URL is not set: Roomly asks Google every {every} s what changed."),
            "What is changed in Google Calendar shows here only then. Bookings made here are not affected.",
            "Set ROOMLY_HOOKS_URL to an https address that Google reaches from outside (docs/OPERATIONS.md has a tunnel \
             for those behind a router).",
        );
    };
    let host = Url::parse(hooks).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    if is_real_google(config) && (is_loopback(&host) || hooks.starts_with("http://")) {
        return Finding::problem(
            "hooks_url",
            format!("Google cannot reach {hooks}."),
            "It sends notifications from outside, to https addresses with a trusted certificate only.",
            "Set ROOMLY_HOOKS_URL to such an address, or leave it out to poll only.",
        );
    }
    Finding::ok("hooks_url", format!("Google is told to send notifications to {hooks}."))
}

fn key(config: &Config) -> Finding {
    const WHY: &str = "Google's tokens are sealed with it. Without it Roomly does not start; with another one every grant \
                       has to be given again.";
    const REMEDY: &str = "Make one with `openssl rand -base64 32`, set it as ROOMLY_SECRET_KEY, and keep a copy apart from \
                        the database.";
    match config.secret_key.as_ref().map(|key| Vault::new(&key.0)) {
        None => Finding::problem("secret_key", "ROOMLY_SECRET_KEY is not set.", WHY, REMEDY),
        Some(Err(error)) => {
            Finding::problem("secret_key", format!("ROOMLY_SECRET_KEY cannot be used: {error}."), WHY, REMEDY)
        }
        Some(Ok(_)) => Finding::ok("secret_key", "There is a secret key."),
    }
}

fn metrics(config: &Config) -> Finding {
    let Some(addr) = config.metrics_addr else {
        return Finding::ok("metrics", "No figures are served.");
    };
    if addr.ip().to_canonical().is_loopback() {
        return Finding::ok("metrics", format!("Figures are served at {addr}, on this machine only."));
    }
    Finding::note(
        "metrics",
        format!("ROOMLY_METRICS_ADDR is {addr}: figures are served beyond this machine."),
        "Nobody is asked who they are there. No company and no person is named, but whoever reaches the address sees \
         how much is done and what fails.",
        "Set it to a loopback address like 127.0.0.1:9464, or let a firewall pass nobody but who collects the figures.",
    )
}

fn site(config: &Config) -> Finding {
    if config.embedded_site().is_some() {
        return Finding::ok("site", "The pages' scripts and styles are inside the program.");
    }
    let folder = config.site_folder();
    if folder.join("pkg/roomly.js").is_file() {
        return Finding::ok("site", format!("The pages' scripts and styles are in {}.", folder.display()));
    }
    Finding::problem(
        "site",
        format!("There are no scripts and styles in {}.", folder.display()),
        "Pages come without style and do nothing when they are clicked.",
        "Use a binary of `cargo xtask build --release`, which has them inside, or point ROOMLY_SITE at the folder of \
         `cargo xtask site`.",
    )
}
