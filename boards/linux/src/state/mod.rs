//! The state directory: what of a board outlives a restart.
//!
//! It holds `key`, `lock`, and nothing else for longer than a moment. All names are looked up below one open directory, so
//! that no change of the path can lead elsewhere.

mod directory;
mod key_file;
mod line;

pub use directory::{StateDir, StateFault};
pub use key_file::{KeyFault, KeyFile};
pub use line::{LINE, LineFault};
