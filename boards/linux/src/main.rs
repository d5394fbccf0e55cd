//! The `nameplate-board` program.
fn main() {}
