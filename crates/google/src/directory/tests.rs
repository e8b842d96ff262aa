//! The Directory's listings.

use super::*;
use serde_json::json;

fn body(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

#[test]
fn rooms_in_all_their_spellings() {
    let page = json!({ "kind": "x", "items": [
        {
            "resourceId": "halla", "resourceName": "한라", "resourceEmail": "c_1@resource.calendar.google.com",
            "capacity": 8, "buildingId": "main", "floorName": "3", "resourceCategory": "CONFERENCE_ROOM",
            "userVisibleDescription": "창가",
            "featureInstances": [{ "feature": { "name": "TV", "etags": "x" } }, { "feature": {} }, null]
        },
        { "resourceId": "old", "resourceEmail": "c_2@r.example", "resourceCategory": "CATEGORY_UNKNOWN", "featureInstances": null },
        { "resourceId": "car", "resourceName": "차", "resourceEmail": "c_3@r.example", "resourceCategory": "OTHER", "featureInstances": [], "capacity": 0 },
        { "resourceId": "new", "resourceName": "새", "resourceEmail": "c_4@r.example", "resourceCategory": "SOMETHING_NEW", "featureInstances": "TV", "capacity": 9_999_999_999i64 },
    ]});
    let rooms = decode_room_page(&body(&page)).unwrap();
    assert_eq!(
        rooms[0],
        DirectoryRoom {
            resource_id: "halla".into(),
            name: "한라".into(),
            email: "c_1@resource.calendar.google.com".into(),
            building_id: Some("main".into()),
            floor: Some("3".into()),
            capacity: Some(8),
            features: vec!["TV".into()],
            description: Some("창가".into()),
            is_room: true,
        }
    );
    assert_eq!((rooms[1].name.as_str(), rooms[1].is_room, rooms[1].features.len()), ("old", true, 0));
    assert_eq!((rooms[2].is_room, rooms[2].capacity), (false, None));
    assert_eq!((rooms[3].is_room, rooms[3].capacity), (true, None));
}

#[test]
fn empty_is_empty_and_half_is_an_error() {
    for empty in
        [json!({}), json!({ "items": null, "users": null, "buildings": null }), json!({ "items": [] })]
    {
        assert_eq!(decode_room_page(&body(&empty)), Ok(vec![]));
        assert_eq!(decode_user_page(&body(&empty)), Ok(vec![]));
        assert_eq!(decode_building_page(&body(&empty)), Ok(vec![]));
    }
    for broken in [
        json!({ "items": {}, "users": "none", "buildings": 3 }),
        json!({ "items": [{}], "users": [{ "id": "1" }], "buildings": [null] }),
        json!([]),
        json!(null),
    ] {
        assert!(decode_room_page(&body(&broken)).is_err());
        assert!(decode_user_page(&body(&broken)).is_err());
        assert!(decode_building_page(&body(&broken)).is_err());
    }
    assert!(decode_room_page(&Bytes::from_static(b"<html>")).is_err());
}

#[test]
fn buildings_keep_the_order_of_their_floors() {
    let page = json!({ "buildings": [
        { "buildingId": "main", "buildingName": "본관", "floorNames": ["B1", "1", "2"] },
        { "buildingId": "annex", "floorNames": null },
    ]});
    let buildings = decode_building_page(&body(&page)).unwrap();
    assert_eq!(buildings[0].floors, ["B1", "1", "2"]);
    assert_eq!((buildings[1].name.as_str(), buildings[1].floors.len()), ("annex", 0));
}

#[test]
fn people_and_what_they_do() {
    let user = |more: Value| {
        let mut user = json!({ "id": "1", "primaryEmail": "mina@hanbit.example" });
        for (name, value) in more.as_object().unwrap() {
            user[name] = value.clone();
        }
        decode_user(&body(&user)).unwrap()
    };
    let full = user(json!({
        "name": { "givenName": "민아", "familyName": "김", "fullName": "김민아", "displayName": "김민아 책임" },
        "isAdmin": true,
        "organizations": [
            { "title": "자문", "department": "밖" }, { "primary": true, "title": "책임", "department": "개발팀" }
        ],
    }));
    assert_eq!((full.given_name.as_str(), full.family_name.as_str()), ("민아", "김"));
    assert_eq!(full.department, "책임 · 개발팀");
    assert!(full.is_admin && !full.suspended);
    assert_eq!(user(json!({ "organizations": [{ "department": "개발팀" }] })).department, "개발팀");
    for none in [json!(null), json!([]), json!({}), json!([null]), json!(["x"])] {
        assert_eq!(user(json!({ "organizations": none })).department, "");
    }
    assert!(user(json!({ "suspended": true })).suspended);
    assert!(user(json!({ "archived": true })).suspended);
}

mod wire {
    use super::*;
    use crate::config::GoogleConfig;
    use crate::testing::{Say, json as answer, serve};

    fn google(root: &str) -> GoogleClient {
        GoogleClient::new(GoogleConfig {
            api_root: Some(root.to_owned()),
            oauth_root: None,
            client_id: "client".into(),
            client_secret: Secret("secret".into()),
        })
        .unwrap()
    }

    fn room(id: &str) -> Value {
        json!({ "resourceId": id, "resourceEmail": format!("{id}@r.example") })
    }

    #[tokio::test]
    async fn all_pages_or_an_error() {
        let (root, served) = serve(vec![
            answer(&json!({ "items": [room("a")], "nextPageToken": "p 1" })),
            answer(&json!({ "nextPageToken": "p2" })),
            answer(&json!({ "items": [room("b")] })),
            answer(&json!({ "items": [room("a")], "nextPageToken": "p1" })),
            Say::Answer(503, "", String::new()),
            answer(&json!({ "items": [room("a")], "nextPageToken": "p1" })),
            answer(&json!({ "items": [room("a")], "nextPageToken": "p1" })),
        ]);
        let google = google(&root);
        let token = Secret("t".into());
        let rooms = google.rooms(&token).await.unwrap();
        assert_eq!(rooms.iter().map(|room| room.resource_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(matches!(google.rooms(&token).await, Err(Failure::Unknown { .. })));
        assert!(matches!(google.rooms(&token).await, Err(Failure::Malformed { .. })), "a circle");
        let requests = served.join().unwrap();
        let path = "GET /admin/directory/v1/customer/my_customer/resources/calendars?maxResults=500";
        assert!(requests[0].starts_with(&format!("{path} ")), "{}", requests[0]);
        assert!(requests[1].starts_with(&format!("{path}&pageToken=p+1 ")), "{}", requests[1]);
        assert!(requests[0].to_ascii_lowercase().contains("authorization: bearer t\r\n"));
    }

    #[tokio::test]
    async fn one_person_by_address() {
        let (root, served) = serve(vec![
            answer(&json!({ "id": "1", "primaryEmail": "mina@hanbit.example", "isAdmin": true })),
            Say::Answer(403, "", json!({ "error": { "errors": [{ "reason": "forbidden" }] } }).to_string()),
        ]);
        let google = google(&root);
        let token = Secret("t".into());
        assert!(google.user(&token, "mina@hanbit.example").await.unwrap().is_admin);
        assert_eq!(
            google.user(&token, "mina@hanbit.example").await,
            Err(Failure::Forbidden { reason: "forbidden".into() })
        );
        let requests = served.join().unwrap();
        assert!(requests[0].starts_with("GET /admin/directory/v1/users/mina%40hanbit.example "));
    }
}
