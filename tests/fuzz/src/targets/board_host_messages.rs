//! The board's state machine, and a host that may say anything, in any order.
//!
//! - Whatever comes is answered by one frame that a host can read, with the same id, or by silence where it was a reply.
//! - A key is made only where there is none; it goes only by `erase`, by name, before the lock. There is no key, or one whole key.
//! - The private key stands in no frame: not as it is, not in hex, not in base64. The join token only in `hello`, in an
//!   authenticated session.
//! - After the lock neither key nor chain nor the lock itself changes. A chain becomes current only as it was sent, whole.
//! - Asked again, a board gives the same answer.

use std::cell::RefCell;

use base64ct::{Base64, Encoding};
use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore, SeededRandomness};
use nameplate_agent::{Agent, Link};
use nameplate_wire::frame::{self, FrameError};
use nameplate_wire::request::{self, AltNameKind, AttributeKind as At, KeyUsage};
use nameplate_wire::{Bytes, Fixed, Reply, Request, Text, limits};
use p256::ecdsa::SigningKey;
use sha2::{Digest, Sha256};

use crate::input::Input;
use crate::{der, oracle};

const NAME: &str = "board-7";
const TOKEN: &str = "t0ken-with-22-characters";
/// Signatures take the time here.
const MOST: usize = 24;

type Board<'a> = Agent<SeededRandomness, MemoryStore<'a>, FixedIdentity>;

/// Step by step what the host says and what happens to the board.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let memory = RefCell::new(Memory::default());
    let mut board = started(&memory, 0);
    let mut play = Play::default();
    for step in 0..MOST {
        if input.is_empty() {
            break;
        }
        match input.byte() {
            0xF8 => board = started(&memory, step as u64),
            0xF9 => faults(&memory, input.byte()),
            0xFA => play.authenticated = !play.authenticated,
            kind => play.say(&mut board, &memory, kind, &mut input),
        }
    }
}

fn started(memory: &RefCell<Memory>, seed: u64) -> Board<'_> {
    let identity = FixedIdentity::new([2, 0, 0, 0, 0, 7], NAME);
    Agent::new(SeededRandomness(seed), MemoryStore(memory), identity)
}

fn faults(memory: &RefCell<Memory>, which: u8) {
    let mut memory = memory.borrow_mut();
    memory.read_fault = which & 1 != 0;
    memory.chain_read_fault = which & 2 != 0;
    memory.write_fault = which & 4 != 0;
    memory.forgets = which & 8 != 0;
}

#[derive(Default)]
struct Play {
    authenticated: bool,
    /// All keys that there were.
    keys: Vec<[u8; 32]>,
    /// SHA-256 of the request that was last given out.
    last_csr: Option<[u8; 32]>,
    /// What was ever sent as a piece.
    chain: Vec<u8>,
}

/// What a request may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum May {
    Nothing,
    MakeKey,
    Install,
    Lock,
    Erase,
}

impl Play {
    fn link(&self) -> Link<'static> {
        if self.authenticated {
            Link::Authenticated {
                join_token: Some(TOKEN),
            }
        } else {
            Link::Cable
        }
    }

    fn say(
        &mut self,
        board: &mut Board<'_>,
        memory: &RefCell<Memory>,
        kind: u8,
        input: &mut Input<'_>,
    ) {
        let id = u32::from(input.byte());
        let before = memory.borrow().clone();
        if kind % 12 == 11 {
            let error = *input.one_of(&[FrameError::TooLong, FrameError::CutShort]);
            let answer = board.refuse(error).to_vec();
            self.after(&before, memory, May::Nothing, &answer, Some(0));
            return;
        }
        let (frame, may) = self.frame(&before, kind, id, input);
        let answer = board.handle(&frame, self.link()).to_vec();
        self.after(&before, memory, may, &answer, id_of(&frame));
        let is_faulty = before.read_fault || before.chain_read_fault || before.write_fault;
        if kind & 0x40 != 0 && !is_faulty && !before.forgets {
            self.again(board, memory, may, &frame, &answer);
        }
    }

    fn again(
        &mut self,
        board: &mut Board<'_>,
        memory: &RefCell<Memory>,
        may: May,
        frame: &[u8],
        answer: &[u8],
    ) {
        let before = memory.borrow().clone();
        let again = board.handle(frame, self.link()).to_vec();
        self.after(&before, memory, may, &again, id_of(frame));
        let is_error = |frame: &[u8]| matches!(read(frame), Some((_, Reply::Error(_))));
        if is_error(answer) {
            assert!(is_error(&again));
        } else {
            assert_eq!(again, answer, "asked again, it answers otherwise");
        }
    }

    /// What the host says, and what that may change.
    fn frame(
        &mut self,
        memory: &Memory,
        kind: u8,
        id: u32,
        input: &mut Input<'_>,
    ) -> (Vec<u8>, May) {
        let (name, escaped) = (input_name(input), "board\\u002d7");
        let name = if name == "!" {
            Text::Escaped(escaped)
        } else {
            Text::Plain(&name)
        };
        let texts: [String; 6] = std::array::from_fn(|_| String::new());
        match kind % 12 {
            0 => {
                let versions = if input.flag() {
                    [1, 1]
                } else {
                    [input.byte(), input.byte()]
                };
                (
                    written(&Request::Hello(request::Hello { versions }), id),
                    May::Nothing,
                )
            }
            1 => {
                let seconds = input.byte();
                (
                    written(&Request::Identify(request::Identify { seconds }), id),
                    May::Nothing,
                )
            }
            2 | 3 => (csr(input, id, texts), May::MakeKey),
            4 => {
                let right = self.last_csr.filter(|_| !input.flag());
                let csr_sha256 = Fixed(right.unwrap_or([input.byte(); 32]));
                (
                    written(&Request::Recorded(request::Recorded { csr_sha256 }), id),
                    May::Nothing,
                )
            }
            5 | 6 => (self.install(memory, input, id), May::Install),
            7 => {
                let nonce = Fixed([input.byte(); 32]);
                (
                    written(&Request::Prove(request::Prove { nonce }), id),
                    May::Nothing,
                )
            }
            kind @ (8 | 9) => {
                let (named, may) = (request::Named { name }, [May::Lock, May::Erase]);
                let may = if name.is(NAME) {
                    may[usize::from(kind - 8)]
                } else {
                    May::Nothing
                };
                let request = if kind == 8 {
                    Request::Lock(named)
                } else {
                    Request::Erase(named)
                };
                (written(&request, id), may)
            }
            _ if input.flag() => (input.some().to_vec(), May::Nothing),
            _ => {
                let message = input.some();
                let may =
                    oracle::json(&oracle::frame(message)).map_or(May::Nothing, |it| may_of(&it));
                (oracle::frame(message), may)
            }
        }
    }

    /// A piece of a chain: of one for this board's key, of one for another key, or of no chain.
    fn install(&mut self, memory: &Memory, input: &mut Input<'_>, id: u32) -> Vec<u8> {
        let chain = match input.below(4) {
            0 | 1 => chain_for(memory.key),
            2 => chain_for(Some([9; 32])),
            _ => input.edited(&chain_for(memory.key), 2),
        };
        let from = *input.one_of(&[0, 0, 100, 512, 1024]);
        let size = *input.one_of(&[usize::MAX, 1024, 512, 100, 1, 0]);
        let from = from.min(chain.len());
        let piece = &chain[from..from.saturating_add(size).min(chain.len())];
        let piece = &piece[..piece.len().min(limits::INSTALL_PIECE)];
        let length = u16::try_from(chain.len()).unwrap_or(u16::MAX);
        let request = Request::Install(request::Install {
            chain_sha256: Fixed(Sha256::digest(&chain).into()),
            length: if input.byte() == 0xFF {
                length ^ 1
            } else {
                length
            },
            offset: u16::try_from(from).unwrap_or(u16::MAX),
            piece: Bytes::Raw(piece),
        });
        let frame = written(&request, id);
        drop(request);
        self.chain = chain;
        frame
    }

    /// What must hold after every step.
    fn after(
        &mut self,
        before: &Memory,
        memory: &RefCell<Memory>,
        may: May,
        answer: &[u8],
        asked: Option<u32>,
    ) {
        let now = memory.borrow();
        self.state(before, &now, may);
        if let Some(key) = now.key
            && !self.keys.contains(&key)
        {
            self.keys.push(key);
        }
        for key in &self.keys {
            no_key_in(answer, key);
        }
        let Some((re, reply)) = read(answer) else {
            assert!(answer.is_empty(), "an answer that no host can read");
            return;
        };
        if let Some(asked) = asked {
            assert!(re == asked || re == 0 && matches!(reply, Reply::Error(_)));
        }
        let holds_token = oracle::holds(answer, TOKEN.as_bytes());
        assert!(!holds_token || self.authenticated && matches!(reply, Reply::Hello(_)));
        if let Reply::Csr(csr) = &reply {
            let mut place = [0; limits::CSR];
            let der = csr.csr.decode(&mut place).expect("base64");
            self.last_csr = Some(Sha256::digest(der).into());
            let key = now.key.expect("a request comes of a kept key");
            let public = SigningKey::from_slice(&key).expect("a key");
            let point = public.verifying_key().to_encoded_point(false);
            assert!(
                oracle::holds(der, point.as_bytes()),
                "a request for another key"
            );
        }
    }

    fn state(&self, before: &Memory, now: &Memory, may: May) {
        match (before.key, now.key) {
            (None, Some(key)) => {
                assert_eq!(may, May::MakeKey);
                assert!(SigningKey::from_slice(&key).is_ok(), "no whole key");
            }
            (Some(_), None) => assert_eq!(may, May::Erase),
            (one, other) => assert_eq!(one, other, "a second key"),
        }
        assert!(now.stored == before.stored || before.key.is_none() && may == May::MakeKey);
        if before.locked {
            assert!(now.locked && now.key == before.key && now.stored == before.stored);
            assert_eq!(now.current, before.current);
        }
        assert!(before.locked || !now.locked || may == May::Lock && now.current.is_some());
        if now.current == before.current {
            return;
        }
        match &now.current {
            Some((chain, bytes)) => {
                assert_eq!(may, May::Install);
                assert_eq!(chain.sha256.0, *Sha256::digest(bytes));
                assert_eq!(usize::from(chain.length), bytes.len());
                assert_eq!(bytes[..], self.chain[..], "another chain than was sent");
                let key =
                    SigningKey::from_slice(&now.key.expect("a chain has its key")).expect("a key");
                let point = key.verifying_key().to_encoded_point(false);
                assert!(
                    oracle::holds(bytes, point.as_bytes()),
                    "a chain for another key"
                );
            }
            None => assert!(matches!(may, May::Erase | May::MakeKey)),
        }
    }
}

fn written(request: &Request<'_>, id: u32) -> Vec<u8> {
    let mut out = [0; limits::FRAME];
    request
        .write(id, &mut out)
        .map(<[u8]>::to_vec)
        .unwrap_or_default()
}

fn read(answer: &[u8]) -> Option<(u32, Reply<'_>)> {
    Reply::read(frame::open(answer).ok()?).ok()
}

fn id_of(frame: &[u8]) -> Option<u32> {
    let id = oracle::json(frame)?.get("id")?.as_u64()?;
    u32::try_from(id).ok()
}

fn may_of(message: &serde_json::Map<String, serde_json::Value>) -> May {
    let text = |name: &str| message.get(name).and_then(serde_json::Value::as_str);
    match text("kind") {
        Some("csr") => May::MakeKey,
        Some("lock") if text("name") == Some(NAME) => May::Lock,
        Some("erase") if text("name") == Some(NAME) => May::Erase,
        _ => May::Nothing,
    }
}

/// Mostly the board's own; `!` stands for the same with an escape.
fn input_name(input: &mut Input<'_>) -> String {
    match input.below(4) {
        0 | 1 => NAME.to_owned(),
        2 => "!".to_owned(),
        _ => input.text(),
    }
}

fn csr(input: &mut Input<'_>, id: u32, mut texts: [String; 6]) -> Vec<u8> {
    let kinds: Vec<u8> = (0..input.below(6)).map(|_| input.byte()).collect();
    for text in texts.iter_mut().take(kinds.len()) {
        *text = input.text();
    }
    let (mut subject, mut san) = (request::List::new(), request::List::new());
    let mut purposes = request::List::new();
    let attributes = [
        At::Cn,
        At::O,
        At::C,
        At::Ou,
        At::SerialNumber,
        At::L,
        At::St,
    ];
    let names = [
        AltNameKind::Dns,
        AltNameKind::Uri,
        AltNameKind::Ip,
        AltNameKind::HardwareModule,
    ];
    for (kind, text) in kinds.iter().zip(&texts) {
        let wire = Text::Plain(text);
        let place = usize::from(kind >> 2);
        let _ = match kind & 3 {
            0 | 1 => subject
                .push((attributes[place % attributes.len()], wire))
                .is_ok(),
            2 => san.push((names[place % names.len()], wire)).is_ok(),
            _ => purposes.push(text.as_str()).is_ok(),
        };
    }
    let usage = input.byte();
    let usages = [
        KeyUsage::DigitalSignature,
        KeyUsage::KeyAgreement,
        KeyUsage::CrlSign,
    ];
    let key_usage = usages
        .into_iter()
        .zip(0..)
        .filter(|(_, bit)| usage >> bit & 1 == 1);
    let request = Request::Csr(request::Csr {
        nonce: Fixed([input.byte(); 32]),
        subject,
        san,
        key_usage: key_usage.map(|(usage, _)| usage).collect(),
        purposes,
        ca: *input.one_of(&[None, Some(false), Some(true)]),
    });
    written(&request, id)
}

/// A board's certificate and its issuer's, for this key.
fn chain_for(key: Option<[u8; 32]>) -> Vec<u8> {
    let point = |key: [u8; 32]| {
        let key = SigningKey::from_slice(&key).expect("a key");
        key.verifying_key()
            .to_encoded_point(false)
            .as_bytes()
            .to_vec()
    };
    let own = point(key.unwrap_or([8; 32]));
    let issuer = point([6; 32]);
    let mut chain = der::certificate(&own, "issuer", NAME);
    chain.extend(der::certificate(&issuer, "root", "issuer"));
    chain
}

/// No private key in it, in any form in which bytes are written here.
fn no_key_in(answer: &[u8], key: &[u8; 32]) {
    let hex = |upper: bool| -> String {
        let digits = key.iter().map(|byte| {
            if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            }
        });
        digits.collect()
    };
    assert!(!oracle::holds(answer, key));
    assert!(!oracle::holds(answer, hex(false).as_bytes()));
    assert!(!oracle::holds(answer, hex(true).as_bytes()));
    // Base64 of the key within other bytes: three alignments, without what its neighbours have a part in.
    for skipped in 0..3 {
        let whole = (32 - skipped) / 3 * 3;
        let text = Base64::encode_string(&key[skipped..skipped + whole]);
        assert!(!oracle::holds(answer, text.as_bytes()));
    }
}
