//! Who may use whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result};

use super::Finding;
use crate::cargo::{Metadata, Package};
use crate::shell;

/// The arrows of the architecture: a crate of ours and the crates of ours it may use. Missing here: may use none.
const ARROWS: &[(&str, &[&str])] = &[
    ("frontend", &["app", "model", "text"]),
    ("app", &["booking", "model", "text"]),
    (
        "server",
        &[
            "app", "booking", "bus", "calendar", "google", "model", "sandbox", "sockets", "store", "sync",
            "text",
        ],
    ),
    ("booking", &["bus", "calendar", "model", "sockets", "store", "sync", "text"]),
    ("bus", &["model"]),
    ("google", &["model", "sync"]),
    ("store", &["model", "services"]),
    ("sync", &["calendar", "model"]),
    ("calendar", &["model"]),
    ("text", &["model"]),
    ("model", &[]),
    ("sandbox", &[]),
    ("services", &[]),
    ("sim", &["booking", "calendar", "google", "model", "sandbox", "store", "sync"]),
    ("sockets", &[]),
    ("chaos", &["model", "sandbox", "services", "sync", "testkit"]),
    ("bench", &["calendar", "model", "sandbox", "services", "store", "testkit"]),
    (
        "testkit",
        &["booking", "calendar", "google", "model", "sandbox", "server", "services", "store", "sync", "text"],
    ),
    ("xtask", &["services"]),
];

/// What `app` may only use when it is the server's.
const SERVER_SIDE_OF_APP: [&str; 1] = ["booking"];

/// Crates of others and the only crates of ours that may name them. A trailing `*` stands for any ending.
const OWNED: &[(&str, &[&str])] = &[
    ("google-calendar3", &["google"]),
    ("leptos*", &["app", "frontend", "server"]),
    ("oauth2", &["google"]),
    ("redis", &["bus"]),
    ("rrule", &["bench", "calendar", "sandbox"]),
    ("sqlx", &["store"]),
    ("tungstenite", &["sockets"]),
];

/// Crates that decide and do nothing else, and what would let them do more.
const PURE: [&str; 4] = ["calendar", "model", "sync", "text"];
const IMPURE: [&str; 9] =
    ["axum", "fastrand", "getrandom", "hyper", "rand", "reqwest", "socket2", "sqlx", "tokio"];

/// What never reaches the browser, at any depth.
const NOT_IN_BROWSER: [&str; 9] =
    ["axum", "chrono-tz", "google-*", "hyper", "rrule", "rustls", "sqlx*", "tokio", "tokio-*"];
const OURS_IN_BROWSER: [&str; 4] = ["app", "frontend", "model", "text"];

/// Features of ours that are compiled for tests only: known bugs, years of bookings.
const NOT_SHIPPED: [&str; 2] = ["bulk", "sabotage"];

/// Crates that speak one protocol with another copy of themselves: two versions would not fit.
const ONCE: [&str; 3] = ["tokio-tungstenite", "tungstenite", "wasm-bindgen"];

pub(super) fn check() -> Result<Vec<Finding>> {
    let metadata = Metadata::of_workspace()?;
    let members: Vec<Member> = metadata.members().map(Member::of).collect();
    let mut findings: Vec<Finding> =
        members.iter().flat_map(|member| check_member(member, &members)).collect();
    let lock = fs::read_to_string(shell::root().join("Cargo.lock")).context("Cargo.lock")?;
    findings.extend(check_once(&lock));

    let browser = tree(&["-p", "frontend", "--target", "wasm32-unknown-unknown"])?;
    let ours: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    findings.extend(check_browser(&browser, &ours));
    findings.extend(check_leptos("the browser's graph", &browser, "hydrate", "ssr"));
    let server = tree(&["-p", "server"])?;
    findings.extend(check_leptos("the server's graph", &server, "ssr", "hydrate"));
    findings.extend(check_shipped(&server));
    Ok(findings)
}

/// A crate of ours, as its manifest describes it.
struct Member {
    name: String,
    uses: Vec<Use>,
}

struct Use {
    name: String,
    dev: bool,
    optional: bool,
}

impl Member {
    fn of(package: Package<'_>) -> Self {
        let uses = package.dependencies().map(|dependency| Use {
            name: dependency.name().to_owned(),
            dev: dependency.is_dev(),
            optional: dependency.is_optional(),
        });
        Self { name: package.name().to_owned(), uses: uses.collect() }
    }
}

/// The arrows, the owners, and what the pure crates and the browser's crates may not name.
fn check_member(member: &Member, members: &[Member]) -> Vec<Finding> {
    let name = member.name.as_str();
    let allowed = ARROWS.iter().find(|(from, _)| *from == name).map_or(&[][..], |(_, to)| to);
    let mut findings = Vec::new();
    let mut find = |rule: String| findings.push(Finding::new(format!("crate {name}"), rule));
    for used in &member.uses {
        let to = used.name.as_str();
        let ours = members.iter().any(|member| member.name == to);
        // Tests may look at more than the code: but the sandbox is a stand-in only as long as it knows nothing of us.
        if ours && (!used.dev || name == "sandbox") && !allowed.contains(&to) {
            find(format!("may not use {to}: the arrows of docs/ARCHITECTURE.md do not lead there"));
        }
        if ours && !used.dev && to == "testkit" && !["bench", "chaos"].contains(&name) {
            find("uses testkit outside its tests".to_owned());
        }
        if name == "app" && SERVER_SIDE_OF_APP.contains(&to) && !used.optional {
            find(format!("uses {to} in the browser too: it has to be optional, behind `ssr`"));
        }
        if let Some((_, owners)) = OWNED.iter().find(|(pattern, _)| matches(pattern, to))
            && !used.dev
            && !owners.contains(&name)
        {
            find(format!("may not use {to}: only {} may", owners.join(", ")));
        }
        if PURE.contains(&name) && !used.dev && IMPURE.contains(&to) {
            find(format!("may not use {to}: it takes time, chance and the outside as arguments"));
        }
        if OURS_IN_BROWSER.contains(&name) && !used.dev && !used.optional && to == "regex" {
            find("may not use regex: half a megabyte in the browser".to_owned());
        }
    }
    findings
}

fn check_once(lock: &str) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in lock.split("[[package]]") {
        let value =
            |key: &str| package.lines().find_map(|line| line.strip_prefix(key)).map(|v| v.trim_matches('"'));
        if let (Some(name), Some(version)) = (value("name = "), value("version = "))
            && ONCE.contains(&name)
        {
            versions.entry(name).or_default().insert(version);
        }
    }
    let twice = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    twice
        .map(|(name, versions)| {
            let versions = versions.into_iter().collect::<Vec<_>>().join(" and ");
            Finding::new("Cargo.lock", format!("{name} is there twice, {versions}: it must be there once"))
        })
        .collect()
}

/// A package of a resolved graph.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    name: String,
    features: Vec<String>,
}

/// The normal dependencies of a graph, without the procedural macros (they run in the compiler).
fn tree(graph: &[&str]) -> Result<Vec<Node>> {
    let mut cargo = shell::cargo();
    cargo.args(["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe"]);
    cargo.args(["--format", "{p}|{f}"]).args(graph);
    Ok(nodes(&shell::capture(&mut cargo)?))
}

fn nodes(tree: &str) -> Vec<Node> {
    let lines: BTreeSet<&str> = tree.lines().collect();
    let node = |line: &str| {
        let (package, features) = line.split_once('|')?;
        let name = package.split(' ').next()?.to_owned();
        Some(Node { name, features: features.split(',').map(str::to_owned).collect() })
    };
    lines.into_iter().filter_map(node).collect()
}

fn check_browser(graph: &[Node], ours: &BTreeSet<&str>) -> Vec<Finding> {
    let names: BTreeSet<&str> = graph.iter().map(|node| node.name.as_str()).collect();
    let wrong = |name: &&str| {
        NOT_IN_BROWSER.iter().any(|pattern| matches(pattern, name))
            || (ours.contains(name) && !OURS_IN_BROWSER.contains(name))
    };
    let finding = |name: &str| {
        let how = format!("cargo tree -p frontend --target wasm32-unknown-unknown -e normal -i {name}");
        Finding::new(
            "the browser's graph",
            format!("contains {name}, which must stay out of it; see `{how}`"),
        )
    };
    names.into_iter().filter(wrong).map(finding).collect()
}

/// Leptos compiled for both sides at once drops event handlers and panics in the browser.
fn check_leptos(graph: &str, nodes: &[Node], wanted: &str, unwanted: &str) -> Vec<Finding> {
    let has = |feature: &str| {
        nodes.iter().any(|node| node.name == "leptos" && node.features.iter().any(|one| one == feature))
    };
    let mut findings = Vec::new();
    if !has(wanted) {
        findings.push(Finding::new(graph, format!("lacks leptos with its feature `{wanted}`")));
    }
    if has(unwanted) {
        findings
            .push(Finding::new(graph, format!("has leptos with its feature `{unwanted}`, the other side's")));
    }
    findings
}

/// What tests switch on is in no crate that is shipped.
fn check_shipped(server: &[Node]) -> Vec<Finding> {
    let has = |node: &&Node| node.features.iter().any(|feature| NOT_SHIPPED.contains(&feature.as_str()));
    let with: BTreeSet<&str> = server.iter().filter(has).map(|node| node.name.as_str()).collect();
    let finding = |name| {
        Finding::new("the server's graph", format!("has {name} with a feature that is for tests only"))
    };
    with.into_iter().map(finding).collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, uses: &[&str]) -> Member {
        let uses = uses.iter().map(|name| Use { name: (*name).to_owned(), dev: false, optional: false });
        Member { name: name.to_owned(), uses: uses.collect() }
    }

    fn rules(name: &str, uses: &[&str]) -> Vec<String> {
        let mut members: Vec<Member> = ARROWS.iter().map(|(name, _)| member(name, &[])).collect();
        members.push(member(name, uses));
        let findings = check_member(&members[members.len() - 1], &members);
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn arrows_lead_one_way() {
        assert!(rules("booking", &["store", "sync", "serde"]).is_empty());
        assert!(rules("booking", &["google"])[0].starts_with("may not use google"));
        assert!(rules("store", &["google"])[0].starts_with("may not use google"));
        assert!(rules("sandbox", &["calendar"])[0].starts_with("may not use calendar"));
        assert!(rules("a-new-crate", &["model"])[0].starts_with("may not use model"));
    }

    #[test]
    fn tests_may_look_at_more_but_not_the_sandbox() {
        let dev = |name: &str| Use { name: name.to_owned(), dev: true, optional: false };
        let members = [member("google", &[]), member("testkit", &[])];
        let google = Member { name: "google".to_owned(), uses: vec![dev("testkit"), dev("sandbox")] };
        assert!(check_member(&google, &members).is_empty());
        let sandbox = Member { name: "sandbox".to_owned(), uses: vec![dev("google")] };
        assert_eq!(check_member(&sandbox, &members).len(), 1);
        assert!(rules("booking", &["testkit"]).iter().any(|rule| rule == "uses testkit outside its tests"));
    }

    #[test]
    fn crates_of_others_have_owners() {
        assert!(rules("store", &["sqlx"]).is_empty());
        assert_eq!(rules("booking", &["sqlx"]), ["may not use sqlx: only store may"]);
        assert_eq!(rules("booking", &["leptos_router"]).len(), 1);
        assert_eq!(rules("server", &["oauth2"]).len(), 1);
    }

    #[test]
    fn pure_crates_have_no_clock_no_chance_no_sockets() {
        assert_eq!(rules("sync", &["tokio"]).len(), 1);
        assert_eq!(rules("calendar", &["rand"]).len(), 1);
        assert_eq!(rules("text", &["regex"]), ["may not use regex: half a megabyte in the browser"]);
    }

    #[test]
    fn app_uses_the_core_on_the_server_only() {
        assert!(rules("app", &["booking"])[0].contains("optional"));
    }

    #[test]
    fn one_version_of_each_protocol() {
        let lock = |versions: &[&str]| {
            let package =
                |version| format!("[[package]]\nname = \"tungstenite\"\nversion = \"{version}\"\n\n");
            versions.iter().map(package).collect::<String>()
        };
        assert!(check_once(&lock(&["0.29.0", "0.30.0"]))[0].rule.contains("0.29.0 and 0.30.0"));
        assert!(check_once(&lock(&["0.29.0"])).is_empty());
    }

    #[test]
    fn the_browser_gets_four_of_ours_and_no_server() {
        let ours = BTreeSet::from(["app", "booking", "frontend"]);
        let good = nodes("app v0.1.0 (/x/app)|hydrate\nfrontend v0.1.0 (/x)|\nserde v1.0.0|std\n");
        assert!(check_browser(&good, &ours).is_empty());
        let bad = nodes("booking v0.1.0 (/x)|\ntokio v1.4.0|rt\nsqlx-core v0.9.0|\nchrono-tz v0.10.4|\n");
        assert_eq!(check_browser(&bad, &ours).len(), 4);
    }

    #[test]
    fn known_bugs_are_not_shipped() {
        assert!(check_shipped(&nodes("sync v0.1.0 (/x)|\nstore v0.1.0 (/x)|default\n")).is_empty());
        assert_eq!(
            check_shipped(&nodes("sync v0.1.0 (/x)|default,sabotage\nbooking v0.1.0 (/x)|\n")).len(),
            1
        );
        assert_eq!(check_shipped(&nodes("store v0.1.0 (/x)|bulk\n")).len(), 1);
    }

    #[test]
    fn leptos_is_for_one_side() {
        let both = nodes("leptos v0.8.23|default,hydrate,ssr");
        assert_eq!(check_leptos("x", &both, "ssr", "hydrate").len(), 1);
        assert_eq!(check_leptos("x", &nodes("leptos v0.8.23|hydrate"), "ssr", "hydrate").len(), 2);
        assert!(check_leptos("x", &nodes("leptos v0.8.23|ssr"), "ssr", "hydrate").is_empty());
    }
}
