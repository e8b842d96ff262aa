//! The Admin Directory: users, buildings, rooms, features (facts: google-directory).

use serde_json::{Map, Value, json};

use super::World;
use super::access::{Actor, RESOURCES, USERS};
use super::clock::{DAY, stamp};
use super::directory::{Building, Company, Room, User};
use super::directory_query::{Filter, ROOM_FIELDS, USER_FIELDS, room_values, sort_rooms, user_values};
use super::sync_token::{pack, unpack};
use crate::wire::{ApiError, Query};

pub(super) fn refused() -> ApiError {
    ApiError::forbidden("Not Authorized to access this resource/api")
}

pub(super) fn missing_user() -> ApiError {
    ApiError::new(404, "notFound", "Resource Not Found: userKey")
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
        let etag = self.etag(self.counter());
        match path {
            ["buildings"] => {
                let all = company.buildings.values().map(|building| self.building(building)).collect();
                let kind = "admin#directory#resources#buildings#buildingsList";
                Ok(listing(kind, "buildings", etag, page(all, query, (100, 500), now)?))
            }
            ["buildings", id] => {
                let building = company.buildings.get(*id).ok_or_else(ApiError::not_found)?;
                Ok(self.building(building))
            }
            ["features"] => {
                let all = company.features.iter().map(|name| self.feature(name)).collect();
                let kind = "admin#directory#resources#features#featuresList";
                Ok(listing(kind, "features", etag, page(all, query, (100, 500), now)?))
            }
            ["features", name] if company.features.contains(*name) => Ok(self.feature(name)),
            ["calendars"] => {
                let mut rooms = self.directory.rooms(&company.domain);
                let filter = Filter::read(query.get("query"), &ROOM_FIELDS)?;
                rooms.retain(|room| filter.holds(|field| room_values(room, field)));
                if let Some(order) = query.get("orderBy") {
                    sort_rooms(&mut rooms, order)?;
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

    pub(super) fn building(&self, building: &Building) -> Value {
        let mut out = json!({
            "kind": "admin#directory#resources#buildings#Building",
            "etags": self.etag(building.changed),
            "buildingId": building.id,
            "buildingName": building.name,
            "floorNames": building.floors,
        });
        add(&mut out, &building.extra);
        out
    }

    pub(super) fn feature(&self, name: &str) -> Value {
        json!({ "kind": "admin#directory#resources#features#Feature", "etags": self.etag(0), "name": name })
    }

    pub(super) fn room(&self, room: &Room) -> Value {
        let mut out = json!({
            "kind": "admin#directory#resources#calendars#CalendarResource",
            "etags": self.etag(room.changed),
            "resourceId": room.id,
            "resourceName": room.name,
            "generatedResourceName": room.generated_name(),
            "resourceEmail": room.email,
        });
        add(&mut out, &room.extra);
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
        let filter = Filter::read(query.get("query"), &USER_FIELDS)?;
        let deleted = query.flag("showDeleted")? == Some(true);
        let gone = self.directory.deleted.values().map(|(user, _)| user);
        let users: Vec<&User> =
            if deleted { gone.collect() } else { self.directory.users.values().collect() };
        let mut users: Vec<&User> = users
            .into_iter()
            .filter(|user| user.domain.as_deref() == Some(company.domain.as_str()))
            .filter(|user| filter.holds(|field| user_values(user, field)))
            .collect();
        match query.get("orderBy") {
            Some("familyName") => users.sort_by_key(|user| user.family.clone()),
            Some("givenName") => users.sort_by_key(|user| user.given.clone()),
            _ => {}
        }
        if query.get("sortOrder") == Some("DESCENDING") {
            users.reverse();
        }
        let all = users.into_iter().map(|user| self.user(user, company, public)).collect();
        Ok(listing(
            "admin#directory#users",
            "users",
            self.etag(self.counter()),
            page(all, query, (100, 500), now)?,
        ))
    }

    fn users_get(&self, actor: &Actor, key: &str, query: &Query) -> Result<Value, ApiError> {
        actor.demand(USERS)?;
        let company = self.directory.company_of(&actor.email).ok_or_else(refused)?;
        let public = self.public_view(actor, query)?;
        let user = self.user_by_key(key).filter(|user| user.domain.as_ref() == Some(&company.domain));
        let user = user.ok_or_else(missing_user)?;
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

    pub(super) fn user(&self, user: &User, company: &Company, public: bool) -> Value {
        let mut out = json!({
            "kind": "admin#directory#user",
            "etag": self.etag(user.changed),
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
            out["archived"] = json!(user.archived);
            out["customerId"] = json!(company.customer);
            out["orgUnitPath"] = json!("/");
            out["creationTime"] = json!(stamp(0));
            out["lastLoginTime"] = json!(stamp(0));
            if let Some((_, at)) = self.directory.deleted.get(&user.email) {
                out["deletionTime"] = json!(stamp(*at));
            }
            if !user.aliases.is_empty() {
                out["aliases"] = json!(user.aliases);
            }
            add(&mut out, &user.extra);
        }
        out
    }
}

fn add(out: &mut Value, extra: &Map<String, Value>) {
    if let Some(out) = out.as_object_mut() {
        out.extend(extra.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}
