//! What cargo knows and builds.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{pack, shell};

/// `cargo metadata`, read once.
pub(crate) struct Metadata(Value);

impl Metadata {
    /// The workspace's packages. (With those of others, cargo would fetch what only other platforms need.)
    pub(crate) fn of_workspace() -> Result<Self> {
        let mut cargo = shell::cargo();
        cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
        let json = shell::capture(&mut cargo)?;
        Ok(Self(serde_json::from_str(&json).context("`cargo metadata` is not JSON")?))
    }

    /// Where cargo builds: `CARGO_TARGET_DIR` and cargo's own settings may put it anywhere.
    pub(crate) fn target_dir(&self) -> PathBuf {
        PathBuf::from(self.0["target_directory"].as_str().unwrap_or("target"))
    }

    fn packages(&self) -> impl Iterator<Item = Package<'_>> {
        self.0["packages"].as_array().into_iter().flatten().map(Package)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = Package<'_>> {
        self.in_list("workspace_members")
    }

    pub(crate) fn default_members(&self) -> impl Iterator<Item = Package<'_>> {
        self.in_list("workspace_default_members")
    }

    fn in_list(&self, list: &str) -> impl Iterator<Item = Package<'_>> {
        let ids = self.0[list].as_array().cloned().unwrap_or_default();
        self.packages().filter(move |package| ids.contains(&package.0["id"]))
    }
}

/// One package of the metadata.
#[derive(Clone, Copy)]
pub(crate) struct Package<'a>(&'a Value);

impl<'a> Package<'a> {
    pub(crate) fn name(self) -> &'a str {
        self.0["name"].as_str().unwrap_or_default()
    }

    pub(crate) fn dependencies(self) -> impl Iterator<Item = Dependency<'a>> {
        self.0["dependencies"].as_array().into_iter().flatten().map(Dependency)
    }
}

/// One line of a manifest's dependencies.
#[derive(Clone, Copy)]
pub(crate) struct Dependency<'a>(&'a Value);

impl<'a> Dependency<'a> {
    pub(crate) fn name(self) -> &'a str {
        self.0["name"].as_str().unwrap_or_default()
    }

    pub(crate) fn is_dev(self) -> bool {
        self.0["kind"] == "dev"
    }

    pub(crate) fn is_optional(self) -> bool {
        self.0["optional"] == true
    }
}

/// The arguments that choose everything which runs on the host, in one graph: the default members and `app` as
/// the server sees it. (`--workspace` would add `frontend` and with it `hydrate` beside `ssr`.)
pub(crate) fn host_graph(metadata: &Metadata) -> Vec<String> {
    let members = metadata.default_members().flat_map(|package| ["-p".to_owned(), package.name().to_owned()]);
    members.chain(["-p", "app", "--features", "app/ssr"].map(str::to_owned)).collect()
}

/// A file that cargo built.
pub(crate) struct Artifact {
    pub(crate) package: String,
    pub(crate) is_test: bool,
    pub(crate) executable: Option<PathBuf>,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) manifest_dir: PathBuf,
}

/// Runs a building cargo command, its progress visible, and returns what it built.
pub(crate) fn build<S: AsRef<str>>(args: &[S]) -> Result<Vec<Artifact>> {
    build_by(shell::cargo(), args)
}

fn build_by<S: AsRef<str>>(mut cargo: Command, args: &[S]) -> Result<Vec<Artifact>> {
    cargo.args(args.iter().map(AsRef::as_ref)).arg("--message-format=json-render-diagnostics");
    let messages = shell::capture(&mut cargo)?;
    Ok(messages.lines().filter_map(|line| artifact(&serde_json::from_str(line).ok()?)).collect())
}

fn artifact(message: &Value) -> Option<Artifact> {
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let manifest = Path::new(message["manifest_path"].as_str()?);
    let manifest_dir = manifest.parent()?.to_owned();
    let files = message["filenames"].as_array()?;
    Some(Artifact {
        package: manifest_dir.file_name()?.to_string_lossy().into_owned(),
        is_test: message["profile"]["test"] == true,
        executable: message["executable"].as_str().map(PathBuf::from),
        files: files.iter().filter_map(Value::as_str).map(PathBuf::from).collect(),
        manifest_dir,
    })
}

/// Builds the one binary of a package, for `demo`, tests, benches or shipping; returns its path.
pub(crate) fn build_binary(package: &str, release: bool) -> Result<PathBuf> {
    built_by(shell::cargo(), package, release)
}

/// Builds the one binary of a package by a profile of its own, with `features`; returns its path.
pub(crate) fn build_by_profile(package: &str, profile: &str, features: &[&str]) -> Result<PathBuf> {
    let mut args = vec!["build".to_owned(), "--package".to_owned(), package.to_owned()];
    args.extend(["--profile".to_owned(), profile.to_owned()]);
    if !features.is_empty() {
        args.extend(["--features".to_owned(), features.join(",")]);
    }
    binary(package, build(&args)?)
}

/// Builds the server; returns the path of `roomly`. `packed`: the site to carry inside.
pub(crate) fn build_server(release: bool, packed: Option<&Path>) -> Result<PathBuf> {
    let mut cargo = shell::cargo();
    match packed {
        Some(folder) => cargo.env(pack::EMBED, folder),
        None => cargo.env_remove(pack::EMBED),
    };
    built_by(cargo, "server", release)
}

/// Builds what `cargo xtask chaos` needs; returns the paths of `roomly` and `chaos`. In earnest the program is optimised
/// and may be told where to die, which no other build can be.
pub(crate) fn build_chaos(quick: bool) -> Result<(PathBuf, PathBuf)> {
    let mut cargo = shell::cargo();
    cargo.env_remove(pack::EMBED);
    let mut args = vec!["build", "--package", "server", "--package", "chaos"];
    if !quick {
        args.extend(["--profile", "chaos", "--features", "server/chaos"]);
    }
    let built = build_by(cargo, &args)?;
    let binary = |package: &str| {
        let of_package = built.iter().filter(|artifact| artifact.package == package);
        let executable = of_package.filter_map(|artifact| artifact.executable.clone()).next_back();
        executable.with_context(|| format!("cargo built no binary of {package}"))
    };
    Ok((binary("server")?, binary("chaos")?))
}

fn built_by(cargo: Command, package: &str, release: bool) -> Result<PathBuf> {
    let mut args = vec!["build", "--package", package];
    if release {
        args.push("--release");
    }
    binary(package, build_by(cargo, &args)?)
}

fn binary(package: &str, built: Vec<Artifact>) -> Result<PathBuf> {
    let built = built.into_iter().filter(|artifact| artifact.package == package);
    let executable = built.filter_map(|artifact| artifact.executable).next_back();
    executable.with_context(|| format!("cargo built no binary of {package}"))
}
