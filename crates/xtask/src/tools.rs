//! What the tests need besides cargo: PostgreSQL, Redis, Node, Python, Chromium, a font with Korean letters. Installed on
//! Debian and its children, named elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use services::PostgresBin;

use crate::shell;

/// Names under which Chromium is installed.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Where macOS keeps it.
const CHROME_APP: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// One thing to have, and what brings it: the packages of apt, dnf, pacman and brew, in the order of [`System`].
struct Tool {
    what: &'static str,
    packages: [&'static [&'static str]; 4],
    present: fn() -> bool,
}

/// What the Rust tests talk to.
const SERVERS: [Tool; 2] = [
    Tool {
        what: "PostgreSQL's server (or the variable ROOMLY_TEST_POSTGRES_BIN with the folder of `initdb`)",
        packages: [&["postgresql"], &["postgresql-server"], &["postgresql"], &["postgresql@17"]],
        present: || postgres().is_some(),
    },
    Tool {
        what: "Redis",
        packages: [&["redis-server"], &["redis"], &["valkey"], &["redis"]],
        present: services::Redis::is_installed,
    },
];

const NODE: Tool = Tool {
    what: "Node.js 18 or later with npm",
    packages: [&["nodejs", "npm"], &["nodejs", "npm"], &["nodejs", "npm"], &["node"]],
    present: || node_major().is_some_and(|major| major >= 18) && shell::which(&["npm", "npm.cmd"]).is_some(),
};

/// What Google's own clients run in.
const CLIENTS: [Tool; 2] = [
    NODE,
    Tool {
        what: "Python 3.10 or later with its modules venv and ensurepip",
        packages: [&["python3", "python3-venv"], &["python3"], &["python"], &["python"]],
        present: || python().is_some(),
    },
];

/// What the browser tests run in.
const BROWSER: [Tool; 3] = [
    NODE,
    Tool {
        what: "Chromium (or the variable CHROMIUM with the path of one)",
        packages: [&["chromium"], &["chromium"], &["chromium"], &["google-chrome"]],
        present: || chromium().is_some(),
    },
    Tool {
        what: "a font with Korean letters",
        packages: [&["fonts-noto-cjk"], &["google-noto-sans-cjk-fonts"], &["noto-fonts-cjk"], &[]],
        present: korean_font,
    },
];

/// A way to install packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Debian,
    Fedora,
    Arch,
    Mac,
}

impl System {
    fn here() -> Option<Self> {
        if cfg!(target_os = "macos") {
            return Some(Self::Mac);
        }
        let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self::of_os_release(&text).filter(|system| shell::which(&[system.manager()]).is_some())
    }

    fn of_os_release(text: &str) -> Option<Self> {
        let values = text.lines().filter_map(|line| {
            let value = line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE="))?;
            Some(value.trim_matches('"'))
        });
        values.flat_map(|value| value.split(' ')).find_map(|word| match word {
            "debian" => Some(Self::Debian),
            "fedora" | "rhel" => Some(Self::Fedora),
            "arch" => Some(Self::Arch),
            _ => None,
        })
    }

    fn manager(self) -> &'static str {
        match self {
            Self::Debian => "apt-get",
            Self::Fedora => "dnf",
            Self::Arch => "pacman",
            Self::Mac => "brew",
        }
    }

    /// What a person types to install.
    fn install(self) -> &'static str {
        match self {
            Self::Debian => "sudo apt-get install",
            Self::Fedora => "sudo dnf install",
            Self::Arch => "sudo pacman -S",
            Self::Mac => "brew install",
        }
    }

    fn packages(self, tools: &[&Tool]) -> Vec<&'static str> {
        tools.iter().flat_map(|tool| tool.packages[self as usize]).copied().collect()
    }
}

/// How to become root without a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Already,
    BySudo,
    No,
}

impl Root {
    fn here() -> Self {
        if shell::ask(shell::command("id").arg("-u")).is_some_and(|user| user == "0") {
            Self::Already
        } else if shell::ask(shell::command("sudo").args(["-n", "true"])).is_some() {
            Self::BySudo
        } else {
            Self::No
        }
    }
}

/// What is done about missing tools.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    Install { packages: Vec<&'static str>, sudo: bool },
    Say(String),
}

fn way(missing: &[&Tool], system: Option<System>, root: Root, hint: &str) -> Way {
    if let (Some(System::Debian), Root::Already | Root::BySudo) = (system, root) {
        let packages = System::Debian.packages(missing);
        return Way::Install { packages, sudo: root == Root::BySudo };
    }
    let list = missing.iter().map(|tool| format!("\n  - {}", tool.what)).collect::<String>();
    let how = system.map_or_else(
        || "Install it".to_owned(),
        |system| format!("Run: {} {}", system.install(), system.packages(missing).join(" ")),
    );
    Way::Say(format!("the tests need:{list}\n{how}\n{hint}"))
}

/// PostgreSQL and Redis, installed if missing and if that may be done without asking.
pub(crate) fn ensure_servers() -> Result<()> {
    ensure(&SERVERS, "or run the browser tests alone: cargo xtask test --browser")
}

/// Node, Chromium and a Korean font, likewise.
pub(crate) fn ensure_browser() -> Result<()> {
    ensure(&BROWSER, "or run the Rust tests alone: cargo xtask test --rust")
}

/// Node and Python, likewise.
pub(crate) fn ensure_clients() -> Result<()> {
    ensure(&CLIENTS, "or run the Rust tests alone: cargo xtask test --rust")
}

fn ensure(tools: &[Tool], hint: &str) -> Result<()> {
    let missing: Vec<&Tool> = tools.iter().filter(|tool| !(tool.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    match way(&missing, System::here(), Root::here(), hint) {
        Way::Say(what) => bail!("{what}"),
        Way::Install { packages, sudo } => install(&packages, sudo)?,
    }
    let still: Vec<_> = missing.iter().filter(|tool| !(tool.present)()).map(|tool| tool.what).collect();
    if !still.is_empty() {
        bail!("installed what should bring it, but still missing: {}", still.join(", "));
    }
    Ok(())
}

/// Installs Debian packages and keeps the servers among them from running: a policy says so to apt while it works,
/// and they are not enabled for the next boot either. A policy that is there already is the machine's own and stays.
const APT: &str = r#"
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then
    for package in "$@"; do
        case $package in
            postgresql | redis-server) systemctl disable --quiet "$package" ;;
        esac
    done
fi
"#;

fn install(packages: &[&str], sudo: bool) -> Result<()> {
    eprintln!("      installing {}", packages.join(", "));
    let mut shell = if sudo { shell::command("sudo") } else { shell::command("sh") };
    if sudo {
        shell.args(["-n", "sh"]);
    }
    let status = shell.args(["-c", APT, "sh"]).args(packages).status().context("cannot start a shell")?;
    if !status.success() {
        bail!("apt-get did not install {} ({status})", packages.join(" "));
    }
    Ok(())
}

/// The PostgreSQL to use: the one of `ROOMLY_TEST_POSTGRES_BIN`, else the newest on this machine.
pub(crate) fn postgres() -> Option<PostgresBin> {
    match std::env::var_os("ROOMLY_TEST_POSTGRES_BIN") {
        Some(folder) => PostgresBin::at(Path::new(&folder)),
        None => PostgresBin::find(),
    }
}

/// The Chromium to use: the one of `CHROMIUM`, else the first on the path.
pub(crate) fn chromium() -> Option<PathBuf> {
    let app = || Some(PathBuf::from(CHROME_APP)).filter(|path| path.is_file());
    match std::env::var_os("CHROMIUM") {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => shell::which(&CHROMIUM).or_else(app),
    }
}

/// The packages of a folder's `package-lock.json`, and no browser with them.
pub(crate) fn node_packages(folder: &str) -> Result<()> {
    let folder = shell::root().join(folder);
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).with_context(|| lock.display().to_string())?;
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

/// A Python that can make a virtual environment.
pub(crate) fn python() -> Option<PathBuf> {
    let python = shell::which(&["python3", "python3.exe", "python", "python.exe"])?;
    let question = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
    shell::ask(shell::command(&python).args(["-c", question])).map(|_| python)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20"), None);
    }

    #[test]
    fn systems_and_their_children_are_known() {
        assert_eq!(System::of_os_release("NAME=x\nID=debian\n"), Some(System::Debian));
        assert_eq!(System::of_os_release("ID=ubuntu\nID_LIKE=\"debian\"\n"), Some(System::Debian));
        assert_eq!(
            System::of_os_release("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"),
            Some(System::Fedora)
        );
        assert_eq!(System::of_os_release("ID=manjaro\nID_LIKE=arch\n"), Some(System::Arch));
        assert_eq!(System::of_os_release("ID=alpine\nVERSION_ID=3\n"), None);
    }

    fn way_of(system: Option<System>, root: Root) -> Way {
        way(&[&SERVERS[0], &SERVERS[1]], system, root, "hint")
    }

    #[test]
    fn debian_installs_where_nobody_has_to_be_asked() {
        let packages = vec!["postgresql", "redis-server"];
        let install = |sudo| Way::Install { packages: packages.clone(), sudo };
        assert_eq!(way_of(Some(System::Debian), Root::Already), install(false));
        assert_eq!(way_of(Some(System::Debian), Root::BySudo), install(true));
    }

    #[test]
    fn other_systems_are_told_what_to_type_even_as_root() {
        let line = |system, root| match way_of(system, root) {
            Way::Say(text) => text.lines().rev().nth(1).unwrap().to_owned(),
            way => panic!("{way:?}"),
        };
        assert_eq!(line(Some(System::Debian), Root::No), "Run: sudo apt-get install postgresql redis-server");
        assert_eq!(
            line(Some(System::Fedora), Root::Already),
            "Run: sudo dnf install postgresql-server redis"
        );
        assert_eq!(line(Some(System::Arch), Root::BySudo), "Run: sudo pacman -S postgresql valkey");
        assert_eq!(line(Some(System::Mac), Root::No), "Run: brew install postgresql@17 redis");
        assert_eq!(line(None, Root::Already), "Install it");
    }

    #[test]
    fn what_is_missing_is_named() {
        let Way::Say(text) = way_of(None, Root::No) else { panic!("nothing can be installed there") };
        assert!(text.contains("\n  - PostgreSQL's server") && text.contains("\n  - Redis\n"), "{text}");
        assert!(text.ends_with("\nhint"), "{text}");
    }
}
