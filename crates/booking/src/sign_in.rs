//! Signing in with Google Workspace, never with a personal account.
//!
//! The state is single use, ten minutes, and bound to the browser that began: state's and browser cookie's hashes are
//! stored, nonce and PKCE verifier sealed.

use model::{ApiError, CompanyId, ErrorCode, PersonId, PersonNumber, SessionId};
use serde::{Deserialize, Serialize};
use store::{PersonStored, SignInRow, StoreError};
use sync::port::{AuthFailure, Consent, Identity, Secret, Tokens};

use crate::cx::cookie_value;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;
use crate::vault::{Place, hash_token, token_text};

/// How long a sign-in may take.
const SIGN_IN_SECS: i64 = 600;
/// A session's absolute life.
const SESSION_SECS: i64 = 7 * 86_400;

/// Where to send the browser, and the cookie that binds the answer to it.
#[derive(Debug)]
pub struct SignInStart {
    pub url: String,
    pub browser_cookie: String,
    pub max_age_secs: i64,
}

/// How a sign-in ended.
#[derive(Debug)]
pub enum SignInOutcome {
    SignedIn {
        session_cookie: String,
        max_age_secs: i64,
        next: String,
    },
    /// A page with this code; for `unknown_domain` with the domain, so that it can offer to set Roomly up.
    Refused {
        code: ErrorCode,
        domain: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    nonce: String,
    verifier: String,
}

/// The row of a sign-in, for what is bound into its ciphertext.
const fn place(state_hash: &str) -> Place<'_> {
    Place { tenant: "", table: "sign_in", column: "sealed", row: state_hash }
}

impl Engine {
    fn redirect_uri(&self) -> String {
        format!("{}/auth/google/callback", self.settings().public_url)
    }

    /// Begins. `next` is where to go afterwards: kept only if it is a path of ours.
    pub async fn sign_in_begin(
        &self,
        consent: Consent,
        next: &str,
        login_hint: Option<&str>,
    ) -> Result<SignInStart, ApiError> {
        Ok(self.begin(consent, next, login_hint).await?)
    }

    async fn begin(&self, consent: Consent, next: &str, hint: Option<&str>) -> Result<SignInStart, Failure> {
        let authorization = self.ports().identity.authorization(consent, &self.redirect_uri(), hint);
        let browser_cookie = token_text(self.random());
        let state_hash = hash_token(&authorization.state.0);
        let sealed = serde_json::to_string(&Sealed {
            nonce: authorization.nonce.0,
            verifier: authorization.pkce_verifier.0,
        })
        .map_err(|_| Failure::Broken("a sign-in does not serialise"))?;
        let now = self.now();
        let row = SignInRow {
            sealed: self.vault().seal(self.random(), &place(&state_hash), &sealed)?,
            browser_hash: hash_token(&browser_cookie),
            consent: consent_word(consent).to_owned(),
            next: local_path(next).unwrap_or("/").to_owned(),
            state_hash,
        };
        self.store().system().sign_in_insert(now, now.plus_secs(-SIGN_IN_SECS), row).await?;
        Ok(SignInStart { url: authorization.url, browser_cookie, max_age_secs: SIGN_IN_SECS })
    }

    /// The answer from Google: `?code&state` or `?error&state`, with the cookies of the browser that brings it.
    pub async fn sign_in_finish(
        &self,
        state: &str,
        code: Option<&str>,
        cookies: Option<&str>,
    ) -> Result<SignInOutcome, ApiError> {
        Ok(self.finish(state, code, cookies).await?)
    }

    async fn finish(
        &self,
        state: &str,
        code: Option<&str>,
        cookies: Option<&str>,
    ) -> Result<SignInOutcome, Failure> {
        let refused = |code| Ok(SignInOutcome::Refused { code, domain: None });
        let browser = cookies.and_then(|header| cookie_value(header, self.sign_in_cookie()));
        let Some(browser) = browser.filter(|secret| secret.len() <= 64 && state.len() <= 256) else {
            return refused(ErrorCode::InvalidState);
        };
        let now = self.now();
        let expired = now.plus_secs(-SIGN_IN_SECS);
        let row =
            self.store().system().sign_in_take(now, expired, hash_token(state), hash_token(browser)).await?;
        let Some(row) = row else {
            return refused(ErrorCode::InvalidState);
        };
        let (Some(code), Some(consent)) = (code, consent_of(&row.consent)) else {
            return refused(ErrorCode::SignInFailed);
        };
        let sealed: Sealed = serde_json::from_str(&self.vault().open(&place(&row.state_hash), &row.sealed)?)
            .map_err(|_| Failure::Broken("a sealed sign-in does not parse"))?;
        let (verifier, nonce) = (Secret(sealed.verifier), Secret(sealed.nonce));
        let exchanged =
            self.ports().identity.exchange(code, &self.redirect_uri(), &verifier, &nonce, now).await;
        let (identity, tokens) = match exchanged {
            Ok(exchanged) => exchanged,
            Err(AuthFailure::Unavailable { detail }) => return Err(Failure::Google(detail)),
            Err(failure) => {
                tracing::warn!(reason = ?failure, "Refused a sign-in");
                return refused(ErrorCode::SignInFailed);
            }
        };
        self.admit(consent, identity, &tokens, row.next).await
    }

    /// Decides by the verified identity: `hd` must be there and belong to a company here.
    async fn admit(
        &self,
        consent: Consent,
        identity: Identity,
        tokens: &Tokens,
        next: String,
    ) -> Result<SignInOutcome, Failure> {
        let Some(domain) = identity.hosted_domain.as_deref().map(str::to_lowercase) else {
            return Ok(SignInOutcome::Refused { code: ErrorCode::PersonalAccount, domain: None });
        };
        let known = self.store().system().company_by_domain(&domain).await?.map(|company| company.id);
        let company = match (known, consent) {
            (Some(company), _) => company,
            (None, Consent::Company) => match self.found(&domain, &identity, tokens).await? {
                Some(company) => company,
                None => {
                    return Ok(SignInOutcome::Refused { code: ErrorCode::NotAllowed, domain: Some(domain) });
                }
            },
            (None, _) => {
                return Ok(SignInOutcome::Refused { code: ErrorCode::UnknownDomain, domain: Some(domain) });
            }
        };
        let person = self.person_of(company, &identity).await?;
        if !person.active {
            return Ok(SignInOutcome::Refused { code: ErrorCode::NotAllowed, domain: None });
        }
        match consent {
            Consent::Identity => {}
            Consent::Calendar => self.grant_store(company, Owner::Person(person.id), tokens).await?,
            // An admin renews the company's grant the way it was first given.
            Consent::Company if known.is_some() => {
                if !self.is_directory_admin(&identity, tokens).await? {
                    return Ok(SignInOutcome::Refused { code: ErrorCode::NotAllowed, domain: None });
                }
                self.grant_store(company, Owner::Company, tokens).await?;
                // Also what a founding that was cut short still lacks. The sign-in does not depend on it.
                if let Err(failure) = self.directory_pass(company).await {
                    tracing::warn!(company.id = %company, error = %failure, "Could not read the directory");
                }
            }
            Consent::Company => {}
        }
        let (session_cookie, max_age_secs) = self.open_session(company, person.id).await?;
        Ok(SignInOutcome::SignedIn { session_cookie, max_age_secs, next })
    }

    /// The person behind an identity: by Google's user key, else by e-mail at the first sign-in, else new.
    pub(crate) async fn person_of(
        &self,
        company: CompanyId,
        identity: &Identity,
    ) -> Result<PersonStored, Failure> {
        let store = self.company(company);
        let email = identity.email.to_lowercase();
        if let Some(person) = store.person_by_sub(&identity.sub).await? {
            return Ok(person);
        }
        let now = self.now();
        let known = store.person_by_email(&email).await?;
        let person = match known {
            // The address was given to somebody else since: the Directory pass will tell; until then nobody gets in.
            Some(person) if person.google_sub.is_some() => return Err(ErrorCode::NotAllowed.into()),
            Some(person) => PersonStored { google_sub: Some(identity.sub.clone()), ..person },
            None => PersonStored {
                id: PersonId::new(now, self.random()),
                number: PersonNumber(0),
                google_sub: Some(identity.sub.clone()),
                name: identity.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| email.clone()),
                email,
                department: String::new(),
                admin: false,
                active: true,
            },
        };
        let stored = person.clone();
        store
            .write(now, move |tx| {
                Box::pin(async move {
                    if stored.number == PersonNumber(0) {
                        tx.person_insert(&stored, now).await?;
                    } else {
                        tx.person_update(&stored, now).await?;
                    }
                    Ok::<_, StoreError>(())
                })
            })
            .await?;
        Ok(person)
    }

    async fn open_session(&self, company: CompanyId, person: PersonId) -> Result<(String, i64), Failure> {
        let now = self.now();
        let cookie = token_text(self.random());
        let (id, hash) = (SessionId::new(now, self.random()), hash_token(&cookie));
        let expires = now.plus_secs(SESSION_SECS);
        self.company(company)
            .write(now, move |tx| {
                Box::pin(async move { tx.session_insert(id, &hash, person, expires).await })
            })
            .await
            .map_err(|error: StoreError| error)?;
        tracing::info!(company.id = %company, person.id = %person, "Signed in");
        Ok((cookie, SESSION_SECS))
    }
}

const fn consent_word(consent: Consent) -> &'static str {
    match consent {
        Consent::Identity => "identity",
        Consent::Calendar => "calendar",
        Consent::Company => "company",
    }
}

fn consent_of(word: &str) -> Option<Consent> {
    [Consent::Identity, Consent::Calendar, Consent::Company]
        .into_iter()
        .find(|consent| consent_word(*consent) == word)
}

/// `next` if it is a path on this server: no scheme, no host, no `//`, no backslash, no control characters.
pub fn local_path(next: &str) -> Option<&str> {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 512
        && !next.chars().any(|c| c == '\\' || c.is_control());
    local.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_are_gone_to() {
        assert_eq!(local_path("/rooms?date=2026-11-21"), Some("/rooms?date=2026-11-21"));
        for bad in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "",
            "/a\r\nb",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
