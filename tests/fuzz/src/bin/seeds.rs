//! Writes what the fuzzers begin with.
//!
//! usage: seeds CORPUS        a file a seed into CORPUS/TARGET/
//!        seeds --record DIR  a new answer of a real rustls host to the board of `tls_join_board`, for when its ClientHello changes
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a tool of the tests"
)]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use embedded_io::{ErrorKind, ErrorType};
use nameplate_fuzz::TARGETS;
use nameplate_fuzz::targets::tls_join_board::{RECORDED_DATA, SEED};
use nameplate_tls::{Buffers, GREATEST_PLAINTEXT, HostKey, Pins, open};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--record", folder] => record(Path::new(folder)),
        [corpus] if !corpus.starts_with('-') => seeds(Path::new(corpus)),
        _ => {
            eprintln!("usage: seeds CORPUS | seeds --record DIR");
            std::process::exit(2);
        }
    }
}

fn seeds(corpus: &Path) {
    for target in TARGETS {
        let folder = corpus.join(target.name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (number, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:02}")), seed).expect("a file");
        }
    }
}

fn record(folder: &Path) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let params = rcgen::CertificateParams::new(["bench".to_owned()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate");
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("certificate and key");
    config.max_fragment_size = Some(GREATEST_PLAINTEXT);
    config.send_tls13_tickets = 0;
    let mut host = Host {
        tls: ServerConnection::new(Arc::new(config)).expect("a server"),
        said: Vec::new(),
        read: 0,
    };
    let current = HostKey::from_certificate_der(certificate.der()).expect("a P-256 key");
    let pins = Pins {
        current,
        next: None,
    };
    let mut buffers: Buffers = Buffers::new();
    let opened = open(&mut host, &pins, None, &mut SEED.clone(), &mut buffers).map(drop);
    opened.expect("a session");
    host.tls.writer().write_all(RECORDED_DATA).expect("room");
    host.tls.send_close_notify();
    host.pump();
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("answer.bin"), &host.said).expect("a file");
    std::fs::write(folder.join("certificate.der"), certificate.der()).expect("a file");
}

/// A link whose other end is a rustls server in the same thread.
struct Host {
    tls: ServerConnection,
    said: Vec<u8>,
    read: usize,
}

impl Host {
    fn pump(&mut self) {
        let _ = self.tls.process_new_packets();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.said).expect("memory");
        }
    }
}

impl ErrorType for Host {
    type Error = ErrorKind;
}

impl embedded_io::Read for Host {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.pump();
        let waiting = &self.said[self.read..];
        let count = buf.len().min(waiting.len());
        buf[..count].copy_from_slice(&waiting[..count]);
        self.read += count;
        Ok(count)
    }
}

impl embedded_io::Write for Host {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        let mut rest = buf;
        while !rest.is_empty() {
            self.tls.read_tls(&mut rest).expect("memory");
            self.pump();
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
