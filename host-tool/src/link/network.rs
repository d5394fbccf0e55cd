//! The network door: TLS 1.3 with the bench's own P-256 key, which boards pin.
//!
//! Boards dial in and show a join token inside the session, or a certificate that a factory gave to them. There is no switch
//! that turns either off.

mod files;
mod slowing;

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection};
use time::OffsetDateTime;

use super::Stream;
use crate::config::{Config, ConfigError, Network, read_secret};
use crate::tokens::{Admission, ListError, Pass};
use crate::verify::Refusal;
use slowing::Slowing;

/// How long a board may take for its handshake. The slowest take some seconds for the key exchange.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// How long a board may take none of what is sent.
const WRITE: Duration = Duration::from_secs(10);

/// How long one read of a handshake may wait, so that an interruption is noticed.
const SLICE: Duration = Duration::from_millis(200);

/// What the door needs: the bench's certificate and key, and what lets boards in.
#[derive(Clone)]
pub struct Door {
    tls: Arc<ServerConfig>,
    admission: Arc<Admission>,
    slowing: Arc<Slowing>,
}

/// The door can't be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// A file of the door can't be used.
    #[error("network.{setting}: {}", unusable(path, source))]
    File {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not belong together, or are of another kind.
    #[error(
        "network.certificate and network.key can't be used together; both must be of one P-256 key"
    )]
    KeyPair(#[source] rustls::Error),
    /// A setting or a secret.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The list of tokens.
    #[error("network.join_tokens")]
    Tokens(#[from] ListError),
}

fn unusable(path: &std::path::Path, error: &rustls::pki_types::pem::Error) -> String {
    let path = path.display();
    match error {
        rustls::pki_types::pem::Error::NoItemsFound => {
            format!("{path} holds in PEM nothing that belongs there")
        }
        _ => format!("can't use {path}"),
    }
}

/// A connection that did not become a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoSession {
    /// It ended, or broke.
    #[error("the connection ended during the handshake")]
    Socket(#[source] io::Error),
    /// What came is not TLS as it is spoken here, or the board said that it won't.
    #[error("the handshake failed")]
    Tls(#[source] rustls::Error),
    /// The handshake took too long.
    #[error("the handshake took longer than {} seconds", HANDSHAKE.as_secs())]
    TooSlow,
    /// The program is ending.
    #[error("interrupted")]
    Interrupted,
}

impl NoSession {
    /// Whether the other side ended the handshake with an alert: a board does so where the bench's key is not one that it pins.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Tls(rustls::Error::AlertReceived(_)))
    }
}

impl Door {
    /// Reads the door's files.
    ///
    /// # Errors
    /// [`DoorError`].
    pub fn new(config: &Config, network: &Network) -> Result<Self, DoorError> {
        let tls = files::server_config(config, network)?;
        let plain = network.join_token_file.as_ref().map(|path| {
            read_secret(&config.path(path)).map_err(|source| ConfigError::Secret {
                setting: "network.join_token_file",
                source,
            })
        });
        let list = network.join_tokens.as_ref().map(|path| config.path(path));
        if plain.is_none() && list.is_none() && network.client_ca_file.is_none() {
            let why = "set join_tokens (`nameplate keys` makes them), join_token_file or client_ca_file: nobody could join";
            return Err(ConfigError::value("network", why).into());
        }
        Ok(Self {
            tls: Arc::new(tls),
            admission: Arc::new(Admission::new(plain.transpose()?.as_ref(), list)?),
            slowing: Arc::default(),
        })
    }

    /// Shakes hands with a board that has dialled in, until it comes to a session, time is up, or `interrupt` is set.
    ///
    /// # Errors
    /// [`NoSession`].
    pub fn accept(&self, socket: TcpStream, interrupt: &AtomicBool) -> Result<Session, NoSession> {
        let tls = ServerConnection::new(Arc::clone(&self.tls)).map_err(NoSession::Tls)?;
        let mut session = Session { tls, socket };
        session.prepare().map_err(NoSession::Socket)?;
        let end = Instant::now() + HANDSHAKE;
        while session.tls.is_handshaking() {
            if interrupt.load(Ordering::Relaxed) {
                return Err(NoSession::Interrupted);
            }
            if Instant::now() >= end {
                return Err(NoSession::TooSlow);
            }
            session.shake()?;
        }
        session.send().map_err(NoSession::Socket)?;
        Ok(session)
    }

    /// By what a board is let in that shows this token, or came with this certificate's subject.
    ///
    /// # Errors
    /// The refusal.
    pub fn admit(&self, token: &str, certificate: Option<&str>) -> Result<Pass, Refusal> {
        if let Some(subject) = certificate {
            let subject = subject.to_owned();
            return Ok(Pass::Certificate { subject });
        }
        self.admission.judge(token, OffsetDateTime::now_utc())
    }

    /// Waits what a wrong token costs its address, or until `end` is set.
    pub fn make_wait(&self, address: IpAddr, end: &AtomicBool) {
        self.slowing.wait(address, end);
    }
}

/// A session with a board.
///
/// Every read takes from the socket at most once, so that whoever sends a byte now and then can't keep a reader from looking
/// at the clock.
pub struct Session {
    tls: ServerConnection,
    socket: TcpStream,
}

impl Session {
    fn prepare(&self) -> io::Result<()> {
        self.socket.set_nodelay(true)?;
        self.socket.set_write_timeout(Some(WRITE))?;
        self.socket.set_read_timeout(Some(SLICE))
    }

    /// One step of the handshake.
    fn shake(&mut self) -> Result<(), NoSession> {
        self.send().map_err(NoSession::Socket)?;
        match self.tls.read_tls(&mut self.socket) {
            Ok(0) => return Err(NoSession::Socket(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => {}
            Err(error) if is_wait(&error) => return Ok(()),
            Err(error) => return Err(NoSession::Socket(error)),
        }
        if let Err(error) = self.tls.process_new_packets() {
            // The alert that tells why; the board may be gone already.
            let _ = self.send();
            return Err(NoSession::Tls(error));
        }
        Ok(())
    }

    fn send(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.socket)?;
        }
        Ok(())
    }

    /// The subject of the certificate that the board showed, where it showed one: TLS has verified it.
    pub fn client(&self) -> Option<String> {
        let certificate = self.tls.peer_certificates()?.first()?;
        files::subject_of(certificate)
    }

    /// Ends the session as TLS wants it, so that the board knows that nothing was cut off.
    pub fn close(mut self) {
        self.tls.send_close_notify();
        // The board may be gone already, and then there is nobody to tell.
        let _ = self.send();
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}

fn is_wait(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock | Interrupted)
}

impl Read for Session {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.tls.reader().read(out) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read,
        }
        // Where the connection ends without a goodbye, the reader says so below.
        self.tls.read_tls(&mut self.socket)?;
        self.tls.process_new_packets().map_err(io::Error::other)?;
        self.send()?;
        self.tls.reader().read(out)
    }
}

impl Write for Session {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.tls.writer().write(bytes)?;
        self.send()?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

impl Stream for Session {
    fn set_read_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(Some(timeout))
    }
}
