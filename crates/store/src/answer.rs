//! What a create by `Idempotency-Key` was asked and answered, so that a repeat is told the same.

use model::{BookingId, Instant};

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO api_answer (company_id, event_id, asked, answer, created_at) VALUES ($1, $2, $3, $4, $5)";
    BY_EVENT = "SELECT asked, answer FROM api_answer WHERE company_id = $1 AND event_id = $2";
    SWEEP = "DELETE FROM api_answer WHERE created_at < $1";
}

/// The first answer to an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// A hash of the request.
    pub asked: String,
    /// JSON, as the core wrote it.
    pub answer: String,
}

impl CompanyStore {
    pub async fn answer_get(&self, intent: BookingId) -> Result<Option<AnswerRow>, StoreError> {
        let query = sqlx::query(BY_EVENT).bind(self.id.to_string()).bind(intent.to_string());
        let row = query.fetch_optional(&self.readers).await?;
        row.map(|row| Ok(AnswerRow { asked: row.text("asked")?, answer: row.text("answer")? })).transpose()
    }
}

impl System {
    /// Forgets answers from before `before`; a repeat that comes later is told how the booking stands.
    pub async fn answer_sweep(&self, now: Instant, before: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(SWEEP).bind(before.as_micros()).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }
}

impl Tx {
    pub async fn answer_insert(&mut self, intent: BookingId, row: &AnswerRow) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(INSERT)
            .bind(company)
            .bind(intent.to_string())
            .bind(row.asked.clone())
            .bind(row.answer.clone())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
