//! What an operator sees and does at a bench: the table, its keys, boards that are plugged out and in.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hot_plug;
mod plug;
mod table;
