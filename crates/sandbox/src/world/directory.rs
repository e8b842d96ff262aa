//! Companies, people, buildings, features and rooms, as the Admin Directory knows them.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde_json::{Map, Value};

/// A Google account.
#[derive(Debug, Clone)]
pub struct User {
    /// The stable key, `sub` and Directory `id`.
    pub id: String,
    /// The address; may change.
    pub email: String,
    /// The given name.
    pub given: String,
    /// The family name.
    pub family: String,
    /// The Workspace; none for a consumer account.
    pub domain: Option<String>,
    /// `isAdmin`.
    pub admin: bool,
    /// Stays listed, may not sign in.
    pub suspended: bool,
    /// The order in which they were added.
    pub order: usize,
    /// In `organizations`.
    pub title: Option<String>,
    /// In `organizations`.
    pub department: Option<String>,
    /// Kept without a licence.
    pub archived: bool,
    /// Former addresses.
    pub aliases: Vec<String>,
    /// Other fields, as they were written: phones, locations, ...
    pub extra: Map<String, Value>,
    /// Grows with its changes: the etag.
    pub changed: u64,
}

impl User {
    /// Given and family name; joined without a space, family first, for Hangul.
    pub fn full_name(&self) -> String {
        if self.family.chars().any(|c| ('가'..='힣').contains(&c)) {
            format!("{}{}", self.family, self.given)
        } else {
            format!("{} {}", self.given, self.family)
        }
    }
}

/// A Workspace.
#[derive(Debug, Clone)]
pub struct Company {
    /// The primary domain.
    pub domain: String,
    /// The name on pages.
    pub name: String,
    /// The zone of its calendars.
    pub zone: Tz,
    /// `customerId`.
    pub customer: String,
    /// By id.
    pub buildings: BTreeMap<String, Building>,
    /// By name.
    pub features: BTreeSet<String>,
    /// By address.
    pub rooms: BTreeMap<String, Room>,
    /// Addresses of rooms that were deleted, by name.
    pub former_rooms: BTreeMap<String, String>,
}

/// A building.
#[derive(Debug, Clone)]
pub struct Building {
    /// The key.
    pub id: String,
    /// The name.
    pub name: String,
    /// Lowest to highest.
    pub floors: Vec<String>,
    /// `description`, `coordinates`, `address`.
    pub extra: Map<String, Value>,
    /// Grows with its changes: the etag.
    pub changed: u64,
}

/// A room.
#[derive(Debug, Clone)]
pub struct Room {
    /// `resourceId`.
    pub id: String,
    /// `resourceEmail`: the calendar.
    pub email: String,
    /// `resourceName`.
    pub name: String,
    /// `buildingId`.
    pub building: Option<String>,
    /// `floorName`.
    pub floor: Option<String>,
    /// Seats.
    pub capacity: Option<u32>,
    /// Names of features.
    pub features: Vec<String>,
    /// The order in which it was added.
    pub order: usize,
    /// `resourceCategory`, `floorSection` and other texts.
    pub extra: Map<String, Value>,
    /// Grows with its changes: the etag.
    pub changed: u64,
}

impl Room {
    /// `generatedResourceName`: building, floor, name and seats.
    pub fn generated_name(&self) -> String {
        let place = [self.building.as_deref(), self.floor.as_deref()];
        let mut name: Vec<&str> = place.into_iter().flatten().collect();
        name.push(&self.name);
        let seats = self.capacity.map_or_else(String::new, |n| format!(" ({n})"));
        format!("{}{seats}", name.join("-"))
    }
}

/// All companies and people.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// By domain.
    pub companies: BTreeMap<String, Company>,
    /// By address.
    pub users: BTreeMap<String, User>,
    /// Deleted ones by address, with the instant.
    pub deleted: BTreeMap<String, (User, i64)>,
}

impl Directory {
    /// Everybody's address, in order.
    pub fn emails(&self) -> Vec<String> {
        self.users.keys().cloned().collect()
    }

    /// The company of a person.
    pub fn company_of(&self, email: &str) -> Option<&Company> {
        self.companies.get(self.users.get(email)?.domain.as_deref()?)
    }

    /// A company's rooms in the order they were added.
    pub fn rooms(&self, domain: &str) -> Vec<&Room> {
        let mut rooms: Vec<&Room> =
            self.companies.get(domain).into_iter().flat_map(|company| company.rooms.values()).collect();
        rooms.sort_by_key(|room| room.order);
        rooms
    }
}
