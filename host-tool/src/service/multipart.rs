//! A small multipart/form-data writer (RFC 7578): text fields, then one file streamed from disk.
//!
//! Ours and not the HTTP library's, because that one escapes no names, may change in any release,
//! and can't tell its length beforehand. Memory use does not depend on the file's size. Does not
//! know what the fields mean.

use std::io::{self, Read};

/// Reports bytes handed to the connection, and how many there are in all.
pub type Progress<'a> = &'a dyn Fn(u64, u64);

/// The text fields of a form.
pub struct Form {
    boundary: String,
    head: Vec<u8>,
}

/// A name that can't stand in a part's header.
#[derive(Debug, thiserror::Error)]
#[error("control characters can't stand in a file name")]
pub struct BadName;

impl Form {
    /// An empty form with a boundary that nobody can have foreseen.
    pub fn new() -> Self {
        Self {
            boundary: format!("nameplate-{}", uuid::Uuid::new_v4().simple()),
            head: Vec::new(),
        }
    }

    /// Adds a text field. Field names are plain words, ours or checked settings, and need no escape; a value may hold anything,
    /// since only the boundary ends it.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.open_part(name, "");
        self.head.extend_from_slice(b"\r\n");
        self.head.extend_from_slice(value.as_bytes());
        self.head.extend_from_slice(b"\r\n");
        self
    }

    /// Ends the form with `length` bytes of `file` as its last part.
    ///
    /// # Errors
    /// When the file's name holds control characters.
    pub fn file<'a, R: Read>(
        mut self,
        part: &FilePart<'_>,
        file: R,
        length: u64,
        progress: Progress<'a>,
    ) -> Result<Body<'a, R>, BadName> {
        let file_name = escape_file_name(part.file_name)?;
        self.open_part(part.name, &format!("; filename=\"{file_name}\""));
        self.head
            .extend_from_slice(format!("Content-Type: {}\r\n\r\n", part.content_type).as_bytes());
        Ok(self.close("\r\n", file, length, progress))
    }

    /// Ends the form without a file.
    pub fn texts_only(self, progress: Progress<'_>) -> Body<'_, io::Empty> {
        self.close("", io::empty(), 0, progress)
    }

    fn close<'a, R: Read>(
        self,
        end_of_file: &str,
        file: R,
        length: u64,
        progress: Progress<'a>,
    ) -> Body<'a, R> {
        let tail = format!("{end_of_file}--{}--\r\n", self.boundary).into_bytes();
        let total = (self.head.len() as u64)
            .saturating_add(length)
            .saturating_add(tail.len() as u64);
        Body {
            content_type: format!("multipart/form-data; boundary={}", self.boundary),
            head: io::Cursor::new(self.head),
            file,
            file_left: length,
            file_error: None,
            tail: io::Cursor::new(tail),
            sent: 0,
            total,
            progress,
        }
    }

    fn open_part(&mut self, name: &str, more: &str) {
        let line = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n",
            self.boundary
        );
        self.head.extend_from_slice(line.as_bytes());
    }
}

/// How the file is presented.
pub struct FilePart<'a> {
    /// The field's name.
    pub name: &'a str,
    /// The file's name, escaped here.
    pub file_name: &'a str,
    /// Its media type.
    pub content_type: &'static str,
}

/// Escapes a file name as browsers do (RFC 7578 §4.2 leaves it open): a quote becomes `%22`.
fn escape_file_name(name: &str) -> Result<String, BadName> {
    if name.chars().any(char::is_control) {
        return Err(BadName);
    }
    Ok(name.replace('"', "%22"))
}

/// The form as a stream of known length.
pub struct Body<'a, R> {
    content_type: String,
    head: io::Cursor<Vec<u8>>,
    file: R,
    file_left: u64,
    file_error: Option<io::Error>,
    tail: io::Cursor<Vec<u8>>,
    sent: u64,
    total: u64,
    progress: Progress<'a>,
}

impl<R: Read> Body<'_, R> {
    /// The value of the `Content-Type` header.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Bytes of the whole body.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Bytes that were handed out, so may have reached the other side.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// The fault of reading the file, if that was what ended the stream.
    pub fn take_file_error(&mut self) -> Option<io::Error> {
        self.file_error.take()
    }

    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let from_head = self.head.read(buffer)?;
        if from_head > 0 {
            return Ok(from_head);
        }
        if self.file_left > 0 {
            return self.fill_from_file(buffer);
        }
        self.tail.read(buffer)
    }

    fn fill_from_file(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (&mut self.file).take(self.file_left).read(buffer) {
            // The length was promised: a file that became shorter must end the request, because
            // the connection would wait for the rest forever.
            Ok(0) => Err(self.fail(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was being sent",
            ))),
            Ok(read) => {
                self.file_left = self.file_left.saturating_sub(read as u64);
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.fill_from_file(buffer),
            Err(error) => Err(self.fail(error)),
        }
    }

    fn fail(&mut self, error: io::Error) -> io::Error {
        self.file_error = Some(error);
        io::Error::other("the data file could not be read")
    }
}

impl<R: Read> Read for Body<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.fill(buffer)?;
        if read > 0 {
            self.sent = self.sent.saturating_add(read as u64);
            (self.progress)(self.sent, self.total);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUIET: Progress<'static> = &|_, _| {};
    const PART: FilePart<'static> = FilePart {
        name: "data",
        file_name: "batch.csv",
        content_type: "text/csv",
    };

    #[test]
    fn the_bytes_are_those_of_the_rfc() {
        let form = Form::new().text("name", "Line \"3\"");
        let boundary = form.boundary.clone();
        let mut body = form.file(&PART, &b"a,b\n"[..], 4, QUIET).unwrap();
        let mut bytes = String::new();
        body.read_to_string(&mut bytes).unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nLine \"3\"\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"data\"; filename=\"batch.csv\"\r\n\
             Content-Type: text/csv\r\n\r\na,b\n\r\n--{boundary}--\r\n"
        );
        assert_eq!(bytes, expected);
        assert_eq!(
            body.content_type(),
            format!("multipart/form-data; boundary={boundary}")
        );
    }

    #[test]
    fn no_name_can_add_a_header() {
        let hostile = |file_name| {
            let part = FilePart { file_name, ..PART };
            let mut body = Form::new().file(&part, io::empty(), 0, QUIET)?;
            let mut text = String::new();
            body.read_to_string(&mut text).unwrap();
            Ok::<_, BadName>(text)
        };
        assert!(hostile("a\r\nX-Evil: 1").is_err());
        assert!(hostile("a\0b").is_err());
        assert!(
            hostile("a\"; name=\"other.csv")
                .unwrap()
                .contains("filename=\"a%22; name=%22other.csv\"\r\n")
        );
    }

    #[test]
    fn a_file_that_shrinks_ends_the_stream_with_an_error() {
        let mut body = Form::new().file(&PART, &b"short"[..], 6, QUIET).unwrap();
        assert!(io::copy(&mut body, &mut io::sink()).is_err());
        assert_eq!(
            body.take_file_error().unwrap().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }

    #[test]
    fn a_file_that_grows_is_cut_at_the_promised_length() {
        let mut body = Form::new()
            .file(&PART, &b"0123456789"[..], 4, QUIET)
            .unwrap();
        let mut bytes = String::new();
        body.read_to_string(&mut bytes).unwrap();
        assert!(bytes.contains("\r\n\r\n0123\r\n--"));
    }

    proptest! {
        #[test]
        fn the_length_is_always_the_promised_one(
            value in ".*", data in prop::collection::vec(any::<u8>(), 0..500), step in 1_usize..64,
        ) {
            let seen = std::cell::Cell::new((0, 0));
            let progress = |sent, total| seen.set((sent, total));
            let mut body = Form::new()
                .text("name", &value)
                .file(&PART, data.as_slice(), data.len() as u64, &progress)
                .unwrap();
            let mut buffer = vec![0; step];
            let mut length = 0;
            loop {
                let read = body.read(&mut buffer).unwrap();
                if read == 0 { break; }
                length += read as u64;
            }
            prop_assert_eq!(length, body.total());
            prop_assert_eq!(body.sent(), body.total());
            prop_assert_eq!(seen.get(), (length, length));
        }
    }
}
