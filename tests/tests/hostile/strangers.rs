//! Whole sessions of those who have no valid token.

use std::io::{Read, Write};
use std::net::TcpStream;

use nameplate_tests::bench::Bench;
use nameplate_tests::fake_board::{self, Fake, Running};
use nameplate_tests::hostile::crowd::{self, ELSEWHERE};
use nameplate_wire::frame::RS;
use rustls::{ClientConnection, StreamOwned};

use super::{Open, is};

type Session = StreamOwned<ClientConnection, TcpStream>;

/// Sessions from elsewhere that have said this.
fn sessions(open: &Open, count: usize, words: &[u8]) -> Vec<Session> {
    let one = |_| {
        let socket = crowd::dial(ELSEWHERE, open.bench.door).unwrap();
        let mut session = fake_board::session(socket);
        session.write_all(words).unwrap();
        session.flush().unwrap();
        // What the host asks: so the handshake is over on both sides.
        assert!(session.read(&mut [0; 512]).unwrap() > 0);
        session
    };
    (0..count).map(one).collect()
}

#[test]
fn sessions_that_say_nothing_or_garbage_change_nothing() {
    let mut open = Open::new(Bench::new(), 51, |_| {});
    let boards = open.boards(51);
    let silent = sessions(&open, 60, b"");
    let mut garbage = sessions(&open, 20, &[0xA5; 3000]);
    garbage.extend(sessions(&open, 20, &[RS; 3000]));
    garbage.extend(sessions(&open, 20, b"[\"00000000\",{}]\n"));
    open.collect(&boards[..50]);
    drop((silent, garbage));
    open.wait("strangers", "tls 127.0.0.66", "did not say who they are");
    open.collect(&boards[50..]);
    let ended = open.end(0, 51);
    ended.names("tls 127.0.0.66", "seen", "did not say who they are");
    assert!(ended.lines("connections that were no boards") <= 4);
    assert_eq!(ended.ran.json().last().unwrap()["refused"], 0);
}

/// They may be boards with the token of another bench, so each is told of: up to a number.
#[test]
fn a_crowd_with_a_wrong_token_is_told_of_and_changes_nothing() {
    let mut open = Open::new(Bench::new(), 51, |_| {});
    let boards = open.boards(51);
    let strangers: Vec<Running> = (0..40)
        .map(|number| {
            let token = if number % 2 == 0 { "" } else { "another's" };
            Fake::new(1000 + number)
                .token(token)
                .on_network(&open.bench)
        })
        .collect();
    open.collect(&boards[..50]);
    open.collecting
        .wait("all were told of or counted", |events| {
            let all =
                |kind: &'static str| events.iter().filter(move |event| event["event"] == kind);
            let counted = all("strangers").filter_map(|event| event["connections"].as_u64());
            all("refused").count() == 20 && counted.max() >= Some(10)
        });
    open.collect(&boards[50..]);
    let ended = open.end(0, 51);
    let words = "its join token is not this bench's";
    ended.names("tls 127.0.0.1", "failed", words);
    ended.names("tls 127.0.0.1", "seen", "were refused");
    assert_eq!(ended.lines(words), 20);
    let asked_more = ended.ran.json();
    let mut seen = asked_more.iter().filter(|event| event["event"] == "seen");
    assert!(
        seen.all(|event| !event["name"].as_str().unwrap().starts_with("board-1")),
        "nothing but hello is answered before the token"
    );
    drop(strangers);
}

/// Nothing is asked of a stranger but `hello`, whatever it says.
#[test]
fn a_stranger_is_asked_nothing_but_hello() {
    let mut open = Open::new(Bench::new(), 1, |_| {});
    let (asked, kinds) = std::sync::mpsc::channel();
    let stranger = Fake::new(900)
        .token("another's")
        .lies(move |_, request, _| {
            let _ = asked.send(request.kind().to_owned());
        });
    let running = stranger.on_network(&open.bench);
    open.wait("refused", "tls 127.0.0.1", "join token");
    drop(running);
    assert_eq!(kinds.iter().collect::<Vec<_>>(), ["hello"]);
    open.collect(&open.boards(1));
    let ended = open.end(0, 1);
    let events = ended.ran.json();
    assert!(
        events
            .iter()
            .any(|event| is(event, "refused", "tls 127.0.0.1", "join token"))
    );
}
