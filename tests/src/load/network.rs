//! Quick boards that dial in over TLS, a thread each.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::thread::Builder;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
};

use super::Quick;

/// A host that is silent for this long has lost the board.
const SILENCE: Duration = Duration::from_mins(2);

/// Stack of a board's thread, in bytes; with room for builds that are not optimized.
const STACK: usize = 512 * 1024;

/// What boards know of the host.
#[derive(Clone)]
pub struct Host {
    /// Where it listens.
    pub door: SocketAddr,
    /// What lets a board join.
    pub token: String,
    config: Arc<ClientConfig>,
}

/// How it went.
#[derive(Debug)]
pub struct Load {
    /// When the first board was let go.
    pub begun: Instant,
    /// When the last board that got there was told that it is recorded, or had its handshake where nothing more was to be.
    pub ended: Instant,
    /// Boards that got there.
    pub served: usize,
    /// Why the others did not.
    pub faults: Vec<String>,
}

impl Load {
    /// Boards per second, from the first let go to the last served.
    pub fn rate(&self) -> f64 {
        let count = u32::try_from(self.served).expect("a small number");
        f64::from(count) / self.ended.duration_since(self.begun).as_secs_f64()
    }
}

impl Host {
    /// A host that is known by its certificate in PEM. Handshakes are those of a board with `embedded-tls`: TLS 1.3,
    /// ECDHE over P-256, AES-128-GCM, nothing resumed.
    pub fn new(door: SocketAddr, certificate: &Path, token: &str) -> Self {
        Self {
            door,
            token: token.to_owned(),
            config: client_config(certificate),
        }
    }

    /// The TLS side of a board.
    pub fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// Lets every board dial in, `at_once` of them at a time, each until it is recorded and the host ends the session.
    pub fn collect(&self, boards: &[Quick], at_once: usize) -> Load {
        self.run(boards.len(), at_once, |number, served| {
            let mut stream = self.dial()?;
            if boards[number].serve(&mut stream, Some(&self.token), served)? {
                Ok(())
            } else {
                Err(io::Error::other("the session ended before it was recorded"))
            }
        })
    }

    /// Makes `count` handshakes and nothing else, `at_once` of them at a time.
    pub fn handshakes(&self, count: usize, at_once: usize) -> Load {
        self.run(count, at_once, |_, served| {
            let mut stream = self.dial()?;
            while stream.conn.is_handshaking() {
                stream.conn.complete_io(&mut stream.sock)?;
            }
            io::copy(&mut stream, &mut io::sink())?;
            served();
            Ok(())
        })
    }

    fn dial(&self) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let socket = TcpStream::connect(self.door)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(SILENCE))?;
        let name = ServerName::try_from("bench.local").expect("a name");
        let tls = ClientConnection::new(self.tls(), name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(tls, socket))
    }

    fn run(
        &self,
        count: usize,
        at_once: usize,
        one: impl Fn(usize, &mut dyn FnMut()) -> io::Result<()> + Sync,
    ) -> Load {
        let next = AtomicUsize::new(0);
        let threads = at_once.min(count);
        let gate = Barrier::new(threads + 1);
        let first = OnceLock::new();
        let served = Mutex::new((0, None));
        let faults = Mutex::new(Vec::new());
        let work = || {
            gate.wait();
            first.get_or_init(Instant::now);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                let mut note = || {
                    let mut served = served.lock().unwrap();
                    *served = (served.0 + 1, Some(Instant::now()));
                };
                if let Err(error) = one(number, &mut note) {
                    let fault = format!("board {number} at {}: {error}", self.door);
                    faults.lock().unwrap().push(fault);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let thread = Builder::new().stack_size(STACK);
                thread.spawn_scoped(scope, work).expect("a thread");
            }
            gate.wait();
        });
        let begun = first.into_inner().unwrap_or_else(Instant::now);
        let (served, ended) = served.into_inner().unwrap();
        Load {
            begun,
            ended: ended.unwrap_or(begun),
            served,
            faults: faults.into_inner().unwrap(),
        }
    }
}

fn client_config(certificate: &Path) -> Arc<ClientConfig> {
    let provider = Arc::new(CryptoProvider {
        cipher_suites: vec![aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256],
        kx_groups: vec![aws_lc_rs::kx_group::SECP256R1],
        ..aws_lc_rs::default_provider()
    });
    let pin = Pin {
        certificate: CertificateDer::from_pem_file(certificate).expect("the host's certificate"),
        provider: Arc::clone(&provider),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(pin))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    Arc::new(config)
}

/// The one host that a board speaks to.
struct Pin {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("another host".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
