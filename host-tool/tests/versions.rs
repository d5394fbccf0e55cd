//! A whole conversation as version 1 had it: what a host of then asked, and what an agent of then answered. Boards with that agent
//! are in the field, and benches with that host on desks, so today's host must understand the one, and today's agent the other.
//!
//! The files under `golden` are never edited, only added to. `NAMEPLATE_NEW_GOLDEN=1` writes those that are missing.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use indexmap::IndexMap;
use nameplate::columns::{Asked, Plan, RequestSettings};
use nameplate::config::Templates;
use nameplate::link::{Answer, Conversation, Patience, Stream};
use nameplate::verify::{check_possession, check_proof, check_request};
use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore, SeededRandomness};
use nameplate_agent::{Agent, Link};
use nameplate_wire::{Bytes, Fixed, Mac, Reply, Request, Text, frame, limits, request};

const MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);
const NAME: &str = "sensor-0001";
const NONCE: [u8; 32] = [7; 32];

const PATIENCE: Patience = Patience {
    wait: Duration::from_secs(5),
    tries: 1,
};

fn asked() -> Asked {
    let columns = "\"subject.common_name\" = \"{name}\"\n\"san.dns_name\" = \"{name}.example.com\"";
    let columns: IndexMap<String, Templates> = toml::from_str(columns).unwrap();
    let settings: RequestSettings = toml::from_str("key_usage = [\"digitalSignature\"]").unwrap();
    Plan::new(&columns, &settings).unwrap().for_board(NAME, MAC)
}

fn agent(memory: &RefCell<Memory>) -> Agent<SeededRandomness, MemoryStore<'_>, FixedIdentity> {
    let identity = FixedIdentity::new(MAC.0, NAME);
    Agent::new(SeededRandomness(1), MemoryStore(memory), identity)
}

/// A golden file, cut into its frames; `now` is what it would be if it were made today.
fn golden(name: &str, now: impl FnOnce() -> Vec<u8>) -> Vec<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let path = path.join(format!("{name}.frames"));
    if !path.exists() && std::env::var_os("NAMEPLATE_NEW_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, now()).unwrap();
    }
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let frames = bytes.split_inclusive(|byte| *byte == b'\n');
    frames.map(<[u8]>::to_vec).collect()
}

/// What a host asks a board from the first word to the last, but for `recorded`, which names the very bytes that were signed; the
/// chain is for the agent's key.
fn questions(chain: &[u8]) -> Vec<Vec<u8>> {
    let asked = asked();
    let chain_sha256 = Fixed(nameplate::store::sha256(chain));
    let mut all = vec![
        Request::Hello(request::Hello { versions: [1, 1] }),
        Request::Csr(asked.request(NONCE).unwrap()),
        Request::Prove(request::Prove {
            nonce: Fixed(NONCE),
        }),
    ];
    for (number, piece) in chain.chunks(limits::INSTALL_PIECE).enumerate() {
        all.push(Request::Install(request::Install {
            chain_sha256,
            length: u16::try_from(chain.len()).unwrap(),
            offset: u16::try_from(number * limits::INSTALL_PIECE).unwrap(),
            piece: Bytes::Raw(piece),
        }));
    }
    all.push(Request::Lock(request::Named {
        name: Text::Plain(NAME),
    }));
    let mut out = [0; limits::FRAME];
    let frames = all.iter().zip(1..);
    frames
        .map(|(request, id)| request.write(id, &mut out).unwrap().to_vec())
        .collect()
}

/// A certificate for the key that the agent makes.
fn chain() -> Vec<u8> {
    let memory = RefCell::default();
    let mut agent = agent(&memory);
    let mut out = [0; limits::FRAME];
    let asked = asked();
    let request = Request::Csr(asked.request(NONCE).unwrap());
    let answer = agent.handle(request.write(1, &mut out).unwrap(), Link::Cable);
    let Ok((1, Reply::Csr(csr))) = Reply::read(frame::open(answer).unwrap()) else {
        panic!("no request");
    };
    let mut der = [0; limits::CSR];
    let der = csr.csr.decode(&mut der).unwrap().to_vec().into();
    let csr = rcgen::CertificateSigningRequestParams::from_der(&der).unwrap();
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let issuer = rcgen::Issuer::new(rcgen::CertificateParams::default(), key);
    csr.signed_by(&issuer).unwrap().der().to_vec()
}

fn host_1() -> Vec<Vec<u8>> {
    golden("host_1", || questions(&chain()).concat())
}

fn agent_1() -> Vec<Vec<u8>> {
    golden("agent_1", || {
        let memory = RefCell::default();
        let mut agent = agent(&memory);
        let answers = host_1()
            .into_iter()
            .map(|asked| agent.handle(&asked, Link::Cable).to_vec());
        answers.collect::<Vec<_>>().concat()
    })
}

/// A line on which an agent of then answers, an answer a question.
struct Line {
    answers: std::vec::IntoIter<Vec<u8>>,
    next: Vec<u8>,
}

impl Read for Line {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.next.len().min(out.len());
        out[..count].copy_from_slice(&self.next[..count]);
        self.next.drain(..count);
        Ok(count)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.next = self.answers.next().unwrap();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Line {
    fn set_read_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_agent_of_version_1_is_understood() {
    let mut line = Line {
        answers: agent_1().into_iter(),
        next: Vec::new(),
    };
    let interrupt = AtomicBool::new(false);
    let mut conversation = Conversation::new(&mut line, 1, &|_| {}, &interrupt);
    let asked = asked();
    let mut public_key = Vec::new();
    for question in host_1() {
        let (_, question) = Request::read(frame::open(&question).unwrap()).unwrap();
        let answer = conversation.ask(&question, PATIENCE).unwrap();
        match (&question, answer) {
            (Request::Hello(_), Answer::Hello(hello)) => {
                assert_eq!(
                    (hello.mac, hello.name.as_str(), hello.version),
                    (MAC, NAME, 1)
                );
            }
            (Request::Csr(_), Answer::Csr(csr)) => {
                let request = check_request(&csr.csr, &asked).unwrap();
                check_proof(&request, &NONCE, csr.mac, &csr.name, &csr.proof).unwrap();
                public_key = request.public_key().to_vec();
            }
            (Request::Prove(_), Answer::Prove(proof)) => {
                check_possession(&public_key, &NONCE, MAC, NAME, &proof).unwrap();
            }
            (Request::Install(_), Answer::Install(_)) | (Request::Lock(_), Answer::Done) => {}
            (question, answer) => panic!("{question:?}: {answer:?}"),
        }
    }
}

/// Which question it answers, and as what.
fn kind(frame: &[u8]) -> (u32, &'static str) {
    let (re, reply) = Reply::read(frame::open(frame).unwrap()).unwrap();
    let kind = match reply {
        Reply::Hello(_) => "hello",
        Reply::Csr(_) => "csr",
        Reply::Prove(_) => "prove",
        Reply::Install(_) => "install",
        Reply::Lock(_) => "lock",
        _ => "something else",
    };
    (re, kind)
}

#[test]
fn a_host_of_version_1_is_answered() {
    let memory = RefCell::default();
    let mut agent = agent(&memory);
    for (question, then) in host_1().iter().zip(agent_1()) {
        let answer = agent.handle(question, Link::Cable).to_vec();
        assert_eq!(
            kind(&answer),
            kind(&then),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert!(memory.borrow().locked && memory.borrow().current.is_some());
}

#[test]
fn today_s_host_asks_as_it_did() {
    // The chain's bytes are those of then: a certificate of now has another signature.
    let then = host_1();
    let now = questions(&chain());
    for (then, now) in then.iter().zip(&now).take(3) {
        assert_eq!(String::from_utf8_lossy(then), String::from_utf8_lossy(now));
    }
}
