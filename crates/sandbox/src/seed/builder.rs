//! Builders: companies, people, buildings and rooms, for tests and for the seeds.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde_json::Map;
use sha2::{Digest as _, Sha256};

use crate::world::World;
use crate::world::calendar::{Calendar, Kind};
use crate::world::directory::{Building, Company, Room, User};
use crate::world::oauth::Refresh;

impl World {
    /// Adds a Workspace.
    pub fn add_company(&mut self, domain: &str, zone: Tz) {
        let company = Company {
            domain: domain.to_owned(),
            name: domain.to_owned(),
            zone,
            customer: format!("C{}", &hex(&format!("customer:{domain}"))[..8]),
            buildings: BTreeMap::new(),
            features: BTreeSet::new(),
            rooms: BTreeMap::new(),
            former_rooms: BTreeMap::new(),
        };
        self.directory.companies.insert(domain.to_owned(), company);
        self.next();
    }

    /// Adds a person and their primary calendar. Of a company when there is one for the address's domain, else a consumer.
    pub fn add_user(&mut self, email: &str, given: &str, family: &str, admin: bool) {
        let email = email.to_ascii_lowercase();
        let domain = email.split_once('@').map(|(_, domain)| domain.to_owned());
        let company = domain.and_then(|domain| self.directory.companies.get(&domain));
        let zone = company.map_or(chrono_tz::UTC, |company| company.zone);
        let domain = company.map(|company| company.domain.clone());
        let calendar = Calendar::new(&email, &email, zone, Kind::Person, domain.as_deref());
        let user = User {
            id: subject(&email),
            email: email.clone(),
            given: given.to_owned(),
            family: family.to_owned(),
            domain,
            admin,
            suspended: false,
            order: self.directory.users.len(),
            title: None,
            department: None,
            archived: false,
            aliases: Vec::new(),
            extra: Map::new(),
            changed: 0,
        };
        self.directory.users.insert(email.clone(), user);
        self.calendars.insert(email, calendar);
        self.next();
    }

    /// Adds a building; `floors` from lowest to highest.
    pub fn add_building(&mut self, domain: &str, id: &str, name: &str, floors: &[&str]) {
        if let Some(company) = self.directory.companies.get_mut(domain) {
            let floors = floors.iter().map(|floor| (*floor).to_owned()).collect();
            company.buildings.insert(
                id.to_owned(),
                Building { id: id.to_owned(), name: name.to_owned(), floors, extra: Map::new(), changed: 0 },
            );
        }
        self.next();
    }

    /// Adds a room and its calendar; gives the `resourceEmail`, which is the calendar's id.
    pub fn add_room(
        &mut self,
        domain: &str,
        name: &str,
        building: Option<&str>,
        floor: Option<&str>,
        capacity: u32,
        features: &[&str],
    ) -> String {
        let email =
            format!("c_{}@resource.calendar.google.com", &hex(&format!("room:{domain}:{name}"))[..32]);
        let Some(company) = self.directory.companies.get_mut(domain) else { return email };
        let zone = company.zone;
        company.features.extend(features.iter().map(|feature| (*feature).to_owned()));
        let room = Room {
            id: hex(&format!("resource:{domain}:{name}"))[..12].to_owned(),
            email: email.clone(),
            name: name.to_owned(),
            building: building.map(str::to_owned),
            floor: floor.map(str::to_owned),
            capacity: Some(capacity),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            order: company.rooms.len(),
            extra: Map::from_iter([("resourceCategory".to_owned(), "CONFERENCE_ROOM".into())]),
            changed: 0,
        };
        company.rooms.insert(email.clone(), room);
        self.calendars.insert(email.clone(), Calendar::new(&email, name, zone, Kind::Room, Some(domain)));
        self.next();
        email
    }

    /// Adds a group of people: for access rules and for free and busy times.
    pub fn add_group(&mut self, group: &str, members: &[&str]) {
        let members = members.iter().map(|member| member.to_ascii_lowercase()).collect();
        self.groups.insert(group.to_ascii_lowercase(), members);
        self.next();
    }

    /// The calendar of a room by its name.
    pub fn room_email(&self, domain: &str, name: &str) -> Option<String> {
        let company = self.directory.companies.get(domain)?;
        company.rooms.values().find(|room| room.name == name).map(|room| room.email.clone())
    }

    /// Makes `token` a valid refresh token, as if the person had consented earlier: for a demo whose companies are already
    /// founded.
    pub fn install_refresh_token(
        &mut self,
        token: &str,
        user: &str,
        client: &str,
        scopes: &[&str],
        now: i64,
    ) {
        let scopes: BTreeSet<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let made = self.next();
        let (user, client) = (user.to_ascii_lowercase(), client.to_owned());
        let held = self.oauth.grants.entry((user.clone(), client.clone())).or_default();
        held.extend(scopes.iter().cloned());
        self.oauth
            .refresh
            .insert(token.to_owned(), Refresh { user, client, scopes, made, used: now, born: now });
    }
}

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 21 digits, the same for an address for ever.
fn subject(email: &str) -> String {
    let digest = Sha256::digest(email.as_bytes());
    let digits = digest.iter().take(20).map(|byte| char::from(b'0' + byte % 10));
    std::iter::once('1').chain(digits).collect()
}
