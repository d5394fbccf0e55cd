//! The host as it really is: rustls. Once in memory, in step with the board, and once behind a socket.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use embedded_io::{ErrorKind, ErrorType};
use nameplate_tls::GREATEST_PLAINTEXT;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::Identity;

/// A host with this identity; boards must show a certificate from `clients` where that is given.
pub fn config(host: &Identity, clients: Option<&Identity>) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.certificate.der().clone()).unwrap();
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .unwrap(),
            )
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(host.key.serialize_der()));
    let mut config = builder
        .with_single_cert(vec![host.certificate.der().clone()], key)
        .unwrap();
    config.max_fragment_size = Some(GREATEST_PLAINTEXT);
    Arc::new(config)
}

/// Serves one connection on a thread: `serve` gets the stream and what it returns is the thread's result.
pub fn spawn<T: Send + 'static>(
    config: Arc<ServerConfig>,
    serve: impl FnOnce(&mut rustls::StreamOwned<ServerConnection, TcpStream>) -> T + Send + 'static,
) -> (super::Tcp, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let session = ServerConnection::new(config).unwrap();
        serve(&mut rustls::StreamOwned::new(session, socket))
    });
    (super::Tcp(TcpStream::connect(address).unwrap()), thread)
}

/// Sends back all it gets, until the board says goodbye.
pub fn echo(
    stream: &mut rustls::StreamOwned<ServerConnection, TcpStream>,
) -> std::io::Result<usize> {
    let mut total = 0;
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => break,
            count => {
                stream.write_all(&buffer[..count])?;
                stream.flush()?;
                total += count;
            }
        }
    }
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(total)
}

/// A link whose other end is a rustls server in the same thread.
pub struct InMemory {
    pub server: ServerConnection,
    /// All that the server sent, and how much of it the board has read.
    pub from_server: Vec<u8>,
    pub read: usize,
    /// All that the board sent.
    pub from_board: Vec<u8>,
    /// Why the server gave up.
    pub failure: Option<rustls::Error>,
}

impl InMemory {
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self {
            server: ServerConnection::new(config).unwrap(),
            from_server: Vec::new(),
            read: 0,
            from_board: Vec::new(),
            failure: None,
        }
    }

    /// Puts bytes on the wire to the board as if somebody on the network had.
    pub fn inject(&mut self, bytes: &[u8]) {
        self.from_server.extend_from_slice(bytes);
    }

    pub fn pump(&mut self) {
        if let Err(error) = self.server.process_new_packets() {
            self.failure.get_or_insert(error);
        }
        while self.server.wants_write() {
            self.server.write_tls(&mut self.from_server).unwrap();
        }
    }
}

impl ErrorType for InMemory {
    type Error = ErrorKind;
}

impl embedded_io::Read for InMemory {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.pump();
        let waiting = &self.from_server[self.read..];
        let count = buf.len().min(waiting.len());
        buf[..count].copy_from_slice(&waiting[..count]);
        self.read += count;
        Ok(count)
    }
}

impl embedded_io::Write for InMemory {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.from_board.extend_from_slice(buf);
        let mut rest = buf;
        while !rest.is_empty() {
            self.server.read_tls(&mut rest).unwrap();
            self.pump();
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
