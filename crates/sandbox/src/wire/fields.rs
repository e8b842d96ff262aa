//! Partial answers: `fields=items(id,start/dateTime),nextPageToken` (discovery: `parameters.fields`).

use serde_json::{Map, Value};

use super::ApiError;

/// What is to be kept of an object: a name (or `*`) with what is to be kept below it; nothing below means everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields(Vec<(String, Fields)>);

impl Fields {
    /// Reads a selector. 400 `invalidParameter` when it cannot be read.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let mut rest = text;
        let fields = Self::list(&mut rest).filter(|_| rest.is_empty());
        fields.ok_or_else(|| {
            let message = format!("Invalid field selection {text}");
            let mut error = ApiError::parameter("fields", &message);
            error.reason = "invalidParameter".to_owned();
            error
        })
    }

    fn list(rest: &mut &str) -> Option<Self> {
        let mut fields = Vec::new();
        loop {
            fields.push(Self::one(rest)?);
            match rest.strip_prefix(',') {
                Some(next) => *rest = next,
                None => return Some(Self(fields)),
            }
        }
    }

    fn one(rest: &mut &str) -> Option<(String, Self)> {
        let end = rest.find([',', '/', '(', ')']).unwrap_or(rest.len());
        let (name, next) = rest.split_at(end);
        let name = name.trim();
        let good =
            name == "*" || (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        if !good {
            return None;
        }
        *rest = next;
        let below = if let Some(next) = rest.strip_prefix('/') {
            *rest = next;
            Self(vec![Self::one(rest)?])
        } else if let Some(next) = rest.strip_prefix('(') {
            *rest = next;
            let list = Self::list(rest)?;
            *rest = rest.strip_prefix(')')?;
            list
        } else {
            Self::default()
        };
        Some((name.to_owned(), below))
    }

    /// Keeps what is selected; a list is cut down item by item.
    pub fn cut(&self, value: Value) -> Value {
        if self.0.is_empty() {
            return value;
        }
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.cut(item)).collect(),
            Value::Object(map) => {
                let mut kept = Map::new();
                for (name, value) in map {
                    let chosen: Vec<&Self> = self
                        .0
                        .iter()
                        .filter(|(wanted, _)| *wanted == name || wanted == "*")
                        .map(|(_, below)| below)
                        .collect();
                    if chosen.is_empty() {
                        continue;
                    }
                    // Named twice means both parts of it; once as a whole means the whole.
                    let whole = chosen.iter().any(|below| below.0.is_empty());
                    let below = Self(chosen.iter().flat_map(|below| below.0.clone()).collect());
                    kept.insert(name, if whole { value } else { below.cut(value) });
                }
                Value::Object(kept)
            }
            other => other,
        }
    }
}
