//! The serial link: the agent on a UART, a USB gadget or a pty. Nothing but answers is ever written to it.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use nameplate_agent::Link;
use nameplate_wire::Reader;
use serialport::{DataBits, FlowControl, Parity, SerialPort, StopBits, TTYPort};

use crate::backoff::Backoff;
use crate::exchange::feed;
use crate::{Board, Error, Recorded};

/// How long the line may be silent inside a frame before the rest is given up.
const HALF_FRAME: Duration = Duration::from_secs(2);
/// How long one wait for the next frame is. It costs one wake-up, so it is long.
const IDLE: Duration = Duration::from_mins(10);
/// How long the port may take none of an answer.
const WRITE: Duration = Duration::from_secs(5);
/// First and longest wait before a port that went away is opened again.
const REOPEN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Greatest number of bytes taken from the port at once.
const CHUNK: usize = 512;

/// Answers on the port for ever, also when it goes away and comes back; with `once`, until it goes away.
///
/// # Errors
/// [`Error::Serial`] where the port can't be opened when the program starts, [`Error::NotRecorded`] with `once`.
pub fn run(
    agent: &mut Board,
    recorded: &Recorded,
    path: &Path,
    baud: u32,
    once: bool,
) -> Result<(), Error> {
    let mut port = open(path, baud).map_err(|source| Error::Serial {
        path: path.into(),
        source,
    })?;
    let mut backoff = Backoff::new(REOPEN.0, REOPEN.1);
    loop {
        tracing::info!(port = %path.display(), "answering");
        let error = talk(agent, &mut port, &mut backoff);
        if once {
            let not_recorded = || Error::NotRecorded(path.into());
            return recorded.get().then_some(()).ok_or_else(not_recorded);
        }
        tracing::warn!(port = %path.display(), %error, "the port went away; waiting for it");
        drop(port);
        port = reopen(path, baud, &mut backoff);
    }
}

fn open(path: &Path, baud: u32) -> serialport::Result<TTYPort> {
    serialport::new(path.to_string_lossy(), baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(FlowControl::None)
        .open_native()
}

fn reopen(path: &Path, baud: u32, backoff: &mut Backoff) -> TTYPort {
    loop {
        backoff.wait();
        match open(path, baud) {
            Ok(port) => return port,
            Err(error) => tracing::debug!(port = %path.display(), %error, "not there yet"),
        }
    }
}

/// Answers until the port fails, and returns how it did.
fn talk(agent: &mut Board, port: &mut TTYPort, backoff: &mut Backoff) -> io::Error {
    let mut reader = Reader::new();
    let mut chunk = [0; CHUNK];
    loop {
        let silence = if reader.is_inside() { HALF_FRAME } else { IDLE };
        let bytes = match read(port, &mut chunk, silence) {
            Ok([]) => {
                if reader.is_inside() {
                    tracing::debug!("gave up half a frame");
                }
                reader.reset();
                continue;
            }
            Ok(bytes) => bytes,
            Err(error) => return error,
        };
        backoff.reset();
        let send = |answer: &[u8]| write(port, answer);
        if let Err(error) = feed(agent, &mut reader, bytes, Link::Cable, send) {
            return error;
        }
    }
}

/// What has come; nothing where the line was silent for so long.
fn read<'b>(port: &mut TTYPort, chunk: &'b mut [u8], silence: Duration) -> io::Result<&'b [u8]> {
    port.set_timeout(silence)?;
    loop {
        return match port.read(chunk) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(chunk.get(..count).unwrap_or_default()),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => continue,
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Ok(&[]),
                _ => Err(error),
            },
        };
    }
}

/// Writes an answer. One that nobody takes is given up: the host asks again, and a half frame costs only itself.
fn write(port: &mut TTYPort, answer: &[u8]) -> io::Result<()> {
    port.set_timeout(WRITE)?;
    match port.write_all(answer) {
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            tracing::warn!("nobody takes the answer; given up");
            Ok(())
        }
        other => other,
    }
}
