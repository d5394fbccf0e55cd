//! The host's side of a whole conversation, with whatever comes from the board.
//!
//! - It ends: each question is sent so many times at the most, and every byte is read at most once.
//! - An answer is never taken that is not there: a frame with a right checksum, this question's id and this question's kind (or an error).
//! - Lines of log that are shown hold no control character.

use std::sync::atomic::AtomicBool;

use nameplate::link::Conversation;
use nameplate_wire::request::{self, AttributeKind, List};
use nameplate_wire::{Bytes, Fixed, Request, Text, limits};

use crate::input::Input;
use crate::line::{Line, PATIENCE, holds_answer, kind_of};
use crate::oracle;
use crate::seeds::golden_replies;

/// How often a damaged answer is borne (`host-tool/src/link/conversation.rs`).
const DAMAGED: usize = 16;

/// Where ids begin, pieces, then what comes.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let first = match input.byte() {
        0xFF => u32::MAX - 1,
        low => u32::from(low.max(1)),
    };
    let pieces = vec![usize::from(input.byte()), usize::from(input.byte())];
    let stream = stream(&mut input, first);
    converse(first, pieces, &stream);
}

/// Boot logs, noise, and replies that have something changed in them and a right checksum around them.
fn stream(input: &mut Input<'_>, first: u32) -> Vec<u8> {
    let golden = golden_replies();
    let mut stream = Vec::new();
    while !input.is_empty() && stream.len() < 20_000 {
        match input.below(4) {
            0 => stream.extend_from_slice(input.some()),
            1 => {
                let message: &Vec<u8> = input.one_of(&golden);
                let frame = oracle::frame(message);
                stream.extend(input.edited(&frame, 2));
            }
            _ => {
                let message = input.one_of(&golden[..]);
                let changes = input.below(3);
                let mut message = input.edited(message, changes);
                // Most of them answer one of the first questions.
                let answers = input.below(12);
                if answers < 8 {
                    message = with_id(
                        &message,
                        first.wrapping_add(u32::try_from(answers).expect("small")),
                    );
                }
                stream.extend(oracle::frame(&message));
            }
        }
    }
    stream
}

/// The message with this number behind its first `"re":`.
fn with_id(message: &[u8], id: u32) -> Vec<u8> {
    let name = b"\"re\":";
    let Some(at) = message
        .windows(name.len())
        .position(|window| window == name)
    else {
        return message.to_vec();
    };
    let (before, rest) = message.split_at(at + name.len());
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    [before, id.to_string().as_bytes(), &rest[digits..]].concat()
}

fn questions() -> Vec<Request<'static>> {
    vec![
        Request::Hello(request::Hello { versions: [1, 1] }),
        Request::Identify(request::Identify { seconds: 5 }),
        Request::Csr(request::Csr {
            nonce: Fixed([7; 32]),
            subject: [(AttributeKind::Cn, Text::Plain("board"))]
                .into_iter()
                .collect(),
            san: List::new(),
            key_usage: List::new(),
            purposes: List::new(),
            ca: None,
        }),
        Request::Recorded(request::Recorded {
            csr_sha256: Fixed([1; 32]),
        }),
        Request::Install(request::Install {
            chain_sha256: Fixed([2; 32]),
            length: 3,
            offset: 0,
            piece: Bytes::Raw(b"abc"),
        }),
        Request::Prove(request::Prove {
            nonce: Fixed([8; 32]),
        }),
        Request::Lock(request::Named {
            name: Text::Plain("board"),
        }),
        Request::Erase(request::Named {
            name: Text::Plain("board"),
        }),
    ]
}

fn converse(first: u32, pieces: Vec<usize>, stream: &[u8]) {
    let frames = oracle::part(stream).frames;
    let mut line = Line::new(stream, pieces);
    let check_log = |line: String| {
        assert!(!line.chars().any(char::is_control) && line.len() <= 4 * 256);
    };
    let interrupt = AtomicBool::new(false);
    let mut conversation = Conversation::new(&mut line, first, &check_log, &interrupt).unpaced();
    let (mut id, mut asked) = (first, 0);
    for question in questions() {
        asked += 1;
        let answer = conversation.ask(&question, PATIENCE);
        let Ok(answer) = answer else { break };
        let kind = kind_of(&answer, &question);
        assert!(holds_answer(&frames, id, kind), "no such answer came");
        if let nameplate::link::Answer::Csr(csr) = &answer {
            assert!(csr.csr.len() <= limits::CSR && csr.name.len() <= limits::NAME);
        }
        id = id.checked_add(1).unwrap_or(1);
    }
    let most = asked * (PATIENCE.tries as usize + DAMAGED);
    let sent = oracle::part(&line.sent);
    assert!(sent.frames.len() <= most);
    assert_eq!(
        (sent.outside.len(), sent.cut_short, sent.too_long),
        (0, 0, 0)
    );
    assert!(line.reads <= stream.len() + 1);
}
