//! One of every message, with fixed contents: what the golden bytes are made from.
#![allow(missing_docs, clippy::unwrap_used)]

use nameplate_wire::{Bytes, ErrorNumber, Fixed, Mac, Reply, Request, Text, reply, request};

const MAC: Mac = Mac([2, 0, 0, 0, 0, 0xA1]);

pub const CSR: &[u8] = &[0x30, 0x82, 0x01, 0x02, 0xFF, 0x00, 0x7F];

pub fn requests() -> Vec<(&'static str, u32, Request<'static>)> {
    use request::{AltNameKind as San, AttributeKind as At, KeyUsage};
    let text = Text::Plain;
    vec![
        (
            "request-hello",
            1,
            Request::Hello(request::Hello { versions: [1, 1] }),
        ),
        (
            "request-identify",
            2,
            Request::Identify(request::Identify { seconds: 5 }),
        ),
        (
            "request-csr",
            3,
            Request::Csr(request::Csr {
                nonce: Fixed([0xA5; 32]),
                subject: [
                    (At::C, text("DE")),
                    (At::O, text("Example")),
                    (At::Ou, text("Line 3")),
                    (At::Ou, text("Shift 2")),
                    (At::Cn, text("sensor-0001")),
                ]
                .into_iter()
                .collect(),
                san: [
                    (San::Dns, text("sensor-0001.devices.example.com")),
                    (
                        San::HardwareModule,
                        text("1.3.6.1.4.1.99999.1:0200000000a1"),
                    ),
                ]
                .into_iter()
                .collect(),
                key_usage: [KeyUsage::DigitalSignature, KeyUsage::KeyAgreement]
                    .into_iter()
                    .collect(),
                purposes: ["1.3.6.1.5.5.7.3.2"].into_iter().collect(),
                ca: Some(false),
            }),
        ),
        (
            "request-csr-least",
            u32::MAX,
            Request::Csr(request::Csr {
                nonce: Fixed([0; 32]),
                subject: [(At::Cn, text("“Ünïcode” \"quoted\" \\ back"))]
                    .into_iter()
                    .collect(),
                san: request::List::new(),
                key_usage: request::List::new(),
                purposes: request::List::new(),
                ca: None,
            }),
        ),
        (
            "request-recorded",
            4,
            Request::Recorded(request::Recorded {
                csr_sha256: Fixed([0x11; 32]),
            }),
        ),
        (
            "request-install",
            5,
            Request::Install(request::Install {
                chain_sha256: Fixed([0x22; 32]),
                length: 7,
                offset: 0,
                piece: Bytes::Raw(CSR),
            }),
        ),
        (
            "request-prove",
            6,
            Request::Prove(request::Prove {
                nonce: Fixed([0x33; 32]),
            }),
        ),
        (
            "request-lock",
            7,
            Request::Lock(request::Named {
                name: text("sensor-0001"),
            }),
        ),
        (
            "request-erase",
            8,
            Request::Erase(request::Named {
                name: text("sensor-0001"),
            }),
        ),
    ]
}

/// `hello` in all that it can say.
fn hellos() -> Vec<(&'static str, u32, Reply<'static>)> {
    let hello = reply::Hello {
        version: 1,
        mac: MAC,
        name: "sensor-0001".try_into().unwrap(),
        firmware: "sensor-fw 2.4.1".try_into().unwrap(),
        agent: "0.1.0".try_into().unwrap(),
        key: false,
        chain: None,
        locked: false,
        token: None,
    };
    vec![
        ("reply-hello", 1, Reply::Hello(hello.clone())),
        (
            "reply-hello-network",
            1,
            Reply::Hello(reply::Hello {
                key: true,
                token: Some("t0ken-with-22-characters".try_into().unwrap()),
                ..hello.clone()
            }),
        ),
        (
            "reply-hello-installed",
            1,
            Reply::Hello(reply::Hello {
                key: true,
                chain: Some(Fixed([0x22; 32])),
                ..hello.clone()
            }),
        ),
        (
            "reply-hello-locked",
            1,
            Reply::Hello(reply::Hello {
                key: true,
                chain: Some(Fixed([0x22; 32])),
                locked: true,
                token: Some("t0ken-with-22-characters".try_into().unwrap()),
                ..hello
            }),
        ),
    ]
}

pub fn replies() -> Vec<(&'static str, u32, Reply<'static>)> {
    let mut replies = hellos();
    replies.extend([
        ("reply-identify", 2, Reply::Identify(reply::Done {})),
        (
            "reply-csr",
            3,
            Reply::Csr(reply::Csr {
                mac: MAC,
                name: "sensor-0001".try_into().unwrap(),
                csr: Bytes::Raw(CSR),
                proof: Fixed([0x44; 64]),
            }),
        ),
        ("reply-recorded", 4, Reply::Recorded(reply::Done {})),
        (
            "reply-install",
            5,
            Reply::Install(reply::Install {
                have: 7,
                current: true,
            }),
        ),
        (
            "reply-install-more",
            5,
            Reply::Install(reply::Install {
                have: 1024,
                current: false,
            }),
        ),
        (
            "reply-prove",
            6,
            Reply::Prove(reply::Prove {
                proof: Fixed([0x55; 64]),
            }),
        ),
        ("reply-lock", 7, Reply::Lock(reply::Done {})),
        ("reply-erase", 8, Reply::Erase(reply::Done {})),
        (
            "reply-error",
            9,
            Reply::Error(ErrorNumber::RandomnessStuck.into()),
        ),
        (
            "reply-error-version",
            10,
            Reply::Error(ErrorNumber::NoCommonVersion.into()),
        ),
        (
            "reply-error-install",
            5,
            Reply::Error(ErrorNumber::OtherKey.into()),
        ),
        (
            "reply-error-locked",
            8,
            Reply::Error(ErrorNumber::Locked.into()),
        ),
    ]);
    replies
}
