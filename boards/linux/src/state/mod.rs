//! The state directory: what of a board outlives a restart.
//!
//! It holds `key`, `chain`, `locked`, `lock`, and nothing else for longer than a moment, but for `chain.new` while a chain is
//! gathered. All names are looked up below one open directory, so that no change of the path can lead elsewhere.

mod chain_file;
mod directory;
mod key_file;
mod line;
mod store;

pub use chain_file::{ChainFault, ChainFile};
pub use directory::{StateDir, StateFault};
pub use key_file::{KeyFault, KeyFile};
pub use line::{LINE, LineFault};
pub use store::Store;
