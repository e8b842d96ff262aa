//! The real program, as a process.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::browser::Browser;
use crate::wait::{DEADLINE, wait_until};

/// `roomly serve`, with its settings, its folder and its log.
pub struct Roomly {
    binary: PathBuf,
    folder: PathBuf,
    settings: Vec<(String, String)>,
    addr: SocketAddr,
    pub root: String,
    child: Option<Child>,
    /// How often it was started: each run has its own log file.
    runs: u32,
}

impl Roomly {
    /// Another server on the same database, not started yet. Browsers reach it at its own address, and Google too.
    pub fn another(&self, roles: &str) -> Self {
        let addr = free_address();
        let root = format!("http://{addr}");
        let mut settings = self.settings.clone();
        for (name, value) in &mut settings {
            if name == "ROOMLY_PUBLIC_URL" {
                value.clone_from(&root);
            }
        }
        let folder = self.folder.join(format!("server-{}", addr.port()));
        std::fs::create_dir_all(&folder).unwrap();
        let (binary, child) = (self.binary.clone(), None);
        let mut another = Self { binary, folder, settings, addr, root, child, runs: 0 };
        another.set("ROOMLY_ROLES", roles);
        another
    }

    /// A setting of the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Not started yet. Its logs, and on SQLite its database, are in `folder`.
    pub fn new(binary: &Path, folder: &Path, database: &str, google: &str, poll_seconds: u32) -> Self {
        let addr = free_address();
        let root = format!("http://{addr}");
        let settings = [
            ("DATABASE_URL", database.to_owned()),
            ("GOOGLE_API_ROOT", google.to_owned()),
            ("GOOGLE_CLIENT_ID", sandbox::world::oauth::DEMO_CLIENT.to_owned()),
            ("GOOGLE_CLIENT_SECRET", sandbox::world::oauth::DEMO_SECRET.to_owned()),
            ("GOOGLE_OAUTH_ROOT", google.to_owned()),
            ("ROOMLY_HOOKS_URL", root.clone()),
            ("ROOMLY_LOG", "info,booking=debug,google=debug,roomly=debug,store=debug,sync=debug".to_owned()),
            ("ROOMLY_POLL_SECONDS", poll_seconds.to_string()),
            ("ROOMLY_PUBLIC_URL", root.clone()),
            ("ROOMLY_SECRET_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let (binary, folder) = (binary.to_owned(), folder.to_owned());
        Self { binary, folder, settings, addr, root, child: None, runs: 0 }
    }

    fn command(&self, addr: SocketAddr, log: &str) -> Command {
        let log = std::fs::File::create(self.folder.join(log)).unwrap();
        let mut command = Command::new(&self.binary);
        command
            .args(["serve", "--addr", &addr.to_string()])
            .env_clear()
            .envs(self.settings.iter().cloned())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        command
    }

    /// Ends it gracefully and starts it again.
    pub async fn restart(&mut self) {
        self.terminate().await;
        assert!(self.ended().await.success());
        self.start().await;
    }

    /// Runs another command of the program to its end, with these settings changed.
    pub async fn command_with(&self, args: &[&str], changes: &[(&str, Option<&str>)]) -> Output {
        let mut command = Command::new(&self.binary);
        command.args(args).env_clear().envs(self.settings.iter().cloned());
        for (name, value) in changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.current_dir(&self.folder).stdin(Stdio::null()).kill_on_drop(true);
        let ended = timeout(DEADLINE, command.output()).await;
        ended.unwrap_or_else(|_| panic!("`roomly {args:?}` did not end")).unwrap()
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&mut self) {
        self.launch();
        wait_until("roomly to be ready", async || {
            if let Some(status) = self.exited() {
                panic!("roomly ended with {status}: {}", self.log());
            }
            self.is_ready().await.then_some(())
        })
        .await;
    }

    /// Starts it, and waits for nothing.
    pub fn launch(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        self.runs += 1;
        let child = self.command(self.addr, &format!("log.{}", self.runs)).spawn().unwrap();
        self.child = Some(child);
    }

    /// Whether it answers that it is ready.
    pub async fn is_ready(&self) -> bool {
        let mut browser = Browser::new(&self.root, "");
        let asked = browser.try_send(http::Method::GET, "/readyz", &[], String::new());
        timeout(Duration::from_secs(2), asked)
            .await
            .is_ok_and(|answer| answer.is_ok_and(|answer| answer.status == 200))
    }

    /// How it ended by itself, if it did; then it can be launched again.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().unwrap()?;
        self.child = None;
        Some(status)
    }

    /// Whether it was started and has not been seen to end.
    pub fn runs(&self) -> bool {
        self.child.is_some()
    }

    /// SIGKILL, and how it ended: it may have done so before.
    pub async fn end_now(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        child.start_kill().ok();
        child.wait().await.unwrap()
    }

    /// SIGKILL: no last words.
    pub async fn kill_9(&mut self) {
        let status = self.end_now().await;
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9),
            "it was alive until then"
        );
    }

    /// SIGTERM.
    pub async fn terminate(&self) {
        self.signal("-TERM").await;
    }

    /// SIGSTOP: it stands still, its sockets stay open.
    pub async fn pause(&self) {
        self.signal("-STOP").await;
    }

    /// SIGCONT.
    pub async fn go_on(&self) {
        self.signal("-CONT").await;
    }

    async fn signal(&self, signal: &str) {
        let id = self.child.as_ref().unwrap().id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
    }

    /// Waits for the program's end.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        timeout(DEADLINE, child.wait()).await.unwrap_or_else(|_| panic!("roomly did not end")).unwrap()
    }

    /// A second server on the same database: how it ended, and what it said.
    pub async fn second(&self) -> (ExitStatus, String) {
        let mut child = self.command(free_address(), "log.second").spawn().unwrap();
        let status =
            timeout(DEADLINE, child.wait()).await.unwrap_or_else(|_| panic!("the second server runs"));
        (status.unwrap(), std::fs::read_to_string(self.folder.join("log.second")).unwrap())
    }

    /// Runs another command of the program to its end, on `database` or on its own: how it ended, and what it said.
    pub async fn run(&self, arguments: &[&str], database: Option<&str>) -> (ExitStatus, String) {
        let mut command = Command::new(&self.binary);
        command.args(arguments).env_clear().envs(self.settings.iter().cloned()).current_dir(&self.folder);
        if let Some(url) = database {
            command.env("DATABASE_URL", url);
        }
        let output = timeout(DEADLINE, command.stdin(Stdio::null()).kill_on_drop(true).output()).await;
        let output = output.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap();
        (output.status, String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    /// What all runs wrote to standard error.
    pub fn log(&self) -> String {
        let read = |run| std::fs::read_to_string(self.folder.join(format!("log.{run}"))).unwrap_or_default();
        (1..=self.runs).map(read).collect()
    }
}

/// An address that nobody has, at this moment.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
