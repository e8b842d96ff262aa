//! The Admin SDK Directory: buildings, rooms, people. Five GETs on hand-written types (decisions, 1).
//!
//! There is neither push nor sync token here, so what a listing lacks counts as gone: every listing is complete or an
//! error, down to a single entry that cannot be identified.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::Method;
use serde_json::Value;
use sync::port::{DirectoryBuilding, DirectoryPort, DirectoryRoom, DirectoryUser, Failure, Secret};

use crate::client::{GoogleClient, authorized};
use crate::failure::failure;
use crate::transport::{BODY_CAP, LIST_CAP};
use crate::wire::{self, flag, list, segment, text};

/// Entries a page; the most that is allowed.
const MAX_RESULTS: &str = "500";
/// More pages than any company has.
const MAX_PAGES: usize = 1_000;

const RESOURCES: &str = "/admin/directory/v1/customer/my_customer/resources";
const USERS: &str = "/admin/directory/v1/users";

/// Reads the entries and the next page token of one page.
type PageReader<T> = fn(&Value) -> Result<Vec<T>, Failure>;

impl GoogleClient {
    async fn all<T>(
        &self,
        token: &Secret,
        path: &str,
        query: &[(&str, Option<&str>)],
        read: PageReader<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        let mut visited = BTreeSet::new();
        let mut page_token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut query = query.to_vec();
            query.push(("maxResults", Some(MAX_RESULTS)));
            query.push(("pageToken", page_token.as_deref()));
            let page = self.page(token, path, &query, LIST_CAP).await?;
            all.extend(read(&page)?);
            let Some(next) = text(&page, "nextPageToken") else { return Ok(all) };
            if !visited.insert(next.to_owned()) {
                return Err(malformed("a page token repeats"));
            }
            page_token = Some(next.to_owned());
        }
        Err(malformed("too many pages"))
    }

    async fn page(
        &self,
        token: &Secret,
        path: &str,
        query: &[(&str, Option<&str>)],
        cap: usize,
    ) -> Result<Value, Failure> {
        let request = wire::request(Method::GET, &self.endpoints.directory, path, query, None)?;
        let response = self.carrier.carry(authorized(request, token)?, cap).await?;
        if !response.status().is_success() {
            return Err(failure(None, &response));
        }
        object(response.body())
    }
}

impl DirectoryPort for GoogleClient {
    fn buildings<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryBuilding>, Failure>> {
        async move { self.all(token, &format!("{RESOURCES}/buildings"), &[], building_page).await }.boxed()
    }

    fn rooms<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryRoom>, Failure>> {
        async move { self.all(token, &format!("{RESOURCES}/calendars"), &[], room_page).await }.boxed()
    }

    fn users<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryUser>, Failure>> {
        async move { self.all(token, USERS, &[("customer", Some("my_customer"))], user_page).await }.boxed()
    }

    fn user<'a>(&'a self, token: &'a Secret, key: &'a str) -> BoxFuture<'a, Result<DirectoryUser, Failure>> {
        async move {
            let path = format!("{USERS}/{}", segment(key));
            read_user(&self.page(token, &path, &[], BODY_CAP).await?)
        }
        .boxed()
    }
}

fn malformed(detail: &str) -> Failure {
    Failure::Malformed { detail: detail.to_owned() }
}

fn object(body: &Bytes) -> Result<Value, Failure> {
    let body: Value = serde_json::from_slice(body).map_err(|_| malformed("not json"))?;
    if body.is_object() { Ok(body) } else { Err(malformed("no object")) }
}

/// One page of `resources.buildings.list`, from its body.
pub fn decode_building_page(body: &Bytes) -> Result<Vec<DirectoryBuilding>, Failure> {
    building_page(&object(body)?)
}

/// One page of `resources.calendars.list`, from its body.
pub fn decode_room_page(body: &Bytes) -> Result<Vec<DirectoryRoom>, Failure> {
    room_page(&object(body)?)
}

/// One page of `users.list`, from its body.
pub fn decode_user_page(body: &Bytes) -> Result<Vec<DirectoryUser>, Failure> {
    user_page(&object(body)?)
}

/// The answer to `users.get`, from its body.
pub fn decode_user(body: &Bytes) -> Result<DirectoryUser, Failure> {
    read_user(&object(body)?)
}

fn building_page(page: &Value) -> Result<Vec<DirectoryBuilding>, Failure> {
    list(page, "buildings")?.iter().map(read_building).collect()
}

fn room_page(page: &Value) -> Result<Vec<DirectoryRoom>, Failure> {
    list(page, "items")?.iter().map(read_room).collect()
}

fn user_page(page: &Value) -> Result<Vec<DirectoryUser>, Failure> {
    list(page, "users")?.iter().map(read_user).collect()
}

fn owned(value: &Value, name: &str) -> String {
    text(value, name).unwrap_or_default().to_owned()
}

fn required(value: &Value, name: &str, missing: &str) -> Result<String, Failure> {
    text(value, name).map(str::to_owned).ok_or_else(|| malformed(missing))
}

/// Entries of an array; whatever else is there has none.
fn entries<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn read_building(building: &Value) -> Result<DirectoryBuilding, Failure> {
    let id = required(building, "buildingId", "a building without an id")?;
    Ok(DirectoryBuilding {
        name: text(building, "buildingName").unwrap_or(&id).to_owned(),
        floors: entries(building, "floorNames").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        id,
    })
}

fn read_room(room: &Value) -> Result<DirectoryRoom, Failure> {
    let resource_id = required(room, "resourceId", "a room without an id")?;
    let email = required(room, "resourceEmail", "a room without an address")?;
    Ok(DirectoryRoom {
        name: text(room, "resourceName")
            .or_else(|| text(room, "generatedResourceName"))
            .unwrap_or(&resource_id)
            .to_owned(),
        building_id: text(room, "buildingId").map(str::to_owned),
        floor: text(room, "floorName").map(str::to_owned),
        capacity: room["capacity"]
            .as_i64()
            .and_then(|seats| i32::try_from(seats).ok())
            .filter(|seats| *seats > 0),
        // Absent, null and [] alike.
        features: entries(room, "featureInstances")
            .iter()
            .filter_map(|instance| text(&instance["feature"], "name"))
            .map(str::to_owned)
            .collect(),
        description: text(room, "userVisibleDescription").map(str::to_owned),
        // Legacy resources have an unknown category and are rooms.
        is_room: text(room, "resourceCategory") != Some("OTHER"),
        resource_id,
        email,
    })
}

fn read_user(user: &Value) -> Result<DirectoryUser, Failure> {
    let name = &user["name"];
    Ok(DirectoryUser {
        id: required(user, "id", "a person without an id")?,
        email: required(user, "primaryEmail", "a person without an address")?,
        given_name: owned(name, "givenName"),
        family_name: owned(name, "familyName"),
        full_name: owned(name, "fullName"),
        display_name: owned(name, "displayName"),
        department: department(user),
        is_admin: flag(user, "isAdmin"),
        // An archived account cannot sign in either.
        suspended: flag(user, "suspended") || flag(user, "archived"),
    })
}

/// `title · department` of the primary organization, else of the first.
fn department(user: &Value) -> String {
    let all = entries(user, "organizations");
    let Some(one) = all.iter().find(|one| flag(one, "primary")).or_else(|| all.first()) else {
        return String::new();
    };
    [text(one, "title"), text(one, "department")].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests;
