//! The reference host: handshake, the same messages, two verifications a board. No checks, no store, no report.
//!
//! It runs as a process of its own, so that it shares the processors with the boards exactly as the product does, and a thread
//! serves a connection, as there.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use nameplate::columns::Plan;
use nameplate_tests::bench::Bench;
use nameplate_tests::load;
use nameplate_wire::{
    Event, Fixed, Reader, Reply, Request, frame, limits, proof, request, version,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509CertificationRequest};

/// What tells this program that it is the reference host; the batch's folder and the kind of service follow.
pub const ARGUMENT: &str = "--reference";

/// Handshake, messages and verifications.
pub const WHOLE: &str = "whole";
/// Handshakes alone.
pub const HANDSHAKES: &str = "handshakes";

/// The product's stack for a board's thread, in bytes.
const STACK: usize = 256 * 1024;

/// A running reference host; ended when dropped.
pub struct Reference {
    child: Child,
    pub door: SocketAddr,
}

impl Reference {
    pub fn start(bench: &Bench, kind: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(ARGUMENT).arg(bench.batch()).arg(kind);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        Self {
            child,
            door: ready.trim().parse().expect("its address"),
        }
    }

    /// Its time on processors so far, in seconds.
    pub fn cpu(&self) -> f64 {
        nameplate_tests::collecting::cpu(self.child.id())
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The TLS settings of the product's network door.
pub fn server_config(batch: &Path) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(batch.join("bench.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(batch.join("bench.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.max_fragment_size = Some(2031);
    config.send_tls13_tickets = 0;
    Arc::new(config)
}

/// Serves boards until this process is ended from outside.
pub fn serve(arguments: &[String]) {
    let [batch, kind, ..] = arguments else {
        panic!("{ARGUMENT} takes a batch's folder and a kind");
    };
    nameplate::bench::raise_open_files();
    let config = server_config(Path::new(batch));
    let plan = Arc::new(load::plan(Path::new(batch)));
    let is_whole = kind == WHOLE;
    // As the product does: the first random numbers of a process take long.
    aws_lc_rs::rand::fill(&mut [0; 32]).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    rustix::net::listen(&listener, 4096).unwrap();
    println!("{}", listener.local_addr().unwrap());
    loop {
        let (socket, _) = listener.accept().unwrap();
        let (config, plan) = (Arc::clone(&config), Arc::clone(&plan));
        let thread = std::thread::Builder::new().stack_size(STACK);
        let served = thread.spawn(move || {
            let ended = one(socket, config, is_whole.then_some(&*plan));
            // The board counts as lost in the boards' own count, too.
            ended.unwrap_or_else(|error| eprintln!("reference: {error}"));
        });
        served.unwrap();
    }
}

fn one(socket: TcpStream, config: Arc<ServerConfig>, plan: Option<&Plan>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let tls = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(tls, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    if let Some(plan) = plan {
        exchange(&mut stream, plan)?;
    }
    stream.conn.send_close_notify();
    stream.flush()?;
    stream.sock.shutdown(std::net::Shutdown::Write)
}

fn exchange(stream: &mut (impl Read + Write), plan: &Plan) -> io::Result<()> {
    let versions = [version::MIN, version::CURRENT];
    let frame = ask(stream, 1, &Request::Hello(request::Hello { versions }))?;
    let Reply::Hello(hello) = read(&frame)? else {
        return Err(io::Error::other("no hello"));
    };
    let asked = plan.for_board(&hello.name, hello.mac);
    let mut nonce = [0; 32];
    aws_lc_rs::rand::fill(&mut nonce).map_err(io::Error::other)?;
    let request = asked.request(nonce).expect("it fits");
    let frame = ask(stream, 2, &Request::Csr(request))?;
    let Reply::Csr(answer) = read(&frame)? else {
        return Err(io::Error::other("no certificate request"));
    };
    let mut der = [0; limits::CSR];
    let der = answer.csr.decode(&mut der).expect("base64");
    let csr_sha256 = Sha256::digest(der).into();
    let signed = proof::csr(&nonce, answer.mac, &answer.name, &csr_sha256).expect("it fits");
    verify(der, &signed, &answer.proof.0).map_err(io::Error::other)?;
    let recorded = request::Recorded {
        csr_sha256: Fixed(csr_sha256),
    };
    let frame = ask(stream, 3, &Request::Recorded(recorded))?;
    match read(&frame)? {
        Reply::Recorded(_) => Ok(()),
        _ => Err(io::Error::other("not recorded")),
    }
}

/// The request's signature and the proof's.
fn verify(der: &[u8], signed: &[u8], proof: &[u8]) -> Result<(), aws_lc_rs::error::Unspecified> {
    let (_, csr) = X509CertificationRequest::from_der(der).expect("a certificate request");
    let info = &csr.certification_request_info;
    let point = &info.subject_pki.subject_public_key.data;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
        .verify(info.raw, &csr.signature_value.data)?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, proof)
}

fn ask(stream: &mut (impl Read + Write), id: u32, request: &Request<'_>) -> io::Result<Vec<u8>> {
    let mut out = [0; limits::FRAME];
    stream.write_all(request.write(id, &mut out).expect("it fits"))?;
    let mut reader = Box::new(Reader::new());
    let mut chunk = [0; 2048];
    loop {
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for &byte in &chunk[..count] {
            if let Some(Event::Frame(frame)) = reader.push(byte) {
                return Ok(frame.to_vec());
            }
        }
    }
}

fn read(frame: &[u8]) -> io::Result<Reply<'_>> {
    let message = frame::open(frame).map_err(io::Error::other)?;
    let (_, reply) =
        Reply::read(message).map_err(|error| io::Error::other(format!("{error:?}")))?;
    Ok(reply)
}
