use std::format;
use std::string::String;

use proptest::prelude::*;

use super::*;

const MAC: &str = "mac 02:00:00:12:34:5a";
const PIN: &str = "04aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899\
                   00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A page around lines, as a production tool writes it.
fn page(lines: &[&str]) -> String {
    let mut text = String::from("nameplate 1\n");
    for line in lines {
        text += line;
        text += "\n";
    }
    format!("{text}check {:08x}\n", checksum(text.as_bytes()))
}

fn fault(lines: &[&str]) -> PageFault {
    Page::parse(page(lines).as_bytes()).unwrap_err()
}

#[test]
fn the_page_of_the_document_is_read() {
    let text = include_str!("../../../PROVISIONING.md");
    let from = text.find("nameplate 1\n").unwrap();
    let length = text[from..].find("```").unwrap();
    let found = Page::parse(&text.as_bytes()[from..from + length]).unwrap();
    assert_eq!(found.mac, Mac([0x02, 0, 0, 0x12, 0x34, 0x5A]));
    assert_eq!(found.name, "sensor-0001");
    let bench = found.bench.unwrap();
    assert_eq!(bench.address, "192.0.2.10:7443".parse().unwrap());
    assert_eq!((bench.pin[0], bench.pin[64]), (4, 0xF5));
    assert_eq!(bench.next_pin, None);
    assert_eq!(bench.token.unwrap(), "bench-7-2026-11");
}

#[test]
fn what_follows_the_page_does_not_matter() {
    let mut bytes = page(&[MAC, "name a b"]).into_bytes();
    bytes.resize(PAGE, 0xFF);
    let found = Page::parse(&bytes).unwrap();
    assert_eq!(found.name, "a b");
    assert!(found.bench.is_none());
}

#[test]
fn what_can_not_be_is_told_apart() {
    let name = "name n";
    assert_eq!(Page::parse(&[0xFF; PAGE]).unwrap_err(), PageFault::Missing);
    assert_eq!(Page::parse(b"").unwrap_err(), PageFault::Missing);
    assert_eq!(fault(&[MAC]), PageFault::Incomplete);
    assert_eq!(fault(&[name]), PageFault::Incomplete);
    let long = format!("name {}", "n".repeat(65));
    let pin = format!("pin {PIN}");
    let short_pin = format!("pin {}", &PIN[2..]);
    for line in [
        "mac 02:00:00:12:34",
        "name ",
        "name",
        "colour red",
        "name a\tb",
        " name n",
        &long,
        MAC,
        "bench 192.0.2.10:7443",
        "bench bench.local:7443",
        &pin,
        &short_pin,
        "token t",
        #[cfg(not(feature = "test-faults"))]
        "test stuck",
        "",
    ] {
        assert_eq!(fault(&[MAC, line, "name n"]), PageFault::Line, "{line}");
    }
    let bench = "bench 192.0.2.10:7443";
    assert!(Page::parse(page(&[MAC, name, bench, &pin]).as_bytes()).is_ok());
    assert_eq!(fault(&[MAC, name, bench, &pin, &pin]), PageFault::Line);
}

#[test]
fn every_flipped_bit_is_found() {
    let whole = page(&[MAC, "name sensor-0001"]).into_bytes();
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[place] ^= 1 << bit;
            // The digits of the checksum may be written in either case.
            if damaged.to_ascii_lowercase() != whole {
                assert!(Page::parse(&damaged).is_err(), "{place} {bit}");
            }
        }
    }
    for length in 0..whole.len() {
        assert!(Page::parse(&whole[..length]).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..PAGE), lines in "[ -~\n]{0,200}") {
        let _ = Page::parse(&bytes);
        let _ = Page::parse(page(&[&lines]).as_bytes());
    }
}
