//! Every switch of the sandbox in every one of its settings, end to end: from a collected batch to its report, or to the words
//! that a setting ends in. The switches are read from the sandbox itself: a new one without a case fails here.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod case;
mod data;
mod faults;
mod job;
mod place;
mod requests;
mod row_faults;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use place::Place;

/// Cases at once: each mostly waits for the service.
const AT_ONCE: usize = 8;

fn cases() -> Vec<Case> {
    [
        requests::cases(),
        data::cases(),
        answers::cases(),
        job::cases(),
        faults::cases(),
        row_faults::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_setting_of_every_switch_ends_as_expected() {
    let cases = cases();
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                (case.act)(&Place::of(case));
            }));
            if outcome.is_err() {
                let name = format!("--{}={} {:?}", case.switch, case.setting, case.dialect);
                faults.lock().unwrap().push(name);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(
        faults.is_empty(),
        "{} of {}: {faults:#?}",
        faults.len(),
        cases.len()
    );
}

#[test]
fn no_switch_and_no_setting_is_forgotten() {
    let wanting = table::wanting(&table::switches(), &cases());
    assert!(wanting.is_empty(), "{wanting:#?}");
}

#[test]
fn what_is_forgotten_is_found() {
    let all = table::switches();
    for (switch, setting) in [
        ("create-body", "bare"),
        ("no-list", "on"),
        ("polls", "0"),
        ("key-types", "P_521"),
        ("fault", "template=503:times=1"),
        ("fault", "status=hang:times=1"),
        ("row-fault", "swapped=2"),
    ] {
        let mut some = cases();
        some.retain(|case| (case.switch.as_str(), case.setting.as_str()) != (switch, setting));
        let wanting = table::wanting(&all, &some);
        assert_eq!(wanting.len(), 1, "--{switch}={setting}: {wanting:?}");
    }
    let mut more = cases();
    more.push(case::case("no-such-switch", "on", Place::done));
    assert_eq!(table::wanting(&all, &more).len(), 1);
}
