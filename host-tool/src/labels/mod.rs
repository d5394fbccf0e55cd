//! Labels: each board's name and MAC address, for eyes and as a QR code (ISO/IEC 18004) that carries both.
//!
//! `code` is what the QR code says, `size` the labels that one can buy, `layout` where things stand on one; `svg` and `pdf`
//! draw it. Knows nothing of batches and files.

pub mod code;
mod layout;
mod pdf;
mod size;
mod svg;

pub use layout::{Label, LabelError, layout};
pub use pdf::Sheets;
pub use size::{BadSize, NAMED, Size};
pub use svg::svg;
