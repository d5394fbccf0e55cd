//! Disks that fail: every call that makes something last fails once, the disk is full, the folder can only be read, is deleted or is
//! damaged. A command then says what is wrong and what to do, or has done all that it says; nothing half-written stands under its
//! final name, and without the fault the same command ends well.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod damaged;
mod deleted;
mod full;
mod namespace;
mod phase;
mod place;
mod preload;
mod read_only;
mod sweep;
mod template;
