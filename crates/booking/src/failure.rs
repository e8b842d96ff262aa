//! What a use case can come to instead of an answer: a refusal (a value with reasons) or a failure.

use model::{ApiError, ErrorCode, Refusal, Stuck};
use store::StoreError;
use thiserror::Error;

use crate::vault::VaultError;

/// Not an answer.
#[derive(Debug, Error)]
pub enum Failure {
    /// Nothing was changed; says why and what would work.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    #[error("refused with {0}")]
    Code(ErrorCode),
    #[error("failed to reach the database")]
    Store(#[from] StoreError),
    #[error("failed to seal or open a secret")]
    Vault(#[from] VaultError),
    /// Google did not answer as needed; trying again may help.
    #[error("failed to reach Google: {0}")]
    Google(String),
    /// There is no grant, it was revoked, or it does not suffice: a person has to grant again.
    #[error("no grant: {}", .0.as_str())]
    NoGrant(Stuck),
    #[error("broken promise: {0}")]
    Broken(&'static str),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code)
    }
}

impl From<Failure> for ApiError {
    /// The one place where a failure becomes what a person is told; causes are logged here, once.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Code(code) => Self::new(code),
            Failure::Store(StoreError::NotFound) => Self::new(ErrorCode::NotFound),
            Failure::Store(error) if error.is_transient() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "The database did not answer as needed"
                );
                Self::new(ErrorCode::Unavailable)
            }
            Failure::NoGrant(reason) => {
                tracing::warn!(reason = reason.as_str(), "A grant is missing");
                Self::new(ErrorCode::Unavailable)
            }
            Failure::Google(reason) => {
                tracing::warn!(reason, "Google did not answer as needed");
                Self::new(ErrorCode::Unavailable)
            }
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "A use case failed");
                Self::new(ErrorCode::Internal)
            }
        }
    }
}
