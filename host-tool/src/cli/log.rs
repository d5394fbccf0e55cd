//! The log: lines on standard error, and the same without colours in a file where one is named.
//!
//! Without `--log-file` nothing is written to a file. What ended a command is shown by [`super::look`]; the file has it too.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Mutex;

use rustix::fs::OFlags;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::{FormatFields, MakeWriter, layer};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, registry};

use super::args::Logging;
use super::colour;
use super::exit::Failure;
use super::held::{self, To};
use crate::codes::Code;

/// What is said to the file alone, since the screen has it in its own form.
const ENDED: &str = "nameplate::ended";

/// Lines of the log that are for a person: to standard error, or they wait while the table has the terminal ([`held`]).
#[derive(Clone, Copy, Debug, Default)]
struct LogToScreen;

impl Write for LogToScreen {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        held::put(To::Log, text.trim_end_matches('\n'));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogToScreen {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

/// Fields of the file's lines: of a type of their own, since those of one type are kept as they were formatted first, with colours.
struct Plain(DefaultFields);

impl<'w> FormatFields<'w> for Plain {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> std::fmt::Result {
        self.0.format_fields(writer, fields)
    }
}

/// Starts the log.
///
/// # Errors
/// The filter is none, or the file can't be used.
pub fn start(asked: &Logging) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(asked.filter()).map_err(|error| {
        let words = format!("{:?} is no filter of the log", asked.filter());
        Failure::usage(Code::BadArguments, anyhow::Error::new(error).context(words))
            .next("Give --log a level, such as info, or a filter as in RUST_LOG.")
    })?;
    let on_screen = layer()
        .with_writer(LogToScreen)
        .with_ansi(colour::on_stderr())
        .with_filter(filter_fn(|line| line.target() != ENDED));
    let in_file = asked
        .log_file
        .as_deref()
        .map(open)
        .transpose()?
        .map(|file| {
            layer()
                .fmt_fields(Plain(DefaultFields::new()))
                .with_writer(Mutex::new(file))
                .with_ansi(false)
        });
    registry().with(filter).with(on_screen).with(in_file).init();
    Ok(())
}

/// Keeps in the file what ended a command.
pub fn ended(code: Code, chain: &[String]) {
    tracing::error!(target: ENDED, code = code.as_str(), "{}", chain.join(": "));
}

/// The file, at its end, for its owner alone.
fn open(path: &Path) -> Result<File, Failure> {
    let open = || {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            // A pipe without a reader would be waited for.
            .custom_flags(i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default())
            .open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(io::Error::other("it is no plain file"));
        }
        if about.permissions().mode() & 0o077 != 0 {
            file.set_permissions(PermissionsExt::from_mode(0o600))?;
        }
        Ok(file)
    };
    open().map_err(|error| {
        let words = format!("can't use the log file {}", path.display());
        Failure::usage(
            Code::LogFileUnusable,
            anyhow::Error::new(error).context(words),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_file_is_a_plain_file_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        open(&path).unwrap().write_all(b"one\n").unwrap();
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        open(&path).unwrap().write_all(b"two\n").unwrap();
        assert_eq!(mode(), 0o600, "it was another's, and is tightened");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        for bad in [
            folder.path(),
            Path::new("/dev/null"),
            Path::new("/no/such/folder/log"),
        ] {
            let failure = open(bad).unwrap_err();
            assert_eq!((failure.exit, failure.code), (2, Code::LogFileUnusable));
        }
    }
}
