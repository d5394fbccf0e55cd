//! One run each: product, reference, and boards on ptys. A lost board ends the benchmark.

use nameplate_tests::bench::{Bench, TOKEN};
use nameplate_tests::collecting::{Collected, Collecting};
use nameplate_tests::load;
use nameplate_tests::load::network::{Host, Load};
use nameplate_tests::load::serial::Plugged;

use crate::reference::{HANDSHAKES, Reference, WHOLE};

/// The demo's columns and request.
const DEMO: &str = r#"
[columns]
device_name = "{name}"
device_description = "demo board"
"subject.common_name" = "{name}"
"subject.organization_name" = "Example"
"subject.organization_unit" = "Demo"
"san.dns_name" = "{name}.devices.example.com"

[request]
key_usage = ["digitalSignature"]
extended_key_usage = ["clientAuth"]
basic_constraints = true
"#;

/// One run over TLS.
pub struct Run {
    /// Boards per second, from the first connection to the last board that is done.
    pub rate: f64,
    /// The host's time on processors, in seconds.
    pub cpu: f64,
    /// The host's greatest resident memory, in KiB.
    pub peak_kib: u64,
}

/// One run over ptys.
pub struct SerialRun {
    /// Boards per second, from the command's start to the last board that is done.
    pub rate: f64,
    /// Bytes a board, both ways: the average.
    pub mean: u64,
    /// Bytes a board, both ways: the greatest.
    pub most: u64,
    /// The host's greatest resident memory, in KiB.
    pub peak_kib: u64,
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.configure_all(DEMO);
    bench
}

/// `nameplate collect` with this many boards, `at_once` of them at a time.
pub fn product(count: u16, at_once: usize) -> Run {
    let bench = bench();
    let boards = load::make(&bench.batch(), 1, count);
    let host = Host::new(bench.door, &bench.certificate(), TOKEN);
    let mut command = bench.nameplate("collect");
    command.args(["--listen", &bench.door.to_string(), "--timeout", "120"]);
    command.args(["--expect", &count.to_string()]);
    let collecting = Collecting::start(&bench, &mut command);
    collecting.wait_for_the_door();
    let load = host.collect(&boards, at_once);
    let collected = collecting.finish();
    served(&load, count);
    complete(&bench, &collected, count);
    let (last, _) = collected.of_kind("collected").last().unwrap();
    let seconds = last.duration_since(load.begun).as_secs_f64();
    Run {
        rate: f64::from(count) / seconds,
        cpu: collected.cpu,
        peak_kib: collected.peak_kib,
    }
}

/// The reference host with as many boards, all at once.
pub fn reference(count: u16) -> Run {
    let bench = bench();
    let boards = load::make(&bench.batch(), 1, count);
    let reference = Reference::start(&bench, WHOLE);
    let host = Host::new(reference.door, &bench.certificate(), TOKEN);
    let cpu_before = reference.cpu();
    let load = host.collect(&boards, boards.len());
    served(&load, count);
    Run {
        rate: load.rate(),
        cpu: reference.cpu() - cpu_before,
        peak_kib: 0,
    }
}

/// Handshakes per second of as many boards, all at once, with a host that does nothing else.
pub fn handshakes(count: u16) -> f64 {
    let bench = bench();
    let reference = Reference::start(&bench, HANDSHAKES);
    let host = Host::new(reference.door, &bench.certificate(), TOKEN);
    let load = host.handshakes(usize::from(count), usize::from(count));
    served(&load, count);
    load.rate()
}

/// `nameplate collect` with boards on ptys.
pub fn serial(count: u16) -> SerialRun {
    let bench = bench();
    let plugged = Plugged::new(load::make(&bench.batch(), 1, count));
    let mut command = bench.nameplate("collect");
    for port in plugged.ports() {
        command.arg("--serial").arg(port);
    }
    command.args(["--expect", &count.to_string(), "--timeout", "120"]);
    let collected = Collecting::start(&bench, &mut command).finish();
    assert_eq!(plugged.recorded(), usize::from(count), "{}", collected.log);
    complete(&bench, &collected, count);
    let (last, _) = collected.of_kind("collected").last().unwrap();
    let bytes = collected.of_kind("collected");
    let bytes: Vec<_> = bytes
        .map(|(_, event)| event["bytes"].as_u64().unwrap())
        .collect();
    SerialRun {
        rate: f64::from(count) / last.duration_since(collected.begun).as_secs_f64(),
        mean: bytes.iter().sum::<u64>() / u64::from(count),
        most: bytes.iter().copied().max().unwrap(),
        peak_kib: collected.peak_kib,
    }
}

fn served(load: &Load, count: u16) {
    let faults = load.faults.join("\n");
    assert_eq!(
        load.served,
        usize::from(count),
        "boards were lost:\n{faults}"
    );
}

fn complete(bench: &Bench, collected: &Collected, count: u16) {
    let told = collected.of_kind("collected").count();
    let stored = bench.list().len();
    assert_eq!(
        (collected.code, told, stored),
        (Some(0), usize::from(count), usize::from(count)),
        "boards were lost:\n{}",
        collected.log
    );
}
