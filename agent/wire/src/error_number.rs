//! The numbers by which a board says why it could not do what it was asked.
//!
//! A number is never given another meaning and never used again. The hundreds tell whose fault it is:
//! 1xx the frame or the message, 2xx the board's randomness, 3xx its key and key store, 4xx what was asked to stand in
//! the certificate request, 5xx the state the board is in, 6xx the certificate chain and where it is kept.

macro_rules! error_numbers {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// A stable error number, as it stands in an `error` message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum ErrorNumber {
            $($(#[$doc])* $name,)*
        }

        impl ErrorNumber {
            /// Every number there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The number on the wire.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)*
                }
            }

            /// The error with this number, where this version knows it.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The same in words, for people: at most [`crate::limits::ERROR_TEXT`] bytes.
            pub fn text(self) -> &'static str {
                // One text and no table: a small board carries it.
                const TEXTS: &str = concat!($($text, "\n"),*);
                crate::words::at(TEXTS, b'\n', self as usize)
            }
        }
    };
}

error_numbers! {
    /// The checksum did not match, or the frame was not of the right form.
    DamagedFrame = 100, "the frame was damaged on the way";
    /// The frame was longer than [`crate::limits::FRAME`].
    FrameTooLong = 101, "the frame is too long for this board";
    /// The frame was whole, but what it held was no message.
    NotAMessage = 102, "the frame holds no message";
    /// A kind of message that this board does not know.
    UnknownKind = 103, "this firmware does not know that message";
    /// No protocol version that both sides speak.
    NoCommonVersion = 104, "the board and the host share no protocol version";
    /// A field was missing, of the wrong form, or over its limit.
    BadField = 105, "a field is missing, malformed or over its limit";
    /// The answer would not fit into a frame.
    AnswerTooLong = 106, "the answer would not fit into one frame";
    /// The noise source gave the same value too often in a row (NIST SP 800-90B section 4.4.1).
    RandomnessStuck = 200, "the random number generator is stuck";
    /// The noise source gave one value too often (NIST SP 800-90B section 4.4.2).
    RandomnessBiased = 201, "the random number generator is biased";
    /// The noise source reported a fault of its own.
    RandomnessFailed = 202, "the random number generator failed";
    /// The key store could not be read.
    StoreRead = 300, "the key store could not be read";
    /// The key store could not be written.
    StoreWrite = 301, "the key store could not be written";
    /// What the key store holds is not a P-256 private key.
    StoredKeyBad = 302, "the stored key is not a P-256 private key";
    /// There is no key yet; ask for a certificate request first.
    NoKey = 303, "this board has no key yet";
    /// The board's own MAC or name cannot be read or is over its limit.
    IdentityBad = 304, "this board's MAC or name is missing or malformed";
    /// A subject attribute cannot stand in a certificate request.
    BadSubject = 400, "this subject attribute cannot be requested";
    /// A subject alternative name cannot stand in a certificate request.
    BadAltName = 401, "this subject alternative name cannot be requested";
    /// A requested extension cannot stand in a certificate request.
    BadExtension = 402, "this extension cannot be requested";
    /// The certificate request would be longer than [`crate::limits::CSR`].
    CsrTooLong = 403, "the certificate request would be too long for this board";
    /// The request names another board.
    WrongName = 500, "the request names another board";
    /// The board knows the message, but this firmware does not do it.
    NotSupported = 501, "this firmware does not do that";
    /// The host confirmed a certificate request that is not this board's.
    WrongCsr = 502, "that is not this board's certificate request";
    /// Provisioning is over for this board: it keeps its key and its certificate.
    Locked = 503, "this board is locked";
    /// A board is locked only once it has its certificate.
    NoCertificate = 504, "this board has no certificate yet";
    /// A piece of a chain begins behind what the board has of it, or of a chain that it has nothing of.
    PieceGap = 600, "this piece does not follow what is there";
    /// The chain is longer than this board keeps, or empty.
    ChainLength = 601, "this board can't keep a certificate chain of that length";
    /// The pieces together are not what their SHA-256 was said to be.
    WrongChain = 602, "the certificate chain is not the one announced";
    /// The chain is no sequence of certificates in DER that ends where it should.
    ChainUnreadable = 603, "the certificate chain can't be read";
    /// The first certificate's public key is not the board's own.
    OtherKey = 604, "the certificate is for another key";
    /// A certificate's issuer is not the subject of the next.
    ChainOrder = 605, "the certificates do not follow each other";
    /// A certificate's dates are none, or its validity ends before it begins.
    BadValidity = 606, "a certificate's validity can't be right";
    /// The certificate store could not be read.
    CertificateRead = 607, "the certificate store could not be read";
    /// The certificate store could not be written.
    CertificateWrite = 608, "the certificate store could not be written";
}

#[cfg(test)]
mod tests {
    use super::ErrorNumber;

    #[test]
    fn numbers_and_errors_are_one_to_one() {
        for &error in ErrorNumber::ALL {
            assert_eq!(ErrorNumber::from_number(error.number()), Some(error));
            assert!((1..=crate::limits::ERROR_TEXT).contains(&error.text().len()));
        }
        assert_eq!(ErrorNumber::from_number(0), None);
    }
}
