//! A sandbox in a temporary folder, a client that trusts it, and boards' certificate requests.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use nameplate_sandbox::{Options, Running, Switches, start};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
use serde_json::Value;
use ureq::http::HeaderMap;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, SendBody};

pub const BOUNDARY: &str = "nameplate-test-boundary";
pub const JOBS: &str = "/devicetrustmanager/certificate-batch-service/api/v1/jobs";

pub struct Bench {
    pub running: Option<Running>,
    pub dir: tempfile::TempDir,
    agent: Agent,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The code and the message of `{"errors":[…]}`.
    pub fn error(&self) -> (String, String) {
        let json = self.json();
        let text = |name: &str| json["errors"][0][name].as_str().unwrap().to_owned();
        (text("code"), text("message"))
    }

    pub fn id(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()["id"].as_str().unwrap().to_owned()
    }
}

pub fn start_in(dir: &Path, switches: Switches) -> Running {
    start(Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        dir: dir.to_owned(),
        switches,
    })
    .unwrap()
}

/// A client that trusts this CA alone and follows nothing.
pub fn agent(ca_file: &Path) -> Agent {
    let ca = Certificate::from_pem(&std::fs::read(ca_file).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[ca]))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .into()
}

impl Bench {
    pub fn new() -> Bench {
        Bench::with(Switches::default())
    }

    pub fn with(switches: Switches) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let running = start_in(dir.path(), switches);
        let agent = agent(running.ca_file());
        Bench {
            running: Some(running),
            dir,
            agent,
        }
    }

    /// Stops the sandbox and starts it again in the same folder.
    pub fn restart(&mut self, switches: Switches) {
        self.running = None;
        self.running = Some(start_in(self.dir.path(), switches));
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.try_send("GET", path, Some(self.key()), Vec::new())
            .unwrap()
    }

    pub fn put(&self, path: &str) -> Answer {
        self.try_send("PUT", path, Some(self.key()), Vec::new())
            .unwrap()
    }

    pub fn key(&self) -> &str {
        self.running().api_key()
    }

    /// Sends a form made of parts to the jobs route.
    pub fn post(&self, parts: &[Part]) -> Answer {
        self.try_post(parts).unwrap()
    }

    pub fn try_post(&self, parts: &[Part]) -> Result<Answer, ureq::Error> {
        let path = format!("{JOBS}?job_type=device_registration");
        self.try_send("POST", &path, Some(self.key()), form(parts))
    }

    /// Sends these rows as a good job.
    pub fn submit(&self, csv: &str) -> Answer {
        self.post(&self.parts(csv))
    }

    /// The parts of a good request.
    pub fn parts(&self, csv: &str) -> Vec<Part> {
        vec![
            Part::text("name", "batch-1"),
            Part::text("device_group_id", self.running().device_group_id()),
            Part::text(
                "certificate_policy_id",
                self.running().certificate_policy_id(),
            ),
            Part::text("server_side_key_gen", "false"),
            Part::file("data", "batch.csv", csv.as_bytes()),
        ]
    }

    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Answer, ureq::Error> {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let length = body.len().to_string();
        let headers = [("content-type", &*kind), ("content-length", &*length)];
        self.try_stream(method, path, key, &headers, std::io::Cursor::new(body))
    }

    /// Sends a body from a reader; without a length it goes out in chunks.
    pub fn try_stream(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        headers: &[(&str, &str)],
        body: impl Read + 'static,
    ) -> Result<Answer, ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.running().url()));
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        for (name, value) in headers.iter().filter(|_| method == "POST") {
            request = request.header(*name, *value);
        }
        let mut response = if method == "POST" {
            let body = SendBody::from_owned_reader(body);
            self.agent.run(request.body(body).unwrap())?
        } else {
            self.agent.run(request.body(()).unwrap())?
        };
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec()?,
        })
    }

    /// Asks for the status until it is an end; gives all words that were seen.
    pub fn wait(&self, id: &str) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..1000 {
            let word = self.status(id);
            let ended = matches!(word.as_str(), "COMPLETE" | "FAILED");
            words.push(word);
            if ended {
                return words;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("job {id} does not end: {:?}", words.last());
    }

    pub fn status(&self, id: &str) -> String {
        let json = self.get(&format!("{JOBS}/{id}")).json();
        json["status"].as_str().unwrap().to_owned()
    }

    /// The report's rows by column name, once the job has ended.
    pub fn report(&self, id: &str) -> Vec<std::collections::HashMap<String, String>> {
        self.wait(id);
        let answer = self.get(&format!("{JOBS}/{id}/download/report"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        csv::Reader::from_reader(&answer.body[..])
            .deserialize()
            .map(Result::unwrap)
            .collect()
    }

    /// The certificates' ZIP unpacked: names and contents.
    pub fn certificates(&self, id: &str) -> Vec<(String, Vec<u8>)> {
        let answer = self.get(&format!("{JOBS}/{id}/download/certificates"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(answer.body)).unwrap();
        (0..zip.len())
            .map(|index| {
                let mut entry = zip.by_index(index).unwrap();
                let name = String::from_utf8(entry.name_raw().to_vec()).unwrap();
                let mut contents = Vec::new();
                entry.read_to_end(&mut contents).unwrap();
                (name, contents)
            })
            .collect()
    }
}

/// One part of a multipart body.
pub struct Part {
    pub head: String,
    pub body: Vec<u8>,
}

impl Part {
    pub fn text(name: &str, value: &str) -> Part {
        Part {
            head: format!("Content-Disposition: form-data; name=\"{name}\""),
            body: value.into(),
        }
    }

    pub fn file(name: &str, file_name: &str, contents: &[u8]) -> Part {
        Part {
            head: format!(
                "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: text/csv"
            ),
            body: contents.into(),
        }
    }

    pub fn is(&self, name: &str) -> bool {
        self.head.contains(&format!(" name=\"{name}\""))
    }
}

pub fn form(parts: &[Part]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend(format!("--{BOUNDARY}\r\n{}\r\n\r\n", part.head).bytes());
        body.extend(&part.body);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

/// A request for a common name and a DNS name, one unbroken line of PEM.
pub fn csr(common_name: &str) -> String {
    csr_with(&KeyPair::generate().unwrap(), common_name)
}

pub fn csr_with(key: &KeyPair, common_name: &str) -> String {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    let name = &mut parameters.distinguished_name;
    name.push(DnType::OrganizationName, "Example");
    name.push(DnType::CommonName, common_name);
    let dns = format!("{common_name}.devices.example.com");
    parameters.subject_alt_names = vec![SanType::DnsName(dns.try_into().unwrap())];
    let pem = parameters.serialize_request(key).unwrap().pem().unwrap();
    pem.replace(['\r', '\n'], "")
}

pub const HEADER: &str = "\"device_name\",\"subject.common_name\",\"csr\"\n";

/// A CSV with one good row for each name.
pub fn csv_of(names: &[&str]) -> String {
    let mut text = HEADER.to_owned();
    for name in names {
        text.push_str(&row(name, name, &csr(name)));
    }
    text
}

pub fn row(device: &str, common_name: &str, csr: &str) -> String {
    format!("\"{device}\",\"{common_name}\",\"{csr}\"\n")
}

/// Runs OpenSSL; panics with its words where it says no.
pub fn openssl(arguments: &[&str]) -> String {
    let output = std::process::Command::new("openssl")
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("openssl is needed for this test: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {text}{errors}"
    );
    text
}
