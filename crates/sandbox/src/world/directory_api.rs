//! The Admin Directory: users, buildings, rooms, features (facts: google-directory).

use serde_json::{Value, json};

use super::World;
use super::access::{Actor, RESOURCES, USERS};
use super::clock::{DAY, stamp};
use super::directory::{Company, Room, User};
use super::sync_token::{pack, unpack};
use crate::wire::{ApiError, Query};

fn refused() -> ApiError {
    ApiError::forbidden("Not Authorized to access this resource/api")
}

/// One page: items, the token of the next. A page token is good for three days.
fn page(
    all: Vec<Value>,
    query: &Query,
    sizes: (usize, usize),
    now: i64,
) -> Result<(Vec<Value>, Option<String>), ApiError> {
    let most = query.count("maxResults", sizes.0, sizes.1)?;
    let from = match query.get("pageToken") {
        None => 0,
        Some(text) => {
            let (from, at): (usize, i64) =
                unpack(text).ok_or_else(|| ApiError::parameter("pageToken", "Invalid page token."))?;
            if now - at > 3 * DAY {
                return Err(ApiError::parameter("pageToken", "Page token has expired."));
            }
            from
        }
    };
    let more = all.len() > from.saturating_add(most);
    let items = all.into_iter().skip(from).take(most).collect();
    Ok((items, more.then(|| pack(&(from + most, now)))))
}

/// Items under `key`, absent when there are none.
fn listing(kind: &str, key: &str, etag: String, (items, next): (Vec<Value>, Option<String>)) -> Value {
    let mut out = json!({ "kind": kind, "etag": etag });
    if !items.is_empty() {
        out[key] = Value::Array(items);
    }
    if let Some(next) = next {
        out["nextPageToken"] = json!(next);
    }
    out
}

impl World {
    /// `users.list`, `users.get`, `resources/{buildings,calendars,features}`.
    pub(crate) fn directory_get(
        &self,
        actor: &Actor,
        path: &[&str],
        query: &Query,
        now: i64,
    ) -> Result<Value, ApiError> {
        match path {
            ["users"] => self.users_list(actor, query, now),
            ["users", key] => self.users_get(actor, key, query),
            ["customer", customer, "resources", rest @ ..] => {
                actor.demand(RESOURCES)?;
                let company = self.directory.company_of(&actor.email).ok_or_else(refused)?;
                if !self.directory.users.get(&actor.email).is_some_and(|user| user.admin) {
                    return Err(refused());
                }
                if *customer != "my_customer" && *customer != company.customer {
                    return Err(ApiError::new(400, "badRequest", "Bad Request"));
                }
                self.resources(company, rest, query, now)
            }
            _ => Err(ApiError::not_found()),
        }
    }

    fn resources(
        &self,
        company: &Company,
        path: &[&str],
        query: &Query,
        now: i64,
    ) -> Result<Value, ApiError> {
        let etag = self.etag(0);
        match path {
            ["buildings"] => {
                let all = company.buildings.keys().map(|id| self.building(company, id)).collect();
                let kind = "admin#directory#resources#buildings#buildingsList";
                Ok(listing(kind, "buildings", etag, page(all, query, (100, 500), now)?))
            }
            ["buildings", id] if company.buildings.contains_key(*id) => Ok(self.building(company, id)),
            ["features"] => {
                let all = company.features.iter().map(|name| self.feature(name)).collect();
                let kind = "admin#directory#resources#features#featuresList";
                Ok(listing(kind, "features", etag, page(all, query, (100, 500), now)?))
            }
            ["features", name] if company.features.contains(*name) => Ok(self.feature(name)),
            ["calendars"] => {
                let mut rooms = self.directory.rooms(&company.domain);
                if let Some(order) = query.get("orderBy") {
                    sort_rooms(&mut rooms, order);
                }
                let all = rooms.into_iter().map(|room| self.room(room)).collect();
                let kind = "admin#directory#resources#calendars#calendarResourcesList";
                Ok(listing(kind, "items", etag, page(all, query, (100, 500), now)?))
            }
            ["calendars", id] => {
                let room = company.rooms.values().find(|room| room.id == *id);
                room.map(|room| self.room(room)).ok_or_else(ApiError::not_found)
            }
            _ => Err(ApiError::not_found()),
        }
    }

    fn building(&self, company: &Company, id: &str) -> Value {
        let building = &company.buildings[id];
        json!({
            "kind": "admin#directory#resources#buildings#Building",
            "etags": self.etag(0),
            "buildingId": building.id,
            "buildingName": building.name,
            "floorNames": building.floors,
        })
    }

    fn feature(&self, name: &str) -> Value {
        json!({ "kind": "admin#directory#resources#features#Feature", "etags": self.etag(0), "name": name })
    }

    fn room(&self, room: &Room) -> Value {
        let place = [room.building.as_deref(), room.floor.as_deref()];
        let mut name: Vec<&str> = place.into_iter().flatten().collect();
        name.push(&room.name);
        let seats = room.capacity.map_or_else(String::new, |n| format!(" ({n})"));
        let mut out = json!({
            "kind": "admin#directory#resources#calendars#CalendarResource",
            "etags": self.etag(0),
            "resourceId": room.id,
            "resourceName": room.name,
            "generatedResourceName": format!("{}{seats}", name.join("-")),
            "resourceEmail": room.email,
            "resourceCategory": "CONFERENCE_ROOM",
        });
        if let Some(capacity) = room.capacity {
            out["capacity"] = json!(capacity);
        }
        if let Some(building) = &room.building {
            out["buildingId"] = json!(building);
        }
        if let Some(floor) = &room.floor {
            out["floorName"] = json!(floor);
        }
        if !room.features.is_empty() {
            let list = room.features.iter().map(|name| json!({ "feature": self.feature(name) }));
            out["featureInstances"] = list.collect();
        }
        out
    }

    fn users_list(&self, actor: &Actor, query: &Query, now: i64) -> Result<Value, ApiError> {
        actor.demand(USERS)?;
        let company = self.directory.company_of(&actor.email).ok_or_else(refused)?;
        let public = self.public_view(actor, query)?;
        match (query.get("customer"), query.get("domain")) {
            (None, None) => return Err(ApiError::new(400, "badRequest", "Bad Request")),
            (Some(customer), _) if customer != "my_customer" && customer != company.customer => {
                return Err(refused());
            }
            (_, Some(domain)) if domain != company.domain => return Err(refused()),
            _ => {}
        }
        let users = self.directory.users.values();
        let users = users.filter(|user| user.domain.as_deref() == Some(company.domain.as_str()));
        let mut users: Vec<&User> = users.collect();
        match query.get("orderBy") {
            Some("familyName") => users.sort_by_key(|user| user.family.clone()),
            Some("givenName") => users.sort_by_key(|user| user.given.clone()),
            _ => {}
        }
        if query.get("sortOrder") == Some("DESCENDING") {
            users.reverse();
        }
        let all = users.into_iter().map(|user| self.user(user, company, public)).collect();
        Ok(listing("admin#directory#users", "users", self.etag(0), page(all, query, (100, 500), now)?))
    }

    fn users_get(&self, actor: &Actor, key: &str, query: &Query) -> Result<Value, ApiError> {
        actor.demand(USERS)?;
        let company = self.directory.company_of(&actor.email).ok_or_else(refused)?;
        let public = self.public_view(actor, query)?;
        let key = key.to_ascii_lowercase();
        let user = self.directory.users.values().find(|user| user.email == key || user.id == key);
        let missing = || ApiError::new(404, "notFound", "Resource Not Found: userKey");
        let user = user
            .filter(|user| user.domain.as_deref() == Some(company.domain.as_str()))
            .ok_or_else(missing)?;
        Ok(self.user(user, company, public))
    }

    /// `viewType=domain_public` is for everybody, the rest for admins.
    fn public_view(&self, actor: &Actor, query: &Query) -> Result<bool, ApiError> {
        let admin = self.directory.users.get(&actor.email).is_some_and(|user| user.admin);
        match query.get("viewType") {
            Some("domain_public") => Ok(true),
            None | Some("admin_view") if admin => Ok(false),
            None | Some("admin_view") => Err(refused()),
            Some(_) => Err(ApiError::parameter("viewType", "Invalid value for viewType.")),
        }
    }

    fn user(&self, user: &User, company: &Company, public: bool) -> Value {
        let mut out = json!({
            "kind": "admin#directory#user",
            "etag": self.etag(0),
            "id": user.id,
            "primaryEmail": user.email,
            "name": { "givenName": user.given, "familyName": user.family, "fullName": user.full_name() },
            "emails": [{ "address": user.email, "primary": true }],
        });
        if user.title.is_some() || user.department.is_some() {
            let mut organization = json!({ "primary": true });
            if let Some(title) = &user.title {
                organization["title"] = json!(title);
            }
            if let Some(department) = &user.department {
                organization["department"] = json!(department);
            }
            out["organizations"] = json!([organization]);
        }
        if !public {
            out["isAdmin"] = json!(user.admin);
            out["isDelegatedAdmin"] = json!(false);
            out["suspended"] = json!(user.suspended);
            if user.suspended {
                out["suspensionReason"] = json!("ADMIN");
            }
            out["archived"] = json!(false);
            out["customerId"] = json!(company.customer);
            out["orgUnitPath"] = json!("/");
            out["creationTime"] = json!(stamp(0));
            out["lastLoginTime"] = json!(stamp(0));
        }
        out
    }
}

fn sort_rooms(rooms: &mut [&Room], order: &str) {
    let (field, direction) = order.split_once(' ').unwrap_or((order, "asc"));
    match field {
        "resourceId" => rooms.sort_by_key(|room| room.id.clone()),
        "resourceName" => rooms.sort_by_key(|room| room.name.clone()),
        "capacity" => rooms.sort_by_key(|room| room.capacity),
        "buildingId" => rooms.sort_by_key(|room| room.building.clone()),
        "floorName" => rooms.sort_by_key(|room| room.floor.clone()),
        _ => {}
    }
    if direction == "desc" {
        rooms.reverse();
    }
}
