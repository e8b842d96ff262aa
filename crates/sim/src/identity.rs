//! Signing in without a browser: codes stand for people, everything after them is the real client's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use google::GoogleClient;
use model::Instant;
use sync::port::{AuthFailure, Authorization, Consent, Identity, IdentityPort, Secret, Tokens};

use crate::net::Net;

/// The scopes of the real consents, without those for id tokens: nobody reads one here.
const CALENDAR: &[&str] = &["https://www.googleapis.com/auth/calendar.events"];
const COMPANY: &[&str] = &[
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly",
];

/// A code is `person consent`, state and cookie are numbered.
pub(crate) struct Signing {
    pub(crate) net: Net,
    pub(crate) google: Arc<GoogleClient>,
    pub(crate) count: AtomicU64,
    /// Tells servers apart, and their lives.
    pub(crate) name: String,
}

pub(crate) fn code(email: &str, consent: Consent) -> String {
    format!("{email} {}", if consent == Consent::Company { "company" } else { "calendar" })
}

impl Signing {
    fn number(&self) -> String {
        format!("{}-{}", self.name, self.count.fetch_add(1, Ordering::Relaxed))
    }
}

impl IdentityPort for Signing {
    fn authorization(&self, _: Consent, _: &str, _: Option<&str>) -> Authorization {
        let number = self.number();
        Authorization {
            url: format!("https://accounts.google.com/o/oauth2/v2/auth?state={number}"),
            state: Secret(number.clone()),
            nonce: Secret(number.clone()),
            pkce_verifier: Secret(number),
        }
    }

    fn exchange<'a>(
        &'a self,
        code: &'a str,
        _: &'a str,
        _: &'a Secret,
        _: &'a Secret,
        now: Instant,
    ) -> BoxFuture<'a, Result<(Identity, Tokens), AuthFailure>> {
        async move {
            let unknown = || AuthFailure::Revoked { reason: "invalid_grant".to_owned() };
            let (email, consent) = code.split_once(' ').ok_or_else(unknown)?;
            let scopes = if consent == "company" { COMPANY } else { CALENDAR };
            let refresh = format!("1//0{}", self.number());
            let sub = {
                let mut state = self.net.lock();
                let world = &mut state.world;
                let client = sandbox::world::oauth::DEMO_CLIENT;
                world.install_refresh_token(&refresh, email, client, scopes, now.as_micros());
                world.directory.users.get(email).map(|user| user.id.clone()).ok_or_else(unknown)?
            };
            let refresh = Secret(refresh);
            let asked: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            let tokens = self.google.refresh(&refresh, &asked, now).await?;
            let identity = Identity {
                sub,
                email: email.to_owned(),
                name: None,
                hosted_domain: email.split_once('@').map(|(_, domain)| domain.to_owned()),
            };
            Ok((identity, Tokens { refresh: tokens.refresh.or(Some(refresh)), ..tokens }))
        }
        .boxed()
    }

    fn refresh<'a>(
        &'a self,
        refresh: &'a Secret,
        scopes: &'a [String],
        now: Instant,
    ) -> BoxFuture<'a, Result<Tokens, AuthFailure>> {
        self.google.refresh(refresh, scopes, now)
    }

    fn revoke<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<(), AuthFailure>> {
        self.google.revoke(token)
    }
}
