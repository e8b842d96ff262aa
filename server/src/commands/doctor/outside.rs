//! What is seen by asking: Google, the database, the public address.

use std::path::Path;

use booking::{Engine, GrantVerdict, Vault};
use google::probe::{ClientVerdict, visit};
use google::{GoogleClient, TransportError};
use http::Method;
use model::Instant;
use store::{Store, StoreError};

use super::setup::{is_real_google, redirect_uri};
use super::{Finding, several};
use crate::config::Config;
use crate::parts;

/// Clocks that differ by more than this let sign-ins fail (id tokens are accepted with a minute's leeway).
const CLOCK_PROBLEM_SECS: i64 = 45;
/// Clocks that differ by more than this are not set by the network.
const CLOCK_NOTE_SECS: i64 = 5;

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    match parts::google(config) {
        Ok(google) => findings.extend(google_itself(config, &google).await),
        Err(error) => findings.push(Finding::problem(
            "google",
            format!("{error:#}."),
            "Roomly cannot talk to Google.",
            "GOOGLE_API_ROOT and GOOGLE_OAUTH_ROOT are for stand-ins; without them Google itself is asked.",
        )),
    }
    findings.extend(public(config).await);
    findings.extend(hooks(config).await);
    findings.extend(several::redis(config).await);
    findings.extend(database(config).await);
    findings
}

async fn google_itself(config: &Config, google: &GoogleClient) -> Vec<Finding> {
    let now = parts::clock();
    let look = match google.look().await {
        Ok(look) if look.status == 200 => look,
        Ok(look) => return vec![unreachable(&format!("it answers {}", look.status))],
        Err(error) => return vec![unreachable(&because(error))],
    };
    let who = if is_real_google(config) { "Google" } else { "The stand-in for Google" };
    let mut findings = vec![Finding::ok("google", format!("{who} answers."))];
    if let Some(date) = look.date {
        findings.push(clock(now().since(date) / 1_000_000));
    }
    if !config.google_client_id.is_empty() && !config.google_client_secret.0.is_empty() {
        findings.push(client(google.client_verdict(&redirect_uri(config), now()).await));
    }
    findings
}

fn unreachable(why: &str) -> Finding {
    Finding::problem(
        "google",
        format!("Google cannot be reached: {why}."),
        "Nobody can sign in, bookings stay pending, and changes made in Google are not seen.",
        "Let this machine make https connections to accounts.google.com, oauth2.googleapis.com, www.googleapis.com and \
         admin.googleapis.com.",
    )
}

/// `ahead`: how many seconds our clock is before theirs.
fn clock(ahead: i64) -> Finding {
    let off = ahead.abs();
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    let what = format!("This machine's clock is {off} s {way} Google's.");
    let todo = "Let the network set it: `timedatectl set-ntp true`.";
    if off > CLOCK_PROBLEM_SECS {
        let why = "Google's sign-in answers look expired or not yet valid, and are refused.";
        Finding::problem("clock", what, why, todo)
    } else if off > CLOCK_NOTE_SECS {
        let why =
            "Boards begin and end meetings at the wrong moment, and beyond a minute nobody can sign in.";
        Finding::note("clock", what, why, todo)
    } else {
        Finding::ok("clock", "This machine's clock agrees with Google's.")
    }
}

fn client(verdict: ClientVerdict) -> Finding {
    match verdict {
        ClientVerdict::Known => {
            Finding::ok("client_accepted", "Google knows the OAuth client and its secret.")
        }
        ClientVerdict::Refused { reason } if reason == "redirect_uri_mismatch" => Finding::problem(
            "client_accepted",
            "Google does not know our redirect address (redirect_uri_mismatch).",
            "Nobody can sign in.",
            "Add the address above to the client's \"Authorized redirect URIs\"; it takes some minutes to count.",
        ),
        ClientVerdict::Refused { reason } => Finding::problem(
            "client_accepted",
            format!("Google does not accept the OAuth client ({reason})."),
            "Nobody can sign in, and no grant can be refreshed.",
            "Copy GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET anew from Google's console; a secret that was deleted there \
             does not come back.",
        ),
        ClientVerdict::Unknown { detail } => Finding::note(
            "client_accepted",
            format!("Google did not say whether it knows the OAuth client: {detail}."),
            "If it does not, nobody can sign in.",
            "Run `roomly doctor` again in a minute.",
        ),
    }
}

/// Whether people reach this server where they are told to.
async fn public(config: &Config) -> Option<Finding> {
    const WHY: &str = "People open this address, and Google sends them back to it when they sign in.";
    if config.public_url_is_local() {
        return None;
    }
    let address = format!("{}/healthz", config.public_url);
    Some(match visit(Method::GET, &address).await {
        Ok(look) if look.status == 200 => Finding::ok(
            "public_reached",
            "The public address leads here, with a certificate that is trusted.",
        ),
        Ok(look) => Finding::problem(
            "public_reached",
            format!("{address} answers {} instead of 200.", look.status),
            WHY,
            "Start `roomly serve`, and let the proxy hand on every path.",
        ),
        Err(error) => {
            Finding::problem("public_reached", format!("{address}: {}.", because(error)), WHY, remedy(error))
        }
    })
}

/// Whether notifications would arrive.
async fn hooks(config: &Config) -> Option<Finding> {
    const WHY: &str =
        "Google's notifications do not arrive: changes made there show here only with the periodic pull.";
    let address = format!("{}/api/calendar/webhook", config.hooks_url.as_ref()?);
    Some(match visit(Method::HEAD, &address).await {
        Ok(look) if look.status == 200 => {
            let note =
                "From here, that is: Google asks from outside, and only where the certificate is trusted.";
            Finding::ok("hooks_reached", format!("The address for notifications answers. {note}"))
        }
        Ok(look) => Finding::problem(
            "hooks_reached",
            format!("{address} answers {} instead of 200.", look.status),
            WHY,
            "Let the proxy or tunnel hand on /api/calendar/webhook without asking for a sign-in and without a redirect.",
        ),
        Err(error) => {
            Finding::problem("hooks_reached", format!("{address}: {}.", because(error)), WHY, remedy(error))
        }
    })
}

fn because(error: TransportError) -> String {
    match error {
        TransportError::NotTrusted => {
            "its certificate is not trusted (expired, of another name, or self-signed)".to_owned()
        }
        TransportError::NoConnection => "no connection".to_owned(),
        other => other.to_string(),
    }
}

const fn remedy(error: TransportError) -> &'static str {
    match error {
        TransportError::NotTrusted => {
            "Get a certificate for exactly this name from a public authority (Caddy does it by itself), and let the proxy \
             send the whole chain."
        }
        _ => {
            "Start `roomly serve`, check the name in DNS and the port in the firewall, and run `roomly doctor` again. Some \
             routers do not lead back inside: then try from another network."
        }
    }
}

async fn database(config: &Config) -> Vec<Finding> {
    if let Some(path) = parts::sqlite_path(&config.database_url.0)
        && !Path::new(path).exists()
    {
        return vec![Finding::note(
            "database",
            format!("There is no database at {path} yet."),
            "Nothing is lost if this is the first time; else DATABASE_URL points to the wrong place.",
            "`roomly serve` and `roomly migrate` make it.",
        )];
    }
    let schema = match Store::inspect(&config.database_url.0).await {
        Ok(schema) => schema,
        Err(error) => {
            return vec![Finding::problem(
                "database",
                format!("The database cannot be opened: {}.", cause(&error)),
                "Roomly keeps everything there.",
                "Check DATABASE_URL, that the server runs, and that this user may read and write there.",
            )];
        }
    };
    let (found, known) = (schema.found, schema.known);
    if found < known {
        return vec![Finding::problem(
            "database",
            format!("The database has schema {found}, this program needs {known}."),
            "Tables are missing.",
            "Make a backup, then run `roomly migrate` (`roomly serve` does it, too).",
        )];
    }
    if found > known {
        return vec![Finding::problem(
            "database",
            format!(
                "The database has schema {found}, this program knows {known}: it is older than the data."
            ),
            "It does not start: it could damage what it does not know.",
            "Use the newer program, or restore the backup that was made before the upgrade.",
        )];
    }
    let mut findings = vec![Finding::ok("database", format!("The database answers and has schema {found}."))];
    if config.secret_key.as_ref().is_none_or(|key| Vault::new(&key.0).is_err()) {
        // Without a key nothing can be opened; that has been said already.
        return findings;
    }
    match parts::engine_and_clock(config).await {
        Ok((engine, clock)) => {
            findings.extend(several::servers(&engine, &clock, config).await);
            findings.extend(companies(config, &engine).await);
            engine.close().await;
        }
        Err(error) => findings.push(Finding::problem(
            "start",
            format!("Roomly does not start with this: {error:#}."),
            "`roomly serve` ends with the same words.",
            "Do what they say.",
        )),
    }
    findings
}

fn cause(error: &StoreError) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    source.unwrap_or_else(|| error.to_string())
}

async fn companies(config: &Config, engine: &Engine) -> Vec<Finding> {
    let Ok(checkups) = engine.checkup().await else {
        return vec![Finding::problem(
            "grant",
            "The companies cannot be read from the database.",
            "Then nothing else can be, either.",
            "Look into the server's log.",
        )];
    };
    let url = format!("{}/auth/google?consent=company", config.public_url);
    if checkups.is_empty() {
        return vec![Finding::note(
            "grant",
            "No company is set up yet.",
            "Rooms are read from the Directory of a Workspace, once its admin allows it.",
            format!("As a Directory admin of the Workspace, open:\n{url}"),
        )];
    }
    let mut findings: Vec<Finding> =
        checkups.into_iter().map(|checkup| grant(&checkup.company, checkup.grant, &url)).collect();
    let backlog = engine.store().system().backlog(engine.now()).await.unwrap_or_default();
    let quarantined = backlog.rooms.get("quarantined").copied().unwrap_or(0);
    if quarantined > 0 {
        findings.push(Finding::problem(
            "rooms",
            format!("{quarantined} rooms are quarantined: their calendars are out of reach."),
            "Their bookings are shown as they were last known, and nothing is written to them.",
            "Give the admin who set Roomly up the right \"Make changes to events\" on these rooms' calendars; /admin says \
             which they are.",
        ));
    }
    if let Some(waits) =
        backlog.outbox_oldest.map(|since| minutes(since, engine.now())).filter(|waits| *waits > 10)
    {
        findings.push(Finding::note(
            "outbox",
            format!("A booking has been waiting for {waits} minutes to reach Google."),
            "It holds its room here, but Google does not know of it yet.",
            "Is `roomly serve` running? Its log says why the push is retried.",
        ));
    }
    findings
}

fn minutes(since: Instant, now: Instant) -> i64 {
    now.since(since) / 60_000_000
}

fn grant(company: &str, verdict: GrantVerdict, url: &str) -> Finding {
    const WHY: &str = "Without it Roomly neither reads the rooms' calendars nor books for people who gave no grant of \
                       their own.";
    let again = format!("As a Directory admin of the Workspace, open:\n{url}");
    let problem = |what: String, todo: String| Finding::problem("grant", what, WHY, todo);
    match verdict {
        GrantVerdict::Good => Finding::ok("grant", format!("{company}: the grant works.")),
        GrantVerdict::Never => problem(format!("{company}: nobody has given the company's grant."), again),
        GrantVerdict::Revoked => problem(
            format!("{company}: Google does not accept the grant any more."),
            format!("It ends when the admin leaves or takes it back, when an administrator restricts Roomly, after six months \
                 without use, and after seven days while the consent screen is \"External\" and in testing.\n{again}"),
        ),
        GrantVerdict::Insufficient => problem(
            format!("{company}: the admin did not allow everything that is needed."),
            format!("{again}\nand leave every box ticked."),
        ),
        GrantVerdict::OtherKey => problem(
            format!("{company}: the grant was sealed with a key that is not in ROOMLY_SECRET_KEY."),
            format!("Add the old key behind the new one, with a comma. If it is lost: {again}"),
        ),
        GrantVerdict::Damaged => problem(format!("{company}: the stored grant does not open."), again),
        GrantVerdict::Forbidden { reason } => problem(
            format!("{company}: Google does not let us read the Directory ({reason})."),
            "In Google's console, enable \"Admin SDK API\" and \"Google Calendar API\" for the project. In the Workspace's \
             admin console, the admin who set Roomly up needs the rights to read users and resources."
                .to_owned(),
        ),
        GrantVerdict::Unknown { detail } => Finding::note(
            "grant",
            format!("{company}: the grant could not be tried: {detail}."),
            WHY,
            "Run `roomly doctor` again in a minute.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Level;

    #[test]
    fn clocks_may_differ_a_little() {
        for (ahead, level) in [
            (0, Level::Ok),
            (-5, Level::Ok),
            (6, Level::Note),
            (-45, Level::Note),
            (46, Level::Problem),
            (-86_400, Level::Problem),
        ] {
            assert_eq!(clock(ahead).level, level, "{ahead}");
        }
        assert!(clock(-60).what.contains("60 s behind"));
    }
}
