//! The board's TLS client against whoever answers.
//!
//! There is never a session unless the host proved, in this handshake, that it holds the pinned key; until then nothing goes out but the
//! ClientHello and one alert. What is read in a session is what the host said in it.
//!
//! The board's seed is fixed, so its ClientHello is always the same and everything here repeats exactly. Four kinds of others:
//! any bytes; the recorded answer of a real rustls host with something changed on its way; somebody who speaks TLS well, under keys of
//! this very handshake, and says what a fuzzer chooses, but can't sign with the pinned key; and the host itself, on a bad network.
//!
//! What the pinned host itself may do to a board by handshake messages after the handshake is known (`nameplate_tls`, "What is left") and
//! not tried here.

use std::sync::OnceLock;

use embedded_io::{ErrorKind, ErrorType, Read as _};
use nameplate_tls::{Buffers, Error, HostKey, Pins, SEED_SIZE, open};

use crate::input::Input;
use crate::tls_host::{
    ALERT, APPLICATION_DATA, CERTIFICATE, CERTIFICATE_VERIFY, CHANGE_CIPHER_SPEC,
    ENCRYPTED_EXTENSIONS, FINISHED, HANDSHAKE, Handshake, Who, record,
};

/// What a rustls host answered to this board, made by the program `seeds`: ServerHello, ChangeCipherSpec, its flight, then data and a
/// goodbye.
pub const RECORDED: &[u8] = include_bytes!("../../recorded/answer.bin");
/// The certificate of that host.
pub const RECORDED_HOST: &[u8] = include_bytes!("../../recorded/certificate.der");
/// What it said in the session.
pub const RECORDED_DATA: &[u8] = b"what the host says";

/// The board's one seed.
pub const SEED: [u8; SEED_SIZE] = [0x5E; SEED_SIZE];

/// Kind of the other side, then what it does.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() & 3 {
        0 => assert!(!play(input.rest(), &Who::Pinned.certificate()).opened),
        1 => recorded(&mut input),
        2 => stranger(&mut input),
        _ => bad_network(&mut input),
    }
}

/// The recorded answer, with records lost, repeated or out of order, and bytes changed.
fn recorded(input: &mut Input<'_>) {
    let mut records = records(RECORDED);
    for _ in 0..input.below(4) {
        let at = input.below(records.len());
        match input.below(4) {
            0 if records.len() > 1 => drop(records.remove(at)),
            1 => records.insert(at, records[at].clone()),
            2 if at > 0 => records.swap(at - 1, at),
            _ => {}
        }
    }
    let bytes = input.edited(&records.concat(), 4);
    let played = play(&bytes, RECORDED_HOST);
    let honest = self::records(RECORDED);
    let answer = [&honest[0][..], &honest[1], &honest[2]].concat();
    // A ChangeCipherSpec says nothing and may be left out (RFC 8446 appendix D.4).
    let without = [&honest[0][..], &honest[2]].concat();
    let is_answer = bytes.starts_with(&answer) || bytes.starts_with(&without);
    assert_eq!(played.opened, is_answer);
    assert!(RECORDED_DATA.starts_with(&played.data));
    if bytes == RECORDED {
        assert_eq!((&played.data[..], played.error), (RECORDED_DATA, None));
    }
}

/// Somebody who has the keys of this handshake and not the pinned one.
fn stranger(input: &mut Input<'_>) {
    let mut host = handshake();
    let mut bytes = host.server_hello.clone();
    let mut waiting = Vec::new();
    let mut records = 0;
    while !input.is_empty() && records < 12 {
        let kind = input.below(14);
        let said = match kind {
            0 => host.say(ENCRYPTED_EXTENSIONS, &[0, 0]),
            1 => host.say(ENCRYPTED_EXTENSIONS, input.some()),
            2 => host.say(CERTIFICATE, &Who::Pinned.certificate_message()),
            3 => host.say(CERTIFICATE, &Who::Other.certificate_message()),
            4 => {
                let changed = input.edited(&Who::Pinned.certificate_message(), 3);
                host.say(CERTIFICATE, &changed)
            }
            5 => {
                let proof = Who::Other.proof(&host.transcript());
                host.say(CERTIFICATE_VERIFY, &proof)
            }
            // By the pinned key, and from another handshake.
            6 => host.say(CERTIFICATE_VERIFY, &Who::Pinned.proof(&[0x11; 32])),
            7 => host.say(CERTIFICATE_VERIFY, input.some()),
            8 => {
                let finished = host.finished();
                host.say(FINISHED, &finished)
            }
            9 => host.say(input.byte(), input.some()),
            _ => Vec::new(),
        };
        waiting.extend(said);
        let out = match kind {
            10 => host.protected(HANDSHAKE, &std::mem::take(&mut waiting), 0),
            11 => record(input.byte(), input.some()),
            12 => host.protected(input.byte(), input.some(), input.below(300)),
            13 => host.protected(HANDSHAKE, &std::mem::take(&mut waiting), input.below(2200)),
            _ => continue,
        };
        bytes.extend(out);
        records += 1;
    }
    if !waiting.is_empty() {
        bytes.extend(host.protected(HANDSHAKE, &waiting, 0));
    }
    assert!(!play(&bytes, &Who::Pinned.certificate()).opened);
}

/// The host itself, and records of its session that are lost, repeated or changed on the way.
fn bad_network(input: &mut Input<'_>) {
    let mut host = handshake();
    let mut bytes = host.honest_flight();
    let mut said = Vec::new();
    // Whether the network left everything as it was, and the host said nothing but what fits.
    let mut whole = true;
    let mut plain = true;
    for _ in 0..6 {
        if input.is_empty() {
            break;
        }
        let content = input.some();
        let kind = input.below(6);
        plain &= kind == 5;
        let record = match kind {
            0 => host.protected(ALERT, content, 0),
            1 => {
                let mut record = host.protected(APPLICATION_DATA, content, 0);
                let last = record.len() - 1;
                record[5 + input.below(last - 4)] ^= 1 << (input.byte() & 7);
                whole = false;
                record
            }
            2 => {
                whole = false;
                drop(host.protected(APPLICATION_DATA, content, 0));
                continue;
            }
            3 => record_in_clear(input.byte(), content),
            4 => host.protected(APPLICATION_DATA, content, input.below(2500)),
            _ => host.protected(APPLICATION_DATA, content, 0),
        };
        bytes.extend(record);
        if whole {
            said.extend_from_slice(content);
        }
    }
    let played = play(&bytes, &Who::Pinned.certificate());
    assert!(played.opened, "an honest host is refused");
    assert!(said.starts_with(&played.data));
    assert!(
        !plain || said == played.data,
        "some of what came was not read"
    );
}

fn record_in_clear(kind: u8, content: &[u8]) -> Vec<u8> {
    // Not a protected one: that would be a changed record.
    let kind = if kind == APPLICATION_DATA {
        CHANGE_CIPHER_SPEC
    } else {
        kind
    };
    record(kind, content)
}

/// What came of it.
#[derive(Debug)]
pub struct Played {
    /// There was a session.
    pub opened: bool,
    /// What was read in it.
    pub data: Vec<u8>,
    /// How it ended, where not by a goodbye.
    pub error: Option<String>,
}

/// The board dials, and hears these bytes from whoever is there; it pins the key of this certificate.
pub fn play(bytes: &[u8], host: &[u8]) -> Played {
    let current = HostKey::from_certificate_der(host).expect("a host's certificate");
    let pins = Pins {
        current,
        next: None,
    };
    let mut tape = Tape::new(bytes);
    let mut buffers: Buffers = Buffers::new();
    let mut played = Played {
        opened: false,
        data: Vec::new(),
        error: None,
    };
    let mut seed = SEED;
    match open(&mut tape, &pins, None, &mut seed, &mut buffers) {
        Ok(mut session) => {
            played.opened = true;
            let mut place = [0; 700];
            loop {
                match session.read(&mut place) {
                    Ok(0) => break,
                    Ok(count) => played.data.extend_from_slice(&place[..count]),
                    Err(error) => {
                        played.error = Some(error.to_string());
                        // Dead from here on.
                        assert!(matches!(session.read(&mut place), Err(Error::Closed)));
                        break;
                    }
                }
            }
        }
        Err(error) => {
            played.error = Some(error.to_string());
            said_nothing(&tape.sent);
        }
    }
    assert_eq!(seed, [0; SEED_SIZE], "the seed is used up");
    played
}

/// Nothing but the ClientHello and one alert of two bytes.
fn said_nothing(sent: &[u8]) {
    let sent = records(sent);
    assert_eq!(sent[0], client_hello());
    match &sent[1..] {
        [] => {}
        [alert] => assert!(alert[0] == ALERT && alert.len() == 7, "{alert:?}"),
        more => panic!("said to a stranger: {more:?}"),
    }
}

fn client_hello() -> &'static [u8] {
    static HELLO: OnceLock<Vec<u8>> = OnceLock::new();
    HELLO.get_or_init(|| {
        let certificate = Who::Pinned.certificate();
        let current = HostKey::from_certificate_der(&certificate).expect("a certificate");
        let mut tape = Tape::new(&[]);
        let mut buffers: Buffers = Buffers::new();
        let pins = Pins {
            current,
            next: None,
        };
        let refused = open(&mut tape, &pins, None, &mut SEED.clone(), &mut buffers).err();
        assert!(matches!(refused, Some(Error::Truncated)), "{refused:?}");
        tape.sent
    })
}

fn handshake() -> Handshake {
    static HANDSHAKE: OnceLock<Handshake> = OnceLock::new();
    HANDSHAKE
        .get_or_init(|| Handshake::answer(client_hello()))
        .clone()
}

/// The records in a stretch of bytes that is made of whole ones.
fn records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let [_, _, _, high, low, ..] = bytes {
        let (record, rest) = bytes.split_at(5 + usize::from(u16::from_be_bytes([*high, *low])));
        found.push(record.to_vec());
        bytes = rest;
    }
    assert!(bytes.is_empty());
    found
}

/// A link that plays back bytes and keeps what was written.
struct Tape<'a> {
    rest: &'a [u8],
    sent: Vec<u8>,
}

impl<'a> Tape<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            sent: Vec::new(),
        }
    }
}

impl ErrorType for Tape<'_> {
    type Error = ErrorKind;
}

impl embedded_io::Read for Tape<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let (now, rest) = self.rest.split_at(buf.len().min(self.rest.len()));
        buf[..now.len()].copy_from_slice(now);
        self.rest = rest;
        Ok(now.len())
    }
}

impl embedded_io::Write for Tape<'_> {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.sent.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
