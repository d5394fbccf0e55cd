//! What the page costs at most: connections, feeds, sizes; and whoever does not read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use nameplate_tests::processes::until;
use nameplate_tests::web::Site;

use super::collected;

fn address(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches('/')
}

#[test]
fn connections_and_feeds_are_bounded_and_room_comes_back() {
    let staged = collected(1);
    let site = Site::of(&staged.url);
    let feeds: Vec<_> = (0..32)
        .map(|_| {
            let mut feed = site.events();
            assert_eq!(feed.next().unwrap().0, "snapshot");
            feed
        })
        .collect();
    assert_eq!(site.get("/events").status, 503);
    assert_eq!(site.get("/").status, 200, "the page itself has room");
    let quiet: Vec<_> = (0..40)
        .map(|_| TcpStream::connect(address(&staged.url)).unwrap())
        .collect();
    // The last ones were hung up on.
    let mut last = quiet.last().unwrap();
    last.set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    assert!(matches!(last.read(&mut [0]), Ok(0) | Err(_)));
    assert!(
        site.try_ask("GET", "/", b"").is_err(),
        "there are never more than 64"
    );
    drop((quiet, feeds));
    until("there is room again", || {
        site.try_ask("GET", "/events?", b"").is_err_and(|_| true)
            || site
                .try_ask("HEAD", "/", b"")
                .is_ok_and(|answer| answer.status == 200)
    });
    until("a feed is free", || {
        site.try_ask("HEAD", "/events", b"")
            .is_ok_and(|answer| answer.status == 200)
    });
}

#[test]
fn what_is_too_large_is_refused() {
    let staged = collected(1);
    let site = Site::of(&staged.url);
    let json = site.with("Content-Type", "application/json");
    assert_eq!(json.ask("POST", "/orders", &[b' '; 8192]).status, 413);
    let long = "x".repeat(20_000);
    let answer = site.with("X-Long", &long).try_ask("GET", "/", b"");
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 431));
    let mut many = site.clone();
    for number in 0..100 {
        many.headers.push((format!("X-{number}"), "1".to_owned()));
    }
    let answer = many.try_ask("GET", "/", b"");
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 431));
    // No request at all, and bytes that are none.
    for rubbish in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\0\0",
    ] {
        let mut socket = TcpStream::connect(address(&staged.url)).unwrap();
        socket.write_all(rubbish).unwrap();
        drop(socket);
    }
    assert_eq!(site.get("/").status, 200);
}
