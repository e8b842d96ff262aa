//! Where Google is, and who we are to it.

use sync::port::Secret;
use thiserror::Error;
use url::{Host, Url};

/// Settings (decisions, 27). Unset roots are Google's real hosts.
#[derive(Clone, Debug)]
pub struct GoogleConfig {
    /// `GOOGLE_API_ROOT`: replaces `https://www.googleapis.com` and `https://admin.googleapis.com`.
    pub api_root: Option<String>,
    /// `GOOGLE_OAUTH_ROOT`: replaces `https://accounts.google.com` and `https://oauth2.googleapis.com`, and serves
    /// `/oauth2/v3/certs`.
    pub oauth_root: Option<String>,
    pub client_id: String,
    pub client_secret: Secret,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("{setting} is not an address")]
    NotAUrl { setting: &'static str },
    #[error("{setting} must be https, or http on this machine")]
    NotHttps { setting: &'static str },
    #[error("TLS cannot be set up")]
    Tls,
}

/// The addresses in use, without trailing slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoints {
    pub(crate) calendar: String,
    pub(crate) directory: String,
    pub(crate) authorize: String,
    pub(crate) token: String,
    pub(crate) revoke: String,
    pub(crate) certs: String,
    /// Some address is http on this machine; else only https is ever spoken.
    pub(crate) plain: bool,
}

impl Endpoints {
    pub(crate) fn new(config: &GoogleConfig) -> Result<Self, ConfigError> {
        let api = config.api_root.as_deref().map(|root| check("GOOGLE_API_ROOT", root)).transpose()?;
        let oauth = config.oauth_root.as_deref().map(|root| check("GOOGLE_OAUTH_ROOT", root)).transpose()?;
        let at =
            |root: &Option<String>, host: &str| root.clone().unwrap_or_else(|| format!("https://{host}"));
        let token_host = at(&oauth, "oauth2.googleapis.com");
        Ok(Self {
            plain: [&api, &oauth].into_iter().flatten().any(|root| root.starts_with("http://")),
            calendar: at(&api, "www.googleapis.com"),
            directory: at(&api, "admin.googleapis.com"),
            authorize: format!("{}/o/oauth2/v2/auth", at(&oauth, "accounts.google.com")),
            token: format!("{token_host}/token"),
            revoke: format!("{token_host}/revoke"),
            certs: format!("{}/oauth2/v3/certs", at(&oauth, "www.googleapis.com")),
        })
    }
}

fn check(setting: &'static str, root: &str) -> Result<String, ConfigError> {
    let url = Url::parse(root).map_err(|_| ConfigError::NotAUrl { setting })?;
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err(ConfigError::NotAUrl { setting }),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return Err(ConfigError::NotHttps { setting }),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError::NotAUrl { setting });
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(api: Option<&str>, oauth: Option<&str>) -> GoogleConfig {
        GoogleConfig {
            api_root: api.map(str::to_owned),
            oauth_root: oauth.map(str::to_owned),
            client_id: "id".into(),
            client_secret: Secret("secret".into()),
        }
    }

    #[test]
    fn unset_means_google() {
        let google = Endpoints::new(&config(None, None)).unwrap();
        assert_eq!(google.calendar, "https://www.googleapis.com");
        assert_eq!(google.directory, "https://admin.googleapis.com");
        assert_eq!(google.authorize, "https://accounts.google.com/o/oauth2/v2/auth");
        assert_eq!(google.token, "https://oauth2.googleapis.com/token");
        assert_eq!(google.revoke, "https://oauth2.googleapis.com/revoke");
        assert_eq!(google.certs, "https://www.googleapis.com/oauth2/v3/certs");
        assert!(!google.plain);
    }

    #[test]
    fn a_sandbox_on_this_machine_may_be_plain() {
        let sandbox =
            Endpoints::new(&config(Some("http://127.0.0.1:4010/"), Some("http://localhost:4010"))).unwrap();
        assert_eq!(sandbox.calendar, "http://127.0.0.1:4010");
        assert_eq!(sandbox.directory, "http://127.0.0.1:4010");
        assert_eq!(sandbox.certs, "http://localhost:4010/oauth2/v3/certs");
        assert!(sandbox.plain);
    }

    #[test]
    fn elsewhere_it_must_be_https() {
        for root in
            ["http://google.example", "http://10.0.0.1", "ftp://127.0.0.1", "http://127.0.0.1.example"]
        {
            let refused = Endpoints::new(&config(Some(root), None));
            assert_eq!(refused, Err(ConfigError::NotHttps { setting: "GOOGLE_API_ROOT" }), "{root}");
        }
        for root in ["", "google", "https://x.example/?a=b"] {
            let refused = Endpoints::new(&config(None, Some(root)));
            assert_eq!(refused, Err(ConfigError::NotAUrl { setting: "GOOGLE_OAUTH_ROOT" }), "{root}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", config(None, None)).contains("\"secret\""));
    }
}
