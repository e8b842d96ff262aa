//! What the browser tests need besides cargo: Node, Chromium, a font with Korean letters.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::shell;

/// Names under which Chromium is installed.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// One thing to have, and the Debian packages that bring it.
struct Tool {
    what: &'static str,
    debian: &'static [&'static str],
    present: fn() -> bool,
}

const TOOLS: [Tool; 3] = [
    Tool {
        what: "Node.js 18 or later with npm",
        debian: &["nodejs", "npm"],
        present: || {
            node_major().is_some_and(|major| major >= 18) && shell::which(&["npm", "npm.cmd"]).is_some()
        },
    },
    Tool {
        what: "Chromium (or the variable CHROMIUM with the path of one)",
        debian: &["chromium"],
        present: || chromium().is_some(),
    },
    Tool { what: "a font with Korean letters", debian: &["fonts-noto-cjk"], present: korean_font },
];

/// Installs what is missing where it may (Debian, as root); elsewhere the error says exactly what is missing.
pub(crate) fn ensure() -> Result<()> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !(tool.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.iter().map(|tool| format!("\n  - {}", tool.what)).collect::<String>();
    let packages: Vec<&str> = missing.iter().flat_map(|tool| tool.debian).copied().collect();
    if !is_debian() {
        bail!(
            "the browser tests need:{list}\nInstall it, or run the Rust tests alone: cargo xtask test --rust"
        );
    }
    if !is_root() {
        bail!(
            "the browser tests need:{list}\nRun: sudo apt-get install {}\nor the Rust tests alone: cargo xtask test --rust",
            packages.join(" ")
        );
    }
    eprintln!("      installing {}", packages.join(", "));
    let apt = || {
        let mut apt = shell::command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    shell::run(apt().args(["update", "-qq"]))?;
    shell::run(apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(&packages))?;
    let still = missing.iter().filter(|tool| !(tool.present)()).map(|tool| tool.what).collect::<Vec<_>>();
    if !still.is_empty() {
        bail!("installed {}, but still missing: {}", packages.join(" "), still.join(", "));
    }
    Ok(())
}

/// The Chromium to use: the one of `CHROMIUM`, else the first on the path.
pub(crate) fn chromium() -> Option<PathBuf> {
    match std::env::var_os("CHROMIUM") {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => shell::which(&CHROMIUM),
    }
}

/// The packages of `end2end/package-lock.json`, and no browser with them.
pub(crate) fn node_packages() -> Result<()> {
    let folder = shell::root().join("end2end");
    let lock = fs::read(folder.join("package-lock.json")).context("end2end/package-lock.json")?;
    let stamp = folder.join("node_modules/.lock-installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut npm = shell::command("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    shell::run(&mut npm)?;
    Ok(fs::write(stamp, lock)?)
}

fn node_major() -> Option<u32> {
    major(&shell::ask(shell::command("node").arg("--version"))?)
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Fontconfig knows, on Linux. Elsewhere the system has one.
fn korean_font() -> bool {
    !cfg!(target_os = "linux")
        || shell::ask(shell::command("fc-list").args([":lang=ko", "family"]))
            .is_some_and(|list| !list.is_empty())
}

fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| names_debian(&text))
        && shell::which(&["apt-get"]).is_some()
}

fn names_debian(os_release: &str) -> bool {
    let mut values = os_release.lines().filter_map(|line| {
        line.strip_prefix("ID=")
            .or_else(|| line.strip_prefix("ID_LIKE="))
            .map(|value| value.trim_matches('"'))
    });
    values.any(|value| value.split(' ').any(|word| word == "debian"))
}

fn is_root() -> bool {
    shell::ask(shell::command("id").arg("-u")).is_some_and(|user| user == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20"), None);
    }

    #[test]
    fn debian_and_its_children_are_known() {
        assert!(names_debian("NAME=x\nID=debian\n"));
        assert!(names_debian("ID=ubuntu\nID_LIKE=\"debian\"\n"));
        assert!(!names_debian("ID=fedora\nID_LIKE=rhel\n"));
    }
}
