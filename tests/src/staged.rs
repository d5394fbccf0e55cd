//! A bench as somebody would see it, for pictures and for the page: places with names, boards of all kinds on them, and
//! `nameplate collect` at work with its page.

use std::fmt::Write;
use std::process::Command;
use std::time::Duration;

use nameplate::demo::Cable;
use nameplate_wire::Request;

use crate::bench::{Bench, COLUMNS};
use crate::fake_board::{Fake, Running};
use crate::load::serial::Plugged;
use crate::load::{self, Quick};
use crate::watched::Watched;

/// Boards on cables at places with names, and a command that works on them.
pub struct Staged {
    /// The batch.
    pub bench: Bench,
    /// The command.
    pub watched: Watched,
    /// Where its page is.
    pub url: String,
    _boards: Boards,
}

/// What is plugged in.
#[derive(Default)]
pub struct Boards {
    places: Vec<(String, std::path::PathBuf)>,
    quick: Vec<Plugged>,
    fakes: Vec<Running>,
    empty: Vec<Cable>,
}

impl Boards {
    /// Quick boards from number `first` on, at these places.
    pub fn quick(&mut self, bench: &Bench, first: u16, places: &[String]) {
        let count = u16::try_from(places.len()).expect("not so many");
        let boards: Vec<Quick> = load::make(&bench.batch(), first, count);
        let plugged = Plugged::new(boards);
        let ports = plugged.ports();
        self.places.extend(places.iter().cloned().zip(ports));
        self.quick.push(plugged);
    }

    /// A fake at this place.
    pub fn fake(&mut self, place: &str, fake: Fake) {
        let running = fake.on_cable();
        let port = running.port.clone().expect("its cable");
        self.places.push((place.to_owned(), port));
        self.fakes.push(running);
    }

    /// A port without a board.
    pub fn empty(&mut self, place: &str) {
        let cable = Cable::new().expect("a pty");
        self.places
            .push((place.to_owned(), cable.host_end().to_owned()));
        self.empty.push(cable);
    }

    /// A port that is not there.
    pub fn missing(&mut self, place: &str) {
        let path = std::path::PathBuf::from("/dev/ttyNAMEPLATE7");
        self.places.push((place.to_owned(), path));
    }
}

/// An honest board that takes its time before it answers with its certificate request.
pub fn slow(number: u16, time: Duration) -> Fake {
    Fake::new(number).lies(move |_, request, _| {
        if matches!(request, Request::Csr(_)) {
            std::thread::sleep(time);
        }
    })
}

/// A board whose proof is not for what it sent.
pub fn liar(number: u16) -> Fake {
    Fake::new(number).forges(|_| (vec![0x30, 0x03, 0x02, 0x01, 0x00], [7; 64]))
}

/// Places of a fixture with rows of so many: A1, A2, …, B1, ….
pub fn places(count: usize, in_a_row: usize) -> Vec<String> {
    let name = |number: usize| {
        let letters = u8::try_from(number / in_a_row).expect("not so many rows");
        format!("{}{}", char::from(b'A' + letters), number % in_a_row + 1)
    };
    (0..count).map(name).collect()
}

impl Staged {
    /// Configures the bench and starts `nameplate collect` with a page; `more` are further arguments.
    pub fn start(bench: Bench, boards: Boards, more: &[&str]) -> Self {
        let mut command = collect(&bench, &boards);
        command.args(["--page", "127.0.0.1:0"]).args(more);
        let mut watched = Watched::start(&mut command);
        let url = page_of(&mut watched);
        Self {
            bench,
            watched,
            url,
            _boards: boards,
        }
    }
}

/// Configures the bench; `nameplate collect` at its places.
pub fn collect(bench: &Bench, boards: &Boards) -> Command {
    let mut sections = format!(
        "{COLUMNS}\n[batch]\nname = \"line-3-2026-11-21\"\nmac_ranges = [\"02:00:5e:00:00:00-02:00:5e:ff:ff:ff\"]\n[slots]\n"
    );
    for (place, port) in &boards.places {
        writeln!(sections, "{:?} = {place:?}", port.display().to_string()).expect("text");
    }
    bench.configure_all(&sections);
    let mut command: Command = bench.nameplate("collect");
    for (_, port) in &boards.places {
        command.arg("--serial").arg(port);
    }
    command
}

/// Where a command's page is.
#[track_caller]
pub fn page_of(watched: &mut Watched) -> String {
    let is_page = |event: &&serde_json::Value| event["event"] == "page";
    watched.wait("its page", |events| {
        events.iter().any(|event| is_page(&event))
    });
    let event = watched.events.iter().find(is_page).expect("just seen");
    event["url"].as_str().expect("a URL").to_owned()
}
