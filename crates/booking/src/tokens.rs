//! API tokens: a person's own, named, revocable, shown once.

use model::page::{AccountPage, TokenCreated, TokenRow};
use model::refusal::What;
use model::{ApiError, CompanyId, PersonId, Refusal, TokenId, limits};
use store::{StoreError, TokenStored};

use crate::cx::{Cx, Via};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::vault::{hash_token, token_text};

/// What tokens begin with, so that scanners for leaked secrets know them.
const PREFIX: &str = "roomly_";

impl Engine {
    /// The account page. `fresh`: a token that was made a moment ago and is to be shown; anything but a token of this
    /// person is ignored.
    pub async fn account_page(&self, cx: &Cx, fresh: Option<&str>) -> Result<AccountPage, ApiError> {
        let viewer = self.viewer(cx).await?;
        Ok(self.account_of(cx, viewer, fresh).await?)
    }

    async fn account_of(
        &self,
        cx: &Cx,
        viewer: model::person::Viewer,
        fresh: Option<&str>,
    ) -> Result<AccountPage, Failure> {
        let tokens: Vec<TokenRow> =
            self.company(cx.company).token_list(cx.person).await?.into_iter().map(token_row).collect();
        let mut shown = None;
        if let Some(token) = fresh.filter(|token| token.len() <= 64) {
            let owner = self.store().system().token_by_hash(&hash_token(token)).await?;
            let row = owner.and_then(|owner| tokens.iter().find(|row| row.id == owner.id.to_string()));
            shown = row.map(|row| TokenCreated { row: row.clone(), token: token.to_owned() });
        }
        let tz = cx.zone;
        let day = calendar::zone::zone_day(tz, calendar::zone::date_at(tz, cx.now));
        Ok(AccountPage {
            viewer,
            tokens,
            fresh: shown,
            api_root: format!("{}/api/v1", self.settings().public_url),
            day: day.ok_or(Failure::Broken("today has no range"))?,
        })
    }

    /// A new token of this person. A token cannot make tokens: only a signed-in browser can.
    pub async fn token_create(&self, cx: &Cx, name: &str) -> Result<TokenCreated, ApiError> {
        if !matches!(cx.via, Via::Session(_)) {
            return Err(ApiError::new(model::ErrorCode::NotAllowed));
        }
        Ok(self.token_insert(cx.company, cx.person, name).await?)
    }

    /// As [`Engine::token_create`], for the command line on the server. `None`: there is no such active person, or
    /// several companies have one.
    pub async fn token_create_on_server(
        &self,
        company: Option<CompanyId>,
        email: &str,
        name: &str,
    ) -> Result<Option<TokenCreated>, ApiError> {
        let Some((company, person)) = self.person_on_server(company, email).await? else { return Ok(None) };
        Ok(Some(self.token_insert(company, person, name).await?))
    }

    async fn person_on_server(
        &self,
        company: Option<CompanyId>,
        email: &str,
    ) -> Result<Option<(CompanyId, PersonId)>, Failure> {
        let companies = match company {
            Some(company) => vec![company],
            None => self.store().system().company_list().await?.into_iter().map(|row| row.id).collect(),
        };
        let mut found = Vec::new();
        for company in companies {
            let person = self.company(company).person_by_email(&email.to_lowercase()).await?;
            found.extend(person.filter(|person| person.active).map(|person| (company, person.id)));
        }
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    async fn token_insert(
        &self,
        company: CompanyId,
        person: PersonId,
        name: &str,
    ) -> Result<TokenCreated, Failure> {
        let name = name.trim().to_owned();
        let length = name.chars().count();
        let invalid = |field: &str, limit: String| Refusal::InvalidField { field: field.to_owned(), limit };
        if length == 0 || length > limits::TOKEN_NAME_CHARS || name.chars().any(char::is_control) {
            return Err(
                invalid("name", format!("1-{} characters, one line", limits::TOKEN_NAME_CHARS)).into()
            );
        }
        let store = self.company(company);
        if store.token_list(person).await?.len() >= limits::TOKENS {
            return Err(invalid("tokens", limits::TOKENS.to_string()).into());
        }
        let now = self.now();
        let token = format!("{PREFIX}{}", token_text(self.random()));
        let (id, hash) = (TokenId::new(now, self.random()), hash_token(&token));
        let row = TokenRow { id: id.to_string(), name: name.clone(), created: now, last_used: None };
        store
            .write(now, move |tx| Box::pin(async move { tx.token_insert(id, &hash, person, &name).await }))
            .await?;
        tracing::info!(company.id = %company, person.id = %person, token.id = %id, "Made an API token");
        Ok(TokenCreated { row, token })
    }

    /// Takes a token of this person back: the next request with it is refused.
    pub async fn token_revoke(&self, cx: &Cx, id: &str) -> Result<(), ApiError> {
        let gone = || ApiError::from(Refusal::NotFound { what: What::Token });
        let (id, person): (TokenId, _) = (id.parse().map_err(|_| gone())?, cx.person);
        let revoked = self
            .company(cx.company)
            .write(cx.now, move |tx| Box::pin(async move { tx.token_revoke(id, person).await }))
            .await
            .map_err(|error: StoreError| Failure::from(error))?;
        if !revoked.value {
            return Err(gone());
        }
        tracing::info!(company.id = %cx.company, token.id = %id, "Revoked an API token");
        Ok(())
    }
}

fn token_row(token: TokenStored) -> TokenRow {
    TokenRow {
        id: token.id.to_string(),
        name: token.name,
        created: token.created_at,
        last_used: token.last_used_at,
    }
}
