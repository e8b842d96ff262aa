//! Parts of the account page: the tokens that a person's programs use.

pub mod tokens;

pub use tokens::Tokens;
