//! The `OpenAPI` document: it is true of what is served, and what is served is in it.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Program, wish};

use crate::support::{JOON, MINA, small};

/// What programs rely on. A route that is added or taken away is a decision, and shows here.
const OPERATIONS: [(&str, &str, &str); 11] = [
    ("delete", "/bookings/{number}", "cancel_booking"),
    ("get", "/bookings", "list_bookings"),
    ("get", "/bookings/{number}", "get_booking"),
    ("get", "/changes", "list_changes"),
    ("get", "/free-rooms", "list_free_rooms"),
    ("get", "/me", "get_me"),
    ("get", "/openapi.json", "openapi"),
    ("get", "/rooms", "list_rooms"),
    ("get", "/rooms/{number}", "get_room"),
    ("patch", "/bookings/{number}", "change_booking"),
    ("post", "/bookings", "create_booking"),
];
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if METHODS.contains(&method.as_str()) {
                all.push((method.clone(), path.clone(), operation.clone()));
            }
        }
    }
    all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    all
}

/// Every `$ref` below `value`.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(array) => array.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// What is wrong with `value` by `schema`: the part of JSON Schema that the document uses, strictly. A field that the
/// document does not know is wrong, too.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
        return faults(document, schema, value, at);
    }
    if let Some(all) = schema["oneOf"].as_array() {
        let tried: Vec<_> = all.iter().map(|schema| faults(document, schema, value, at)).collect();
        let fits = tried.iter().filter(|faults| faults.is_empty()).count();
        return if fits == 1 { Vec::new() } else { vec![format!("{at}: {fits} of oneOf: {tried:?}")] };
    }
    let mut schema = schema.clone();
    if let Some(all) = schema["allOf"].as_array().cloned() {
        // Properties of all parts together.
        let (mut properties, mut required) = (json!({}), Vec::new());
        for part in &all {
            let part =
                part["$ref"].as_str().map_or(part, |r| document.pointer(r.trim_start_matches('#')).unwrap());
            for (name, property) in part["properties"].as_object().unwrap() {
                properties[name] = property.clone();
            }
            required.extend(part["required"].as_array().cloned().unwrap_or_default());
        }
        schema = json!({ "type": "object", "properties": properties, "required": required });
    }
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Null => "null",
    };
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|known| known == kind),
        Value::String(known) => known == kind,
        _ => false,
    };
    if !allowed {
        return vec![format!("{at} is {kind}, not {}", schema["type"])];
    }
    let mut found = Vec::new();
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{at}: {value} is not among {words:?}"));
    }
    if schema["format"] == "date-time" && model::Instant::parse_rfc3339(value.as_str().unwrap()).is_none() {
        found.push(format!("{at}: {value} is no date-time"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(faults(document, &schema["items"], item, &format!("{at}[{index}]")));
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                found.push(format!("{at}.{name} is missing"));
            }
        }
        for (name, value) in object {
            match schema["properties"].get(name) {
                Some(schema) => found.extend(faults(document, schema, value, &format!("{at}.{name}"))),
                None => found.push(format!("{at}.{name} is not in the document")),
            }
        }
    }
    found
}

/// An answer is what the document says of this operation and status.
fn check(document: &Value, path: &str, method: &str, answer: &Answer) {
    let responses = &document["paths"][path][method]["responses"];
    let status = answer.status.as_u16().to_string();
    let response = responses.get(&status).unwrap_or(&responses["default"]);
    let kind = answer.header("content-type");
    let schema = &response["content"][kind]["schema"];
    assert!(schema.is_object(), "{method} {path} {status}: no {kind:?} in {response}");
    let found = faults(document, schema, &answer.json(), "answer");
    assert!(found.is_empty(), "{method} {path} {status}: {found:#?}\n{}", answer.text());
    for header in response["headers"].as_object().into_iter().flatten().map(|(name, _)| name) {
        assert!(!answer.header(&header.to_lowercase()).is_empty(), "{method} {path} {status}: no {header}");
    }
}

#[tokio::test]
async fn the_document_is_true() {
    let house = small().await;
    house.found(MINA).await;
    let joon = house.signed_in(JOON, "calendar").await.program().await;
    let nobody = Program::new(&house.roomly.root, "");
    let answer = nobody.get("/openapi.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let document = answer.json();

    // The document itself.
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    assert_eq!(document["security"], json!([{ "token": [] }]));
    let mut all = BTreeSet::new();
    references(&document, &mut all);
    assert!(all.len() > 10, "{all:?}");
    for reference in &all {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} is nowhere");
    }
    let listed = operations(&document);
    let names: Vec<_> =
        listed.iter().map(|(m, p, o)| (m.as_str(), p.as_str(), o["operationId"].as_str().unwrap())).collect();
    assert_eq!(names, OPERATIONS);
    for (method, path, operation) in &listed {
        let what = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 5), "{what} has no summary");
        let tag = &operation["tags"][0];
        assert!(
            document["tags"].as_array().unwrap().iter().any(|known| known["name"] == *tag),
            "{what}: {tag}"
        );
        let in_path: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].clone())
            .collect();
        assert_eq!(path.contains("{number}"), in_path == [json!("number")], "{what}: {in_path:?}");
        if path != "/openapi.json" {
            for status in ["401", "422", "429", "default"] {
                let content = &operation["responses"][status]["content"]["application/problem+json"];
                assert!(content["schema"]["$ref"].is_string(), "{what}: {status} is undescribed");
            }
        }
    }

    // What it lists is served, to those with a token only; what it does not list is not.
    let mut paths: Vec<&String> = listed.iter().map(|(_, path, _)| path).collect();
    paths.dedup();
    for path in paths {
        for method in METHODS {
            let known = names.iter().any(|(m, p, _)| m == &method && p == path);
            let asked = path.replace("{number}", "99999");
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = joon.send(method.clone(), &asked, &[], "").await;
            let status = answer.status.as_u16();
            let allow = answer.header("allow");
            assert_eq!(known, allow.is_empty(), "{method} {path}: {allow:?}");
            assert_eq!(status == 405, !known, "{method} {path}: {status}");
            if path != "/openapi.json" {
                assert_eq!(nobody.send(method, &asked, &[], "").await.status, 401);
            }
        }
    }

    // Answers are as described.
    let room = joon.room("한라").await;
    let (start, end) = (house.at("10:00"), house.at("11:00"));
    let mut asked = wish(room, &start, &end, "wie beschrieben");
    asked["guests"] = json!(["seoyeon@hanbit.example", "gast@example.org"]);
    let created = joon.create("", &asked).await;
    check(&document, "/bookings", "post", &created);
    let number = created.json()["number"].as_i64().unwrap();
    let mut secret = wish(joon.room("설악").await, &start, &end, "geheim");
    secret["private"] = json!(true);
    joon.create("", &secret).await;
    let halla = house.google.room_email(testkit::HANBIT, "지리");
    house.google.insert(JOON, &house.event("von draußen", "12:00", "13:00", &halla)).await;
    house.quiet().await;
    for taken in [asked.clone(), wish(999, &start, &end, ""), wish(room, &end, &start, ""), json!({})] {
        check(&document, "/bookings", "post", &joon.create("", &taken).await);
    }
    check(&document, "/bookings", "get", &joon.get("/bookings?limit=1").await);
    check(&document, "/bookings", "get", &joon.get("/bookings").await);
    check(&document, "/bookings", "get", &nobody.get("/bookings").await);
    check(&document, "/bookings/{number}", "get", &joon.get(&format!("/bookings/{number}")).await);
    check(&document, "/bookings/{number}", "get", &joon.get("/bookings/1").await);
    check(
        &document,
        "/bookings/{number}",
        "patch",
        &joon.change(number, &json!({"room": joon.room("백록담").await})).await,
    );
    check(&document, "/rooms", "get", &joon.get("/rooms").await);
    check(&document, "/rooms", "get", &joon.get("/rooms?limit=1").await);
    check(&document, "/rooms/{number}", "get", &joon.get(&format!("/rooms/{room}")).await);
    check(&document, "/rooms/{number}", "get", &joon.get("/rooms/999").await);
    let free = format!("/free-rooms?start={0}T01:00:00Z&end={0}T02:00:00Z", house.date);
    check(&document, "/free-rooms", "get", &joon.get(&free).await);
    check(&document, "/me", "get", &joon.get("/me").await);
    assert_eq!(joon.cancel(number).await.status, 204);
    // From the founding on: rooms that appeared, bookings that came and went.
    let changes = joon.get("/changes?after=0").await;
    check(&document, "/changes", "get", &changes);
    let text = changes.text();
    for op in ["\"booking\"", "\"booking_gone\"", "\"room\""] {
        assert!(text.contains(&format!("\"op\":{op}")), "no {op} in {text}");
    }
}

/// Routes come into being with their entry in the document only by `routes!`.
#[test]
fn no_route_goes_around_the_document() {
    let source = include_str!("../../src/routes/api/mod.rs");
    for way in [".route(", ".nest(", ".route_service(", ".nest_service("] {
        assert!(!source.contains(way), "{way} in routes/api/mod.rs");
    }
}
