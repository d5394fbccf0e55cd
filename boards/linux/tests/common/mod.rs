//! What the tests hold against the real program: a host's side of the protocol, ptys, and a TLS bench.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod board;
pub mod host;
pub mod pty;
pub mod tls;
