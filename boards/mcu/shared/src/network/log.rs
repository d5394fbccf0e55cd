//! The board's log: lines of text for a person at its UART.

use core::convert::Infallible;

use embedded_io::{ErrorType, Write};

/// A writer whose errors are of no interest: a log that can't be written must not stop a board.
pub(super) struct Log<'a, W>(pub(super) &'a mut W);

impl<W: Write> Log<'_, W> {
    /// Writes a line, given in pieces.
    pub(super) fn line(&mut self, pieces: &[&str]) {
        for piece in pieces {
            let _ = self.0.write_all(piece.as_bytes());
        }
        let _ = self.0.write_all(b"\n");
        let _ = self.0.flush();
    }
}

impl<W> ErrorType for Log<'_, W> {
    type Error = Infallible;
}

impl<W: Write> Write for Log<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let _ = self.0.write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        let _ = self.0.flush();
        Ok(())
    }
}
