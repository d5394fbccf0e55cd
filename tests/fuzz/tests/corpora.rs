//! Every kept input is replayed, and thousands of changes of each: without instrumentation and without libFuzzer, as any other test.
//!
//! What once was a finding stands under `regressions` for ever; what a campaign kept under `corpus`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nameplate_fuzz::{TARGETS, Target};

/// Where an input is written that fails: `tests/scripts/fuzz` runs it again.
const FAILED: &str = "target/fuzz/failed";

fn here(place: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(place)
}

/// All inputs of a target with where they are from, in the same order every time.
fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut inputs: Vec<_> = (0..)
        .zip((target.seeds)())
        .map(|(number, seed): (usize, _)| (format!("seed {number}"), seed))
        .collect();
    for place in ["corpus", "regressions"] {
        let folder = here(place).join(target.name);
        let Ok(files) = std::fs::read_dir(&folder) else {
            assert!(place == "regressions", "no corpus: {}", folder.display());
            continue;
        };
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let bytes = std::fs::read(&path).unwrap();
            inputs.push((path.display().to_string(), bytes));
        }
    }
    inputs
}

/// Runs one input; where it fails, keeps it and says how to run it again.
fn replay(target: &Target, input: &[u8], origin: &str) {
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    if let Err(panic) = result {
        let folder = here("../..").join(FAILED);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(target.name);
        std::fs::write(&path, input).unwrap();
        eprintln!(
            "from {origin}; run it again: tests/scripts/fuzz --input {FAILED}/{0} {0}",
            target.name
        );
        std::panic::resume_unwind(panic);
    }
}

#[derive(Clone)]
struct Random(u64);

impl Random {
    /// SplitMix64, a number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ mixed >> 31) >> 1).unwrap() % end.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }
}

/// One to four changes.
fn changed(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let kind = random.below(6);
        match kind {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.byte(),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.insert(at, random.byte()),
            4 => {
                // As much of another input from the same place on.
                let end = other.len().min(at + random.below(64));
                let piece = other.get(at..end).unwrap_or_default().to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let end = bytes.len().min(at + random.below(32));
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

/// So many changed inputs in all: a target whose inputs take longer gets fewer.
fn changes(target: &Target) -> usize {
    match target.name {
        "board_host_messages" | "tls_join_board" | "tls_join_host" | "batch_files" => 400,
        "csr_checks" | "csr_writer" | "service_answers" => 2_000,
        _ => 10_000,
    }
}

fn everything_kept_is_replayed(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let inputs = inputs(target);
    for (origin, input) in &inputs {
        replay(target, input, origin);
    }
    let seed = std::env::var("NAMEPLATE_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut random = Random(seed);
    for number in 0..changes(target) {
        let (origin, input) = &inputs[random.below(inputs.len())];
        let (_, other) = &inputs[random.below(inputs.len())];
        let input = changed(input, other, &mut random);
        let origin = format!("change {number} with NAMEPLATE_SEED={seed}, of {origin}");
        replay(target, &input, &origin);
    }
}

macro_rules! replayed {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            everything_kept_is_replayed(stringify!($name));
        }
    )*

        const REPLAYED: &[&str] = &[$(stringify!($name)),*];
    };
}

replayed! {
    frames
    damaged_frames
    requests
    replies
    csr_checks
    csr_writer
    tls_join_board
    tls_join_host
    board_host_messages
    host_conversation
    service_answers
    batch_files
}

#[test]
fn every_target_has_a_program_and_is_replayed() {
    let targets: BTreeSet<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    let replayed = REPLAYED.iter().map(ToString::to_string).collect();
    assert_eq!(targets, replayed);
    let programs = std::fs::read_dir(here("fuzz_targets"))
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            path.file_stem().unwrap().to_str().unwrap().to_owned()
        });
    assert_eq!(targets, programs.collect());
    let manifest = std::fs::read_to_string(here("Cargo.toml")).unwrap();
    for name in targets {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")));
    }
}

/// The kept corpora stay small: they are in the repository for ever.
#[test]
fn corpora_are_small() {
    let mut all = 0;
    for target in TARGETS {
        let files: Vec<_> = std::fs::read_dir(here("corpus").join(target.name))
            .unwrap()
            .collect();
        assert!(files.len() <= 400, "{}: {} files", target.name, files.len());
        all += files
            .into_iter()
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum::<u64>();
    }
    assert!(all <= 1_500_000, "{all} bytes");
}
