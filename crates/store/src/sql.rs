//! How statements are written: constants with `$n`, listed so that a test can prepare each on every engine.

use model::Instant;
use sqlx::any::AnyRow;
use sqlx::{ColumnIndex, Row};

use crate::error::StoreError;

/// Declares SQL constants and the module's list of them.
macro_rules! statements {
    ($($name:ident = $sql:expr;)+) => {
        $(const $name: &str = $sql;)+
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name),)+];
    };
}
pub(crate) use statements;

/// Reading columns as the types of `model`.
pub(crate) trait Columns {
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn text_opt(&self, column: &str) -> Result<Option<String>, StoreError>;
    fn int(&self, column: &str) -> Result<i64, StoreError>;
    fn int_opt(&self, column: &str) -> Result<Option<i64>, StoreError>;

    fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }
    fn instant(&self, column: &str) -> Result<Instant, StoreError> {
        self.int(column).map(Instant::from_micros)
    }
    fn instant_opt(&self, column: &str) -> Result<Option<Instant>, StoreError> {
        Ok(self.int_opt(column)?.map(Instant::from_micros))
    }
    fn parsed<T: std::str::FromStr>(&self, column: &str) -> Result<T, StoreError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| StoreError::Damaged(format!("{column} is not readable")))
    }
    fn parsed_opt<T: std::str::FromStr>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.text_opt(column)?
            .map(|text| text.parse().map_err(|_| StoreError::Damaged(format!("{column} is not readable"))))
            .transpose()
    }
    fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        Ok(serde_json::from_str(&self.text(column)?)?)
    }
    fn word<T: for<'a> TryFrom<&'a str>>(&self, column: &str) -> Result<T, StoreError> {
        let text = self.text(column)?;
        T::try_from(&text).map_err(|_| StoreError::Damaged(format!("{column} holds an unknown word")))
    }
}

impl Columns for AnyRow
where
    for<'a> &'a str: ColumnIndex<Self>,
{
    fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn text_opt(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn int(&self, column: &str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn int_opt(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }
}
