//! The words are read while the crate compiles; cargo must know that they are part of it.

fn main() {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=pages");
}
