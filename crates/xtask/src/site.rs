//! The browser's half: WebAssembly, its JavaScript, the style sheets and the static files, in `<target>/site`.
//!
//! Everything happens in this process (wasm-bindgen and grass are libraries), so nothing is downloaded and no
//! version can differ from the lock file's. What is up to date stays untouched.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::cargo::{self, Metadata};
use crate::shell::{self, Steps};
use crate::slim;

const TARGET: &str = "wasm32-unknown-unknown";
const OUT_NAME: &str = "roomly";
/// The sheet that all pages but the day page have besides.
const PAGES: &str = "pages";
/// What lies in the site's folder besides copies of `public/`.
const OURS: [&str; 3] = ["pkg", "manifest.json", ".bound"];

/// `cargo xtask site`.
pub(crate) fn run(release: bool) -> Result<()> {
    let mut steps = Steps::new(SITE_STEPS);
    let site = build(&mut steps, release)?;
    println!("{}", site.display());
    Ok(())
}

/// How many steps [`build`] takes.
pub(crate) const SITE_STEPS: usize = 3;

/// Builds the site and returns its folder.
pub(crate) fn build(steps: &mut Steps, release: bool) -> Result<PathBuf> {
    let site = folder()?;
    let profile = if release { "wasm-release" } else { "wasm-demo" };
    steps.step("Looking for the compiler's WebAssembly target", ensure_target)?;
    steps.step("Building the browser's half (WebAssembly)", || {
        let wasm = compile(profile)?;
        bind(&wasm, profile, &site)
    })?;
    steps.step("Bundling the style sheets and the static files", || {
        style(&site)?;
        copy_public(&site)?;
        manifest(&site)
    })?;
    Ok(site)
}

fn folder() -> Result<PathBuf> {
    Ok(Metadata::of_workspace()?.target_dir().join("site"))
}

/// The standard library for WebAssembly; rustup brings it when it is missing.
pub(crate) fn ensure_target() -> Result<()> {
    let mut rustc = shell::command("rustc");
    let folder = shell::capture(rustc.args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    if shell::which(&["rustup", "rustup.exe"]).is_none() {
        bail!(
            "Rust's standard library for {TARGET} is missing, and so is rustup, which could add it. \
             Install your distribution's package for it (Debian: libstd-rust-dev-wasm32) or use rustup."
        );
    }
    shell::run(shell::command("rustup").args(["target", "add", TARGET]))
}

fn compile(profile: &str) -> Result<PathBuf> {
    let built = cargo::build(&["build", "--package", "frontend", "--target", TARGET, "--profile", profile])?;
    let mut files =
        built.into_iter().filter(|artifact| artifact.package == "frontend").flat_map(|built| built.files);
    files
        .rfind(|file| file.extension().is_some_and(|extension| extension == "wasm"))
        .context("cargo built no WebAssembly for `frontend`")
}

/// Runs wasm-bindgen, unless it ran already for exactly this file.
fn bind(wasm: &Path, profile: &str, site: &Path) -> Result<()> {
    let stamp = stamp_of(wasm, profile)?;
    let stamp_file = site.join(".bound");
    let pkg = site.join("pkg");
    let bound = pkg.join(format!("{OUT_NAME}_bg.wasm"));
    if bound.is_file() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    eprintln!("      binding it to JavaScript");
    fs::create_dir_all(&pkg)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name(OUT_NAME).typescript(false).web(true)?;
    let demo = profile == "wasm-demo";
    // Names make the demo's panics readable; a release does not carry them.
    bindgen.remove_name_section(!demo).remove_producers_section(!demo);
    let mut output = bindgen.generate_output().context("wasm-bindgen")?;
    let glue = output.js().to_owned();
    let glue = slim::slim(output.wasm_mut(), &glue).context("wasm-bindgen's JavaScript")?;
    output.emit(&pkg)?;
    fs::write(pkg.join(format!("{OUT_NAME}.js")), glue)?;
    fs::write(stamp_file, stamp)?;
    Ok(())
}

fn stamp_of(file: &Path, profile: &str) -> Result<String> {
    let data = fs::metadata(file).with_context(|| file.display().to_string())?;
    let changed = data.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    Ok(format!("{profile} {changed} {}", data.len()))
}

fn style(site: &Path) -> Result<()> {
    let options = grass::Options::default().style(grass::OutputStyle::Compressed);
    for (source, name) in [("main", OUT_NAME), ("pages", PAGES)] {
        let source = shell::root().join(format!("style/{source}.scss"));
        let css = grass::from_path(&source, &options)
            .map_err(|error| anyhow::anyhow!("{}: {error}", source.display()))?;
        write_if_changed(&site.join("pkg").join(format!("{name}.css")), css.as_bytes())?;
    }
    Ok(())
}

/// Copies `public/*`, and removes what is no longer there.
fn copy_public(site: &Path) -> Result<()> {
    let public = shell::root().join("public");
    let mut kept: BTreeSet<_> = OURS.map(Into::into).into();
    if public.is_dir() {
        for entry in fs::read_dir(&public)? {
            let entry = entry?;
            kept.insert(entry.file_name());
            copy(&entry.path(), &site.join(entry.file_name()))?;
        }
    }
    for entry in fs::read_dir(site)? {
        let entry = entry?;
        if kept.contains(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?
        } else {
            fs::remove_file(entry.path())?
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return write_if_changed(to, &fs::read(from)?);
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The addresses of the built files, which the server puts into its pages.
fn manifest(site: &Path) -> Result<()> {
    let addresses = serde_json::json!({
        "js": format!("/pkg/{OUT_NAME}.js"),
        "wasm": format!("/pkg/{OUT_NAME}_bg.wasm"),
        "css": format!("/pkg/{OUT_NAME}.css"),
        "pages_css": format!("/pkg/{PAGES}.css"),
    });
    write_if_changed(&site.join("manifest.json"), serde_json::to_string_pretty(&addresses)?.as_bytes())
}

fn write_if_changed(file: &Path, content: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, content).with_context(|| file.display().to_string())
}
