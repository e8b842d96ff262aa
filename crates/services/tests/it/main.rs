//! Private servers, started for real. Needs PostgreSQL and Redis on this machine, as `cargo xtask test` installs them.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stderr, reason = "what is not tested is said")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use services::{Postgres, PostgresBin, PostgresOptions, Redis};

/// Whether the machine has what these tests start; said once where it has not.
fn installed() -> Option<PostgresBin> {
    let bin = PostgresBin::find().filter(|_| Redis::is_installed());
    if bin.is_none() {
        eprintln!("PostgreSQL or Redis is not installed: private servers are not tested");
    }
    bin
}

fn psql(postgres: &Postgres, url: &str, sql: &str) -> String {
    let program = postgres.bin().program("psql");
    let output = Command::new(program).args([url, "-XAtqc", sql]).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Looks until it is so. The watcher is nobody's child, so nobody can be told when it is done.
fn eventually(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn the_role_of_tests_makes_databases_and_roles_and_is_no_superuser() {
    let Some(bin) = installed() else { return };
    let postgres = Postgres::start(&bin, &PostgresOptions::default()).unwrap();
    let url = postgres.url();
    let may = psql(
        &postgres,
        &url,
        "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user",
    );
    assert_eq!(may, "f|t|t");
    let settings = "SELECT current_setting('fsync'), current_setting('timezone'), current_setting('server_encoding'), \
                    (SELECT datcollate FROM pg_database WHERE datname = 'postgres')";
    assert_eq!(psql(&postgres, &url, settings), "off|UTC|UTF8|C");
    assert_eq!(
        psql(&postgres, &postgres.admin_url(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"),
        "t"
    );
}

#[test]
fn a_killed_postgresql_comes_back_on_its_port_with_what_was_committed() {
    let Some(bin) = installed() else { return };
    let options =
        PostgresOptions { durable: true, settings: vec![("work_mem".to_owned(), "5MB".to_owned())] };
    let mut postgres = Postgres::start(&bin, &options).unwrap();
    let (url, port) = (postgres.admin_url(), postgres.port());
    psql(&postgres, &url, "CREATE TABLE t (n int); INSERT INTO t VALUES (41)");

    postgres.kill().unwrap();
    assert!(!listens(port));
    postgres.start_again().unwrap();
    psql(&postgres, &url, "UPDATE t SET n = n + 1");

    postgres.restart().unwrap();
    assert_eq!(
        psql(&postgres, &url, "SELECT n, current_setting('work_mem'), current_setting('fsync') FROM t"),
        "42|5MB|on"
    );

    let data = postgres.data_dir();
    drop(postgres);
    assert!(!listens(port) && !data.parent().unwrap().exists());
}

#[test]
fn a_port_that_somebody_took_is_said() {
    let Some(_) = installed() else { return };
    let mut redis = Redis::start().unwrap();
    redis.stop().unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, redis.port())).unwrap();
    let error = redis.start_again().unwrap_err();
    assert_eq!(error.to_string(), format!("somebody else has port {} now", redis.port()));
    drop(taken);
    redis.start_again().unwrap();
}

fn ask_redis(port: u16, command: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

#[test]
fn redis_forgets_when_flushed_and_when_killed_and_keeps_its_address() {
    let Some(_) = installed() else { return };
    let mut redis = Redis::start().unwrap();
    assert_eq!(redis.url(), format!("redis://127.0.0.1:{}", redis.port()));
    let count = |redis: &Redis| ask_redis(redis.port(), "DBSIZE");
    ask_redis(redis.port(), "SET a 1");
    assert_eq!(count(&redis), ":1");
    redis.flush().unwrap();
    assert_eq!(count(&redis), ":0");
    ask_redis(redis.port(), "SET a 1");
    redis.kill().unwrap();
    assert!(!listens(redis.port()));
    redis.flush().unwrap_err();
    redis.start_again().unwrap();
    assert_eq!(count(&redis), ":0");
}

/// Another process that owns servers: the ports and the folder that it printed.
fn owner() -> (Child, Vec<u16>, PathBuf) {
    let mut owner = Command::new(env!("CARGO_BIN_EXE_services"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> =
        BufReader::new(owner.stdout.take().unwrap()).lines().take(4).map(Result::unwrap).collect();
    let port = |line: &str| line.trim_end_matches("/postgres").rsplit(':').next().unwrap().parse().unwrap();
    let data = Path::new(lines[3].trim_start_matches("# "));
    (owner, vec![port(&lines[0]), port(&lines[2])], data.parent().unwrap().to_owned())
}

#[test]
fn nothing_outlives_an_owner_that_is_killed() {
    let Some(_) = installed() else { return };
    let (mut owner, ports, folder) = owner();
    assert!(ports.iter().all(|port| listens(*port)) && folder.exists());
    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("the servers are stopped", || !ports.iter().any(|port| listens(*port)));
    eventually("the folder is removed", || !folder.exists());
}

#[test]
fn nothing_outlives_an_owner_that_ends() {
    let Some(_) = installed() else { return };
    let (mut owner, ports, folder) = owner();
    drop(owner.stdin.take());
    assert!(owner.wait().unwrap().success());
    assert!(!ports.iter().any(|port| listens(*port)) && !folder.exists());
}
