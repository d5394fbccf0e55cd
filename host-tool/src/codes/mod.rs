//! Stable codes: one word for each thing that can go wrong and that a person would look up.
//!
//! [`Code`] has the words, `ERRORS.md` says what each means, and [`entry`] reads it for `nameplate explain`. The other files say
//! which code each typed error of the library has. Nothing here decides an exit code or prints.

mod board;
mod certificates;
pub mod entry;
mod files;
mod service;
mod setup;
mod store;
mod table;

use std::io;

pub use table::Code;

/// An error that knows its code.
pub trait Coded {
    /// The code.
    fn code(&self) -> Code;
}

/// The code of a fault of the file system.
pub fn of_io(error: &io::Error) -> Code {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::NotFound | Kind::NotADirectory => Code::FileMissing,
        Kind::PermissionDenied => Code::FileForbidden,
        Kind::ReadOnlyFilesystem => Code::FolderReadOnly,
        Kind::StorageFull | Kind::QuotaExceeded => Code::DiskFull,
        Kind::AlreadyExists => Code::FileExists,
        _ => Code::FileUnusable,
    }
}

/// The code of an address that can't be listened on.
pub fn of_bind(error: &io::Error) -> Code {
    match error.kind() {
        io::ErrorKind::AddrInUse => Code::AddressInUse,
        _ => Code::AddressUnusable,
    }
}

#[cfg(test)]
mod tests;
