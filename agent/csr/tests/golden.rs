//! Requests frozen byte by byte: a fixed key, a fixed request, RFC 6979's signature.
//!
//! The files are never edited; a new form of request gets a new file. To make the first version of a new one, run the test:
//! it prints what it wrote. Look at it with `openssl req -inform DER -text` before believing it.

mod common;

fn hex(der: &[u8]) -> String {
    let bytes: Vec<String> = der.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = bytes.chunks(32).map(|line| line.concat() + "\n");
    lines.collect()
}

#[test]
fn the_full_request_is_what_it_was() {
    let der = common::try_write(&common::full(&common::public_key())).unwrap();
    assert_eq!(hex(&der), include_str!("golden/full.hex"));
}

#[test]
fn the_small_request_is_what_it_was() {
    let der = common::try_write(&common::small(&common::public_key())).unwrap();
    assert_eq!(hex(&der), include_str!("golden/small.hex"));
}
