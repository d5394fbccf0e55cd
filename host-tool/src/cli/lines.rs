//! Lines that somebody types, one by one, until they end or the operator has enough.
//!
//! A read that waits would not see Ctrl-C, so it waits a moment at a time.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// How long it waits before it looks whether it is to end.
const MOMENT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// The lines of a file, a pipe or a terminal.
#[derive(Debug)]
pub struct Lines<'a, R> {
    from: R,
    longest: usize,
    interrupt: &'a AtomicBool,
    read: Vec<u8>,
    is_at_end: bool,
}

impl<'a, R: Read + AsFd> Lines<'a, R> {
    /// Of a longer line than `longest` bytes the rest is left out.
    pub fn new(from: R, longest: usize, interrupt: &'a AtomicBool) -> Self {
        Self {
            from,
            longest,
            interrupt,
            read: Vec::new(),
            is_at_end: false,
        }
    }

    /// The next line without its ending; bytes that are no UTF-8 are replaced. `None` at the end.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        loop {
            let end = self.read.iter().position(|byte| *byte == b'\n');
            let piece: Vec<u8> = self.read.drain(..end.unwrap_or(self.read.len())).collect();
            let room = self.longest.saturating_sub(line.len()).min(piece.len());
            line.extend_from_slice(piece.get(..room).unwrap_or_default());
            if end.is_some() {
                self.read.drain(..1);
                return Ok(Some(text(&line)));
            }
            if self.interrupt.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if self.is_at_end {
                return Ok((!line.is_empty()).then(|| text(&line)));
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut waiting = [PollFd::new(&self.from, PollFlags::IN)];
        match poll(&mut waiting, Some(&MOMENT)) {
            Ok(0) | Err(Errno::INTR) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut buffer = [0; 1024];
        match self.from.read(&mut buffer) {
            Ok(0) => self.is_at_end = true,
            Ok(length) => self
                .read
                .extend_from_slice(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line)
        .trim_end_matches('\r')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write as _;

    fn lines(content: &[u8]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        File::create(&path).unwrap().write_all(content).unwrap();
        let interrupt = AtomicBool::new(false);
        let mut lines = Lines::new(File::open(&path).unwrap(), 8, &interrupt);
        let mut all = Vec::new();
        while let Some(line) = lines.line().unwrap() {
            all.push(line);
        }
        all
    }

    #[test]
    fn every_ending_is_known() {
        assert_eq!(lines(b"a\nb\r\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(lines(b""), Vec::<String>::new());
        assert_eq!(lines(b"\xff\n"), ["\u{fffd}"]);
    }

    #[test]
    fn a_line_without_end_does_not_grow() {
        let mut endless = vec![b'x'; 5000];
        endless.extend_from_slice(b"\nnext");
        assert_eq!(lines(&endless), ["xxxxxxxx", "next"]);
    }

    #[test]
    fn it_ends_when_it_is_to() {
        let (reader, _writer) = io::pipe().unwrap();
        let interrupt = AtomicBool::new(true);
        assert_eq!(Lines::new(reader, 8, &interrupt).line().unwrap(), None);
    }
}
