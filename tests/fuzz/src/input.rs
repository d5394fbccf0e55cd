//! Makes choices of a fuzzer's bytes, so that small changes of the bytes are small changes of what is tried.

/// Bytes that are used up from their beginning. Where none are left, every choice is the first one.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// All of these.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        let (byte, rest) = self.rest.split_first().unwrap_or((&0, &[]));
        self.rest = rest;
        *byte
    }

    /// Two bytes as a number.
    pub fn number(&mut self) -> usize {
        usize::from(u16::from_le_bytes([self.byte(), self.byte()]))
    }

    /// A number below `end`, which is at most 65536; 0 where that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let number = if end > 256 {
            self.number()
        } else {
            usize::from(self.byte())
        };
        number.checked_rem(end).unwrap_or(0)
    }

    /// Yes or no.
    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// One of these.
    pub fn one_of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    /// So many bytes, or what is left.
    pub fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Some bytes, with their length before them.
    pub fn some(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte());
        self.take(length)
    }

    /// A text; what is not UTF-8 of it is replaced.
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(self.some()).into_owned()
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// These bytes with at most `most` changes.
    pub fn edited(&mut self, original: &[u8], most: usize) -> Vec<u8> {
        let mut bytes = original.to_vec();
        for _ in 0..most {
            if self.is_empty() {
                break;
            }
            self.edit(&mut bytes);
        }
        bytes
    }

    fn edit(&mut self, bytes: &mut Vec<u8>) {
        let kind = self.below(7);
        let at = self.below(bytes.len().clamp(1, 65_536));
        let length = |input: &mut Self| usize::from(input.byte()).min(bytes.len() - at);
        match kind {
            0 => {
                let mask = 1 << (self.byte() & 7);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
            }
            1 => {
                let new = self.byte();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = new;
                }
            }
            2 => bytes.insert(at, self.byte()),
            3 => {
                let length = length(self);
                bytes.drain(at..at + length);
            }
            4 => {
                let length = length(self);
                let repeated = bytes[at..at + length].to_vec();
                bytes.splice(at..at, repeated);
            }
            5 => bytes.truncate(at),
            _ => {
                let new = self.some().to_vec();
                let end = bytes.len().min(at + new.len());
                bytes.splice(at..end, new);
            }
        }
    }
}
