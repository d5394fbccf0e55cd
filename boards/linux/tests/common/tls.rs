//! A bench's TLS side by `rustls`, and a record of every byte that the board sent to it.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a test waits for bytes before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A listening bench with a key of its own.
pub struct Bench {
    listener: TcpListener,
    config: Arc<ServerConfig>,
    pub certificate_pem: String,
    pub public_key_pem: String,
}

/// A connection from a board before anything is said over it.
pub type Stream = StreamOwned<ServerConnection, Recorder>;

impl Bench {
    pub fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let params = CertificateParams::new(vec!["bench".into()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        // A board holds one record of 2 KB.
        config.max_fragment_size = Some(2000);
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            config: Arc::new(config),
            certificate_pem: certificate.pem(),
            public_key_pem: key.public_key_pem(),
        }
    }

    pub fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// The next board that dials.
    pub fn accept(&self) -> Stream {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let sent = Vec::new();
        let server = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        StreamOwned::new(server, Recorder { stream, sent })
    }
}

/// Says goodbye as a bench does that is done with a board.
pub fn goodbye(mut stream: Stream) -> Recorder {
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    let _ = io::copy(&mut stream.sock, &mut io::sink());
    stream.sock
}

/// A connection that keeps what came over it.
pub struct Recorder {
    stream: TcpStream,
    /// Every byte the board sent.
    pub sent: Vec<u8>,
}

impl Recorder {
    /// The content types (RFC 8446 section 5.1) of the records that the board sent.
    pub fn record_types(&self) -> Vec<u8> {
        let mut rest = self.sent.as_slice();
        let mut types = Vec::new();
        while let [kind, _, _, high, low, body @ ..] = rest {
            types.push(*kind);
            rest = &body[usize::from(u16::from_be_bytes([*high, *low]))..];
        }
        assert!(rest.is_empty(), "half a record");
        types
    }

    pub fn has_seen(&self, text: &str) -> bool {
        let text = text.as_bytes();
        self.sent.windows(text.len()).any(|part| part == text)
    }
}

impl Read for Recorder {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buf)?;
        self.sent.extend_from_slice(&buf[..count]);
        Ok(count)
    }
}

impl Write for Recorder {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
