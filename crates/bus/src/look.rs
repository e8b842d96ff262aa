//! Looking at a Redis once, for whoever asks what is missing. Stores nothing there.

use std::time::Duration;

use futures::StreamExt as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ErrorKind, RedisError};
use thiserror::Error;
use tokio::time::timeout;

use crate::address::{BadAddress, client};
use crate::budget::{TAKE, why};
use crate::run::CHANNEL;

/// How long each step may take.
const STEP: Duration = Duration::from_secs(2);

/// A Redis that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// As it calls itself, `7.2.4`; none where we may not ask.
    pub version: Option<String>,
    /// Whether what is published comes back; else Redis' own word.
    pub carries: Result<(), String>,
    /// Whether it runs the script that counts budgets; else Redis' own word.
    pub counts: Result<(), String>,
}

/// Why there is no Redis.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unreachable {
    #[error(transparent)]
    Address(#[from] BadAddress),
    #[error("no connection")]
    NoConnection,
    #[error("its certificate is not trusted (expired, of another name, or of an unknown authority)")]
    NotTrusted,
    #[error("no answer in time")]
    Silent,
    /// Redis' own word: `NOAUTH`, `WRONGPASS`.
    #[error("it refuses: {0}")]
    Refused(String),
}

/// Connects as the servers do and tries what they need.
pub async fn look(address: &str) -> Result<Look, Unreachable> {
    let client = client(address)?;
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(STEP)).set_response_timeout(Some(STEP));
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    let mut connection = connecting.await.map_err(|error| unreachable(&error))?;
    redis::cmd("PING").exec_async(&mut connection).await.map_err(|error| unreachable(&error))?;
    let info: Result<String, RedisError> =
        redis::cmd("INFO").arg("server").query_async(&mut connection).await;
    let counts: Result<u64, RedisError> =
        redis::cmd("EVAL").arg(TAKE).arg(0).query_async(&mut connection).await;
    let carries = match timeout(STEP, carries(&client, &mut connection)).await {
        Ok(carries) => carries.map_err(|error| why(&error)),
        Err(_) => Err("nothing comes back".to_owned()),
    };
    Ok(Look {
        version: info.ok().and_then(|info| version(&info)),
        carries,
        counts: counts.map(drop).map_err(|error| why(&error)),
    })
}

async fn carries(client: &redis::Client, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
    let mut listener = client.get_async_pubsub().await?;
    listener.subscribe(CHANNEL).await?;
    // No server reads it: it is no letter.
    redis::cmd("PUBLISH").arg(CHANNEL).arg("look").exec_async(connection).await?;
    let mut letters = listener.into_on_message();
    match letters.next().await {
        Some(_) => Ok(()),
        None => Err((ErrorKind::Io, "the connection ended").into()),
    }
}

fn version(info: &str) -> Option<String> {
    let line = info.lines().find_map(|line| line.strip_prefix("redis_version:"))?;
    Some(line.trim().to_owned())
}

fn unreachable(error: &RedisError) -> Unreachable {
    if error.is_timeout() {
        Unreachable::Silent
    } else if error.is_io_error() {
        // The TLS library's error is inside, and says so in its words only.
        if error.to_string().contains("certificate") {
            Unreachable::NotTrusted
        } else {
            Unreachable::NoConnection
        }
    } else {
        Unreachable::Refused(why(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_stands_among_other_things() {
        let info = "# Server\r\nredis_version:7.0.15\r\nredis_git_sha1:00000000\r\n";
        assert_eq!(version(info).as_deref(), Some("7.0.15"));
        assert_eq!(version(""), None);
    }
}
