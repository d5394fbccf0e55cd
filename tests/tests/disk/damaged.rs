//! A store with a byte changed or its end cut off, before whole commands: refused in words and left as it is, or the same boards as ever.
//! What the store itself makes of each is `host-tool/src/store/tests/damage.rs`.

use std::fs;

use nameplate_tests::bench::Bench;
use nameplate_tests::programs::{Ran, run};
use nameplate_tests::service::Service;

use super::phase::Phase;
use super::place::Place;
use super::template::Template;

/// What is done to a store.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Byte(usize),
    Cut(usize),
}

impl Damage {
    fn of(self, whole: &[u8]) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        match self {
            Self::Byte(at) => bytes[at] ^= 0x41,
            Self::Cut(cut) => bytes.truncate(whole.len() - cut),
        }
        bytes
    }
}

/// Places all over the file; more of them where the whole sweep is asked for.
fn damages(length: usize) -> Vec<Damage> {
    let all = std::env::var("NAMEPLATE_SWEEP").is_ok_and(|value| value == "all");
    let places = if all { 700 } else { 14 };
    let stride = (length / places) | 1;
    let cuts = [1, 100, 4095, 4096, 5000, length / 2, length - 100];
    let bytes = (3..length).step_by(stride).map(Damage::Byte);
    bytes.chain(cuts.map(Damage::Cut)).collect()
}

/// Refused in words, which say what to do.
fn is_refused(place: &Place<'_>, ran: &Ran) -> bool {
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    if ran.code == Some(1) {
        place.judge_words(ran);
        return true;
    }
    false
}

fn played(
    template: &Template,
    phase: Phase,
    mut check: impl FnMut(&mut Place<'_>, Damage) -> bool,
) {
    let place = Place::new(template, phase, 0);
    let whole = fs::read(place.bench.batch().join("batch.db")).unwrap();
    let mut refused = 0;
    let damages = damages(whole.len());
    for (number, &damage) in (1..).zip(&damages) {
        let mut place = Place::new(template, phase, number);
        let path = place.bench.batch().join("batch.db");
        let damaged = damage.of(&fs::read(&path).unwrap());
        fs::write(&path, &damaged).unwrap();
        println!("{phase:?} {damage:?}");
        if check(&mut place, damage) {
            refused += 1;
            let now = fs::read(&path).unwrap();
            assert!(now == damaged, "it was changed further");
        }
    }
    println!("{phase:?}: {} damages, {refused} refused", damages.len());
    assert!(refused > 0);
}

#[test]
fn a_damaged_store_is_refused_by_each_command_or_gives_the_same_boards() {
    let template = Template::new();
    let place = Place::new(&template, Phase::ExportCsv, 0);
    let listed = place.bench.list();
    played(&template, Phase::ExportCsv, |place, _| {
        let list = run(place.bench.nameplate("list").arg("--json"));
        if !is_refused(place, &list) {
            assert_eq!(list.expect(0).json(), listed);
        }
        let ran = run(&mut Phase::ExportCsv.command(place));
        let refused = is_refused(place, &ran);
        if !refused {
            // It looks at the boards' rows alone; damage elsewhere is nothing to it.
            assert!(place.written("export.csv").exists());
        }
        place.judge_output();
        refused
    });
    // Nothing is made of what goes out here, so that every one can go out.
    let home = tempfile::tempdir().unwrap();
    let service = Service::start(home.path(), &["--fault", "create=401"]);
    played(&template, Phase::Submit, |place, _| {
        place.bench.configure(&Bench::service_section(&service));
        let ran = run(&mut Phase::Submit.command(place)).expect(1);
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        place.judge_output();
        if ran.stderr.contains("does not accept the API key") {
            return false;
        }
        is_refused(place, &ran)
    });
    for phase in [Phase::Collect, Phase::Deliver] {
        let begin = match phase {
            Phase::Collect => Phase::ExportCsv,
            other => other,
        };
        played(&template, begin, |place, damage| {
            let ran = run(&mut phase.command(place));
            let refused = is_refused(place, &ran);
            if !refused {
                assert_eq!(ran.code, Some(0), "{damage:?}: {ran:?}");
                let now = run(place.bench.nameplate("list").arg("--json"));
                for (now, before) in now.expect(0).json().iter().zip(&listed) {
                    for field in ["name", "mac", "key_sha256"] {
                        assert_eq!(now[field], before[field], "{damage:?}");
                    }
                }
            }
            refused
        });
    }
}

/// An empty file is what an interrupted making leaves, and it is gone on with. Where it had boards, the station's index knows: they are not
/// collected once more under the same names as if they were new.
#[test]
fn a_store_that_was_emptied_does_not_pass_for_a_new_batch() {
    let template = Template::new();
    let mut place = Place::new(&template, Phase::ExportCsv, 0);
    fs::write(place.bench.batch().join("batch.db"), "").unwrap();
    let ran = run(&mut Phase::ExportCsv.command(&mut place)).expect(1);
    place.judge_words(&ran);
    // There is nothing to wait for.
    let mut collect = place.with_boards("collect", &["--expect", "2", "--timeout", "1"]);
    let _ = run(&mut collect)
        .expect(1)
        .says("is already in batch \"disk\"")
        .says("no board was collected");
    assert_eq!(place.told().len(), 0);
}
