//! What a board prints between frames: boot logs and noise, in lines that are safe to show.

use crate::service::words::printable;

/// Longest line that is kept, in bytes; the rest of it is dropped.
const LINE: usize = 256;

/// Gathers bytes into lines.
#[derive(Debug, Default)]
pub struct BoardLog {
    line: Vec<u8>,
}

impl BoardLog {
    /// Takes the next byte; gives a line where one is complete and not empty, without control characters.
    pub fn push(&mut self, byte: u8) -> Option<String> {
        if byte == b'\n' || byte == b'\r' {
            let text = printable(&String::from_utf8_lossy(&self.line), LINE);
            self.line.clear();
            return (!text.trim().is_empty()).then_some(text);
        }
        if self.line.len() < LINE {
            self.line.push(byte);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::BoardLog;

    #[test]
    fn lines_are_bounded_and_harmless() {
        let mut log = BoardLog::default();
        let mut lines = Vec::new();
        let noise = b"boot \x1b[31mok\r\n\r\n"
            .iter()
            .chain(&[b'x'; 5000])
            .chain(b"\n");
        for byte in noise {
            lines.extend(log.push(*byte));
        }
        assert_eq!(lines.len(), 2);
        assert!(
            lines
                .iter()
                .all(|line| line.len() <= 3 * 256 && !line.contains('\u{1b}'))
        );
    }
}
