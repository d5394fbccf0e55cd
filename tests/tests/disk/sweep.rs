//! Every call that makes something last, made to fail: one after the other, in every phase, in every way.
//!
//! What CI runs gives each call of each phase some of the ways to fail, each way in its turn; `NAMEPLATE_SWEEP=all` has every call fail
//! in every way.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use nameplate_tests::programs::run;

use super::phase::Phase;
use super::place::Place;
use super::preload::{Fault, watched};
use super::template::{BOARDS, Template};

/// Places at a time.
const WORKERS: usize = 4;

struct Case {
    number: usize,
    phase: Phase,
    at: u64,
    fault: Fault,
}

/// Whether the call was reached, and how the command ended.
fn play(template: &Template, case: &Case) -> Option<&'static str> {
    let Case {
        number, phase, at, ..
    } = *case;
    let mut place = Place::new(template, phase, number);
    let mut command = phase.command(&mut place);
    let home = place.bench.home().to_owned();
    let (ran, calls) = watched(&mut command, &home, Some((at, case.fault)));
    let call = calls.get(usize::try_from(at).unwrap() - 1);
    let what = call.map_or("not reached", String::as_str);
    let step = |what: &str, check: &dyn Fn()| {
        check_named(what, case, &ran.stderr, check);
    };
    step(what, &|| assert!(!ran.stderr.contains("panicked")));
    let ended = match ran.code {
        None => {
            step(what, &|| assert_eq!(case.fault, Fault::Kill));
            "killed"
        }
        Some(0) => {
            step(what, &|| {
                phase.is_done(&place);
                // A later run has enough boards, and waits for none to be told.
                let told = place.told().len();
                assert!(phase != Phase::Collect || told == usize::from(BOARDS));
            });
            "done"
        }
        Some(code) => {
            step(what, &|| {
                assert_eq!(code, 1);
                place.judge_words(&ran);
            });
            "refused"
        }
    };
    step(what, &|| place.judge(phase));
    let again = run(&mut phase.command(&mut place));
    let what = format!("again, after {what}");
    check_named(&what, case, &again.stderr, &|| {
        assert_eq!(again.code, Some(0));
        phase.is_done(&place);
        place.judge(phase);
        place.judge_rest();
    });
    call.map(|_| ended)
}

fn check_named(what: &str, case: &Case, said: &str, check: &dyn Fn()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(check)) {
        println!(
            "{:?}, call {} ({what}), {:?}: it said {said}",
            case.phase, case.at, case.fault
        );
        std::panic::resume_unwind(panic);
    }
}

/// How many calls each phase makes.
fn count(template: &Template) -> Vec<(Phase, u64)> {
    // Boards that come at once may share a commit: the least of some runs is what every run has.
    let once = |phase: Phase, number: usize| {
        let mut place = Place::new(template, phase, number);
        let mut command = phase.command(&mut place);
        let home = place.bench.home().to_owned();
        let (ran, calls) = watched(&mut command, &home, None);
        let _ = ran.expect(0);
        phase.is_done(&place);
        calls.len() as u64
    };
    let counted = Phase::ALL.iter().map(|&phase| {
        let runs = (0..3).map(|number| once(phase, number));
        (phase, runs.min().unwrap())
    });
    let counted: Vec<_> = counted.collect();
    assert!(counted.iter().all(|(_, calls)| *calls > 0), "{counted:?}");
    counted
}

#[test]
fn each_call_that_makes_something_last_fails_and_nothing_is_lost() {
    let all = std::env::var("NAMEPLATE_SWEEP").is_ok_and(|value| value == "all");
    let template = Template::new();
    let counted = count(&template);
    let mut cases = Vec::new();
    for &(phase, calls) in &counted {
        for at in 1..=calls {
            for (turn, fault) in (0_u64..).zip(Fault::ALL) {
                // Another way for each call after the other.
                if all || (at + turn).is_multiple_of(Fault::ALL.len() as u64) {
                    let number = cases.len() + 10;
                    cases.push(Case {
                        number,
                        phase,
                        at,
                        fault,
                    });
                }
            }
        }
    }
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    let ends = Mutex::new(BTreeMap::<_, BTreeMap<_, u32>>::new());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let played = catch_unwind(AssertUnwindSafe(|| play(&template, case)));
                    match played {
                        Ok(ended) => {
                            let ended = ended.unwrap_or("not reached");
                            let mut ends = ends.lock().unwrap();
                            *ends
                                .entry(case.phase)
                                .or_default()
                                .entry(ended)
                                .or_default() += 1;
                        }
                        Err(_) => failed
                            .lock()
                            .unwrap()
                            .push((case.phase, case.at, case.fault)),
                    }
                }
            });
        }
    });
    let ends = ends.into_inner().unwrap();
    for (phase, calls) in &counted {
        println!("{phase:?}: {calls} calls; {:?}", ends.get(phase));
    }
    println!(
        "{} faults in {:.0} s",
        cases.len(),
        begun.elapsed().as_secs_f64()
    );
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{failed:?}");
    // A run may make a call less than the one that was counted, but not many.
    let missed: u32 = ends
        .values()
        .filter_map(|ended| ended.get("not reached"))
        .sum();
    assert!(u64::from(missed) * 20 <= cases.len() as u64, "{missed}");
}
