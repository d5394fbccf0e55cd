//! The store against what people and power cuts do to its files.

use std::fs::{self, read, write};
use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;

const DER: [u8; 1000] = [0x30; 1000];

fn store(path: &Path) -> ChainFile {
    ChainFile::new(Rc::new(StateDir::open(path).unwrap())).unwrap()
}

/// What is announced; the agent, and not the store, holds it against the bytes.
fn announced(length: u16) -> Chain {
    Chain {
        length,
        sha256: Fixed([0xA5; 32]),
    }
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn install(store: &mut ChainFile, byte: u8, length: u16) {
    let der = vec![byte; length.into()];
    let (first, second) = der.split_at(usize::from(length) / 2);
    store.stage(0, first, false).unwrap();
    store.stage(length / 2, second, true).unwrap();
    store.commit(&announced(length)).unwrap();
}

fn current(store: &mut ChainFile) -> Option<(Chain, Vec<u8>)> {
    let chain = store.current().unwrap()?;
    let mut bytes = vec![0; chain.length.into()];
    store.read(ChainPlace::Current, 0, &mut bytes).unwrap();
    Some((chain, bytes))
}

#[test]
fn a_chain_is_gathered_beside_and_takes_its_place_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let mut chains = store(dir.path());
    assert_eq!(current(&mut chains), None);
    assert_eq!(chains.commit(&announced(4)), Err(StoreFault));
    install(&mut chains, 1, 4000);
    let first = Some((announced(4000), vec![1; 4000]));
    assert_eq!(current(&mut chains), first);
    chains.stage(0, &DER, true).unwrap();
    assert_eq!(names(dir.path()), ["chain", "chain.new", "lock"]);
    let mut staged = [0; 10];
    chains.read(ChainPlace::Staged, 990, &mut staged).unwrap();
    assert_eq!(staged[..], DER[..10]);
    assert_eq!(current(&mut chains), first);
    // Beginning anew forgets what was longer.
    install(&mut chains, 2, 10);
    assert_eq!(current(&mut chains), Some((announced(10), vec![2; 10])));
    drop(chains);
    let mut chains = store(dir.path());
    assert_eq!(current(&mut chains), Some((announced(10), vec![2; 10])));
    assert_eq!(names(dir.path()), ["chain", "lock"]);
    let file = read(dir.path().join("chain")).unwrap();
    let line = format!("nameplate-chain-1 {}\n", "a5".repeat(32));
    assert_eq!(file, [line.as_bytes(), &[2; 10]].concat());
    chains.stage(0, &DER, true).unwrap();
    chains.forget().unwrap();
    chains.forget().unwrap();
    assert_eq!(current(&mut chains), None);
    assert_eq!(names(dir.path()), ["lock"]);
}

#[test]
fn what_a_power_cut_left_is_no_chain_and_is_tidied_up() {
    for length in [0, 1, 40, LINE, LINE + 1, 4000] {
        let dir = tempfile::tempdir().unwrap();
        install(&mut store(dir.path()), 1, 100);
        write(dir.path().join("chain.new"), vec![b'n'; length]).unwrap();
        let mut chains = store(dir.path());
        assert_eq!(names(dir.path()), ["chain", "lock"]);
        assert_eq!(current(&mut chains), Some((announced(100), vec![1; 100])));
    }
}

#[test]
fn what_is_no_chain_file_is_no_chain_and_the_next_takes_its_place() {
    let line = line(&Fixed([1; 32]));
    let with = |length: usize| [&line[..], &vec![7; length]].concat();
    let mut other_digits = with(10);
    other_digits[20] = b'G';
    let mut other_head = with(10);
    other_head[0] = b'N';
    for content in [
        vec![],
        with(0),
        with(4097),
        other_digits,
        other_head,
        vec![0; 1 << 20],
    ] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path().join("chain"), content).unwrap();
        let mut chains = store(dir.path());
        assert_eq!(current(&mut chains), None);
        install(&mut chains, 1, 100);
        assert_eq!(current(&mut chains), Some((announced(100), vec![1; 100])));
    }
}

#[test]
fn what_can_t_be_looked_at_is_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chain");
    symlink("/dev/zero", &path).unwrap();
    let mut chains = store(dir.path());
    assert_eq!(chains.current(), Err(StoreFault));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(chains.current(), Ok(None));
    assert_eq!(chains.forget(), Err(StoreFault));
    chains.stage(0, &DER, true).unwrap();
    assert_eq!(chains.commit(&announced(1000)), Err(StoreFault));
}

#[test]
fn a_locked_board_is_locked_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let mut chains = store(dir.path());
    assert_eq!(chains.is_locked(), Ok(false));
    for _ in 0..2 {
        assert_eq!(chains.lock(), Ok(()));
        assert_eq!(chains.is_locked(), Ok(true));
    }
    chains.forget().unwrap();
    drop(chains);
    assert_eq!(store(dir.path()).is_locked(), Ok(true));
    assert_eq!(names(dir.path()), ["lock", "locked"]);
}
