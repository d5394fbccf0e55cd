//! One run: boards collected beside hostile ones, or alone.

use std::any::Any;

use nameplate_tests::bench::{Bench, TOKEN};
use nameplate_tests::collecting::{Collecting, cpu};
use nameplate_tests::hostile::host::{Held, Host as Watched};
use nameplate_tests::load;
use nameplate_tests::load::network::Host;

use crate::kinds::{self, Kind};

/// Boards of a run.
pub const BOARDS: u16 = 400;

/// How it went.
pub struct Run {
    /// Boards per second, from the first let go to the last served.
    pub rate: f64,
    /// The host's time on processors while boards were collected, in seconds.
    pub cpu: f64,
    /// What the host held at most.
    pub held: Held,
}

pub fn alone() -> Run {
    run(None)
}

pub fn beside(kind: &Kind) -> Run {
    run(Some(kind))
}

fn run(kind: Option<&Kind>) -> Run {
    let bench = Bench::new();
    let boards = load::make(&bench.batch(), 1, BOARDS + 1);
    let (last, first) = boards.split_last().unwrap();
    let host = Host::new(bench.door, &bench.certificate(), TOKEN);
    let floods = match kind {
        Some(kind) if kind.ports => kinds::floods(),
        _ => Vec::new(),
    };
    let mut command = bench.nameplate("collect");
    command.args(["--listen", &bench.door.to_string(), "--timeout", "120"]);
    command.args(["--expect", &(BOARDS + 1).to_string()]);
    for flood in &floods {
        command.arg("--serial").arg(flood.port());
    }
    let collecting = Collecting::start(&bench, &mut command);
    collecting.wait_for_the_door();
    let watched = Watched::watch(&bench);
    let hostile: Box<dyn Any> = match kind {
        Some(kind) => (kind.come)(&bench, &host, &watched),
        None => Box::new(()),
    };
    let before = cpu(watched.pid());
    let load = host.collect(first, first.len());
    let cpu = cpu(watched.pid()) - before;
    assert_eq!(load.served, first.len(), "{:?}", load.faults);
    let held = watched.held();
    // While the hostile ones are still there.
    assert_eq!(host.collect(std::slice::from_ref(last), 1).served, 1);
    let collected = collecting.finish();
    // A flooded port that was told of in time is something that is not taken; strangers are not.
    let codes: &[i32] = if floods.is_empty() { &[0] } else { &[0, 3] };
    let code = collected.code.unwrap();
    assert!(codes.contains(&code), "{code}: {}", collected.log);
    let told = collected.of_kind("collected").count();
    assert_eq!(told, boards.len(), "{}", collected.log);
    drop(hostile);
    Run {
        rate: load.rate(),
        cpu,
        held,
    }
}
