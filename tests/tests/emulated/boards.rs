//! Emulated boards at a bench.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::SocketAddrV4;
use std::path::PathBuf;

use nameplate::demo::emulated::{
    Bench as Door, Emulator, HOST, Installed, Kind, Link, Options, Page, Wanted, pin,
};
use nameplate_tests::bench::{Bench, TOKEN};
use nameplate_wire::request::{self, AttributeKind};
use nameplate_wire::{Fixed, Mac, Request, Text, limits};

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

/// Asks a board on a cable one thing after the other, and gives all that it said to each.
pub fn ask(board: &Emulator, requests: &[Request<'_>]) -> Vec<String> {
    let mut port = serial(board);
    let answers = (1..).zip(requests).map(|(id, asked)| {
        let mut out = [0; limits::FRAME];
        port.write_all(asked.write(id, &mut out).unwrap()).unwrap();
        let (mut said, mut byte) = (Vec::new(), [0]);
        // An answer is a frame: it ends with the first LF behind its RS.
        while !(said.contains(&0x1E) && said.ends_with(b"\n")) {
            port.read_exact(&mut byte)
                .unwrap_or_else(|error| panic!("{}: {error}", board.name()));
            said.push(byte[0]);
        }
        String::from_utf8_lossy(&said).into_owned()
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
