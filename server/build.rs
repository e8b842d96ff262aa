//! Puts the packed site into the binary when `ROOMLY_EMBED` names its folder (`cargo xtask build --release`), and nothing
//! otherwise: a plain `cargo build` needs no site, and then the server serves from a folder.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told by cargo and xtask through the environment"
)]

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=ROOMLY_EMBED");
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("assets.rs");
    let list = match env::var("ROOMLY_EMBED") {
        Ok(folder) => {
            let list = Path::new(&folder).join("assets.rs");
            println!("cargo::rerun-if-changed={}", list.display());
            fs::read_to_string(&list).unwrap_or_else(|error| panic!("{}: {error}", list.display()))
        }
        Err(_) => "None\n".to_owned(),
    };
    fs::write(target, list).expect("OUT_DIR is writable");
}
