//! What the tests hold against the real program: a host's side of the protocol, ptys, a TLS bench, and a CA.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod board;
#[path = "../../../../agent/tests/common/ca.rs"]
pub mod ca;
pub mod host;
pub mod pty;
pub mod tls;
