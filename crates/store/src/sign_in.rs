//! Sign-ins under way: single use, bound to the browser that began them.

use model::Instant;

use crate::db::System;
use crate::error::StoreError;
use crate::sql::{Columns, statements};

statements! {
    INSERT = "INSERT INTO sign_in (state_hash, browser_hash, sealed, consent, next, created_at) \
              VALUES ($1, $2, $3, $4, $5, $6)";
    TAKE = "DELETE FROM sign_in WHERE state_hash = $1 AND browser_hash = $2 AND created_at > $3 \
            RETURNING state_hash, browser_hash, sealed, consent, next, created_at";
    SWEEP = "DELETE FROM sign_in WHERE created_at <= $1";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    pub state_hash: String,
    pub browser_hash: String,
    /// Nonce and PKCE verifier, encrypted.
    pub sealed: String,
    pub consent: String,
    /// Where to go afterwards; a path of ours.
    pub next: String,
}

impl System {
    /// Begins one, and sweeps out those begun before `expired`.
    pub async fn sign_in_insert(
        &self,
        now: Instant,
        expired: Instant,
        row: SignInRow,
    ) -> Result<(), StoreError> {
        self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(SWEEP).bind(expired.as_micros()).execute(tx.connection()).await?;
                sqlx::query(INSERT)
                    .bind(row.state_hash)
                    .bind(row.browser_hash)
                    .bind(row.sealed)
                    .bind(row.consent)
                    .bind(row.next)
                    .bind(now.as_micros())
                    .execute(tx.connection())
                    .await?;
                Ok(())
            })
        })
        .await
        .map(|_| ())
    }

    /// Takes one out: a second use, another browser or one begun before `expired` finds nothing.
    pub async fn sign_in_take(
        &self,
        now: Instant,
        expired: Instant,
        state_hash: String,
        browser_hash: String,
    ) -> Result<Option<SignInRow>, StoreError> {
        self.write(now, move |tx| {
            Box::pin(async move {
                let row = sqlx::query(TAKE)
                    .bind(state_hash)
                    .bind(browser_hash)
                    .bind(expired.as_micros())
                    .fetch_optional(tx.connection())
                    .await?;
                row.map(|row| {
                    Ok(SignInRow {
                        state_hash: row.text("state_hash")?,
                        browser_hash: row.text("browser_hash")?,
                        sealed: row.text("sealed")?,
                        consent: row.text("consent")?,
                        next: row.text("next")?,
                    })
                })
                .transpose()
            })
        })
        .await
        .map(|committed| committed.value)
    }
}
