//! A private Redis.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
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
    /// Where it speaks TLS besides.
    tls: Option<Tls>,
    folder: Folder,
}

struct Tls {
    port: u16,
    certificate: PathBuf,
    key: PathBuf,
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
        Self { process: None, port: 0, tls: None, folder }.started()
    }

    /// As [`Redis::start`], and speaks TLS on a port of its own, as `localhost`, by a certificate that nobody else
    /// knows: see [`Redis::certificate`].
    ///
    /// # Errors
    ///
    /// As [`Redis::start`] says; or there is no `openssl`, which makes the certificate.
    pub fn start_with_tls() -> io::Result<Self> {
        let folder = Folder::make(&std::env::temp_dir(), "redis")?;
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        openssl.args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
        process::run(&mut openssl, None, None)?;
        Self { process: None, port: 0, tls: Some(Tls { port: 0, certificate, key }), folder }.started()
    }

    fn started(mut self) -> io::Result<Self> {
        for _ in 0..port::ATTEMPTS {
            self.port = port::free()?;
            if let Some(tls) = &mut self.tls {
                tls.port = port::free()?;
            }
            if self.launch()? {
                return Ok(self);
            }
        }
        Err(failed(format!("Redis found no free port in {} attempts", port::ATTEMPTS)))
    }

    /// `redis://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `rediss://localhost:PORT`, of one that was started with TLS.
    #[must_use]
    pub fn tls_url(&self) -> Option<String> {
        self.tls.as_ref().map(|tls| format!("rediss://localhost:{}", tls.port))
    }

    /// The file with its certificate, which is its own authority, of one that was started with TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&Path> {
        self.tls.as_ref().map(|tls| tls.certificate.as_path())
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
        match self.ask("FLUSHALL")?.as_str() {
            "+OK" => Ok(()),
            other => Err(failed(format!("FLUSHALL was answered with {other}"))),
        }
    }

    /// One command, with its arguments after spaces: a simple answer as it comes (`+OK`, `:1`), or the text of a bulk one.
    ///
    /// # Errors
    ///
    /// It is not running.
    pub fn ask(&self, command: &str) -> io::Result<String> {
        ask(self.port, command)
    }

    /// It stands still: connections stay open, nothing is answered.
    ///
    /// # Errors
    ///
    /// It is not running.
    pub fn pause(&mut self) -> io::Result<()> {
        self.running()?.stand_still()
    }

    /// It goes on after [`Redis::pause`].
    ///
    /// # Errors
    ///
    /// It is not running.
    pub fn go_on(&mut self) -> io::Result<()> {
        self.running()?.signal(Signal::Continue)
    }

    fn running(&mut self) -> io::Result<&mut Process> {
        self.process.as_mut().ok_or_else(|| failed("it is not running"))
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
        let mut args: Vec<String> =
            args.into_iter().map(str::to_owned).chain([self.port.to_string()]).collect();
        if let Some(Tls { port, certificate, key }) = &self.tls {
            let (certificate, key) = (certificate.display(), key.display());
            let tls = format!(
                "--tls-port {port} --tls-auth-clients no --tls-cert-file {certificate} --tls-key-file {key} \
                 --tls-ca-cert-file {certificate}"
            );
            args.extend(tls.split(' ').map(str::to_owned));
        }
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
