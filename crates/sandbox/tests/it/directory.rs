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
