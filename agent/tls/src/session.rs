//! Opening a session, and the session itself. It must not know how the host is judged, only that it was.

use core::hint::black_box;

use embedded_io::{ErrorType, Read, Write};
use embedded_tls::blocking::TlsConnection;
use embedded_tls::{Aes128GcmSha256, TlsConfig, TlsContext, TlsError};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroize;

use crate::gate::Gate;
use crate::provider::{PinVerifier, Provider};
use crate::verdict::Verdict;
use crate::{ClientIdentity, Error, Pins, READ_BUFFER, WRITE_BUFFER};

/// Size of a session's seed, in bytes.
pub const SEED_SIZE: usize = 32;

/// Below this `embedded-tls` cannot work at all, in bytes.
const LEAST_BUFFER: usize = 512;
/// What a Certificate message takes beside the certificate, in bytes: record and message headers,
/// list lengths, tag, and the little a host may put into its request's context.
const CERTIFICATE_OVERHEAD: usize = 64;

/// The memory of one session: `RX` and `TX` bytes, [`READ_BUFFER`] and [`WRITE_BUFFER`]
/// unless said otherwise. Can be a static; serves one session after another.
pub struct Buffers<const RX: usize = READ_BUFFER, const TX: usize = WRITE_BUFFER> {
    read: [u8; RX],
    write: [u8; TX],
    verdict: Verdict,
}

impl<const RX: usize, const TX: usize> Buffers<RX, TX> {
    const LARGE_ENOUGH: () = assert!(RX >= LEAST_BUFFER && TX >= LEAST_BUFFER);

    /// Empty buffers. Fewer than 512 bytes do not compile.
    pub const fn new() -> Self {
        let () = Self::LARGE_ENOUGH;
        Self {
            read: [0; RX],
            write: [0; TX],
            verdict: Verdict::new(),
        }
    }
}

impl<const RX: usize, const TX: usize> Default for Buffers<RX, TX> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const RX: usize, const TX: usize> Drop for Buffers<RX, TX> {
    /// What was said in the session, a join token for instance, does not stay in memory.
    fn drop(&mut self) {
        self.read.zeroize();
        self.write.zeroize();
    }
}

/// Opens a session over a connected link with the host that holds one of the pinned keys.
///
/// `seed` is the session's only randomness: 32 bytes from the board's health-tested generator. It is
/// wiped, whatever comes of the session, and an all-zero seed is refused, so one seed never serves two
/// sessions. `identity` is shown only to a host that asks for a client certificate and has proved its own
/// key before.
///
/// The link must block: any error it gives, a time-out too, ends the session for good. When it is a socket,
/// let its drop shut down the sending side and read to the end first: closed with unread bytes, a socket
/// resets the connection and the host may never see the last record, such as the alert that says why the
/// board refused it.
///
/// # Errors
/// [`Error::HostKeyNotPinned`], [`Error::HostNotAuthenticated`], [`Error::BadSignature`] and
/// [`Error::MalformedKey`] when the host is not the pinned one; the rest as [`Error`] says. The link is
/// dropped; pass `&mut link` to keep it.
pub fn open<'a, S, const RX: usize, const TX: usize>(
    link: S,
    pins: &Pins,
    identity: Option<&ClientIdentity<'_>>,
    seed: &mut [u8; SEED_SIZE],
    buffers: &'a mut Buffers<RX, TX>,
) -> Result<Session<'a, S>, Error>
where
    S: Read + Write + 'a,
{
    let mut place = None;
    open_in(&mut place, link, pins, identity, seed, buffers)?;
    place.ok_or(Error::Closed)
}

/// As [`open`], with the session in a place of the caller's, where it stays: a session takes 1.4 KB, and on its way out
/// of [`open`] it is on the stack more than once.
///
/// # Errors
/// As [`open`]; the place is empty then.
pub fn open_in<'p, 'a, S, const RX: usize, const TX: usize>(
    place: &'p mut Option<Session<'a, S>>,
    link: S,
    pins: &Pins,
    identity: Option<&ClientIdentity<'_>>,
    seed: &mut [u8; SEED_SIZE],
    buffers: &'a mut Buffers<RX, TX>,
) -> Result<&'p mut Session<'a, S>, Error>
where
    S: Read + Write + 'a,
{
    let mut rng = take_seed(seed)?;
    if identity.is_some_and(|it| it.certificate.len().saturating_add(CERTIFICATE_OVERHEAD) > TX) {
        return Err(Error::IdentityTooLarge);
    }
    buffers.verdict = Verdict::new();
    let verdict = &buffers.verdict;
    let gate = Gate::new(link, verdict, RX);
    let session = place.insert(Session {
        tls: TlsConnection::new(gate, &mut buffers.read, &mut buffers.write),
        verdict,
        state: State::Open,
    });
    let opened = session.tls.open(TlsContext::new(
        &TlsConfig::new(),
        Provider {
            rng: &mut rng,
            verifier: PinVerifier::new(pins, verdict),
            identity,
        },
    ));
    forget(&mut rng);
    let reason = match opened {
        Ok(()) if verdict.host_is_checked() => None,
        Ok(()) => Some(Error::HostNotAuthenticated),
        Err(error) => Some(from_tls(error)),
    };
    if let Some(reason) = reason {
        return Err(give_up(place, reason));
    }
    place.as_mut().ok_or(Error::Closed)
}

fn take_seed(seed: &mut [u8; SEED_SIZE]) -> Result<ChaCha20Rng, Error> {
    if seed.iter().all(|byte| *byte == 0) {
        return Err(Error::NoRandomness);
    }
    let rng = ChaCha20Rng::from_seed(*seed);
    seed.zeroize();
    Ok(rng)
}

/// The generator knows no wiping of its own; `black_box` keeps the overwriting from being optimised away.
fn forget(rng: &mut ChaCha20Rng) {
    *rng = ChaCha20Rng::from_seed([0; SEED_SIZE]);
    black_box(rng);
}

/// Ends a handshake that failed: says why to the host, and to the caller.
#[inline(never)]
fn give_up<S: Read + Write>(place: &mut Option<Session<'_, S>>, reason: Error) -> Error {
    let Some(Session { tls, verdict, .. }) = place.take() else {
        return reason;
    };
    verdict.refuse(reason);
    let reason = verdict.refusal().unwrap_or(reason);
    // Closing is the only way to get the gate back. Now that the session is refused, the gate lets
    // nothing of it out.
    let (Ok(mut gate) | Err((mut gate, _))) = tls.close();
    if let Some(code) = reason.alert() {
        gate.send_alert(code);
    }
    reason
}

fn from_tls(error: TlsError) -> Error {
    match error {
        TlsError::Io(kind) => Error::Link(kind),
        TlsError::IoError => Error::Truncated,
        other => Error::Tls(other),
    }
}

type Connection<'a, S> = TlsConnection<'a, Gate<'a, S>, Aes128GcmSha256>;

#[derive(Debug, Clone, Copy)]
enum State {
    Open,
    /// The host said goodbye.
    Ended,
    /// Nothing more may be sent or taken: a record was lost, and its nonce must not be used again.
    Broken,
}

/// A session with a host that has proved to hold a pinned key. There is no other way to get one than
/// [`open`] and [`open_in`].
pub struct Session<'a, S>
where
    S: Read + Write + 'a,
{
    tls: Connection<'a, S>,
    verdict: &'a Verdict,
    state: State,
}

impl<'a, S: Read + Write + 'a> Session<'a, S> {
    /// Sends what is still buffered, says goodbye (`close_notify`, RFC 8446 §6.1) and gives the link back.
    ///
    /// # Errors
    /// [`Error::Closed`] when the session had been broken before, [`Error::Link`] when the goodbye
    /// could not be sent. The link is dropped then.
    pub fn close(self) -> Result<S, Error> {
        match self.state {
            State::Open => match self.tls.close() {
                Ok(gate) => Ok(gate.into_link()),
                Err((_, error)) => Err(from_tls(error)),
            },
            State::Ended => {
                // `embedded-tls` cannot answer a goodbye; what it would send instead is held back.
                self.verdict.refuse(Error::Closed);
                let (Ok(gate) | Err((gate, _))) = self.tls.close();
                Ok(gate.into_link())
            }
            State::Broken => Err(Error::Closed),
        }
    }

    fn broken(&mut self, error: TlsError) -> Error {
        self.state = State::Broken;
        self.verdict.refusal().unwrap_or(match error {
            // So `embedded-tls` names every alert of an open session but the goodbye.
            TlsError::InternalError => Error::HostAlert(None),
            other => from_tls(other),
        })
    }

    fn ready_to_send(&self) -> Result<(), Error> {
        match self.state {
            State::Open => Ok(()),
            State::Ended | State::Broken => Err(Error::Closed),
        }
    }
}

impl<'a, S: Read + Write + 'a> ErrorType for Session<'a, S> {
    type Error = Error;
}

impl<'a, S: Read + Write + 'a> Read for Session<'a, S> {
    /// Waits for data. 0 means that the host said goodbye; a link that just ends is
    /// [`Error::Truncated`].
    #[inline(never)]
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        match self.state {
            State::Open => {}
            State::Ended => return Ok(0),
            State::Broken => return Err(Error::Closed),
        }
        match self.tls.read(buf) {
            Ok(count) => Ok(count),
            Err(TlsError::ConnectionClosed) => {
                self.state = State::Ended;
                Ok(0)
            }
            Err(error) => Err(self.broken(error)),
        }
    }
}

impl<'a, S: Read + Write + 'a> Write for Session<'a, S> {
    /// Takes bytes into the record that goes out when it is full or flushed.
    fn write(&mut self, buf: &[u8]) -> Result<usize, Error> {
        self.ready_to_send()?;
        self.tls.write(buf).map_err(|error| self.broken(error))
    }

    /// As the provided one, but an error where nothing is taken: that one panics.
    fn write_all(&mut self, mut buf: &[u8]) -> Result<(), Error> {
        while !buf.is_empty() {
            buf = match self.write(buf)? {
                0 => return Err(Error::Link(embedded_io::ErrorKind::WriteZero)),
                count => buf.get(count..).unwrap_or_default(),
            };
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.ready_to_send()?;
        self.tls.flush().map_err(|error| self.broken(error))
    }
}
