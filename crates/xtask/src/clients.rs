//! The stand-in for Google through Google's own clients for Python and Node.js, unmodified: what they cannot talk to, is no
//! stand-in. Their versions are pinned in `end2end/clients`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::cargo::Metadata;
use crate::{shell, tools};

const NODE: &str = "end2end/clients/node";
const PYTHON: &str = "end2end/clients/python";

/// Installs what the lock files name: Python's packages beside what cargo builds, Node's beside their lock file.
pub(crate) fn packages() -> Result<()> {
    tools::node_packages(NODE)?;
    let requirements = shell::root().join(PYTHON).join("requirements.txt");
    let wanted = fs::read(&requirements).context("end2end/clients/python/requirements.txt")?;
    let folder = virtual_environment()?;
    let stamp = folder.join("requirements-installed.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let python = tools::python().context("no Python found")?;
    shell::run(shell::command(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = shell::command(interpreter(&folder));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    // Nothing is built here, and nothing comes that is not the file that was locked.
    pip.args(["--only-binary", ":all:", "--require-hashes", "--requirement"]).arg(&requirements);
    shell::run(&mut pip)?;
    Ok(fs::write(stamp, wanted)?)
}

/// Starts a sandbox and runs both clients' tests against it, one file after the other: they share its world.
pub(crate) fn run(roomly: &Path, filter: &[String]) -> Result<()> {
    let sandbox = Sandbox::start(roomly)?;
    let mut python = shell::command(interpreter(&virtual_environment()?));
    python.current_dir(shell::root().join(PYTHON));
    python.args(["-m", "unittest", "discover", "--pattern", "test_*.py"]);
    for name in filter {
        python.arg("-k").arg(name);
    }
    python.env("SANDBOX_URL", &sandbox.url).env("PYTHONDONTWRITEBYTECODE", "1");
    // Python 3.12 and later call it a failure when a filter leaves nothing.
    match python.status().context("cannot start Python")?.code() {
        Some(0) => {}
        Some(5) if !filter.is_empty() => {}
        _ => bail!("`{}` failed", shell::line_of(&python)),
    }
    for file in node_tests()? {
        let mut node = shell::command("node");
        node.current_dir(shell::root().join(NODE)).arg("--test");
        for name in filter {
            node.arg("--test-name-pattern").arg(name);
        }
        shell::run(node.arg(file).env("SANDBOX_URL", &sandbox.url))?;
    }
    Ok(())
}

fn virtual_environment() -> Result<PathBuf> {
    Ok(Metadata::of_workspace()?.target_dir().join("clients/python"))
}

fn interpreter(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

fn node_tests() -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(shell::root().join(NODE))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

/// `roomly sandbox` on a port of the system's choice; ends when dropped.
struct Sandbox {
    url: String,
    process: Child,
}

impl Sandbox {
    fn start(roomly: &Path) -> Result<Self> {
        let mut command = shell::command(roomly);
        command.args(["sandbox", "--addr", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut process = command.spawn().context("cannot start `roomly sandbox`")?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        // From here on a failure ends the process.
        let mut sandbox = Self { url: String::new(), process };
        sandbox.url = address(&line).with_context(|| format!("`roomly sandbox` said {line:?}"))?.to_owned();
        Ok(sandbox)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address in what the sandbox says when it listens.
fn address(line: &str) -> Option<&str> {
    line.split_whitespace().find(|word| word.starts_with("http://"))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_sandbox_says_where_it_listens() {
        let line = "The stand-in for Google listens on http://127.0.0.1:40123\n";
        assert_eq!(address(line), Some("http://127.0.0.1:40123"));
        assert_eq!(address("Address already in use\n"), None);
    }
}
