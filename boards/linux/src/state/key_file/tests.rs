//! The store against what people and power cuts do to its files.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::*;

const KEY_BYTES: [u8; PRIVATE_KEY_BYTES] = [7; PRIVATE_KEY_BYTES];

fn store(path: &Path) -> KeyFile {
    KeyFile::new(Rc::new(StateDir::open(path).unwrap())).unwrap()
}

fn load(store: &mut KeyFile) -> Result<Option<[u8; PRIVATE_KEY_BYTES]>, StoreFault> {
    let mut key = [0; PRIVATE_KEY_BYTES];
    let found = store.load(&mut key)?;
    Ok(found.then_some(key))
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_key_is_kept_for_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut keys = store(dir.path());
    assert_eq!(load(&mut keys), Ok(None));
    keys.store(&KEY_BYTES).unwrap();
    assert_eq!(load(&mut keys), Ok(Some(KEY_BYTES)));
    drop(keys);
    assert_eq!(load(&mut store(dir.path())), Ok(Some(KEY_BYTES)));
    assert_eq!(names(dir.path()), ["key", "lock"]);
    let mode = dir.path().join("key").metadata().unwrap().permissions();
    assert_eq!(mode.mode() & 0o7777, 0o600);
}

#[test]
fn a_key_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let mut keys = store(dir.path());
    keys.store(&KEY_BYTES).unwrap();
    assert_eq!(keys.store(&[8; PRIVATE_KEY_BYTES]), Err(StoreFault));
    assert_eq!(load(&mut keys), Ok(Some(KEY_BYTES)));
}

#[test]
fn what_a_power_cut_left_is_no_key_and_is_tidied_up() {
    let whole = line::write(&KEY_BYTES);
    for name in ["key.new", "key.erased"] {
        for length in [0, 1, LINE - 1, LINE] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(name), &whole[..length]).unwrap();
            let mut keys = store(dir.path());
            assert_eq!(names(dir.path()), ["lock"]);
            assert_eq!(load(&mut keys), Ok(None));
            keys.store(&KEY_BYTES).unwrap();
            assert_eq!(load(&mut keys), Ok(Some(KEY_BYTES)));
        }
    }
}

#[test]
fn leftovers_beside_a_key_do_not_touch_it() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path()).store(&KEY_BYTES).unwrap();
    fs::write(dir.path().join("key.new"), b"half").unwrap();
    assert_eq!(load(&mut store(dir.path())), Ok(Some(KEY_BYTES)));
    assert_eq!(names(dir.path()), ["key", "lock"]);
}

#[test]
fn a_damaged_key_is_a_fault_and_stays_as_it_is() {
    let whole = line::write(&KEY_BYTES);
    let mut flipped = whole.to_vec();
    flipped[20] ^= 1;
    for content in [&b""[..], &whole[..40], &flipped, &[0; LINE], &[b'x'; 5000]] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let mut keys = store(dir.path());
        assert_eq!(load(&mut keys), Err(StoreFault));
        assert_eq!(keys.store(&KEY_BYTES), Err(StoreFault));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn a_key_that_others_can_read_or_that_is_no_file_is_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    let mut keys = store(dir.path());
    keys.store(&KEY_BYTES).unwrap();
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert!(matches!(keys.read(), Err(KeyFault::Open(_))), "{mode:o}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let elsewhere = dir.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    assert!(matches!(keys.read(), Err(KeyFault::System { .. })));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(keys.read(), Err(KeyFault::NotAFile(_))));
}

#[test]
fn an_erased_key_is_gone_from_the_disk_s_names_and_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut keys = store(dir.path());
    keys.erase().unwrap();
    keys.store(&KEY_BYTES).unwrap();
    let mut still_open = File::open(dir.path().join("key")).unwrap();
    keys.erase().unwrap();
    assert_eq!(load(&mut keys), Ok(None));
    assert_eq!(names(dir.path()), ["lock"]);
    let mut bytes = Vec::new();
    still_open.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, [0; LINE]);
}
