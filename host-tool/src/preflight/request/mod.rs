//! A certificate request of a row or of a file: its PEM, its DER, its key, its signature, and what it says.
//!
//! Unlike [`crate::verify`], which holds our own boards to what they were asked for, this takes anybody's requests: more kinds
//! of keys, and any names. Knows no CSV.

mod names;
mod pem;
mod pkcs10;
mod signature;
mod strict;

pub(crate) use names::{said_by_certificate, said_by_request, same};
pub(super) use pem::{Form, unwrap};
pub(super) use pkcs10::{Request, read};

use super::Code;

/// What is wrong with a request, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: Code,
    pub what: String,
    /// Lines of the text before the fault.
    pub lines: u64,
}

impl Fault {
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self {
            code,
            what: what.into(),
            lines: 0,
        }
    }
}
