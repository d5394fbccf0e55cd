//! A stand-in for the batch service on a real HTTPS socket, which answers whatever a test wants.
//!
//! HTTP is written by hand, byte by byte, so that every fault can be made. It is no service: the
//! sandbox is that.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use nameplate::service::{Credential, DeviceTrustManager, Settings, Target, Timeouts};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// The key that every client here shows.
pub const KEY: &str = "test-key-0123456789abcdef";

/// The beginning of a request.
#[derive(Debug, Clone)]
pub struct Head {
    pub text: String,
}

impl Head {
    /// The first line.
    pub fn line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.text.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// `Content-Length`, or 0.
    pub fn length(&self) -> u64 {
        self.header("content-length")
            .map_or(0, |value| value.parse().unwrap())
    }

    /// The value of a query parameter, as sent.
    pub fn query(&self, name: &str) -> Option<&str> {
        let target = self.line().split(' ').nth(1)?;
        let (_, query) = target.split_once('?')?;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// One connection, after its handshake and the head of its request.
pub struct Talk {
    stream: StreamOwned<ServerConnection, TcpStream>,
}

impl Talk {
    fn head(&mut self) -> Option<Head> {
        let mut text = Vec::new();
        let mut byte = [0];
        while !text.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte).ok()?;
            text.push(byte[0]);
        }
        Some(Head {
            text: String::from_utf8(text).unwrap(),
        })
    }

    /// Sends bytes; a client that has gone is no fault of the test.
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream
            .write_all(bytes.as_ref())
            .and_then(|()| self.stream.flush())
            .is_ok()
    }

    /// Answers and waits for the client to leave, so that nothing unread breaks the answer.
    pub fn answer(&mut self, status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) {
        let body = body.as_ref();
        let mut head = format!(
            "HTTP/1.1 {status} Answer\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.extend([*name, ": ", *value, "\r\n"]);
        }
        head.push_str("\r\n");
        // In one piece, and the connection stays open: nothing more will come.
        self.say([head.as_bytes(), body].concat());
        self.until_gone();
    }

    /// Lets the upload come, and takes all of it.
    pub fn take_body(&mut self, head: &Head) -> Vec<u8> {
        if head.header("expect").is_some() {
            self.say("HTTP/1.1 100 Continue\r\n\r\n");
        }
        let mut body = vec![0; usize::try_from(head.length()).unwrap()];
        self.stream.read_exact(&mut body).unwrap();
        body
    }

    /// Reads and forgets `length` bytes.
    pub fn skip(&mut self, length: u64) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        let mut left = length;
        while left > 0 {
            let most = usize::try_from(left.min(64 * 1024)).unwrap();
            match self.stream.read(&mut buffer[..most]) {
                Ok(0) | Err(_) => return false,
                Ok(read) => left -= read as u64,
            }
        }
        true
    }

    /// Says nothing until the client gives up.
    pub fn until_gone(&mut self) {
        let mut buffer = [0; 4096];
        while matches!(self.stream.read(&mut buffer), Ok(read) if read > 0) {}
    }
}

/// How the double shows itself.
pub struct Looks {
    /// The name in its certificate.
    pub name: &'static str,
    /// Whether the certificate's time is over.
    pub expired: bool,
    /// Whether it wants a client certificate.
    pub asks_for_certificate: bool,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            name: "localhost",
            expired: false,
            asks_for_certificate: false,
        }
    }
}

/// The running stand-in.
pub struct Double {
    pub url: String,
    pub ca_file: PathBuf,
    folder: tempfile::TempDir,
    address: SocketAddr,
    heads: Arc<Mutex<Vec<Head>>>,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Double {
    /// Serves every connection with `script`.
    pub fn start(script: impl Fn(&mut Talk, &Head) + Send + Sync + 'static) -> Self {
        Self::start_as(&Looks::default(), script)
    }

    /// Answers everything in the same way.
    pub fn answering(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers: Vec<_> = headers
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        let body = body.to_owned();
        Self::start(move |talk, head| {
            if head.length() > 0 {
                talk.take_body(head);
            }
            let headers: Vec<_> = headers
                .iter()
                .map(|(a, b)| (a.as_str(), b.as_str()))
                .collect();
            talk.answer(status, &headers, &body);
        })
    }

    pub fn start_as(
        looks: &Looks,
        script: impl Fn(&mut Talk, &Head) + Send + Sync + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        let config = Arc::new(server_config(looks, &ca_file));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (heads, connections, stop) =
            <(Arc<Mutex<Vec<Head>>>, Arc<AtomicUsize>, Arc<AtomicBool>)>::default();
        let thread = {
            let (heads, connections, stop) = (
                Arc::clone(&heads),
                Arc::clone(&connections),
                Arc::clone(&stop),
            );
            let script = Arc::new(script);
            std::thread::spawn(move || {
                for socket in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    connections.fetch_add(1, Ordering::SeqCst);
                    let (config, script, heads) =
                        (Arc::clone(&config), Arc::clone(&script), Arc::clone(&heads));
                    std::thread::spawn(move || serve(socket.unwrap(), config, &*script, &heads));
                }
            })
        };
        let url = format!("https://localhost:{}", address.port());
        Self {
            url,
            ca_file,
            folder,
            address,
            heads,
            connections,
            stop,
            thread: Some(thread),
        }
    }

    /// The heads of all requests so far.
    pub fn heads(&self) -> Vec<Head> {
        self.heads.lock().unwrap().clone()
    }

    /// How many connections were made, whatever became of them.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// A folder that lives as long as this.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Settings for a client of this.
    pub fn settings(&self) -> Settings {
        let target = Target::DeviceTrustManager {
            device_group_id: "group-1".to_owned(),
            certificate_policy_id: "IOT_policy-1".to_owned(),
        };
        let mut settings = Settings::new(&self.url, Credential::ApiKey(KEY.into()), target);
        settings.ca_file = Some(self.ca_file.clone());
        settings.timeouts = patient();
        settings
    }

    /// A client of this.
    pub fn client(&self) -> DeviceTrustManager {
        DeviceTrustManager::new(&self.settings()).unwrap()
    }

    /// A client of this that gives up soon.
    pub fn hasty_client(&self) -> DeviceTrustManager {
        let mut settings = self.settings();
        settings.timeouts = hasty();
        DeviceTrustManager::new(&settings).unwrap()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener up.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Long enough for a busy machine, short enough for a test that fails.
pub fn patient() -> Timeouts {
    let long = Duration::from_mins(1);
    Timeouts {
        connect: long,
        answer: long,
        idle: long,
        submit: long,
        transfer: Duration::from_mins(2),
    }
}

/// For answers that never come. The connection itself still gets its time.
pub fn hasty() -> Timeouts {
    let short = Duration::from_millis(700);
    Timeouts {
        answer: short,
        idle: short,
        submit: short,
        ..patient()
    }
}

fn serve(
    socket: TcpStream,
    config: Arc<ServerConfig>,
    script: &(dyn Fn(&mut Talk, &Head) + Send + Sync),
    heads: &Mutex<Vec<Head>>,
) {
    let connection = ServerConnection::new(config).unwrap();
    let mut talk = Talk {
        stream: StreamOwned::new(connection, socket),
    };
    if let Some(head) = talk.head() {
        heads.lock().unwrap().push(head.clone());
        script(&mut talk, &head);
    }
}

fn server_config(looks: &Looks, ca_file: &Path) -> ServerConfig {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Throw-away CA of a test");
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(ca_file, ca.pem()).unwrap();

    let mut params = CertificateParams::new(vec![looks.name.to_owned()]).unwrap();
    if looks.expired {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();

    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if looks.asks_for_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(ca.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    builder
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}
