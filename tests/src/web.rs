//! A plain client of HTTP/1.1, byte by byte, so that a test may say anything; over TCP, or TLS with one certificate trusted.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// Nothing comes for longer than this: the test stops.
const SILENCE: Duration = Duration::from_secs(30);

/// A stream of either kind.
trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// A site.
#[derive(Clone)]
pub struct Site {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    /// Header lines of every request, beside those that it is given.
    pub headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Header lines by their name in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Site {
    /// The site of a URL on this machine, without TLS.
    pub fn of(url: &str) -> Self {
        let host = url.trim_end_matches('/');
        let host = host.strip_prefix("http://").expect("a plain URL");
        Self {
            address: host.parse().expect("an address"),
            tls: None,
            headers: vec![("Host".to_owned(), host.to_owned())],
        }
    }

    /// `https://localhost:PORT/`, with this certificate and no other.
    pub fn secure(port: u16, certificate: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(certificate).expect("a certificate"))
            .expect("it can be trusted");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            tls: Some(Arc::new(config)),
            headers: vec![("Host".to_owned(), format!("localhost:{port}"))],
        }
    }

    /// With this header line, in the place of another of that name.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut site = self.clone();
        site.headers.retain(|(known, _)| known != name);
        site.headers.push((name.to_owned(), value.to_owned()));
        site
    }

    fn dial(&self) -> io::Result<Box<dyn Stream>> {
        let socket = TcpStream::connect(self.address)?;
        socket.set_read_timeout(Some(SILENCE))?;
        let Some(config) = &self.tls else {
            return Ok(Box::new(socket));
        };
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(tls, socket)))
    }

    /// Sends a request and reads the head of its answer.
    fn begin(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> io::Result<(Answer, BufReader<Box<dyn Stream>>)> {
        let mut stream = self.dial()?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").expect("text");
        }
        write!(head, "Content-Length: {}\r\n\r\n", body.len()).expect("text");
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        stream.flush()?;
        let mut reader = BufReader::new(stream);
        let status = line(&mut reader)?;
        let status = status.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status"))?;
        let mut headers = HashMap::new();
        loop {
            let line = line(&mut reader)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        Ok((answer, reader))
    }

    /// A request and its answer.
    ///
    /// # Errors
    /// Where the other side hangs up.
    pub fn try_ask(&self, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        let (mut answer, reader) = self.begin(method, path, body)?;
        let is_chunked = answer.headers.contains_key("transfer-encoding");
        let mut body = Vec::new();
        if is_chunked {
            Chunks::new(reader).read_to_end(&mut body)?;
        } else {
            let length = answer.headers.get("content-length");
            let length = length.map_or(0, |length| length.parse().expect("a number"));
            reader.take(length).read_to_end(&mut body)?;
        }
        answer.body = body;
        Ok(answer)
    }

    /// The same, of which a failure stops the test.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        self.try_ask(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// `GET`.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, b"")
    }

    /// `POST` of JSON.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let site = self.with("Content-Type", "application/json");
        site.ask("POST", path, body.to_string().as_bytes())
    }

    /// Listens to the feed.
    #[track_caller]
    pub fn events(&self) -> Events {
        let (answer, reader) = self.begin("GET", "/events", b"").expect("the feed");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.headers["content-type"], "text/event-stream");
        Events(BufReader::new(Chunks::new(reader)))
    }
}

/// Events of a feed, as they come. Heartbeats are left out.
pub struct Events(BufReader<Chunks<BufReader<Box<dyn Stream>>>>);

impl Iterator for Events {
    type Item = (String, Value);

    fn next(&mut self) -> Option<Self::Item> {
        let mut kind = String::new();
        let mut data = Value::Null;
        loop {
            let line = line(&mut self.0).ok()?;
            match line.split_once(": ") {
                Some(("event", text)) => text.clone_into(&mut kind),
                Some(("data", text)) => data = serde_json::from_str(text).expect("JSON"),
                // The feed ended in the middle, or between two.
                None if line.is_empty() && kind.is_empty() => return None,
                None if kind != "here" => return Some((kind, data)),
                None => kind.clear(),
                Some(_) => {}
            }
        }
    }
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A body in chunks (RFC 9112, 7.1).
struct Chunks<R> {
    inner: R,
    left: usize,
    is_over: bool,
}

impl<R: BufRead> Chunks<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            left: 0,
            is_over: false,
        }
    }
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.is_over {
            let size = line(&mut self.inner)?;
            self.left = usize::from_str_radix(&size, 16).unwrap_or(0);
            self.is_over = self.left == 0;
        }
        if self.is_over {
            return Ok(0);
        }
        let most = buffer.len().min(self.left);
        let count = self.inner.read(&mut buffer[..most])?;
        if count == 0 {
            self.is_over = true;
        }
        self.left -= count;
        if self.left == 0 {
            line(&mut self.inner)?;
        }
        Ok(count)
    }
}
