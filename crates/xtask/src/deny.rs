//! `cargo xtask deny`: licences, sources, banned crates and duplicates, by the rules of `deny.toml`.
//!
//! The file is cargo-deny's. Its advisory check needs a database from the network and is left to cargo-deny itself; what
//! the lock file and the manifests tell is checked here, so that every CI run does it without a download.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, bail};
use semver::{Version, VersionReq};
use serde_json::Value;
use spdx::{Expression, ParseMode};
use toml::Table;

use crate::shell;

/// `cargo xtask deny`.
pub(crate) fn run() -> Result<()> {
    let rules = Rules::read(&fs::read_to_string(shell::root().join("deny.toml")).context("deny.toml")?)?;
    let graph = Graph::of_cargo(&rules.targets)?;
    let findings = check(&rules, &graph);
    if findings.is_empty() {
        eprintln!(
            "      {} crates: licences, sources, bans and duplicates are as deny.toml says",
            graph.packages.len()
        );
        return Ok(());
    }
    for finding in &findings {
        eprintln!("deny: {finding}");
    }
    bail!("{} findings against deny.toml", findings.len())
}

/// What `deny.toml` says, as far as it is checked here.
#[derive(Debug)]
struct Rules {
    targets: Vec<String>,
    licences: BTreeSet<String>,
    registries: Vec<String>,
    banned: Vec<Banned>,
    skipped: Vec<Spec>,
    /// Entries that say nothing of why.
    unexplained: Vec<String>,
}

#[derive(Debug)]
struct Banned {
    spec: Spec,
    reason: String,
    /// Who may use it all the same.
    wrappers: Vec<String>,
}

/// `name`, `name@1.2.3` (exactly) or `name:1` (a requirement).
#[derive(Clone, Debug)]
struct Spec {
    name: String,
    version: VersionReq,
    text: String,
}

impl Spec {
    fn parse(text: &str) -> Result<Self> {
        let (name, version) = match text.split_once('@') {
            Some((name, exact)) => (name, format!("={exact}")),
            None => text.split_once(':').map_or((text, "*".to_owned()), |(name, req)| (name, req.to_owned())),
        };
        let version = VersionReq::parse(&version).with_context(|| format!("deny.toml: {text}"))?;
        Ok(Self { name: name.to_owned(), version, text: text.to_owned() })
    }

    fn matches(&self, package: &Package) -> bool {
        // A requirement of its own never matches a pre-release, which is fine: there should be none.
        self.name == package.name && self.version.matches(&package.version)
    }
}

impl Rules {
    fn read(text: &str) -> Result<Self> {
        let table: Table = text.parse().context("deny.toml")?;
        let mut rules = Self {
            targets: words(&table, "graph", "targets"),
            licences: words(&table, "licenses", "allow").into_iter().collect(),
            registries: words(&table, "sources", "allow-registry"),
            banned: Vec::new(),
            skipped: Vec::new(),
            unexplained: Vec::new(),
        };
        for entry in entries(&table, "advisories", "ignore") {
            rules.explained(entry, "id");
        }
        for entry in entries(&table, "bans", "deny") {
            let spec = Spec::parse(&rules.explained(entry, "crate"))?;
            let wrappers = entry.get("wrappers").and_then(toml::Value::as_array).cloned().unwrap_or_default();
            let wrappers = wrappers.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect();
            rules.banned.push(Banned { spec, reason: string(entry, "reason"), wrappers });
        }
        for entry in entries(&table, "bans", "skip") {
            let spec = Spec::parse(&rules.explained(entry, "crate"))?;
            rules.skipped.push(spec);
        }
        Ok(rules)
    }

    /// The entry's subject; one without a reason is a finding.
    fn explained(&mut self, entry: &Table, key: &str) -> String {
        let subject = string(entry, key);
        if string(entry, "reason").is_empty() {
            self.unexplained.push(subject.clone());
        }
        subject
    }
}

fn string(table: &Table, key: &str) -> String {
    table.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

fn list<'t>(table: &'t Table, section: &str, key: &str) -> &'t [toml::Value] {
    table.get(section).and_then(|section| section.get(key)?.as_array()).map_or(&[], Vec::as_slice)
}

fn words(table: &Table, section: &str, key: &str) -> Vec<String> {
    list(table, section, key).iter().filter_map(|word| Some(word.as_str()?.to_owned())).collect()
}

fn entries<'t>(table: &'t Table, section: &str, key: &str) -> impl Iterator<Item = &'t Table> {
    list(table, section, key).iter().filter_map(toml::Value::as_table)
}

/// The resolved graph for the targets of `deny.toml`, with what each package says of itself.
struct Graph {
    packages: Vec<Package>,
}

struct Package {
    name: String,
    version: Version,
    licence: Option<String>,
    /// `None`: a folder of ours.
    source: Option<String>,
    /// Names of those that use it.
    users: BTreeSet<String>,
}

impl Graph {
    fn of_cargo(targets: &[String]) -> Result<Self> {
        let mut cargo = shell::cargo();
        cargo.args(["metadata", "--format-version", "1", "--locked"]);
        for target in targets {
            cargo.args(["--filter-platform", target]);
        }
        let json: Value = serde_json::from_str(&shell::capture(&mut cargo)?).context("`cargo metadata`")?;
        Self::read(&json)
    }

    fn read(json: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let names: BTreeMap<String, String> = array(&json["packages"])
            .iter()
            .filter_map(|package| Some((text(&package["id"])?, text(&package["name"])?)))
            .collect();
        let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in array(&json["resolve"]["nodes"]) {
            let user = names.get(node["id"].as_str().unwrap_or_default()).cloned().unwrap_or_default();
            for dependency in array(&node["deps"]) {
                users.entry(text(&dependency["pkg"]).unwrap_or_default()).or_default().insert(user.clone());
            }
        }
        let read = |package: &Value| {
            let id = package["id"].as_str().unwrap_or_default();
            Ok(Package {
                name: text(&package["name"]).context("a package without a name")?,
                version: Version::parse(package["version"].as_str().unwrap_or_default())?,
                licence: text(&package["license"]),
                source: text(&package["source"]),
                users: users.remove(id).unwrap_or_default(),
            })
        };
        let mut read = read;
        let packages = array(&json["packages"]).iter().map(&mut read).collect::<Result<_>>()?;
        Ok(Self { packages })
    }
}

fn check(rules: &Rules, graph: &Graph) -> Vec<String> {
    let mut findings: Vec<String> =
        rules.unexplained.iter().map(|entry| format!("{entry} is an exception without a reason")).collect();
    for package in &graph.packages {
        let whole = format!("{} {}", package.name, package.version);
        if let Some(source) = &package.source {
            let known = rules.registries.iter().any(|registry| source.ends_with(registry.as_str()));
            if !known || source.starts_with("git+") {
                findings.push(format!("{whole} comes from {source}"));
            }
            if let Some(why) = licence(rules, package.licence.as_deref()) {
                findings.push(format!("{whole}: {why}"));
            }
        }
        for banned in rules.banned.iter().filter(|banned| banned.spec.matches(package)) {
            let others = package.users.iter().filter(|user| !banned.wrappers.contains(user));
            let others = others.map(String::as_str).collect::<Vec<_>>().join(", ");
            if !others.is_empty() || banned.wrappers.is_empty() {
                findings.push(format!("{whole} is banned ({}), and is used by {others}", banned.reason));
            }
        }
    }
    findings.extend(duplicates(rules, graph));
    findings
}

/// Why the licence does not suffice.
fn licence(rules: &Rules, licence: Option<&str>) -> Option<String> {
    let Some(licence) = licence else { return Some("has no licence expression".to_owned()) };
    let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
        return Some(format!("its licence {licence:?} cannot be read"));
    };
    let allowed = expression.evaluate(|one| rules.licences.contains(&one.to_string()));
    (!allowed).then(|| format!("its licence {licence} is not on the list"))
}

/// Versions beside another one of the same crate that nobody explained; explanations that explain nothing.
fn duplicates(rules: &Rules, graph: &Graph) -> Vec<String> {
    let mut by_name: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in &graph.packages {
        by_name.entry(&package.name).or_default().push(package);
    }
    let mut findings = Vec::new();
    for (name, versions) in by_name.iter().filter(|(_, versions)| versions.len() > 1) {
        let skipped = |package: &&&Package| rules.skipped.iter().any(|spec| spec.matches(package));
        let left: Vec<_> = versions.iter().filter(|package| !skipped(package)).collect();
        if left.len() > 1 {
            let users = |package: &Package| package.users.iter().cloned().collect::<Vec<_>>().join(", ");
            let each = left.iter().map(|one| format!("{} (used by {})", one.version, users(one)));
            findings.push(format!(
                "{name} is there more than once: {}; move to one, or explain the older in [bans] skip",
                each.collect::<Vec<_>>().join(" and ")
            ));
        }
    }
    for spec in &rules.skipped {
        let of_name = by_name.get(spec.name.as_str()).map_or(&[][..], Vec::as_slice);
        if of_name.len() < 2 || !of_name.iter().any(|package| spec.matches(package)) {
            findings.push(format!("[bans] skip: {} explains nothing any more", spec.text));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

    fn rules(bans: &str) -> Rules {
        let text = format!(
            "[licenses]\nallow = [\"MIT\", \"Apache-2.0\", \"Apache-2.0 WITH LLVM-exception\"]\n[sources]\n\
             allow-registry = [\"https://github.com/rust-lang/crates.io-index\"]\n[bans]\n{bans}"
        );
        Rules::read(&text).unwrap()
    }

    /// Packages of `(name, version, licence, source)`, all used by `app`.
    fn graph(packages: &[(&str, &str, &str, &str)]) -> Graph {
        let id = |name: &str, version: &str| format!("{name}#{version}");
        let mut all: Vec<Value> = packages
            .iter()
            .map(|(name, version, licence, source)| {
                json!({ "id": id(name, version), "name": name, "version": version, "license": licence, "source": source })
            })
            .collect();
        all.push(json!({ "id": "app", "name": "app", "version": "0.1.0", "license": null, "source": null }));
        let deps: Vec<Value> =
            packages.iter().map(|(name, version, ..)| json!({ "pkg": id(name, version) })).collect();
        Graph::read(&json!({ "packages": all, "resolve": { "nodes": [{ "id": "app", "deps": deps }] } }))
            .unwrap()
    }

    fn found(bans: &str, packages: &[(&str, &str, &str, &str)]) -> Vec<String> {
        check(&rules(bans), &graph(packages))
    }

    #[test]
    fn licences_are_on_the_list_or_not() {
        for (licence, allowed) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-3.0-only", false),
            ("(MIT OR GPL-3.0-only) AND BSL-1.0", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("as you like", false),
        ] {
            let findings = found("", &[("a", "1.0.0", licence, CRATES_IO)]);
            assert_eq!(findings.is_empty(), allowed, "{licence}: {findings:?}");
        }
    }

    #[test]
    fn sources_are_one_registry() {
        for source in ["registry+https://example.com/index", "git+https://github.com/a/b?rev=1#1"] {
            assert_eq!(found("", &[("a", "1.0.0", "MIT", source)]).len(), 1, "{source}");
        }
    }

    #[test]
    fn banned_crates_have_their_exceptions() {
        let packages = [("md-5", "0.11.0", "MIT", CRATES_IO)];
        let ban = |wrappers: &str| format!("deny = [{{ crate = \"md-5\", reason = \"broken\"{wrappers} }}]");
        assert_eq!(found(&ban(""), &packages), ["md-5 0.11.0 is banned (broken), and is used by app"]);
        assert_eq!(found(&ban(", wrappers = [\"sqlx\"]"), &packages).len(), 1);
        assert!(found(&ban(", wrappers = [\"app\"]"), &packages).is_empty());
    }

    #[test]
    fn duplicates_are_explained_or_told() {
        let twice = [("rand", "0.8.5", "MIT", CRATES_IO), ("rand", "0.9.1", "MIT", CRATES_IO)];
        assert!(
            found("", &twice)[0].starts_with("rand is there more than once: 0.8.5 (used by app) and 0.9.1")
        );
        assert!(found("skip = [{ crate = \"rand:0.8\", reason = \"oauth2\" }]", &twice).is_empty());
        assert!(found("skip = [{ crate = \"rand@0.8.5\", reason = \"oauth2\" }]", &twice).is_empty());
        let stale = found("skip = [{ crate = \"rand:0.8\", reason = \"oauth2\" }]", &twice[1..]);
        assert_eq!(stale, ["[bans] skip: rand:0.8 explains nothing any more"]);
        let bare = found("skip = [{ crate = \"rand:0.8\" }]", &twice);
        assert_eq!(bare, ["rand:0.8 is an exception without a reason"]);
    }

    #[test]
    fn the_real_rules_are_read() {
        let rules = Rules::read(include_str!("../../../deny.toml")).unwrap();
        assert!(rules.licences.len() > 5 && rules.banned.len() > 5 && rules.targets.len() == 2);
        assert!(rules.unexplained.is_empty(), "{:?}", rules.unexplained);
    }
}
