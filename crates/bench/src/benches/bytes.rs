//! What a first visit loads, compressed as well as Brotli can, and what one change costs every screen.

use std::fs;
use std::path::Path;

use crate::Setting;
use crate::client::Connection;
use crate::figures::{head, row};
use crate::house::{DOMAIN, House, tomorrow, world};
use crate::sockets::Socket;

pub(crate) async fn run(setting: &Setting) -> anyhow::Result<()> {
    let house = House::open(setting, world(&[DOMAIN.to_owned()], 50, 8, tomorrow())).await;
    let mut visitor = house.found(DOMAIN).await;
    let page = Connection::open(house.addr).await.ask(visitor.get(&visitor.day_page(), None)).await;
    let mut parts = vec![("page".to_owned(), page.to_vec())];
    let html = String::from_utf8_lossy(&page);
    for file in files(&house.site().join("pkg")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        // The other pages' sheet is not among what this one loads.
        if html.contains(&name) {
            parts.push((name, fs::read(&file)?));
        }
    }
    head(&["what", "bytes", "brotli"]);
    let (mut all, mut small) = (0, 0);
    for (name, bytes) in &parts {
        let packed = brotli(bytes);
        row(&[name, &bytes.len(), &packed]);
        all += bytes.len();
        small += packed;
    }
    row(&[&"first visit", &all, &small]);

    let room = visitor.rooms().await[0];
    let mut socket = Socket::open(house.addr, &house.root, &visitor.cookies, house.date).await;
    socket.next().await;
    visitor.evening(room, "주간 회의").await;
    let delta = socket.next().await;
    row(&[&"one delta", &delta.len(), &"-"]);
    println!("\n```json\n{}\n```", String::from_utf8_lossy(&delta).trim_start_matches(|first| first != '{'));
    Ok(())
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let ending = file.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ["js", "wasm", "css"].contains(&ending))
    });
    files.sort();
    files
}

fn brotli(bytes: &[u8]) -> usize {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params).unwrap();
    packed.len()
}
