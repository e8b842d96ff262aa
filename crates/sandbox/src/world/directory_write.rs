//! Writes to the Admin Directory: rooms, buildings, features, people (facts: google-directory). What the reference leaves
//! open is marked in docs/SANDBOX.md.

use bytes::Bytes;
use http::{Method, Response};
use serde_json::{Map, Value};

use super::access::{Actor, RESOURCES_WRITE, USERS_WRITE};
use super::calendar::{Calendar, Kind};
use super::directory::{Building, Company, Room};
use super::directory_api::{missing_user, refused};
use super::settings::Settings;
use super::{Task, World};
use crate::wire::ApiError;
use crate::wire::reply::{self, Answer};
use crate::wire::router::Call;

/// Texts of a room that are kept as they are written.
const ROOM_TEXTS: [&str; 5] =
    ["floorSection", "resourceCategory", "resourceDescription", "resourceType", "userVisibleDescription"];
/// Parts of a building that are kept as they are written.
const BUILDING_PARTS: [&str; 3] = ["address", "coordinates", "description"];
/// Fields of a person that are kept as they are written.
const USER_PARTS: [&str; 6] = ["addresses", "externalIds", "locations", "orgUnitPath", "phones", "relations"];
/// The longest id and name of a building.
const BUILDING_NAME: usize = 100;

type Body = Map<String, Value>;

fn invalid(field: &str) -> ApiError {
    ApiError::invalid(&format!("Invalid Input: {field}"))
}

fn missing(what: &str) -> ApiError {
    ApiError::new(404, "notFound", &format!("Resource Not Found: {what}"))
}

fn taken() -> ApiError {
    ApiError::new(409, "duplicate", "Entity already exists.")
}

/// A text that is there and not empty.
fn needed<'a>(body: &'a Body, name: &str) -> Result<&'a str, ApiError> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| ApiError::required(&format!("Missing required field: {name}")))
}

/// A text that may be absent (`None`) or cleared (`Some(None)`).
fn text(body: &Body, name: &str) -> Result<Option<Option<String>>, ApiError> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(text)) => Ok(Some(Some(text.clone()).filter(|text| !text.is_empty()))),
        Some(_) => Err(invalid(name)),
    }
}

fn keep(kept: &mut Body, body: &Body, names: &[&str]) {
    for name in names {
        match body.get(*name) {
            Some(Value::Null) => {
                kept.remove(*name);
            }
            Some(value) => {
                kept.insert((*name).to_owned(), value.clone());
            }
            None => {}
        }
    }
}

impl World {
    /// Every method of the Directory that changes something.
    pub(crate) fn directory_write(&mut self, actor: &Actor, call: &Call, path: &[&str]) -> Answer {
        let is_users = path.first() == Some(&"users");
        actor.demand(if is_users { USERS_WRITE } else { RESOURCES_WRITE })?;
        let company = self.directory.company_of(&actor.email).ok_or_else(refused)?;
        if !self.directory.users.get(&actor.email).is_some_and(|user| user.admin) {
            return Err(refused());
        }
        let domain = company.domain.clone();
        let body = || -> Result<Body, ApiError> {
            let body = call.json()?;
            Ok(body.as_object().cloned().unwrap_or_default())
        };
        let edits = matches!(call.method, Method::PUT | Method::PATCH);
        match (call.method.as_str(), path) {
            ("POST", ["users"]) => self.insert_user(&domain, &body()?),
            ("DELETE", ["users", key]) => {
                let email = self.colleague(&domain, key)?;
                self.delete_user(&email, call.now);
                Ok(reply::empty())
            }
            ("POST", ["users", key, "undelete"]) => {
                let held =
                    self.directory.deleted.values().find(|(user, _)| user.email == *key || user.id == *key);
                let of_company = held.is_some_and(|(user, _)| user.domain.as_ref() == Some(&domain));
                if of_company && self.undelete_user(key) { Ok(reply::empty()) } else { Err(missing_user()) }
            }
            ("POST", ["users", key, "makeAdmin"]) => {
                let email = self.colleague(&domain, key)?;
                let status =
                    body()?.get("status").and_then(Value::as_bool).ok_or_else(|| invalid("status"))?;
                if let Some(user) = self.directory.users.get_mut(&email) {
                    user.admin = status;
                }
                self.next();
                Ok(reply::empty())
            }
            (_, ["users", key]) if edits => {
                let email = self.colleague(&domain, key)?;
                self.edit_user(&email, &body()?)
            }
            (_, ["customer", customer, "resources", rest @ ..]) => {
                let company = self.directory.companies.get(&domain).ok_or_else(refused)?;
                if *customer != "my_customer" && *customer != company.customer {
                    return Err(ApiError::new(400, "badRequest", "Bad Request"));
                }
                self.write_resource(&domain, call, rest)
            }
            _ => Err(ApiError::not_found()),
        }
    }

    fn write_resource(&mut self, domain: &str, call: &Call, path: &[&str]) -> Answer {
        let edits = matches!(call.method, Method::PUT | Method::PATCH);
        let body = || -> Result<Body, ApiError> { Ok(call.json()?.as_object().cloned().unwrap_or_default()) };
        match (call.method.as_str(), path) {
            ("POST", ["calendars"]) => self.insert_room(domain, &body()?, call.now),
            (_, ["calendars", id]) if edits => self.edit_room(domain, id, &body()?),
            ("DELETE", ["calendars", id]) => self.delete_room(domain, id),
            ("POST", ["buildings"]) => self.insert_building(domain, &body()?),
            (_, ["buildings", id]) if edits => self.edit_building(domain, id, &body()?),
            ("DELETE", ["buildings", id]) => self.delete_building(domain, id),
            ("POST", ["features"]) => self.insert_feature(domain, &body()?),
            (_, ["features", name]) if edits => {
                let new = body()?.get("name").and_then(Value::as_str).unwrap_or(name).to_owned();
                self.rename_feature(domain, name, &new)?;
                Ok(reply::json(&self.feature(&new)))
            }
            ("POST", ["features", name, "rename"]) => {
                self.rename_feature(domain, name, needed(&body()?, "newName")?)?;
                Ok(reply::empty())
            }
            ("DELETE", ["features", name]) => self.delete_feature(domain, name),
            _ => Err(ApiError::not_found()),
        }
    }

    fn company_mut(&mut self, domain: &str) -> Result<&mut Company, ApiError> {
        self.directory.companies.get_mut(domain).ok_or_else(refused)
    }

    /// Reads what a body says about a room.
    fn apply_room(company: &Company, room: &mut Room, body: &Body, loose: bool) -> Result<(), ApiError> {
        if body.contains_key("resourceName") {
            needed(body, "resourceName")?.clone_into(&mut room.name);
        }
        if let Some(building) = text(body, "buildingId")? {
            if !loose && building.as_ref().is_some_and(|id| !company.buildings.contains_key(id)) {
                return Err(invalid("buildingId"));
            }
            room.building = building;
        }
        if let Some(floor) = text(body, "floorName")? {
            let building = room.building.as_ref().and_then(|id| company.buildings.get(id));
            if let (Some(floor), Some(building)) = (&floor, building)
                && !loose
                && !building.floors.contains(floor)
            {
                return Err(invalid("floorName"));
            }
            room.floor = floor;
        }
        match body.get("capacity") {
            None => {}
            Some(Value::Null) => room.capacity = None,
            Some(value) => {
                let seats = value.as_u64().and_then(|seats| u32::try_from(seats).ok());
                room.capacity = Some(seats.ok_or_else(|| invalid("capacity"))?);
            }
        }
        let category = body.get("resourceCategory").and_then(Value::as_str);
        if category.is_some_and(|word| !["CATEGORY_UNKNOWN", "CONFERENCE_ROOM", "OTHER"].contains(&word)) {
            return Err(invalid("resourceCategory"));
        }
        keep(&mut room.extra, body, &ROOM_TEXTS);
        match body.get("featureInstances") {
            None => {}
            Some(Value::Null) => room.features.clear(),
            Some(Value::Array(list)) => {
                let names = list.iter().map(|one| one["feature"]["name"].as_str().map(str::to_owned));
                let names: Option<Vec<String>> = names.collect();
                let known =
                    |names: &Vec<String>| loose || names.iter().all(|name| company.features.contains(name));
                room.features = names.filter(known).ok_or_else(|| invalid("featureInstances"))?;
            }
            Some(_) => return Err(invalid("featureInstances")),
        }
        Ok(())
    }

    fn insert_room(&mut self, domain: &str, body: &Body, now: i64) -> Answer {
        let (id, name) = (needed(body, "resourceId")?.to_owned(), needed(body, "resourceName")?.to_owned());
        // A room that comes back under its old name has a new address, without `room_addresses_return`.
        let fresh = format!("c_{}@resource.calendar.google.com", self.random_id(32));
        let changed = self.next();
        let Settings { loose_places: loose, room_addresses_return: returns, directory_lag_ms: lag, .. } =
            self.settings;
        let company = self.company_mut(domain)?;
        let former = company.former_rooms.get(&name).filter(|_| returns).cloned();
        let email = former.unwrap_or(fresh);
        if company.rooms.values().any(|room| room.id == id) {
            return Err(taken());
        }
        let order = company.rooms.values().map(|room| room.order + 1).max().unwrap_or(0);
        let mut room = Room {
            id,
            email: email.clone(),
            name,
            building: None,
            floor: None,
            capacity: None,
            features: Vec::new(),
            order,
            extra: Map::from_iter([("resourceCategory".to_owned(), "CATEGORY_UNKNOWN".into())]),
            changed,
        };
        Self::apply_room(company, &mut room, body, loose)?;
        let shown = room.clone();
        company.rooms.insert(email.clone(), room);
        if lag > 0 {
            self.schedule(now + lag * 1_000, Task::RoomCalendar { room: email });
        } else {
            self.open_room_calendar(&email);
        }
        Ok(reply::json(&self.room(&shown)))
    }

    /// The calendar of a room that is in the Directory.
    pub(super) fn open_room_calendar(&mut self, email: &str) {
        let company = self.directory.companies.values().find(|company| company.rooms.contains_key(email));
        let Some((company, room)) = company.and_then(|company| Some((company, company.rooms.get(email)?)))
        else {
            return;
        };
        let fresh = Calendar::new(email, &room.name, company.zone, Kind::Room, Some(&company.domain));
        // Where a deleted room's calendar stayed, it is this one again.
        self.calendars.entry(email.to_owned()).or_insert(fresh).auto_accept = true;
        self.next();
    }

    fn edit_room(&mut self, domain: &str, id: &str, body: &Body) -> Answer {
        let changed = self.next();
        let loose = self.settings.loose_places;
        let company = self.company_mut(domain)?;
        let room = company.rooms.values().find(|room| room.id == id).cloned();
        let mut room = room.ok_or_else(|| missing("resourceId"))?;
        if body.get("resourceId").is_some_and(|sent| sent != id) {
            return Err(invalid("resourceId"));
        }
        Self::apply_room(company, &mut room, body, loose)?;
        room.changed = changed;
        company.rooms.insert(room.email.clone(), room.clone());
        if let Some(home) = self.calendars.get_mut(&room.email) {
            room.name.clone_into(&mut home.summary);
        }
        Ok(reply::json(&self.room(&room)))
    }

    /// The calendar goes with the room, or stays and answers no more (`deleted_rooms_stay`); copies on other calendars
    /// stay, with their attendee.
    fn delete_room(&mut self, domain: &str, id: &str) -> Answer {
        let company = self.company_mut(domain)?;
        let room = company.rooms.values().find(|room| room.id == id).cloned();
        let Room { email, name, .. } = room.ok_or_else(|| missing("resourceId"))?;
        company.rooms.remove(&email);
        company.former_rooms.insert(name, email.clone());
        match self.calendars.get_mut(&email).filter(|_| self.settings.deleted_rooms_stay) {
            Some(home) => home.auto_accept = false,
            None => drop(self.calendars.remove(&email)),
        }
        self.push.channels.retain(|_, channel| channel.resource.of() != email);
        self.next();
        Ok(reply::empty())
    }

    fn apply_building(company: &Company, building: &mut Building, body: &Body) -> Result<(), ApiError> {
        if body.contains_key("buildingName") {
            let name = needed(body, "buildingName")?;
            let other = company.buildings.values().any(|other| other.id != building.id && other.name == name);
            if name.chars().count() > BUILDING_NAME {
                return Err(invalid("buildingName"));
            }
            if other {
                return Err(taken());
            }
            name.clone_into(&mut building.name);
        }
        if let Some(floors) = body.get("floorNames") {
            let floors = floors.as_array().filter(|list| !list.is_empty());
            let floors =
                floors.and_then(|list| list.iter().map(|one| one.as_str().map(str::to_owned)).collect());
            building.floors = floors.ok_or_else(|| invalid("floorNames"))?;
        }
        keep(&mut building.extra, body, &BUILDING_PARTS);
        Ok(())
    }

    fn insert_building(&mut self, domain: &str, body: &Body) -> Answer {
        let id = needed(body, "buildingId")?.to_owned();
        needed(body, "buildingName")?;
        let changed = self.next();
        let company = self.company_mut(domain)?;
        if id.chars().count() > BUILDING_NAME {
            return Err(invalid("buildingId"));
        }
        if company.buildings.contains_key(&id) {
            return Err(taken());
        }
        if !body.contains_key("floorNames") {
            return Err(ApiError::required("Missing required field: floorNames"));
        }
        let mut building =
            Building { id: id.clone(), name: String::new(), floors: Vec::new(), extra: Map::new(), changed };
        Self::apply_building(company, &mut building, body)?;
        company.buildings.insert(id.clone(), building);
        self.shown_building(domain, &id)
    }

    fn edit_building(&mut self, domain: &str, id: &str, body: &Body) -> Answer {
        let changed = self.next();
        let company = self.company_mut(domain)?;
        let mut building = company.buildings.get(id).cloned().ok_or_else(|| missing("buildingId"))?;
        Self::apply_building(company, &mut building, body)?;
        building.changed = changed;
        company.buildings.insert(id.to_owned(), building);
        self.shown_building(domain, id)
    }

    fn shown_building(&self, domain: &str, id: &str) -> Answer {
        let company = self.directory.companies.get(domain).ok_or_else(refused)?;
        let building = company.buildings.get(id).ok_or_else(|| missing("buildingId"))?;
        Ok(reply::json(&self.building(building)))
    }

    fn delete_building(&mut self, domain: &str, id: &str) -> Answer {
        let loose = self.settings.loose_places;
        let company = self.company_mut(domain)?;
        for room in company.rooms.values_mut().filter(|room| room.building.as_deref() == Some(id)) {
            if !loose {
                return Err(invalid("buildingId"));
            }
            room.building = None;
        }
        company.buildings.remove(id).ok_or_else(|| missing("buildingId"))?;
        self.next();
        Ok(reply::empty())
    }

    fn insert_feature(&mut self, domain: &str, body: &Body) -> Answer {
        let name = needed(body, "name")?.to_owned();
        if !self.company_mut(domain)?.features.insert(name.clone()) {
            return Err(taken());
        }
        self.next();
        Ok(reply::json(&self.feature(&name)))
    }

    /// The name is the key: every room that has the feature follows.
    fn rename_feature(&mut self, domain: &str, old: &str, new: &str) -> Result<(), ApiError> {
        let changed = self.next();
        let company = self.company_mut(domain)?;
        if !company.features.contains(old) {
            return Err(missing("featureKey"));
        }
        if old != new && company.features.contains(new) {
            return Err(taken());
        }
        company.features.remove(old);
        company.features.insert(new.to_owned());
        for room in company.rooms.values_mut() {
            for name in room.features.iter_mut().filter(|name| *name == old) {
                new.clone_into(name);
                room.changed = changed;
            }
        }
        Ok(())
    }

    fn delete_feature(&mut self, domain: &str, name: &str) -> Answer {
        let loose = self.settings.loose_places;
        let company = self.company_mut(domain)?;
        if !loose && company.rooms.values().any(|room| room.features.iter().any(|own| own == name)) {
            return Err(invalid("featureKey"));
        }
        company.rooms.values_mut().for_each(|room| room.features.retain(|own| own != name));
        if !company.features.remove(name) {
            return Err(missing("featureKey"));
        }
        self.next();
        Ok(reply::empty())
    }

    fn colleague(&self, domain: &str, key: &str) -> Result<String, ApiError> {
        let user = self.user_by_key(key).filter(|user| user.domain.as_deref() == Some(domain));
        user.map(|user| user.email.clone()).ok_or_else(missing_user)
    }

    fn insert_user(&mut self, domain: &str, body: &Body) -> Answer {
        let email = needed(body, "primaryEmail")?.to_ascii_lowercase();
        needed(body, "password")?;
        let name = body.get("name").and_then(Value::as_object).cloned().unwrap_or_default();
        let (given, family) =
            (needed(&name, "givenName")?.to_owned(), needed(&name, "familyName")?.to_owned());
        if email.split_once('@').map(|(_, own)| own) != Some(domain) {
            return Err(invalid("primary_user_email"));
        }
        if self.user_by_key(&email).is_some() || self.directory.deleted.contains_key(&email) {
            return Err(taken());
        }
        self.add_user(&email, &given, &family, false);
        let mut rest = body.clone();
        rest.remove("primaryEmail");
        self.edit_user(&email, &rest)
    }

    fn edit_user(&mut self, email: &str, body: &Body) -> Answer {
        let changed = self.next();
        let user = self.directory.users.get(email).ok_or_else(missing_user)?;
        let mut user = user.clone();
        if let Some(name) = body.get("name").and_then(Value::as_object) {
            if name.contains_key("givenName") {
                needed(name, "givenName")?.clone_into(&mut user.given);
            }
            if name.contains_key("familyName") {
                needed(name, "familyName")?.clone_into(&mut user.family);
            }
        }
        for (field, flag) in [("suspended", &mut user.suspended), ("archived", &mut user.archived)] {
            if let Some(value) = body.get(field) {
                *flag = value.as_bool().ok_or_else(|| invalid(field))?;
            }
        }
        keep(&mut user.extra, body, &USER_PARTS);
        user.changed = changed;
        self.directory.users.insert(email.to_owned(), user);
        let mut email = email.to_owned();
        if let Some(new) = body.get("primaryEmail").and_then(Value::as_str) {
            let new = new.to_ascii_lowercase();
            let domain = |address: &str| address.split_once('@').map(|(_, domain)| domain.to_owned());
            if domain(&new) != domain(&email) {
                return Err(invalid("primary_user_email"));
            }
            if new != email {
                if self.user_by_key(&new).is_some_and(|other| other.email != email) {
                    return Err(taken());
                }
                self.rename_user(&email, &new);
                email = new;
            }
        }
        self.shown_user(&email)
    }

    fn shown_user(&self, email: &str) -> Result<Response<Bytes>, ApiError> {
        let user = self.directory.users.get(email).ok_or_else(missing_user)?;
        let company = self.directory.company_of(email).ok_or_else(refused)?;
        Ok(reply::json(&self.user(user, company, false)))
    }
}
