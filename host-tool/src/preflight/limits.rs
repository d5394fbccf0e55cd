//! The greatest sizes of what is read. A hostile file meets one of these before it costs anything.

/// Greatest value of a CSV and greatest file of a certificate request in a ZIP, in bytes. A request with an RSA key of 8192
/// bits and many names stays below 8 KiB.
pub const MAX_CELL: usize = 64 * 1024;
/// Greatest row, in bytes.
pub const MAX_ROW: usize = 1024 * 1024;
/// Most values of a row.
pub const MAX_COLUMNS: usize = 1_000;
/// Most bytes that a ZIP unpacks to: five times the greatest upload.
pub const MAX_UNPACKED: u64 = 1_000_000_000;
/// Most times that an entry of over [`FREE_EXPANSION`] bytes may expand.
pub const MAX_EXPANSION: u64 = 200;
/// Bytes below which nobody asks how an entry expands.
pub const FREE_EXPANSION: u64 = 1024 * 1024;
/// Most characters of a value that are quoted in a finding.
pub const MAX_QUOTE: usize = 80;
/// Most values of each kind (device names, common names, MAC addresses, keys) that are remembered to find repeated ones.
/// 7/8 of 2^21: a set of so many takes 44 MB, and is half of that until the half is full.
pub const MAX_REMEMBERED: usize = 1_835_008;
