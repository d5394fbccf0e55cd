//! ZIP files, looked at before anything of them is believed.
//!
//! Written for this task, beside the `zip` crate that writes ours: that crate, as any library for unpacking does, keeps one
//! entry of those that share a name, follows one of two contradicting headers, and holds the whole directory in memory. Finding
//! just these is the task. Format: PKWARE's APPNOTE 6.3. Only Deflate itself is taken from a crate.

mod directory;
mod entry;
mod rules;

pub(crate) use directory::{Directory, Entry, From};
pub(crate) use entry::unpack;
pub(crate) use rules::faults;
pub(super) use rules::{Contents, look};

use super::Code;

/// What is wrong with a ZIP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(super) struct ZipFault {
    pub code: Code,
    pub what: String,
}

impl ZipFault {
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self {
            code,
            what: what.into(),
        }
    }

    pub fn damaged(what: impl Into<String>) -> Self {
        Self::new(Code::ZipDamaged, what)
    }
}

/// Little-endian numbers of a header, as far as it is there.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u16(&self, at: usize) -> u16 {
        let bytes = self.0.get(at..).and_then(|rest| rest.first_chunk());
        u16::from_le_bytes(bytes.copied().unwrap_or_default())
    }

    fn u32(&self, at: usize) -> u32 {
        let bytes = self.0.get(at..).and_then(|rest| rest.first_chunk());
        u32::from_le_bytes(bytes.copied().unwrap_or_default())
    }

    fn u64(&self, at: usize) -> u64 {
        let bytes = self.0.get(at..).and_then(|rest| rest.first_chunk());
        u64::from_le_bytes(bytes.copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
