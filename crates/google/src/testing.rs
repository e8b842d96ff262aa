//! For the tests of this crate: a server on this machine that says what it is told to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

/// What to do with one connection.
pub(crate) enum Say {
    /// Status, further header lines, body.
    Answer(u16, &'static str, String),
    /// These bytes, then nothing more while the caller waits.
    HangAfter(&'static str, Duration),
    /// Close at once.
    Close,
}

pub(crate) fn json(body: &serde_json::Value) -> Say {
    Say::Answer(200, "Content-Type: application/json\r\n", body.to_string())
}

/// Serves one connection for each of `says`; the handle gives the requests as they came.
pub(crate) fn serve(says: Vec<Say>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        says.into_iter()
            .map(|say| {
                let (mut stream, _) = listener.accept().unwrap();
                let request = read_request(&mut stream);
                match say {
                    Say::Answer(status, headers, body) => {
                        let head = format!(
                            "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
                            body.len()
                        );
                        // The client may have hung up, which some tests are about.
                        let _ = stream
                            .write_all(head.as_bytes())
                            .and_then(|()| stream.write_all(body.as_bytes()));
                    }
                    Say::HangAfter(text, pause) => {
                        stream.write_all(text.as_bytes()).unwrap();
                        std::thread::sleep(pause);
                    }
                    Say::Close => {}
                }
                request
            })
            .collect()
    });
    (root, served)
}

fn read_request(stream: &mut std::net::TcpStream) -> String {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().unwrap());
            if body.len() >= length {
                return text.into_owned();
            }
        }
        match stream.read(&mut buffer).unwrap() {
            0 => return String::from_utf8_lossy(&seen).into_owned(),
            read => seen.extend_from_slice(&buffer[..read]),
        }
    }
}
