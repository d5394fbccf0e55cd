//! The network door: TLS 1.3 with the bench's own P-256 key, which boards pin.
//!
//! Boards dial in and show a join token inside the session. There is no switch that turns either off.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use secrecy::{ExposeSecret, SecretString};

use super::Stream;
use crate::config::{Config, ConfigError, Network, open_private, read_secret};

/// How long a board may take for its handshake. The slowest take some seconds for the key exchange.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// How long a board may take none of what is sent.
const WRITE: Duration = Duration::from_secs(10);

/// How long one read of a handshake may wait, so that an interruption is noticed.
const SLICE: Duration = Duration::from_millis(200);

/// Greatest plaintext of one record, in bytes: `GREATEST_PLAINTEXT` of the board's TLS crate.
const BOARD_RECORD: usize = 2031;

/// What the door needs: the bench's certificate and key, and the token that boards show.
#[derive(Clone)]
pub struct Door {
    tls: Arc<ServerConfig>,
    token: Arc<SecretString>,
}

/// The door can't be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// A file of the door can't be used.
    #[error("network.{setting}: can't use {}", path.display())]
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
        let certificate = config.path(&network.certificate);
        let chain = CertificateDer::pem_file_iter(&certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|source| DoorError::File {
                setting: "certificate",
                path: certificate.clone(),
                source,
            })?;
        check_p256(&chain, &certificate)?;
        let key_path = config.path(&network.key);
        let file = open_private(&key_path).map_err(|source| ConfigError::Secret {
            setting: "network.key",
            source,
        })?;
        let key = PrivateKeyDer::from_pem_reader(file).map_err(|source| DoorError::File {
            setting: "key",
            path: key_path.clone(),
            source,
        })?;
        let token_path = config.path(&network.join_token_file);
        let token = read_secret(&token_path).map_err(|source| ConfigError::Secret {
            setting: "network.join_token_file",
            source,
        })?;
        Ok(Self {
            tls: Arc::new(server_config(chain, key).map_err(DoorError::KeyPair)?),
            token: Arc::new(token),
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

    /// Whether a token is the bench's, in time that does not depend on where it differs.
    pub fn admits(&self, token: &str) -> bool {
        let expected = self.token.expose_secret().as_bytes();
        aws_lc_rs::constant_time::verify_slices_are_equal(expected, token.as_bytes()).is_ok()
    }
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // The greatest record that a board with buffers of 2 KB takes.
    config.max_fragment_size = Some(BOARD_RECORD);
    // Boards do not resume: tickets would only cost them time and space.
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Boards know P-256 only; with another key none of them could join, and none could say why.
fn check_p256(chain: &[CertificateDer<'_>], path: &Path) -> Result<(), ConfigError> {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let refused = |why: &str| {
        let why = format!("{} {why}", path.display());
        ConfigError::value("network.certificate", why)
    };
    let leaf = chain
        .first()
        .ok_or_else(|| refused("holds no certificate"))?;
    let (_, certificate) =
        X509Certificate::from_der(leaf).map_err(|_| refused("holds no certificate"))?;
    let algorithm = &certificate.public_key().algorithm;
    let curve = algorithm
        .parameters
        .as_ref()
        .and_then(|any| any.as_oid().ok());
    if curve == Some(x509_parser::oid_registry::OID_EC_P256) {
        Ok(())
    } else {
        Err(refused(
            "is not over a P-256 key, and boards can pin no other",
        ))
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
