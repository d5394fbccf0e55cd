//! Hosts and boards that are killed at any moment of a delivery: whatever was interrupted, delivering again ends with every
//! board done, each with its own certificate.

use std::collections::BTreeMap;
use std::time::Duration;

use nameplate::demo::Cable;
use nameplate::store::{BoardState, Reader};
use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, collect_on_cables};
use nameplate_tests::issued::Authority;
use nameplate_tests::judged;
use nameplate_tests::processes::until;
use nameplate_tests::programs::{finish, run, start};
use nameplate_tests::random::Random;

use super::{deliver, in_state, names};

/// Boards; the first half on cables.
const BOARDS: u16 = 6;
/// How often the host is killed in a batch, and batches.
const KILLS: u64 = 6;
const BATCHES: u64 = 3;

struct Place {
    bench: Bench,
    cables: Vec<Cable>,
    boards: Vec<Board>,
}

impl Place {
    fn new() -> Self {
        let bench = Bench::new();
        collect_on_cables(&bench, BOARDS);
        let cables = (0..BOARDS / 2).map(|_| Cable::new().unwrap()).collect();
        let mut place = Self {
            bench,
            cables,
            boards: Vec::new(),
        };
        place.boards = (0..BOARDS).map(|index| place.board(index)).collect();
        place
    }

    fn board(&self, index: u16) -> Board {
        let number = index + 1;
        match self.cables.get(usize::from(index)) {
            Some(cable) => Board::on(&self.bench, number, cable),
            None => Board::on_network(&self.bench, number),
        }
    }

    /// Pulls a board's plug and puts it back.
    fn kill_a_board(&mut self, random: &mut Random) {
        let index = u16::try_from(random.below(BOARDS.into())).unwrap();
        self.boards[usize::from(index)].kill();
        self.boards[usize::from(index)] = self.board(index);
    }

    fn command(&self) -> std::process::Command {
        for cable in &self.cables {
            cable.forget_owners();
        }
        let ports: Vec<_> = self.cables.iter().map(Cable::host_end).collect();
        let mut command = deliver(&self.bench, &ports);
        command.args(["--json", "--timeout", "150"]);
        command
    }

    /// How many steps boards have done: two each.
    fn steps(&self) -> u64 {
        let [_, installed, done] = self.counts();
        installed + 2 * done
    }

    fn counts(&self) -> [u64; 3] {
        let counts = Reader::open(&self.bench.batch()).unwrap().counts().unwrap();
        [BoardState::Issued, BoardState::Installed, BoardState::Done].map(|state| counts.of(state))
    }
}

#[test]
fn killed_at_any_moment_of_a_delivery_the_next_one_completes_it() {
    let seed = Random::seed();
    println!("NAMEPLATE_SEED={seed}");
    let mut random = Random::new(seed);
    let mut fell = BTreeMap::new();
    for _ in 0..BATCHES {
        let mut place = Place::new();
        let authority = Authority::new();
        authority.issue(&place.bench, &[], &[]);
        for _ in 0..KILLS {
            let mut running = start(&mut place.command());
            // So far it has come, or a little farther, when it is killed.
            let far = place.steps() + random.below(4);
            if random.below(2) == 0 {
                place.kill_a_board(&mut random);
            }
            until("it goes on", || {
                place.steps() >= far.min(2 * u64::from(BOARDS) - 1)
            });
            std::thread::sleep(Duration::from_micros(random.below(20_000)));
            running.kill().unwrap();
            // What it said is not looked at: the store is what counts.
            let _ = finish(running);
            *fell.entry(place.counts()).or_insert(0) += 1;
        }
        let _ = run(&mut place.command()).expect(0);
        assert_eq!(in_state(&place.bench, "done"), names(1..=BOARDS));
        judged::each_has_its_own(&place.bench, &authority.root(&place.bench), 1..=BOARDS);
    }
    // [issued, installed, done] after each kill.
    println!("{fell:?}");
    assert!(
        fell.keys().any(|counts| counts[0] > 0 && counts[2] > 0),
        "no kill fell between the first board and the last: {fell:?}"
    );
}
