//! A private Redis.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::folder::Folder;
use crate::process::{self, Plan, Process, Signal};
use crate::{failed, port};

const PROGRAM: &str = "redis-server";

/// A running Redis that keeps nothing on disk. Stopped and removed on drop.
pub struct Redis {
    // Dropped by hand, before the folder.
    process: Option<Process>,
    port: u16,
    folder: Folder,
}

impl Redis {
    /// Whether `redis-server` is on the path.
    #[must_use]
    pub fn is_installed() -> bool {
        std::process::Command::new(PROGRAM)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
    }

    /// Starts one on a free port; ready when this returns.
    ///
    /// # Errors
    ///
    /// Redis is not installed, or did not start: with the last lines of its log.
    pub fn start() -> io::Result<Self> {
        let folder = Folder::make(&std::env::temp_dir(), "redis")?;
        let mut redis = Self { process: None, port: 0, folder };
        for _ in 0..port::ATTEMPTS {
            redis.port = port::free()?;
            if redis.launch()? {
                return Ok(redis);
            }
        }
        Err(failed(format!("Redis found no free port in {} attempts", port::ATTEMPTS)))
    }

    /// `redis://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Forgets everything (`FLUSHALL`). Subscribers stay.
    ///
    /// # Errors
    ///
    /// It is not running.
    pub fn flush(&self) -> io::Result<()> {
        match ask(self.port, "FLUSHALL")?.as_str() {
            "+OK" => Ok(()),
            other => Err(failed(format!("FLUSHALL was answered with {other}"))),
        }
    }

    /// Stops it in order. What it knew is forgotten.
    ///
    /// # Errors
    ///
    /// The system refused.
    pub fn stop(&mut self) -> io::Result<()> {
        self.process.take().map_or(Ok(()), |process| process.stop(Signal::Terminate).map(drop))
    }

    /// SIGKILL: clients see a reset connection.
    ///
    /// # Errors
    ///
    /// The system refused.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.take().map_or(Ok(()), |process| process.kill().map(drop))
    }

    /// Starts it again, on the same port, after [`Redis::stop`] or [`Redis::kill`].
    ///
    /// # Errors
    ///
    /// It did not start, or somebody else has the port now.
    pub fn start_again(&mut self) -> io::Result<()> {
        if self.process.is_some() || self.launch()? {
            return Ok(());
        }
        Err(failed(format!("somebody else has port {} now", self.port)))
    }

    /// [`Redis::stop`] and [`Redis::start_again`].
    ///
    /// # Errors
    ///
    /// As they say.
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop()?;
        self.start_again()
    }

    /// `false`: somebody else has the port.
    fn launch(&mut self) -> io::Result<bool> {
        let log = self.folder.path().join("log");
        let args = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--port"];
        let args = args.into_iter().map(str::to_owned).chain([self.port.to_string()]).collect();
        let folder = self.folder.path();
        let plan = Plan {
            program: Path::new(PROGRAM),
            args,
            folder,
            log: log.clone(),
            user: None,
            last: Signal::Terminate,
        };
        let port = self.port;
        self.process = Process::start(&plan)?.ready(|id| serves(port, id))?;
        if self.process.is_some() {
            return Ok(true);
        }
        let said = process::tail(&log);
        if said.contains("Address already in use") {
            Ok(false)
        } else {
            Err(failed(format!("Redis did not start:\n{said}")))
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Nothing it holds is worth an orderly end.
        let _ = self.kill();
    }
}

/// Whether the Redis on this port is the process that was started: another one could have been faster.
fn serves(port: u16, id: u32) -> bool {
    ask(port, "INFO server").is_ok_and(|info| info.lines().any(|line| line == format!("process_id:{id}")))
}

/// One inline command; simple and bulk answers.
fn ask(port: u16, command: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let line = line.trim_end();
    let Some(length) = line.strip_prefix('$') else { return Ok(line.to_owned()) };
    let length = length.parse().map_err(|_| failed(format!("Redis answered {line}")))?;
    let mut bulk = String::new();
    answer.take(length).read_to_string(&mut bulk)?;
    Ok(bulk)
}
