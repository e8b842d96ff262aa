//! The site as a shipped server carries it: names by content, compressed as far as it goes, and a list for the compiler.
//!
//! Made once a release, so that no server compresses the same file twice and no browser asks twice for what it has.
//! `server/build.rs` takes the list up when `ROOMLY_EMBED` names the folder; without it the server has no site inside.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use crate::cargo::Metadata;

/// The variable that tells the server's build script where the packed site is.
pub(crate) const EMBED: &str = "ROOMLY_EMBED";
/// What the build script takes up: a Rust expression.
const LIST: &str = "assets.rs";
/// A compressed form has to save this share of the bytes, else only the plain one is kept: 1/20.
const WORTH: usize = 20;
/// Hexadecimal digits of the SHA-256 in names and entity tags: 64 bits.
const DIGITS: usize = 16;

/// One file of the site.
struct Asset {
    /// Its address, from the root.
    path: String,
    content: Vec<u8>,
    /// The name says the content: it never changes.
    hashed: bool,
}

/// Packs the site's folder and returns the folder for [`EMBED`].
pub(crate) fn pack(site: &Path) -> Result<PathBuf> {
    let folder = Metadata::of_workspace()?.target_dir().join("packed");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut manifest = addresses(&fs::read(site.join("manifest.json")).context("manifest.json")?)?;
    let assets = rename(read(site)?, &mut manifest);
    let mut list = String::from("Some(Site {\n");
    for name in ["js", "wasm", "css", "pages_css"] {
        let address = manifest.get(name).with_context(|| format!("manifest.json has no {name}"))?;
        writeln!(list, "    {name}: {address:?},")?;
    }
    list.push_str("    files: &[\n");
    let mut sizes = [0; 3];
    for (number, asset) in assets.iter().enumerate() {
        let forms = [Some(asset.content.clone()), brotli(&asset.content)?, gzip(&asset.content)?];
        let digest = digest(&asset.content);
        let kind = kind(&asset.path);
        let (path, hashed) = (&asset.path, asset.hashed);
        write!(
            list,
            "        Asset {{ path: {path:?}, kind: {kind:?}, hashed: {hashed}, digest: {digest:?}"
        )?;
        for (index, (form, name)) in forms.iter().zip(["plain", "brotli", "gzip"]).enumerate() {
            sizes[index] += form.as_ref().unwrap_or(&asset.content).len();
            let Some(bytes) = form else {
                write!(list, ", {name}: None")?;
                continue;
            };
            let file = folder.join(format!("{number}.{name}"));
            fs::write(&file, bytes)?;
            // Absolute: `include_bytes!` would look beside the list's copy.
            let include = format!("include_bytes!({:?})", file.display().to_string());
            let value = if name == "plain" { include } else { format!("Some({include})") };
            write!(list, ", {name}: {value}")?;
        }
        list.push_str(" },\n");
    }
    list.push_str("    ],\n})\n");
    fs::write(folder.join(LIST), list)?;
    let [plain, brotli, gzip] = sizes.map(|bytes| bytes / 1024);
    eprintln!("      {} files, {plain} KiB; {brotli} KiB with brotli, {gzip} KiB with gzip", assets.len());
    Ok(folder)
}

/// Every file that is served, by address. Dotfiles and the manifest are the builder's own.
fn read(site: &Path) -> Result<Vec<Asset>> {
    let mut assets = Vec::new();
    walk(site, "", &mut assets)?;
    assets.retain(|asset| asset.path != "/manifest.json");
    assets.sort_by(|a, b| a.path.cmp(&b.path));
    if assets.is_empty() {
        bail!("{} is empty", site.display());
    }
    Ok(assets)
}

fn walk(folder: &Path, address: &str, assets: &mut Vec<Asset>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{address}/{name}");
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &path, assets)?;
        } else {
            assets.push(Asset { path, content: fs::read(entry.path())?, hashed: false });
        }
    }
    Ok(())
}

fn addresses(manifest: &[u8]) -> Result<BTreeMap<String, String>> {
    serde_json::from_slice(manifest).context("manifest.json is not a list of addresses")
}

/// Gives the files of `/pkg/` names by their content, and follows the names through JavaScript and the manifest. The
/// script comes last: it names the others. What lies deeper (snippets) and the files of `public/`, whose addresses are
/// written into pages, keep their names.
fn rename(mut assets: Vec<Asset>, manifest: &mut BTreeMap<String, String>) -> Vec<Asset> {
    assets.sort_by_key(|asset| asset.path.ends_with(".js"));
    let mut renamed: Vec<(String, String)> = Vec::new();
    for asset in &mut assets {
        let Some(name) = asset.path.strip_prefix("/pkg/").filter(|name| !name.contains('/')) else {
            continue;
        };
        let Some((stem, ending)) = name.rsplit_once('.') else { continue };
        if ending == "js" {
            let mut text = String::from_utf8_lossy(&asset.content).into_owned();
            for (old, new) in &renamed {
                text = text.replace(old.as_str(), new);
            }
            asset.content = text.into_bytes();
        }
        let new = format!("{stem}-{}.{ending}", digest(&asset.content));
        let old = std::mem::replace(&mut asset.path, format!("/pkg/{new}"));
        asset.hashed = true;
        for address in manifest.values_mut().filter(|address| **address == old) {
            address.clone_from(&asset.path);
        }
        renamed.push((old.trim_start_matches("/pkg/").to_owned(), new));
    }
    assets
}

fn digest(content: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(content) {
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(DIGITS);
    text
}

fn brotli(content: &[u8]) -> Result<Option<Vec<u8>>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut packed, &params)?;
    Ok(worth(content, packed))
}

/// For the few that do not speak brotli: old proxies, simple clients.
fn gzip(content: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(worth(content, encoder.finish()?))
}

fn worth(content: &[u8], packed: Vec<u8>) -> Option<Vec<u8>> {
    (packed.len() + content.len() / WORTH < content.len()).then_some(packed)
}

/// `Content-Type` by the name's ending. Browsers refuse scripts and WebAssembly under another one.
fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(path: &str, content: &str) -> Asset {
        Asset { path: path.to_owned(), content: content.as_bytes().to_vec(), hashed: false }
    }

    #[test]
    fn names_follow_the_content_and_are_followed() {
        let mut manifest =
            addresses(br#"{"js":"/pkg/a.js","wasm":"/pkg/a_bg.wasm","css":"/pkg/a.css"}"#).unwrap();
        let site = |wasm: &str| {
            vec![
                asset("/icons.svg", "<svg/>"),
                asset("/pkg/a.css", "b{}"),
                asset("/pkg/a.js", "fetch('a_bg.wasm'); import './snippets/x/inline0.js'"),
                asset("/pkg/a_bg.wasm", wasm),
                asset("/pkg/snippets/x/inline0.js", "1"),
            ]
        };
        let mut again = manifest.clone();
        let assets = rename(site("one"), &mut manifest);
        let at = |path: &str| assets.iter().find(|asset| asset.path == path).unwrap();
        assert!(!at("/icons.svg").hashed && !at("/pkg/snippets/x/inline0.js").hashed);
        let script = at(&manifest["js"]);
        assert!(script.hashed && at(&manifest["css"]).hashed);
        let wasm = manifest["wasm"].trim_start_matches("/pkg/");
        assert!(String::from_utf8_lossy(&script.content).contains(&format!("fetch('{wasm}')")));
        // Other WebAssembly is another script too: the two never meet crosswise in a cache.
        rename(site("two"), &mut again);
        assert!(again["wasm"] != manifest["wasm"] && again["js"] != manifest["js"]);
        assert_eq!(again["css"], manifest["css"]);
    }

    #[test]
    fn compressing_has_to_pay() {
        let long = "roomly ".repeat(200);
        assert!(brotli(long.as_bytes()).unwrap().is_some_and(|packed| packed.len() < 60));
        assert!(gzip(long.as_bytes()).unwrap().is_some());
        assert_eq!(brotli(b"ab").unwrap(), None);
        assert_eq!(gzip(b"").unwrap(), None);
    }
}
