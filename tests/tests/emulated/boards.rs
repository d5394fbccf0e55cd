//! Emulated boards at a bench.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::SocketAddrV4;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nameplate::demo::emulated::{
    Bench as Door, Emulator, HOST, Installed, Kind, Link, Options, Page, Wanted, pin,
};
use nameplate_tests::bench::{Bench, TOKEN};
use nameplate_wire::request::{self, AttributeKind};
use nameplate_wire::{Event, Fixed, Mac, Reader, Reply, Request, Text, frame, limits};

/// The longest that a board may take to answer.
const PATIENCE: Duration = Duration::from_mins(5);

/// Where the images are; every one that a test needs must be there.
pub fn installed() -> Installed {
    let images = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/mcu/images");
    let images = std::env::var_os("NAMEPLATE_IMAGES").map_or_else(|| images.into(), PathBuf::from);
    let installed = Installed::find(Some(&images)).unwrap();
    installed.check(&Kind::ALL).unwrap();
    installed
}

/// Board number N, as it is to be.
pub struct Plan {
    pub kind: Kind,
    pub link: Link,
    pub number: u16,
    /// The image for tests, and what it is asked for in the page.
    pub test: Option<&'static str>,
    /// More of the emulator's own arguments.
    pub arguments: Vec<OsString>,
}

impl Plan {
    /// A board of this kind on a cable.
    pub fn on_cable(kind: Kind, number: u16) -> Self {
        Self {
            kind,
            link: Link::Serial,
            number,
            test: None,
            arguments: Vec::new(),
        }
    }

    /// The same with the image for tests, which is asked for this.
    pub fn asked(kind: Kind, number: u16, test: &'static str) -> Self {
        Self {
            test: Some(test),
            ..Self::on_cable(kind, number)
        }
    }

    pub fn name(&self) -> String {
        format!("{}-{:04}", self.kind, self.number)
    }

    pub fn folder(&self, bench: &Bench) -> PathBuf {
        bench.home().join("boards").join(self.name())
    }

    pub fn image(&self) -> PathBuf {
        let installed = installed();
        match self.test {
            Some(_) => installed.test_image(self.kind),
            None => installed.image(self.kind),
        }
    }

    /// Gives it power.
    pub fn start(self, bench: &Bench) -> Emulator {
        let [high, low] = self.number.to_be_bytes();
        let page = Page {
            mac: Mac([0x02, 0, 0x5E, 0x10, high, low]),
            name: self.name(),
            bench: (self.link == Link::Tls).then(|| door(bench)),
            more: self
                .test
                .map(|test| format!("test {test}"))
                .into_iter()
                .collect(),
        };
        let options = Options {
            wanted: Wanted {
                kind: self.kind,
                link: self.link,
            },
            image: self.image(),
            folder: self.folder(bench),
            page,
            arguments: self.arguments,
        };
        Emulator::start(&installed(), options).unwrap()
    }
}

fn door(bench: &Bench) -> Door {
    Door {
        address: SocketAddrV4::new(HOST, bench.door.port()),
        pin: pin(&fs::read(bench.certificate()).unwrap()).unwrap(),
        next_pin: None,
        token: Some(TOKEN.to_owned()),
    }
}

/// The arguments with which `collect` opens the cables of these boards.
pub fn ports(boards: &[Emulator]) -> Vec<OsString> {
    let ports = boards.iter().filter_map(Emulator::port);
    ports
        .flat_map(|port| [OsString::from("--serial"), port.into()])
        .collect()
}

/// Asks a board on a cable one thing after the other, and gives all that it said to each. What it is asked before it is ready
/// is lost, so the first is asked again and again.
pub fn ask(board: &Emulator, requests: &[Request<'_>]) -> Vec<String> {
    let mut port = serial(board);
    let mut reading = serial(board);
    let (send, bytes) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut byte = [0];
        while reading.read_exact(&mut byte).is_ok() && send.send(byte[0]).is_ok() {}
    });
    let answers = (1..).zip(requests).map(|(id, asked)| {
        let mut out = [0; limits::FRAME];
        let frame = asked.write(id, &mut out).unwrap();
        let mut said = Vec::new();
        let mut reader = Reader::new();
        port.write_all(frame).unwrap();
        let begun = Instant::now();
        loop {
            match bytes.recv_timeout(Duration::from_secs(1)) {
                Ok(byte) => {
                    said.push(byte);
                    if let Some(Event::Frame(frame)) = reader.push(byte) {
                        let message = frame::open(frame).unwrap();
                        if Reply::read(message).unwrap().0 == id {
                            return String::from_utf8_lossy(&said).into_owned();
                        }
                    }
                }
                Err(_) if id == 1 => port.write_all(frame).unwrap(),
                Err(_) => {}
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{} does not answer: {said:?}",
                board.name()
            );
        }
    });
    answers.collect()
}

/// A small certificate request.
pub fn csr(name: &str) -> Request<'_> {
    Request::Csr(request::Csr {
        nonce: Fixed([7; 32]),
        subject: [(AttributeKind::Cn, Text::Plain(name))]
            .into_iter()
            .collect(),
        san: request::List::new(),
        key_usage: request::List::new(),
        purposes: request::List::new(),
        ca: None,
    })
}

/// The host's end of a board's cable, as a test uses it: what is said comes out as it is.
pub fn serial(board: &Emulator) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(board.port().unwrap())
        .unwrap()
}
