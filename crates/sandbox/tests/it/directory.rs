use serde_json::{Value, json};

use crate::support::{Client, JOON, MINA};

const BASE: &str = "/admin/directory/v1";

#[test]
fn rooms_buildings_and_features_are_for_admins() {
    let mut c = Client::new();
    let path = format!("{BASE}/customer/my_customer/resources/calendars?maxResults=1");
    let refused = c.get(JOON, &path);
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "forbidden"));
    assert_eq!(refused.json["error"]["status"], "PERMISSION_DENIED");
    assert_eq!(c.get("personal@gmail.com", &path).status, 403);
    let first = c.get(MINA, &path).ok();
    assert_eq!(first["items"][0]["resourceName"], "한라");
    assert_eq!(first["items"][0]["resourceEmail"], json!(c.room));
    assert_eq!(first["items"][0]["featureInstances"][0]["feature"]["name"], "TV");
    let token = first["nextPageToken"].as_str().unwrap();
    let second = c.get(MINA, &format!("{path}&pageToken={token}")).ok();
    assert_eq!(second["items"][0]["resourceName"], "설악");
    assert!(second.get("nextPageToken").is_none());
    assert!(second["items"][0].get("featureInstances").is_none());
    let buildings = c.get(MINA, &format!("{BASE}/customer/my_customer/resources/buildings")).ok();
    assert_eq!(buildings["buildings"][0]["floorNames"], json!(["2", "3"]));
    let features = c.get(MINA, &format!("{BASE}/customer/my_customer/resources/features")).ok();
    assert_eq!(features["features"][0]["name"], "TV");
}

#[test]
fn users_have_a_public_view() {
    let mut c = Client::new();
    assert_eq!(c.get(JOON, &format!("{BASE}/users?customer=my_customer")).status, 403);
    let public = c.get(JOON, &format!("{BASE}/users?customer=my_customer&viewType=domain_public")).ok();
    assert_eq!(public["users"].as_array().unwrap().len(), 2);
    assert_eq!(public["users"][0].get("isAdmin"), None);
    let mina = c.get(MINA, &format!("{BASE}/users/{MINA}")).ok();
    assert_eq!(mina["isAdmin"], true);
    assert_eq!(mina["name"]["fullName"], "김민아");
    let by_id = c.get(MINA, &format!("{BASE}/users/{}", mina["id"].as_str().unwrap())).ok();
    assert_eq!(by_id["primaryEmail"], Value::from(MINA));
    assert_eq!(c.get(MINA, &format!("{BASE}/users")).status, 400);
    assert_eq!(c.get(MINA, &format!("{BASE}/users/personal@gmail.com")).status, 404);
}

fn resources(what: &str) -> String {
    format!("{BASE}/customer/my_customer/resources/{what}")
}

#[test]
fn a_room_is_made_changed_and_deleted() {
    let mut c = Client::new();
    let body = json!({ "resourceId": "r-new", "resourceName": "백두", "buildingId": "main", "floorName": "3",
        "capacity": 12, "resourceCategory": "CONFERENCE_ROOM", "userVisibleDescription": "전망",
        "featureInstances": [{ "feature": { "name": "TV" } }] });
    assert_eq!(c.post(JOON, &resources("calendars"), body.clone()).status, 403);
    let made = c.post(MINA, &resources("calendars"), body.clone()).ok();
    assert_eq!(made["generatedResourceName"], "main-3-백두 (12)");
    let email = made["resourceEmail"].as_str().unwrap().to_owned();
    assert_eq!(c.post(MINA, &resources("calendars"), body.clone()).reason(), "duplicate");
    assert_eq!(c.get(MINA, &format!("/calendar/v3/calendars/{email}")).ok()["summary"], "백두");
    let booking = json!({ "start": crate::support::at(10), "end": crate::support::at(11),
        "attendees": [{ "email": email, "resource": true }] });
    let id = c.insert(JOON, booking)["id"].as_str().unwrap().to_owned();
    c.pass(2);
    let event = c.event(JOON, JOON, &id);
    assert_eq!(crate::support::answer_of(&event, &email), "accepted", "it answers like any other");

    let path = resources("calendars/r-new");
    let renamed = c.call(MINA, "PUT", &path, json!({ "resourceName": "금강" })).ok();
    assert_eq!(
        (&renamed["resourceName"], &renamed["capacity"]),
        (&json!("금강"), &json!(12)),
        "PUT keeps the rest"
    );
    assert_ne!(renamed["etags"], made["etags"]);
    let cleared = c.call(MINA, "PATCH", &path, json!({ "capacity": null, "featureInstances": null })).ok();
    assert!(cleared.get("capacity").is_none() && cleared.get("featureInstances").is_none());
    for wrong in [
        json!({ "buildingId": "nowhere" }),
        json!({ "floorName": "99" }),
        json!({ "capacity": "many" }),
        json!({ "resourceCategory": "KITCHEN" }),
        json!({ "featureInstances": [{ "feature": { "name": "unknown" } }] }),
    ] {
        assert_eq!(c.call(MINA, "PATCH", &path, wrong.clone()).reason(), "invalid", "{wrong}");
    }
    assert_eq!(c.call(MINA, "DELETE", &path, Value::Null).status, 204);
    assert_eq!(c.get(MINA, &path).status, 404);
    assert_eq!(c.get(MINA, &format!("/calendar/v3/calendars/{email}")).status, 404);
    let again = c.post(MINA, &resources("calendars"), body).ok();
    assert_ne!(again["resourceEmail"], json!(email), "a room that comes back has a new address");
}

#[test]
fn rooms_are_found_and_sorted() {
    let mut c = Client::new();
    for (query, names) in [
        ("buildingId=main", vec!["한라", "설악"]),
        ("capacity=8", vec!["한라"]),
        ("buildingId=main AND NOT featureInstances.feature.name:TV", vec!["설악"]),
        ("floor_name=3 AND name:설*", vec!["설악"]),
        ("name!=한라", vec!["설악"]),
        ("generatedResourceName:main-2*", vec!["한라"]),
        ("resourceCategory=OTHER", vec![]),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let found = c.get(MINA, &resources(&format!("calendars?query={query}"))).ok();
        let list = found["items"].as_array().cloned().unwrap_or_default();
        let found: Vec<&str> = list.iter().map(|room| room["resourceName"].as_str().unwrap()).collect();
        assert_eq!(found, names, "{query}");
    }
    assert_eq!(c.get(MINA, &resources("calendars?query=colour%3Dred")).reason(), "invalid");
    let sorted = c.get(MINA, &resources("calendars?orderBy=buildingId%20desc,capacity")).ok();
    assert_eq!(sorted["items"][0]["resourceName"], "설악");
    assert_eq!(c.get(MINA, &resources("calendars?orderBy=colour")).reason(), "invalid");
}

#[test]
fn buildings_and_features_are_written() {
    let mut c = Client::new();
    let body = json!({ "buildingId": "annex", "buildingName": "별관", "floorNames": ["1", "2"],
        "coordinates": { "latitude": 37.5, "longitude": 127.0 } });
    assert_eq!(
        c.post(MINA, &resources("buildings"), json!({ "buildingId": "x", "buildingName": "y" })).status,
        400
    );
    c.post(MINA, &resources("buildings"), body.clone()).ok();
    assert_eq!(c.post(MINA, &resources("buildings"), body).reason(), "duplicate");
    let same_name = json!({ "buildingName": "본관" });
    assert_eq!(c.call(MINA, "PATCH", &resources("buildings/annex"), same_name).reason(), "duplicate");
    let moved = c.call(MINA, "PATCH", &resources("buildings/annex"), json!({ "buildingName": "신관" })).ok();
    assert_eq!((&moved["buildingName"], &moved["floorNames"][1]), (&json!("신관"), &json!("2")));
    assert_eq!(
        c.call(MINA, "DELETE", &resources("buildings/main"), Value::Null).status,
        400,
        "rooms are in it"
    );
    assert_eq!(c.call(MINA, "DELETE", &resources("buildings/annex"), Value::Null).status, 204);
    assert_eq!(c.get(MINA, &resources("buildings/annex")).status, 404);

    c.post(MINA, &resources("features"), json!({ "name": "화이트보드" })).ok();
    let rename = resources("features/TV/rename");
    assert_eq!(c.post(MINA, &rename, json!({ "newName": "화이트보드" })).reason(), "duplicate");
    assert_eq!(c.post(MINA, &rename, json!({ "newName": "텔레비전" })).status, 204);
    let rooms = c.get(MINA, &resources("calendars")).ok();
    assert_eq!(rooms["items"][0]["featureInstances"][0]["feature"]["name"], "텔레비전");
    assert_eq!(c.call(MINA, "DELETE", &resources("features/텔레비전"), Value::Null).status, 400);
    let unused = resources("features/%ED%99%94%EC%9D%B4%ED%8A%B8%EB%B3%B4%EB%93%9C");
    assert_eq!(c.call(MINA, "DELETE", &unused, Value::Null).status, 204);
}

#[test]
fn people_are_suspended_renamed_deleted_and_come_back() {
    let mut c = Client::new();
    let path = format!("{BASE}/users/{JOON}");
    let id = c.get(MINA, &path).ok()["id"].clone();
    let suspended = c.call(MINA, "PATCH", &path, json!({ "suspended": true })).ok();
    assert_eq!((&suspended["suspended"], &suspended["suspensionReason"]), (&json!(true), &json!("ADMIN")));
    assert_eq!(c.get(JOON, "/calendar/v3/calendars/primary").status, 401);
    c.call(MINA, "PUT", &path, json!({ "suspended": false, "name": { "givenName": "준호" } })).ok();

    let event = json!({ "start": crate::support::at(10), "end": crate::support::at(11), "attendees": [{ "email": MINA }] });
    let booked = c.insert(JOON, event)["id"].as_str().unwrap().to_owned();
    let renamed = c.call(MINA, "PATCH", &path, json!({ "primaryEmail": "juno@hanbit.example" })).ok();
    assert_eq!((&renamed["id"], &renamed["aliases"]), (&id, &json!([JOON])), "the key stays");
    assert_eq!(c.get(MINA, &path).ok()["primaryEmail"], "juno@hanbit.example", "found by its alias");
    let event = c.event("juno@hanbit.example", "juno@hanbit.example", &booked);
    assert_eq!(event["organizer"]["email"], "juno@hanbit.example");
    let copy = c.event(MINA, MINA, &booked);
    assert_eq!(copy["organizer"]["email"], "juno@hanbit.example");

    let path = format!("{BASE}/users/juno@hanbit.example");
    assert_eq!(c.post(MINA, &format!("{path}/makeAdmin"), json!({ "status": true })).status, 204);
    assert_eq!(c.get(MINA, &path).ok()["isAdmin"], true);
    assert_eq!(c.call(MINA, "DELETE", &path, Value::Null).status, 204);
    assert_eq!(c.get(MINA, &path).status, 404);
    let list = format!("{BASE}/users?customer=my_customer");
    assert_eq!(c.get(MINA, &list).ok()["users"].as_array().unwrap().len(), 1);
    let deleted = c.get(MINA, &format!("{list}&showDeleted=true")).ok();
    assert!(deleted["users"][0]["deletionTime"].is_string());
    let undelete = format!("{BASE}/users/{}/undelete", id.as_str().unwrap());
    assert_eq!(c.post(MINA, &undelete, json!({})).status, 204);
    c.get("juno@hanbit.example", "/calendar/v3/calendars/primary").ok();

    let body = json!({ "primaryEmail": "new@hanbit.example", "password": "long enough",
        "name": { "givenName": "새", "familyName": "윤" } });
    assert_eq!(c.post(MINA, &format!("{BASE}/users"), body.clone()).ok()["name"]["fullName"], "윤새");
    assert_eq!(c.post(MINA, &format!("{BASE}/users"), body).reason(), "duplicate");
    let found = c.get(MINA, &format!("{list}&query=givenName%3D%EC%83%88%20isAdmin%3Dfalse")).ok();
    assert_eq!(found["users"][0]["primaryEmail"], "new@hanbit.example");
}
