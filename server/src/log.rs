//! Logging: structured lines on standard error. Never a secret, an e-mail address or a title.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// `filter` is tracing's directive syntax. Times are UTC.
pub(crate) fn init(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let text = match format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Text => true,
    };
    if text {
        builder.with_target(false).init();
    } else {
        // The request's span says what the list of spans would say again.
        builder.json().with_span_list(false).init();
    }
}

/// The last words of a program that cannot go on, with every cause.
pub(crate) fn fatal(error: &anyhow::Error) -> ExitCode {
    say_error(&format!("roomly: {error:#}"));
    ExitCode::FAILURE
}

/// A line for the person who started the program.
#[expect(clippy::print_stdout, reason = "what the command was asked to say")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "logging may not be set up yet")]
fn say_error(line: &str) {
    eprintln!("{line}");
}
