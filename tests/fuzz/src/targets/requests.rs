//! Messages as a board reads them, with a right checksum around them.
//!
//! - What is read is a JSON object for another JSON library too, of the kind and with the id that stand there.
//! - What is read and written again is read as the same; every limit holds.
//! - A board's quick look at the head ([`Asked`]) says the same as the whole reading.

use nameplate_wire::request::Asked;
use nameplate_wire::{Bytes, Request, Text, frame, limits};

use crate::oracle;

/// A message.
pub fn run(data: &[u8]) {
    let frame = oracle::frame(data);
    let Ok(message) = frame::open(&frame) else {
        assert!(oracle::message(&frame).is_none());
        return;
    };
    assert_eq!(message, data);
    let read = Request::read(message);
    let head = Asked::read(message);
    let Ok((id, request)) = &read else { return };
    let asked = head.expect("a request has a head");
    assert_eq!(asked.id, *id);
    assert_eq!(format!("{:?}", asked.kind).to_lowercase(), request.kind());
    same_as_json(message, *id, request);
    held(request);
    let mut out = [0; limits::FRAME];
    let Ok(again) = request.write(*id, &mut out) else {
        // Written with all its fields it may be longer than it came: a subject that was left out, for one.
        assert!(message.len() + 64 > limits::MESSAGE);
        return;
    };
    let again = frame::open(again).expect("a frame that we wrote");
    let (same_id, same) = Request::read(again).expect("a request that we wrote");
    assert_eq!(same_id, *id);
    assert_eq!(&same, request);
}

fn same_as_json(message: &[u8], id: u32, request: &Request<'_>) {
    let known = match request {
        Request::Hello(_) => "v id re kind versions",
        Request::Identify(_) => "v id re kind seconds",
        Request::Csr(_) => "v id re kind nonce subject san key_usage purposes ca",
        Request::Recorded(_) => "v id re kind csr_sha256",
        Request::Install(_) => "v id re kind chain_sha256 length offset piece",
        Request::Prove(_) => "v id re kind nonce",
        Request::Lock(_) | Request::Erase(_) => "v id re kind name",
    };
    let Some(fields) = oracle::same_json(message, known) else {
        return;
    };
    assert_eq!(fields.get("id"), Some(&id.into()));
    assert_eq!(fields.get("kind"), Some(&request.kind().into()));
    let (Request::Lock(named) | Request::Erase(named)) = request else {
        return;
    };
    let mut room = [0; limits::MESSAGE];
    if let Ok(name) = named.name.resolve(&mut &mut room[..]) {
        assert_eq!(fields.get("name"), Some(&name.into()));
    }
}

fn held(request: &Request<'_>) {
    let mut room = [0; limits::ESCAPED_TEXT];
    let mut room = &mut room[..];
    match request {
        Request::Csr(csr) => {
            for text in csr
                .subject
                .iter()
                .map(|it| it.1)
                .chain(csr.san.iter().map(|it| it.1))
            {
                let before = room.len();
                if text.resolve(&mut room).is_ok() && matches!(text, Text::Plain(_)) {
                    assert_eq!(room.len(), before, "a plain text takes no room");
                }
            }
        }
        Request::Install(install) => {
            let mut out = [0; limits::INSTALL_PIECE];
            if let Ok(piece) = install.piece.decode(&mut out) {
                assert!(piece.len() <= limits::INSTALL_PIECE);
                if let Bytes::Encoded(text) = install.piece {
                    use base64ct::{Base64, Encoding};
                    assert_eq!(Base64::decode_vec(text).as_deref(), Ok(piece));
                }
            }
        }
        _ => {}
    }
}
