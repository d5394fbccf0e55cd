//! The kinds of hostile ones.

use std::any::Any;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::time::Duration;

use nameplate_tests::bench::Bench;
use nameplate_tests::fake_board::{self, reply_frame};
use nameplate_tests::hostile::crowd::{self, ELSEWHERE};
use nameplate_tests::hostile::flood::Flood;
use nameplate_tests::hostile::host::Host as Watched;
use nameplate_tests::load::network::Host;
use nameplate_tests::processes::within;
use nameplate_wire::{Reply, reply};

/// Connections of the greatest crowd.
const CROWD: usize = 10_000;

/// Comes to an open door and stays as long as what it gives is kept.
type Come = fn(&Bench, &Host, &Watched) -> Box<dyn Any>;

/// One kind.
pub struct Kind {
    pub name: &'static str,
    pub come: Come,
    /// Whether it sits on ports.
    pub ports: bool,
}

pub const KINDS: [Kind; 7] = [
    Kind {
        name: "10,000 connections that say nothing",
        come: |bench, _, _| silent(ELSEWHERE, bench),
        ports: false,
    },
    Kind {
        name: "the same from the boards' own address",
        come: |bench, _, _| silent(Ipv4Addr::LOCALHOST, bench),
        ports: false,
    },
    Kind {
        name: "10,000 that have said half a ClientHello",
        come: |bench, host, _| {
            let hello = crowd::client_hello(host);
            let count = crowd::as_many(CROWD);
            let half = &hello[..hello.len() / 2];
            Box::new(crowd::saying(ELSEWHERE, bench.door, count, half))
        },
        ports: false,
    },
    Kind {
        name: "3,000, a byte each a second",
        come: |bench, host, _| {
            let words = crowd::client_hello(host);
            Box::new(crowd::Drip::start(
                ELSEWHERE,
                bench.door,
                3_000,
                words,
                Duration::from_secs(1),
            ))
        },
        ports: false,
    },
    Kind {
        name: "2,000 handshakes without an end",
        come: |bench, host, watched| {
            let hello = crowd::client_hello(host);
            let crowd = crowd::saying(ELSEWHERE, bench.door, 2_000, &hello);
            assert!(within(Duration::from_mins(1), || watched.threads() > 512));
            Box::new(crowd)
        },
        ports: false,
    },
    Kind {
        name: "200 sessions that say nothing",
        come: |bench, _, _| {
            let session = |_| {
                let socket = crowd::dial(ELSEWHERE, bench.door).unwrap();
                let mut session = fake_board::session(socket);
                session.flush().unwrap();
                assert!(session.read(&mut [0; 512]).unwrap() > 0);
                session
            };
            Box::new((0..200).map(session).collect::<Vec<_>>())
        },
        ports: false,
    },
    Kind {
        name: "8 flooded ports: bytes, lines, frames",
        come: |_, _, _| Box::new(()),
        ports: true,
    },
];

fn silent(from: Ipv4Addr, bench: &Bench) -> Box<dyn Any> {
    Box::new(crowd::saying(from, bench.door, crowd::as_many(CROWD), &[]))
}

/// Ports that are flooded, two of each; in long writes, since it is the host's work that counts, and not the writer's.
pub fn floods() -> Vec<Flood> {
    let frame = reply_frame(1, &Reply::Recorded(reply::Done {}));
    let words: [&[u8]; 4] = [
        &[b'x'; 4000],
        &b"line after line\n".repeat(250),
        &frame.repeat(40),
        &[0x1e; 4000],
    ];
    words.repeat(2).into_iter().map(Flood::start).collect()
}
