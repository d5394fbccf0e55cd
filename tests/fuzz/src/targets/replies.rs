//! Messages as a host reads them, with a right checksum around them.
//!
//! - What is read is a JSON object for another JSON library too, with the id, the kind and the texts that stand there.
//! - What is read and written again is read as the same; every limit holds.

use nameplate_wire::{Bytes, Reply, frame, limits};
use serde_json::Value;

use crate::oracle;

/// A message.
pub fn run(data: &[u8]) {
    let frame = oracle::frame(data);
    let Ok(message) = frame::open(&frame) else {
        assert!(oracle::message(&frame).is_none());
        return;
    };
    let Ok((re, reply)) = Reply::read(message) else {
        return;
    };
    same_as_json(message, re, &reply);
    let mut out = [0; limits::FRAME];
    let Ok(again) = reply.write(re, &mut out) else {
        // A character that came as it is may need an escape of six.
        assert!(message.len() + 6 * limits::NAME > limits::MESSAGE);
        return;
    };
    let again = frame::open(again).expect("a frame that we wrote");
    let (same_re, same) = Reply::read(again).expect("a reply that we wrote");
    assert_eq!(same_re, re);
    match (&reply, &same) {
        // Certificate requests are compared by what they hold.
        (Reply::Csr(before), Reply::Csr(after)) => {
            assert_eq!(
                (&before.mac, &before.name, &before.proof),
                (&after.mac, &after.name, &after.proof)
            );
            let mut places = [[0; limits::CSR]; 2];
            let [one, other] = &mut places;
            assert_eq!(before.csr.decode(one), after.csr.decode(other));
        }
        _ => assert_eq!(same, reply),
    }
}

fn same_as_json(message: &[u8], re: u32, reply: &Reply<'_>) {
    let known = match reply {
        Reply::Hello(_) => "v id re kind version mac name firmware agent key chain locked token",
        Reply::Csr(_) => "v id re kind mac name csr proof",
        Reply::Install(_) => "v id re kind have current",
        Reply::Prove(_) => "v id re kind proof",
        Reply::Error(_) => "v id re kind code text versions",
        Reply::Identify(_) | Reply::Recorded(_) | Reply::Lock(_) | Reply::Erase(_) => {
            "v id re kind"
        }
    };
    let Some(fields) = oracle::same_json(message, known) else {
        return;
    };
    let is = |name: &str, value: Value| assert_eq!(fields.get(name), Some(&value), "{name}");
    is("re", re.into());
    is("kind", reply.kind().into());
    match reply {
        Reply::Hello(hello) => {
            assert!(hello.name.len() <= limits::NAME);
            is("name", hello.name.as_str().into());
            is("firmware", hello.firmware.as_str().into());
            is("agent", hello.agent.as_str().into());
            is("key", hello.key.into());
            is("version", hello.version.into());
            if let Some(token) = &hello.token {
                is("token", token.as_str().into());
            }
        }
        Reply::Csr(csr) => {
            is("name", csr.name.as_str().into());
            if let Bytes::Encoded(text) = csr.csr {
                is("csr", text.into());
            }
        }
        Reply::Install(install) => {
            is("have", install.have.into());
            is("current", install.current.into());
        }
        Reply::Error(error) => {
            assert!(error.text.len() <= limits::ERROR_TEXT);
            is("code", error.code.into());
            is("text", error.text.as_str().into());
        }
        _ => {}
    }
}
