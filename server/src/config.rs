//! Settings: environment variables over `roomly.toml`. The only place that reads the environment.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use booking::{Quota, Roles};
use url::Url;

use crate::assets::{EMBEDDED, Site};
use crate::routes::api::budget::Rates;

/// Every setting the program knows, with what it is without.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// May hold a password.
    pub(crate) database_url: Hidden,
    /// Without a trailing slash.
    pub(crate) public_url: String,
    pub(crate) hooks_url: Option<String>,
    pub(crate) secret_key: Option<Hidden>,
    pub(crate) environment: String,
    pub(crate) poll_secs: i64,
    pub(crate) google_client_id: String,
    pub(crate) google_client_secret: Hidden,
    pub(crate) google_api_root: Option<String>,
    pub(crate) google_oauth_root: Option<String>,
    /// The key file of a service account that acts for people who never connected.
    pub(crate) google_service_account: Option<PathBuf>,
    /// What tells the other servers of the same database; may hold a password.
    pub(crate) redis_url: Option<Hidden>,
    pub(crate) roles: Roles,
    /// Where the built site is: `pkg/` and the files of `public/`. Without, the one inside the binary or a usual place.
    pub(crate) site: Option<PathBuf>,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
    /// Where `/metrics` is served; nowhere without.
    pub(crate) metrics_addr: Option<SocketAddr>,
    pub(crate) limits: Limits,
    /// How often programs may ask.
    pub(crate) api_rates: Rates,
    /// How often Google may be called.
    pub(crate) google_quota: Quota,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// Text on a terminal, JSON everywhere else.
    Auto,
    Json,
    Text,
}

/// What a listener lets its clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Connections served at the same time; more wait in the kernel's queue.
    pub(crate) connections: usize,
    /// A client that takes no byte of an answer for this long is dropped.
    pub(crate) write: Duration,
}

/// A setting that is not printed.
#[derive(Clone)]
pub(crate) struct Hidden(pub(crate) String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Names of settings; anything else in `roomly.toml` is a mistake worth telling.
const KNOWN: &[&str] = &[
    "DATABASE_URL",
    "GOOGLE_API_ROOT",
    "GOOGLE_CLIENT_ID",
    "GOOGLE_CLIENT_SECRET",
    "GOOGLE_OAUTH_ROOT",
    "GOOGLE_SERVICE_ACCOUNT",
    "REDIS_URL",
    "ROOMLY_API_COMPANY_RATE",
    "ROOMLY_API_TOKEN_RATE",
    "ROOMLY_ENV",
    "ROOMLY_GOOGLE_ACCOUNT_RATE",
    "ROOMLY_GOOGLE_PROJECT_RATE",
    "ROOMLY_HOOKS_URL",
    "ROOMLY_LOG",
    "ROOMLY_LOG_FORMAT",
    "ROOMLY_MAX_CONNECTIONS",
    "ROOMLY_METRICS_ADDR",
    "ROOMLY_POLL_SECONDS",
    "ROOMLY_PUBLIC_URL",
    "ROOMLY_ROLES",
    "ROOMLY_SECRET_KEY",
    "ROOMLY_SITE",
    "ROOMLY_WRITE_TIMEOUT_SECONDS",
];

impl Config {
    /// From the environment and, where it exists, `roomly.toml` in the working directory.
    pub(crate) fn load() -> Result<Self> {
        let file = Path::new("roomly.toml");
        let mut values = BTreeMap::new();
        if file.exists() {
            let text = std::fs::read_to_string(file).context("failed to read roomly.toml")?;
            values = parse_file(&text)?;
        }
        for name in KNOWN {
            if let Some(value) = environment(name) {
                values.insert((*name).to_owned(), value);
            }
        }
        Self::from_values(&values)
    }

    fn from_values(values: &BTreeMap<String, String>) -> Result<Self> {
        let get = |name: &str| {
            values.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let url = |name: &'static str| get(name).map(|value| checked_url(name, &value)).transpose();
        let environment = get("ROOMLY_ENV").unwrap_or_else(|| "production".into());
        if !["production", "staging", "demo"].contains(&environment.as_str()) {
            bail!("ROOMLY_ENV must be production, staging or demo");
        }
        let number = |name: &'static str, without: u32, bounds: RangeInclusive<u32>| match get(name) {
            None => Ok(without),
            Some(text) => match text.parse() {
                Ok(value) if bounds.contains(&value) => Ok(value),
                _ => bail!("{name} must be a number from {} to {}", bounds.start(), bounds.end()),
            },
        };
        let poll_secs = number("ROOMLY_POLL_SECONDS", 300, 5..=86_400)?.into();
        let connections = number("ROOMLY_MAX_CONNECTIONS", 25_000, 16..=1_000_000)?;
        let write = number("ROOMLY_WRITE_TIMEOUT_SECONDS", 20, 1..=600)?;
        let limits = Limits { connections: connections as usize, write: Duration::from_secs(write.into()) };
        let log_format = match get("ROOMLY_LOG_FORMAT").as_deref() {
            None | Some("auto") => LogFormat::Auto,
            Some("json") => LogFormat::Json,
            Some("text") => LogFormat::Text,
            Some(_) => bail!("ROOMLY_LOG_FORMAT must be auto, json or text"),
        };
        let metrics_addr = get("ROOMLY_METRICS_ADDR").map(|text| text.parse()).transpose();
        let metrics_addr = metrics_addr.context("ROOMLY_METRICS_ADDR must be like 127.0.0.1:9464")?;
        Ok(Self {
            database_url: Hidden(get("DATABASE_URL").unwrap_or_else(|| "sqlite://data/roomly.db".into())),
            public_url: url("ROOMLY_PUBLIC_URL")?
                .map_or_else(|| Ok("http://127.0.0.1:3000".into()), origin)?,
            hooks_url: url("ROOMLY_HOOKS_URL")?,
            secret_key: get("ROOMLY_SECRET_KEY").map(Hidden),
            environment,
            poll_secs,
            google_client_id: get("GOOGLE_CLIENT_ID").unwrap_or_default(),
            google_client_secret: Hidden(get("GOOGLE_CLIENT_SECRET").unwrap_or_default()),
            google_api_root: get("GOOGLE_API_ROOT"),
            google_oauth_root: get("GOOGLE_OAUTH_ROOT"),
            google_service_account: get("GOOGLE_SERVICE_ACCOUNT").map(PathBuf::from),
            redis_url: get("REDIS_URL").map(Hidden),
            roles: get("ROOMLY_ROLES").map_or_else(|| Ok(Roles::default()), |text| parse_roles(&text))?,
            site: get("ROOMLY_SITE").map(PathBuf::from),
            log: get("ROOMLY_LOG").unwrap_or_else(|| "info".into()),
            log_format,
            metrics_addr,
            limits,
            api_rates: Rates {
                token: rate("ROOMLY_API_TOKEN_RATE", get("ROOMLY_API_TOKEN_RATE"), 600)?,
                company: rate("ROOMLY_API_COMPANY_RATE", get("ROOMLY_API_COMPANY_RATE"), 6_000)?,
            },
            google_quota: Quota {
                project: rate("ROOMLY_GOOGLE_PROJECT_RATE", get("ROOMLY_GOOGLE_PROJECT_RATE"), 10_000)?,
                account: rate("ROOMLY_GOOGLE_ACCOUNT_RATE", get("ROOMLY_GOOGLE_ACCOUNT_RATE"), 600)?,
            },
        })
    }
}

impl Config {
    /// The site inside the binary, unless a folder is named.
    pub(crate) fn embedded_site(&self) -> Option<Site> {
        EMBEDDED.filter(|_| self.site.is_none())
    }

    /// Whether browsers reach us on this machine only.
    pub(crate) fn public_url_is_local(&self) -> bool {
        let url = Url::parse(&self.public_url).ok();
        url.is_some_and(|url| url.host_str().is_some_and(is_loopback))
    }

    /// The folder of the site, for a binary without one inside.
    pub(crate) fn site_folder(&self) -> PathBuf {
        self.site.clone().unwrap_or_else(default_site)
    }
}

/// Requests a minute; 0 is as many as one likes.
fn rate(name: &str, text: Option<String>, default: u32) -> Result<Option<NonZeroU32>> {
    match text.map(|text| text.parse::<u32>()) {
        None => Ok(NonZeroU32::new(default)),
        Some(Ok(rate)) if rate <= 10_000_000 => Ok(NonZeroU32::new(rate)),
        Some(_) => bail!("{name} must be a number of requests a minute, 0 for as many as one likes"),
    }
}

fn parse_file(text: &str) -> Result<BTreeMap<String, String>> {
    let table: toml::Table = text.parse().context("failed to read roomly.toml")?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        if !KNOWN.contains(&name.as_str()) {
            bail!("roomly.toml has an unknown setting {name}");
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            _ => bail!("roomly.toml: {name} must be text or a number"),
        };
        values.insert(name, value);
    }
    Ok(values)
}

/// Words with commas; at least one.
fn parse_roles(text: &str) -> Result<Roles> {
    let mut roles = Roles { web: false, worker: false };
    for word in text.split(',').map(str::trim) {
        match word {
            "web" => roles.web = true,
            "worker" => roles.worker = true,
            _ => bail!("ROOMLY_ROLES must be web, worker or web,worker"),
        }
    }
    Ok(roles)
}

/// An address without its trailing slash; plain HTTP only on this machine.
fn checked_url(name: &'static str, text: &str) -> Result<String> {
    let url = Url::parse(text).with_context(|| format!("{name} is not an address"))?;
    let loopback = url.host_str().is_some_and(is_loopback);
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        bail!("{name} must begin with https:// (http:// only on this machine)");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The public address is compared with origins, and cookies and links stand at its root.
fn origin(url: String) -> Result<String> {
    let parsed = Url::parse(&url).context("ROOMLY_PUBLIC_URL is not an address")?;
    if parsed.origin().ascii_serialization() != url {
        bail!(
            "ROOMLY_PUBLIC_URL must be https://host or https://host:port, in small letters, without a path"
        );
    }
    Ok(url)
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Where this process is to die (`crash`): `push.after_call:3` at the third time that it comes by. Not a setting: what is
/// shipped does not ask.
#[cfg(feature = "chaos")]
pub(crate) fn crash_wish() -> Option<String> {
    environment("ROOMLY_CHAOS_CRASH")
}

#[expect(clippy::disallowed_methods, reason = "this is `server::config`")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Beside the executable where cargo puts it: `target/debug/roomly` and `target/site`.
fn default_site() -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("site")));
    beside.filter(|path| path.is_dir()).unwrap_or_else(|| PathBuf::from("target/site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Result<Config> {
        Config::from_values(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn nothing_set_is_a_working_start() {
        let config = values(&[]).unwrap();
        assert_eq!(config.database_url.0, "sqlite://data/roomly.db");
        assert_eq!(config.poll_secs, 300);
        assert_eq!(config.hooks_url, None);
        assert_eq!(config.roles, Roles { web: true, worker: true });
        assert!(config.redis_url.is_none());
    }

    #[test]
    fn mistakes_are_told() {
        for bad in [
            ("ROOMLY_PUBLIC_URL", "rooms.example.com"),
            ("ROOMLY_PUBLIC_URL", "http://rooms.example.com"),
            ("ROOMLY_PUBLIC_URL", "https://example.com/rooms"),
            ("ROOMLY_PUBLIC_URL", "https://rooms.example.com?x"),
            ("ROOMLY_PUBLIC_URL", "https://me@rooms.example.com"),
            ("ROOMLY_PUBLIC_URL", "https://Rooms.example.com"),
            ("ROOMLY_ENV", "prod"),
            ("ROOMLY_POLL_SECONDS", "0"),
            ("ROOMLY_POLL_SECONDS", "soon"),
            ("ROOMLY_MAX_CONNECTIONS", "0"),
            ("ROOMLY_WRITE_TIMEOUT_SECONDS", "-1"),
            ("ROOMLY_LOG_FORMAT", "xml"),
            ("ROOMLY_METRICS_ADDR", "9464"),
            ("ROOMLY_ROLES", "web,king"),
            ("ROOMLY_ROLES", "web,"),
            ("ROOMLY_API_TOKEN_RATE", "-1"),
            ("ROOMLY_API_COMPANY_RATE", "many"),
            ("ROOMLY_GOOGLE_ACCOUNT_RATE", "-1"),
        ] {
            assert!(values(&[bad]).is_err(), "{bad:?}");
        }
        assert!(parse_file("ROOMLY_POL = 3").is_err());
        assert_eq!(parse_file("ROOMLY_POLL_SECONDS = 60").unwrap()["ROOMLY_POLL_SECONDS"], "60");
    }

    #[test]
    fn a_slash_at_the_end_of_an_address_is_forgiven() {
        for (written, read) in [
            ("https://rooms.example.com/", "https://rooms.example.com"),
            ("https://rooms.example.com:8443", "https://rooms.example.com:8443"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(values(&[("ROOMLY_PUBLIC_URL", written)]).unwrap().public_url, read);
        }
    }

    #[test]
    fn roles_are_words() {
        let roles = |text| values(&[("ROOMLY_ROLES", text)]).unwrap().roles;
        assert_eq!(roles("worker"), Roles { web: false, worker: true });
        assert_eq!(roles("worker, web"), Roles { web: true, worker: true });
    }

    #[test]
    fn every_setting_is_explained() {
        let table = include_str!("../../docs/ARCHITECTURE.md");
        for name in KNOWN {
            let explained =
                table.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{name}`")));
            assert!(explained, "{name} is not in the table of settings");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = values(&[
            ("DATABASE_URL", "postgres://roomly:hush@db.example/roomly"),
            ("GOOGLE_CLIENT_SECRET", "hush"),
            ("REDIS_URL", "redis://:hush@redis.example"),
            ("ROOMLY_SECRET_KEY", "hush"),
        ])
        .unwrap();
        assert!(!format!("{config:?}").contains("hush"));
    }
}
