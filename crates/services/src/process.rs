//! A server process that ends when its owner does.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failed;

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(10);

/// Becomes the server, after leaving a watcher behind that is nobody's child (a server may take a child that it does
/// not know for one of its own). Each line that the watcher reads is a signal to send; at the end of the pipe, when
/// the owner is dead, it ends the server and removes the folder.
const SHELL: &str = r#"
server=$$ last=$1 folder=$2
shift 2
(
    {
        while read -r word <&3; do
            case $word in
                bye) exit 0 ;;
                *) kill -s "$word" "$server" ;;
            esac
        done
        kill -s "$last" "$server"
        glances=0
        while kill -0 "$server" && [ "$glances" -lt 100 ]; do
            sleep 0.1
            glances=$((glances + 1))
        done
        kill -s KILL "$server"
        rm -rf "$folder"
    } </dev/null >/dev/null 2>&1 &
) 3<&0
exec "$@" </dev/null
"#;

/// Signals as the shell names them.
#[derive(Clone, Copy)]
pub(crate) enum Signal {
    Interrupt,
    Quit,
    Terminate,
    /// Stands still, with its sockets open.
    Stop,
    /// Goes on after [`Signal::Stop`].
    Continue,
}

impl Signal {
    fn word(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Quit => "QUIT",
            Self::Terminate => "TERM",
            Self::Stop => "STOP",
            Self::Continue => "CONT",
        }
    }
}

/// How a server is started.
pub(crate) struct Plan<'a> {
    pub(crate) program: &'a Path,
    pub(crate) args: Vec<String>,
    /// Removed when the owner dies.
    pub(crate) folder: &'a Path,
    /// Both outputs, of this run only.
    pub(crate) log: PathBuf,
    /// Whom the server runs as; `None` for the owner itself.
    pub(crate) user: Option<(u32, u32)>,
    /// How it is ended when the owner dies.
    pub(crate) last: Signal,
}

/// A running server.
pub(crate) struct Process {
    child: Child,
    words: ChildStdin,
}

impl Process {
    pub(crate) fn start(plan: &Plan<'_>) -> io::Result<Self> {
        let log = File::options().create(true).append(true).open(&plan.log)?;
        log.set_len(0)?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SHELL, "sh", plan.last.word()])
            .arg(plan.folder)
            .arg(plan.program)
            .args(&plan.args)
            .current_dir(plan.folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log);
        apart(&mut shell, plan.user);
        let mut child = shell
            .spawn()
            .map_err(|error| failed(format!("cannot start {}: {error}", plan.program.display())))?;
        let words = child.stdin.take().ok_or_else(|| failed("a started shell has no standard input"))?;
        Ok(Self { child, words })
    }

    /// Waits until `is_ready`, asked with the server's process id, says so. `None`: the server has ended instead, its
    /// log says why.
    pub(crate) fn ready(mut self, mut is_ready: impl FnMut(u32) -> bool) -> io::Result<Option<Self>> {
        let begun = Instant::now();
        let id = self.child.id();
        loop {
            if self.child.try_wait()?.is_some() {
                self.dismiss();
                return Ok(None);
            }
            if is_ready(id) {
                return Ok(Some(self));
            }
            if begun.elapsed() > PATIENCE {
                return Err(failed("it neither became ready nor ended"));
            }
            thread::sleep(GLANCE);
        }
    }

    /// Sends a signal that does not end it.
    pub(crate) fn signal(&mut self, signal: Signal) -> io::Result<()> {
        writeln!(self.words, "{}", signal.word())
    }

    /// Makes it stand still, and waits until it does: the signal goes through the watcher.
    pub(crate) fn stand_still(&mut self) -> io::Result<()> {
        self.signal(Signal::Stop)?;
        let begun = Instant::now();
        loop {
            if stands_still(self.child.id())? {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it goes on in spite of SIGSTOP"));
            }
            thread::sleep(GLANCE);
        }
    }

    /// Sends the signal and waits for the end.
    pub(crate) fn stop(mut self, signal: Signal) -> io::Result<ExitStatus> {
        // A failed write means that the watcher is dead: then only the hard way is left.
        if writeln!(self.words, "{}", signal.word()).is_err() {
            return self.kill();
        }
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.dismiss();
                return Ok(status);
            }
            if begun.elapsed() > PATIENCE {
                return self.kill();
            }
            thread::sleep(GLANCE);
        }
    }

    /// SIGKILL: no chance to tidy up.
    pub(crate) fn kill(mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        let status = self.child.wait()?;
        self.dismiss();
        Ok(status)
    }

    /// Tells the watcher that nothing is left to do; the folder stays.
    fn dismiss(mut self) {
        let _ = writeln!(self.words, "bye");
    }
}

/// In a process group of its own (Ctrl-C is the owner's to handle), as another user if asked.
#[cfg(unix)]
fn apart(command: &mut Command, user: Option<(u32, u32)>) {
    use std::os::unix::process::CommandExt as _;

    command.process_group(0);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
}

#[cfg(not(unix))]
fn apart(_: &mut Command, _: Option<(u32, u32)>) {}

/// Runs a program to its end as another user if asked; an error carries what it printed.
pub(crate) fn run(command: &mut Command, user: Option<(u32, u32)>, input: Option<&Path>) -> io::Result<()> {
    apart(command, user);
    let input = match input {
        Some(file) => Stdio::from(File::open(file)?),
        None => Stdio::null(),
    };
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(input).output().map_err(|error| failed(format!("{program}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(format!("{program} failed ({}): {}", output.status, said.trim())))
}

/// The last lines of a log, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Whether the process is stopped: its state is `T`, as Linux tells without help and `ps` elsewhere.
fn stands_still(pid: u32) -> io::Result<bool> {
    if let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) {
        // The name before it, in brackets, may hold anything.
        return Ok(stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T')));
    }
    let state = Command::new("ps").args(["-o", "state=", "-p", &pid.to_string()]).output()?;
    Ok(state.stdout.trim_ascii().starts_with(b"T"))
}
