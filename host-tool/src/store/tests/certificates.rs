//! Certificates of boards, and those that were not taken; and stores of version 2, which knew of neither.

use super::jobs::intent;
use super::*;

fn issued(bench: &Bench, count: u8) -> Store {
    let mut store = bench.batch("a");
    let boards: Vec<_> = (1..=count).map(board).collect();
    bench.collect(&store, &boards);
    let job = store.record_intent(&intent(count.into())).unwrap();
    store.record_posted(job.row, "id-1").unwrap();
    store
}

fn certificate(n: u8, version: u8) -> NewCertificate {
    NewCertificate {
        key: board(n).key,
        job: 1,
        chain: vec![0x30, n, version],
        fingerprint: [version; 32],
        serial: format!("{n:02x}{version:02x}"),
        not_before_ms: 1_000,
        not_after_ms: 2_000,
    }
}

fn taken(reader: &Reader) -> Vec<String> {
    let mut names = Vec::new();
    let visit = |certificate: Certificate| {
        names.push(certificate.name);
        Ok::<_, StoreError>(())
    };
    reader.certificates(visit).unwrap();
    names
}

fn refused(reader: &Reader) -> Vec<RefusedCertificate> {
    let mut all = Vec::new();
    let visit = |refused| {
        all.push(refused);
        Ok::<_, StoreError>(())
    };
    reader.refused_certificates(visit).unwrap();
    all
}

#[test]
fn a_certificate_is_taken_once_and_never_replaced() {
    let bench = Bench::new();
    let mut store = issued(&bench, 2);
    let name = || "b-2".to_owned();
    let first = certificate(2, 1);
    let stored = || store_of(&bench).certificate_of_key(&board(2).key).unwrap();
    assert_eq!(stored(), None);
    assert_eq!(
        store.record_certificate(&first).unwrap(),
        Taking::Taken { name: name() }
    );
    let before = events(store.reader());
    assert_eq!(
        store.record_certificate(&first).unwrap(),
        Taking::Already { name: name() }
    );
    let another = Taking::HasAnother {
        name: name(),
        fingerprint: [1; 32],
    };
    assert_eq!(
        store.record_certificate(&certificate(2, 7)).unwrap(),
        another
    );
    assert_eq!(events(store.reader()), before, "neither is a step");
    let nobody = store.record_certificate(&certificate(9, 9)).unwrap();
    assert_eq!(nobody, Taking::NoBoard);
    let stored = stored().unwrap();
    assert_eq!(
        (stored.mac.as_str(), stored.name.as_str()),
        ("02:00:00:00:00:02", "b-2")
    );
    assert_eq!(stored.chain_sha256, sha256(&first.chain));
    assert_eq!(stored.what, first);
    assert_eq!(before.last().unwrap(), "certificate.taken b-2");
    store.reader().verify_log().unwrap();
}

fn store_of(bench: &Bench) -> Reader {
    open_reader(&bench.batch_dir("a"))
}

#[test]
fn of_several_all_are_recorded_or_none() {
    let bench = Bench::new();
    let mut store = issued(&bench, 3);
    let long = NewCertificate {
        chain: vec![0; MAX_CHAIN_BYTES + 1],
        ..certificate(1, 2)
    };
    let error = store
        .record_certificates(&[certificate(3, 1), long])
        .unwrap_err();
    assert!(matches!(error, StoreError::BadValue { .. }), "{error}");
    assert_eq!(taken(store.reader()), [""; 0]);
    let both = [certificate(3, 1), certificate(1, 2)];
    assert_eq!(store.record_certificates(&both).unwrap().len(), 2);
    assert_eq!(taken(store.reader()), ["b-1", "b-3"]);
}

#[test]
fn a_changed_byte_of_a_chain_is_found() {
    let bench = Bench::new();
    let mut store = issued(&bench, 1);
    store.record_certificate(&certificate(1, 1)).unwrap();
    drop(store);
    bench.tamper("a", "UPDATE certificates SET chain = x'300102'");
    let error = store_of(&bench)
        .certificate_of_key(&board(1).key)
        .unwrap_err();
    assert!(
        matches!(error, StoreError::Damaged { .. }) && error.to_string().contains("\"b-1\""),
        "{error}"
    );
}

#[test]
fn what_was_refused_is_that_of_the_last_download() {
    let bench = Bench::new();
    let mut store = issued(&bench, 2);
    let mismatched = RefusedCertificate {
        fingerprint: [5; 32],
        board: Some("b-1".into()),
        file: "b-1.pem".into(),
        kind: RefusedKind::Mismatched,
        reason: "another name".into(),
        code: None,
    };
    let unexpected = RefusedCertificate {
        fingerprint: [6; 32],
        board: None,
        file: "x".repeat(MAX_NAME_BYTES + 9),
        kind: RefusedKind::Unexpected,
        reason: "no board".into(),
        code: None,
    };
    let both = [mismatched.clone(), unexpected];
    store.record_refused_certificates(1, &both).unwrap();
    let before = events(store.reader());
    assert!(before.contains(&"certificate.refused b-1".to_owned()));
    store.record_refused_certificates(1, &both).unwrap();
    assert_eq!(events(store.reader()), before, "the same again is no step");
    let kept = refused(store.reader());
    assert_eq!(kept.first(), Some(&mismatched));
    assert_eq!(kept.get(1).unwrap().file.len(), MAX_NAME_BYTES);
    store.record_refused_certificates(1, &both[..1]).unwrap();
    assert_eq!(refused(store.reader()), [mismatched]);
    store.record_refused_certificates(1, &[]).unwrap();
    assert_eq!(refused(store.reader()), []);
    store.reader().verify_log().unwrap();
}

/// Made by the store of version 2: six boards in two parts, of the first two issued and two failed, the second in progress. Never
/// made anew: it is what those stores are.
const VERSION_2: &[u8] = include_bytes!("golden/batch_2.db");

#[test]
fn a_store_that_version_2_made_goes_on() {
    let bench = Bench::new();
    std::fs::create_dir(bench.batch_dir("a")).unwrap();
    std::fs::write(bench.database("a"), VERSION_2).unwrap();
    let reader = Reader::open(&bench.batch_dir("a"));
    assert!(
        matches!(reader, Err(StoreError::Older { .. })),
        "reading changes nothing"
    );
    let mut store = Store::open(&bench.batch_dir("a")).unwrap();
    let jobs = store.reader().jobs().unwrap();
    let told: Vec<_> = jobs
        .iter()
        .map(|job| (job.round, job.part, job.parts, job.rework_of))
        .collect();
    assert_eq!(told, [(1, 1, 2, None), (1, 2, 2, None)]);
    let counts = store.reader().counts().unwrap();
    let states = [
        BoardState::Issued,
        BoardState::Failed,
        BoardState::Submitted,
    ];
    assert_eq!(states.map(|state| counts.of(state)), [2, 2, 2]);
    assert_eq!(taken(store.reader()), [""; 0]);
    let taking = store.record_certificate(&certificate(3, 1)).unwrap();
    assert!(matches!(taking, Taking::Taken { .. }), "{taking:?}");
    store.reader().verify_log().unwrap();
}
