//! The Directory's `query` and `orderBy` (discovery: `resources.calendars.list.query`, `orderBy`; `users.list.query`).
//!
//! Clauses are joined by `AND`, each may begin with `NOT`; there is no `OR`. `=` and `!=` compare whole values, `:` is a
//! prefix when the value ends with `*`, else it looks for the value among words.

use super::directory::{Room, User};
use crate::wire::ApiError;

/// One clause.
struct Clause {
    negated: bool,
    field: String,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Has,
}

/// A query, read.
pub(super) struct Filter(Vec<Clause>);

fn bad() -> ApiError {
    ApiError::parameter("query", "Invalid Input: query")
}

/// Splits at spaces outside of quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars().chain([' ']) {
        match c {
            '"' | '\'' => quoted = !quoted,
            ' ' if !quoted && word.is_empty() => {}
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words
}

impl Filter {
    /// Reads a query; the fields must be among `known`.
    pub(super) fn read(text: Option<&str>, known: &[&str]) -> Result<Self, ApiError> {
        let mut clauses = Vec::new();
        let mut negated = false;
        for word in words(text.unwrap_or_default()) {
            match word.as_str() {
                "AND" => continue,
                "NOT" => {
                    negated = true;
                    continue;
                }
                _ => {}
            }
            let found = word.find(['=', ':', '!']).ok_or_else(bad)?;
            let (field, rest) = word.split_at(found);
            let (operator, value) = if let Some(value) = rest.strip_prefix("!=") {
                (Operator::IsNot, value)
            } else if let Some(value) = rest.strip_prefix('=') {
                (Operator::Is, value)
            } else {
                (Operator::Has, rest.strip_prefix(':').ok_or_else(bad)?)
            };
            if !known.contains(&field) {
                return Err(bad());
            }
            let (field, value) = (field.to_owned(), value.to_lowercase());
            clauses.push(Clause { negated, field, operator, value });
            negated = false;
        }
        Ok(Self(clauses))
    }

    /// Whether every clause holds; `values` gives what a field has.
    pub(super) fn holds(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().all(|clause| {
            let values: Vec<String> =
                values(&clause.field).iter().map(|value| value.to_lowercase()).collect();
            let is = || values.contains(&clause.value);
            let holds = match clause.operator {
                Operator::Is => is(),
                Operator::IsNot => !is(),
                Operator::Has => match clause.value.strip_suffix('*') {
                    Some(prefix) => values.iter().any(|value| value.starts_with(prefix)),
                    None => values.iter().any(|value| {
                        *value == clause.value || value.split_whitespace().any(|word| word == clause.value)
                    }),
                },
            };
            holds != clause.negated
        })
    }
}

/// What a room can be looked for by. Two names differ from those in the JSON.
pub(super) const ROOM_FIELDS: [&str; 8] = [
    "generatedResourceName",
    "name",
    "buildingId",
    "floor_name",
    "capacity",
    "featureInstances.feature.name",
    "resourceEmail",
    "resourceCategory",
];

/// The values of a room's field.
pub(super) fn room_values(room: &Room, field: &str) -> Vec<String> {
    let one = |value: Option<&String>| value.cloned().into_iter().collect();
    match field {
        "generatedResourceName" => vec![room.generated_name()],
        "name" => vec![room.name.clone()],
        "buildingId" => one(room.building.as_ref()),
        "floor_name" => one(room.floor.as_ref()),
        "capacity" => room.capacity.map(|seats| seats.to_string()).into_iter().collect(),
        "featureInstances.feature.name" => room.features.clone(),
        "resourceEmail" => vec![room.email.clone()],
        _ => room.extra.get(field).and_then(|value| value.as_str()).map(str::to_owned).into_iter().collect(),
    }
}

/// What a person can be looked for by, of the many that Google has.
pub(super) const USER_FIELDS: [&str; 8] =
    ["email", "name", "givenName", "familyName", "isAdmin", "isSuspended", "orgTitle", "orgDepartment"];

/// The values of a person's field.
pub(super) fn user_values(user: &User, field: &str) -> Vec<String> {
    match field {
        "email" => std::iter::once(&user.email).chain(&user.aliases).cloned().collect(),
        "name" => vec![user.full_name()],
        "givenName" => vec![user.given.clone()],
        "familyName" => vec![user.family.clone()],
        "isAdmin" => vec![user.admin.to_string()],
        "isSuspended" => vec![user.suspended.to_string()],
        "orgTitle" => user.title.iter().cloned().collect(),
        "orgDepartment" => user.department.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// `field [asc|desc], ...`: the first decides, the next break ties.
pub(super) fn sort_rooms(rooms: &mut [&Room], order: &str) -> Result<(), ApiError> {
    let bad = || ApiError::parameter("orderBy", "Invalid Input: orderBy");
    for part in order.split(',').rev() {
        let mut words = part.split_whitespace();
        let (field, direction) = (words.next().ok_or_else(bad)?, words.next().unwrap_or("asc"));
        let compare = |a: &&Room, b: &&Room| match field {
            "resourceId" => a.id.cmp(&b.id),
            "resourceName" => a.name.cmp(&b.name),
            "capacity" => a.capacity.cmp(&b.capacity),
            "buildingId" => a.building.cmp(&b.building),
            _ => a.floor.cmp(&b.floor),
        };
        if !["resourceId", "resourceName", "capacity", "buildingId", "floorName"].contains(&field) {
            return Err(bad());
        }
        match direction {
            "asc" => rooms.sort_by(compare),
            "desc" => rooms.sort_by(|a, b| compare(b, a)),
            _ => return Err(bad()),
        }
    }
    Ok(())
}
