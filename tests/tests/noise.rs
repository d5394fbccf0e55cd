//! Bad cables, slow boards, hostile connections and pulled plugs, against the real `nameplate collect`: good boards are
//! collected all the same, and it ends.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use nameplate::demo::Cable;
use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, mac, name, state};
use nameplate_tests::fake_board::{self, Fake};
use nameplate_tests::programs::run;
use nameplate_tests::watched::Watched;
use nameplate_wire::frame::RS;

fn collect(bench: &Bench, ports: &[PathBuf]) -> Command {
    let mut command = bench.nameplate("collect");
    for port in ports {
        command.arg("--serial").arg(port);
    }
    command
}

fn ports(boards: &[Board]) -> Vec<PathBuf> {
    boards
        .iter()
        .map(|board| board.port.clone().unwrap())
        .collect()
}

fn collected(bench: &Bench) -> usize {
    let list = bench.list();
    list.iter()
        .filter(|board| board["state"] == "collected")
        .count()
}

/// The same noise on every run (xorshift).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// What a line may carry between two frames.
    fn between(&mut self) -> Vec<u8> {
        let half: &[u8] = b"\x1e[\"0badc0de\",{\"v\":1,\"re\":7,\"kind\":\"hel";
        match self.next() % 5 {
            0 => b"\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\nI (29) boot: loaded\r\n".to_vec(),
            1 => half[..=usize::try_from(self.next() % 30).unwrap()].to_vec(),
            2 => b"[\"12345678\",{\"v\":1}]\n\x1b[31mred\x1b[0m\n".to_vec(),
            3 => vec![RS; 3],
            _ => {
                let mut bytes: Vec<_> = (0..64).map(|_| self.next().to_be_bytes()[0]).collect();
                bytes.retain(|byte| *byte != RS);
                bytes
            }
        }
    }
}

#[test]
fn boot_logs_noise_and_half_frames_between_frames_cost_nothing() {
    let bench = Bench::new();
    let boards: Vec<_> = (1..=8)
        .map(|number| {
            let mut noise = Noise(0x9E37_79B9 + u64::from(number));
            let cable = Cable::with(move |_, bytes| {
                let clean = std::mem::take(bytes);
                for byte in clean {
                    if byte == RS {
                        bytes.extend(noise.between());
                    }
                    bytes.push(byte);
                }
            });
            Board::plugged(&bench, number, cable.unwrap())
        })
        .collect();
    let _ = run(&mut collect(&bench, &ports(&boards))).expect(0);
    assert_eq!(collected(&bench), 8);
}

/// What a line may do to a byte.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Flip,
    Drop,
    Repeat,
}

/// A cable that damages the bytes at these positions, counted from the first byte in that direction.
fn damaging(damage: Damage, at: impl Fn(u64) -> bool + Send + 'static) -> Cable {
    let mut positions = [0_u64; 2];
    let spoil = move |to_host: bool, bytes: &mut Vec<u8>| {
        let position = &mut positions[usize::from(to_host)];
        let clean = std::mem::take(bytes);
        for byte in clean {
            let here = *position;
            *position += 1;
            match damage {
                _ if !at(here) => bytes.push(byte),
                Damage::Flip => bytes.push(byte ^ (1 << (here % 8))),
                Damage::Drop => {}
                Damage::Repeat => bytes.extend([byte, byte]),
            }
        }
    };
    Cable::with(spoil).unwrap()
}

#[test]
fn damage_at_any_place_is_asked_again() {
    let bench = Bench::new();
    let damages = [Damage::Flip, Damage::Drop, Damage::Repeat];
    // One place each in hello, csr and recorded, in both directions, and a line that never stops.
    let mut boards = Vec::new();
    for (number, place) in (1..).zip([0, 1, 13, 60, 200, 400]) {
        let cable = damaging(damages[usize::from(number) % 3], move |here| {
            here == place || here == place + 450
        });
        boards.push(Board::plugged(&bench, number, cable));
    }
    for (number, damage) in (7..).zip(damages) {
        let cable = damaging(damage, |here| here < 6000 && here % 1499 == 700);
        boards.push(Board::plugged(&bench, number, cable));
    }
    let _ = run(&mut collect(&bench, &ports(&boards))).expect(0);
    assert_eq!(collected(&bench), 9);
}

#[test]
fn a_line_that_damages_every_frame_is_called_bad_and_the_others_go_on() {
    let bench = Bench::new();
    let bad = Cable::with(|to_host, bytes| {
        for byte in bytes.iter_mut().filter(|byte| to_host && **byte == b'"') {
            *byte = b'\'';
        }
    });
    let boards = [
        Board::plugged(&bench, 1, bad.unwrap()),
        Board::on_cable(&bench, 2),
    ];
    let mut collecting = Watched::start(&mut collect(&bench, &ports(&boards)));
    collecting.wait_collected(&[name(2)]);
    collecting.wait("the line is called bad", |events| {
        events.iter().any(|event| {
            let error = event["error"].as_str().unwrap_or_default();
            event["event"] == "lost" && error.contains("answers came damaged: the line is bad")
        })
    });
    let _ = collecting.interrupt().expect(3);
    assert_eq!(collected(&bench), 1);
}

/// Connections that are no boards, or boards that hold everything up, for as long as they are kept.
fn strangers(bench: &Bench, ended: &Arc<AtomicBool>) -> Vec<TcpStream> {
    let silent = || TcpStream::connect(bench.door).expect("the door is open");
    let strangers: Vec<_> = (0..200).map(|_| silent()).collect();
    drop(silent());
    // A handshake, and a session, of one byte now and then: never long enough to be silent.
    drip(silent(), ended, |socket, _| socket.write_all(&[0x16]));
    for first in [&b"\x1e[\"00000000\","[..], b"boot\n", b"\x1e\x1e\x1e"] {
        let mut session = fake_board::session(silent());
        session.write_all(first).expect("a session");
        drip(session, ended, |session, _| session.write_all(b"x"));
    }
    // A frame without end.
    let mut session = fake_board::session(silent());
    session.write_all(&[RS]).expect("a session");
    drip(session, ended, |session, _| {
        session.write_all(&[b'x'; 8192])
    });
    // A whole session that says nothing, and one that closes at once.
    for say in ["", "goodbye"] {
        let mut session = fake_board::session(silent());
        session.flush().expect("a session");
        if say.is_empty() {
            drip(session, ended, |_, _| Ok(()));
        }
    }
    strangers
}

/// Does this again and again until it fails or the test ends.
fn drip<S: Send + 'static>(
    mut stream: S,
    ended: &Arc<AtomicBool>,
    act: impl Fn(&mut S, usize) -> std::io::Result<()> + Send + 'static,
) {
    let ended = Arc::clone(ended);
    std::thread::spawn(move || {
        for turn in 0.. {
            if ended.load(Ordering::Relaxed) || act(&mut stream, turn).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}

/// Fakes on cables that talk without end, or not at all.
fn babblers(ended: &Arc<AtomicBool>) -> Vec<Cable> {
    let cables: Vec<_> = (0..4).map(|_| Cable::new().unwrap()).collect();
    let babble: [&[u8]; 3] = [b"x", b"line after line\n", b"\x1e[half of a frame"];
    for (cable, words) in cables.iter().zip(babble) {
        let end = std::fs::OpenOptions::new()
            .write(true)
            .open(cable.board_end())
            .unwrap();
        drip(end, ended, move |end, _| end.write_all(&words.repeat(64)));
    }
    cables
}

#[test]
fn slow_silent_and_endless_ones_hold_nobody_up() {
    let bench = Bench::new();
    let ended = Arc::new(AtomicBool::new(false));
    let babblers = babblers(&ended);
    let good = Board::on_cable(&bench, 1);
    let mut all: Vec<_> = babblers
        .iter()
        .map(|cable| cable.host_end().to_owned())
        .collect();
    all.extend(good.port.clone());
    let mut command = collect(&bench, &all);
    command.args(["--listen", &bench.door.to_string(), "--expect", "4"]);
    let mut collecting = Watched::start(&mut command);
    collecting.wait("the door", |events| {
        events.iter().any(|event| event["event"] == "listening")
    });
    let strangers = strangers(&bench, &ended);
    let network: Vec<_> = (2..=3)
        .map(|number| Board::on_network(&bench, number))
        .collect();
    collecting.wait_collected(&[name(1), name(2), name(3)]);
    let peak = collecting.peak_kib();
    // The last one, while all the others still hold on: then it ends by itself.
    let _last = Board::on_network(&bench, 4);
    let ran = collecting.finish();
    assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
    assert_eq!(collected(&bench), 4);
    assert!(peak < 100 * 1024, "{peak} KiB");
    println!("peak memory with 200 silent connections: {peak} KiB");
    let lines = ran
        .stdout
        .lines()
        .filter(|line| line.contains("line after line"))
        .count();
    assert!(
        lines <= 1000,
        "{lines} lines of a board that prints without end"
    );
    ended.store(true, Ordering::Relaxed);
    drop((strangers, network));
}

/// Pulls the plug once the host has asked for the certificate request, before the answer comes through.
#[test]
fn a_board_whose_power_goes_while_it_makes_its_request_is_one_board_with_one_key() {
    let bench = Bench::new();
    let (asked, was_asked) = channel();
    let dead = Arc::new(AtomicBool::new(false));
    let cable = {
        let dead = Arc::clone(&dead);
        let (mut seen, mut pulled) = (Vec::new(), false);
        Cable::with(move |to_host, bytes| {
            if to_host && dead.load(Ordering::Relaxed) {
                bytes.clear();
            } else if !to_host && !pulled {
                seen.extend_from_slice(bytes);
                pulled = seen.windows(12).any(|window| window == b"\"kind\":\"csr\"");
                if pulled {
                    dead.store(true, Ordering::Relaxed);
                    let _ = asked.send(());
                }
            }
        })
        .unwrap()
    };
    let arguments = [
        "--serial".to_owned(),
        cable.board_end().display().to_string(),
    ];
    let start = || Board::start(&state(&bench, 1), &mac(1), &name(1), &arguments);
    let mut board = start();
    let host_end: &Path = cable.host_end();
    let collecting = Watched::start(&mut collect(&bench, &[host_end.to_owned()]));
    was_asked
        .recv_timeout(Duration::from_mins(1))
        .expect("it is asked");
    board.kill();
    cable.forget_owners();
    dead.store(false, Ordering::Relaxed);
    let again = start();
    let ran = collecting.finish().expect(0);
    assert_eq!(collected(&bench), 1, "{ran:?}");
    // Its key is the one that was recorded: it is the same board still, after another loss of power.
    drop(again);
    cable.forget_owners();
    let _again = start();
    let _ = run(&mut collect(&bench, &[host_end.to_owned()]))
        .expect(0)
        .says("was recorded before");
    assert_eq!(bench.list().len(), 1);
}

/// A board that is swapped while a refusal of the one before it stands.
#[test]
fn the_next_board_on_a_port_is_another_board() {
    let bench = Bench::new();
    let cable = Cable::new().unwrap();
    let host_end = cable.host_end().to_owned();
    let board_end = cable.board_end().to_owned();
    let bad = Fake::new(1).mac([0; 6]).session_on(&board_end);
    let mut collecting = Watched::start(&mut collect(
        &bench,
        &[host_end, PathBuf::from("/dev/nameplate-none")],
    ));
    collecting.wait("it is refused", |events| {
        events.iter().any(|event| event["event"] == "refused")
    });
    drop(bad);
    let arguments = ["--serial".to_owned(), board_end.display().to_string()];
    let _good = Board::start(&state(&bench, 2), &mac(2), &name(2), &arguments);
    collecting.wait_collected(&[name(2)]);
    let ran = collecting.interrupt().expect(3);
    let _ = ran
        .says("all zeros")
        .says("is the board plugged in")
        .says(&name(2));
}
