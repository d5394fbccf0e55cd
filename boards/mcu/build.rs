//! The build script of every board: hands `memory.x` beside its manifest to cortex-m-rt's linker script.

use std::env;

fn main() {
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo:rustc-link-search={folder}");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed={folder}/memory.x");
    println!("cargo:rerun-if-changed=build.rs");
}
