//! The `nameplate` program.
fn main() {}
