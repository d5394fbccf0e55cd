//! The greatest sizes, in bytes unless said otherwise. A board with 16 KB of RAM holds all of them at once.

/// A whole frame, from `RS` to `LF`, both counted.
pub const FRAME: usize = 2048;

/// What a frame adds to its message: `RS`, `["`, eight hex digits, `",`, `]`, `LF`.
pub const FRAME_OVERHEAD: usize = 15;

/// A message: the JSON object inside a frame.
pub const MESSAGE: usize = FRAME - FRAME_OVERHEAD;

/// A board's name, in bytes of UTF-8. RFC 5280 allows a common name 64 characters.
pub const NAME: usize = 64;

/// The text that names a firmware, or the agent's version, in bytes of UTF-8.
pub const FIRMWARE: usize = 48;

/// A join token, in bytes of ASCII.
pub const TOKEN: usize = 64;

/// A certificate request in DER.
pub const CSR: usize = 1024;

/// Subject attributes in one certificate request: a count.
pub const ATTRIBUTES: usize = 12;

/// Subject alternative names in one certificate request: a count.
pub const ALT_NAMES: usize = 6;

/// Purposes of extendedKeyUsage in one certificate request: a count.
pub const PURPOSES: usize = 4;

/// Bits of keyUsage (RFC 5280 section 4.2.1.3): a count.
pub const KEY_USAGES: usize = 9;

/// All strings of one request that hold JSON escapes, in bytes after the escapes are resolved. Strings without escapes are
/// not limited by it.
pub const ESCAPED_TEXT: usize = 256;

/// One piece of a certificate chain, before base64.
pub const INSTALL_PIECE: usize = 1024;

/// A certificate chain in DER, all pieces together.
pub const CHAIN: usize = 4096;

/// The words of an error, in bytes of UTF-8.
pub const ERROR_TEXT: usize = 96;

/// How deep arrays and objects may stand inside each other in a message: a count. Protocol 1 needs 3.
pub const DEPTH: usize = 8;
