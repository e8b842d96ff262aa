//! The proof that a shipped binary needs nothing beside it: it is started in an empty folder, with an empty environment,
//! by one command, and asked for a page and everything that the page needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::shell;

/// How the line begins that `roomly demo` says its address with.
const READY: &str = "Roomly is ready:";
/// Where `roomly demo` keeps its data, seen from its folder, and one of its companies.
const DATA: &str = "sqlite://data/demo/roomly.db";
const COMPANY: &str = "hanbit.example";
/// 32 bytes in base64. Making a board seals nothing, so that any key will do.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What only a build for chaos asks its environment for: where to die.
const DIES: &[u8] = b"ROOMLY_CHAOS_CRASH";

/// Runs `roomly demo` alone and asks it for its front page and for a board. It carries nothing that is for tests.
pub(crate) fn check(roomly: &Path) -> Result<()> {
    let bytes = fs::read(roomly).with_context(|| format!("cannot read {}", roomly.display()))?;
    ensure!(!bytes.windows(DIES.len()).any(|words| words == DIES), "it was built with the feature `chaos`");
    let folder = Folder::make()?;
    let mut command = alone(roomly, &folder);
    command.args(["demo", "--addr", "127.0.0.1:0", "--sandbox-addr", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut running = Running(command.spawn().with_context(|| format!("cannot start {}", roomly.display()))?);
    let output = running.0.stdout.take().context("no output")?;
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let ready = lines.find_map(|line| Some(line.split_once(READY)?.1.trim().to_owned()));
    let root = ready.context("`roomly demo` ended before it was ready")?;
    let host = root.strip_prefix("http://").context("an address of this machine")?;
    let board = board(roomly, &folder, &root)?;
    let count = ask(host, &board)?;
    drop(running);
    let left: Vec<_> = fs::read_dir(&folder.0)?.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    ensure!(left == ["data"], "it left {left:?} in its folder, not its data alone");
    eprintln!(
        "      one file, an empty folder, one command: pages and the {count} files they name were served"
    );
    Ok(())
}

/// The program in its folder, knowing nothing.
fn alone(roomly: &Path, folder: &Folder) -> Command {
    let mut command = Command::new(roomly);
    command.env_clear().current_dir(&folder.0).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Makes a lobby board beside the running server and answers its path: a page with the browser's half, for which nobody
/// has to sign in.
fn board(roomly: &Path, folder: &Folder, root: &str) -> Result<String> {
    let mut command = alone(roomly, folder);
    command.args(["display", "--domain", COMPANY]);
    command.env("DATABASE_URL", DATA).env("ROOMLY_SECRET_KEY", KEY).env("ROOMLY_PUBLIC_URL", root);
    let address = shell::capture(&mut command)?;
    let path =
        address.trim().strip_prefix(root).context("`roomly display` prints no address of this server")?;
    Ok(path.to_owned())
}

/// Both pages, and what they name, in every form; answers how many files those are.
fn ask(host: &str, board: &str) -> Result<usize> {
    let mut named = BTreeSet::new();
    for (path, kinds) in [("/login", &[".css"][..]), (board, &[".js", ".wasm", ".css"])] {
        let page = get(host, "GET", path, &[])?;
        ensure!(page.status == 200, "{path} answers {}", page.status);
        let addresses = addresses(&String::from_utf8_lossy(&page.body));
        for kind in kinds {
            ensure!(addresses.iter().any(|address| address.ends_with(kind)), "{path} names no {kind}");
        }
        named.extend(addresses);
    }
    named.extend(["/favicon.svg", "/icons.svg"].map(str::to_owned));
    for address in &named {
        file(host, address).with_context(|| address.clone())?;
    }
    let gone = get(host, "GET", "/pkg/roomly.js", &[])?;
    ensure!(gone.status == 404, "/pkg/roomly.js without a digest answers {}", gone.status);
    Ok(named.len())
}

/// Plain, compressed, by its tag, and its head alone.
fn file(host: &str, address: &str) -> Result<()> {
    let plain = get(host, "GET", address, &[("accept-encoding", "identity")])?;
    ensure!(plain.status == 200 && !plain.body.is_empty(), "answers {}", plain.status);
    ensure!(plain.header("content-encoding").is_empty(), "was not asked for an encoding");
    ensure!(plain.header("vary").contains("accept-encoding"), "lacks Vary");
    let lasting = plain.header("cache-control").contains("immutable");
    ensure!(lasting == address.starts_with("/pkg/"), "Cache-Control: {}", plain.header("cache-control"));
    let small = get(host, "GET", address, &[("accept-encoding", "gzip;q=0.5, br")])?;
    ensure!(small.header("content-encoding") == "br", "is not compressed");
    ensure!(small.body.len() < plain.body.len(), "is not smaller compressed");
    let tag = small.header("etag").to_owned();
    ensure!(!tag.is_empty() && tag != plain.header("etag"), "has no tag of its own");
    let known = [("accept-encoding", "br"), ("if-none-match", tag.as_str())];
    let unchanged = get(host, "GET", address, &known)?;
    ensure!(unchanged.status == 304 && unchanged.body.is_empty(), "is sent again: {}", unchanged.status);
    let head = get(host, "HEAD", address, &[("accept-encoding", "br")])?;
    ensure!(head.status == 200 && head.body.is_empty(), "HEAD answers {}", head.status);
    ensure!(head.header("content-length") == small.body.len().to_string(), "HEAD tells another length");
    Ok(())
}

/// The addresses under `/pkg/` in a page.
fn addresses(html: &str) -> Vec<String> {
    let mut found: Vec<String> = html
        .split('"')
        .filter(|text| text.starts_with("/pkg/") && !text.contains(char::is_whitespace))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

struct Answer {
    status: u16,
    /// Names in lower case.
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        Some(Self { status, headers, body: bytes[end + 4..].to_vec() })
    }
}

/// One request on a connection of its own. The body is as it came; pages are sent in pieces, files are not.
fn get(host: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    let mut stream = TcpStream::connect(host).with_context(|| format!("{host} does not answer"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let Some(answer) = Answer::parse(&bytes) else { bail!("{path}: no answer") };
    Ok(answer)
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("roomly-alone-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        ensure!(fs::read_dir(&folder)?.next().is_none(), "{} is not empty", folder.display());
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// A program that ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_files_once() {
        let page = r#"<link href="/pkg/a-1.css"><script>import init from "/pkg/a-1.js";
            init({ module_or_path: "/pkg/a-1.wasm" })</script><link rel="modulepreload" href="/pkg/a-1.js">"#;
        assert_eq!(addresses(page), ["/pkg/a-1.css", "/pkg/a-1.js", "/pkg/a-1.wasm"]);
    }

    #[test]
    fn answers_are_read() {
        let answer = Answer::parse(b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n").unwrap();
        assert_eq!((answer.status, answer.header("etag"), answer.body.len()), (304, "\"x\"", 0));
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\n").is_none());
    }
}
