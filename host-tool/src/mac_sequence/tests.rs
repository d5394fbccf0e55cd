use super::*;
use proptest::prelude::*;

fn names(start: &str, count: u64, increment: u64) -> Vec<String> {
    let sequence = MacSequence::new(start, count, increment).unwrap();
    sequence.common_names().collect()
}

/// Golden: the service's own example, with the octet that its start lacks.
#[test]
fn the_documents_own_example() {
    let fault = MacSequence::new("00:1a:c2:7b:00", 5, 10).unwrap_err();
    let SequenceError::FiveOctets { suggestion, .. } = &fault else {
        panic!("{fault:?}");
    };
    assert_eq!(suggestion, "00:1a:c2:7b:00:00");
    assert_eq!(
        fault.to_string(),
        "the start \"00:1a:c2:7b:00\" has five octets of six: for a sequence from its first address on, write \
         \"00:1a:c2:7b:00:00\""
    );
    let golden = [
        "00-1a-c2-7b-00-00",
        "00-1a-c2-7b-00-0a",
        "00-1a-c2-7b-00-14",
        "00-1a-c2-7b-00-1e",
        "00-1a-c2-7b-00-28",
    ];
    assert_eq!(names(suggestion, 5, 10), golden);
    assert_eq!(names("00-1A-C2-7B-00-00", 5, 10), golden);
}

#[test]
fn a_start_that_is_none() {
    let fault = |start| MacSequence::new(start, 1, 1).unwrap_err();
    assert!(matches!(
        fault("00-1a-c2-7b-00"),
        SequenceError::FiveOctets { suggestion, .. } if suggestion == "00-1a-c2-7b-00-00"
    ));
    for mixed in ["00:1a-c2:7b:00:00", "00-1a-c2-7b-00:00"] {
        assert!(matches!(
            fault(mixed),
            SequenceError::MixedSeparators { .. }
        ));
    }
    for bad in [
        "",
        "00",
        "00:1a-c2:7b:00",
        "00:1a:c2:7b:00:0g",
        "001ac27b0000",
        "00:1a:c2:7b:00:00:00",
        "0:1a:c2:7b:0:0",
    ] {
        assert!(matches!(fault(bad), SequenceError::Syntax { .. }), "{bad}");
    }
}

#[test]
fn the_ends_are_held() {
    let new = MacSequence::new;
    assert_eq!(
        new("00:00:00:00:00:01", MAX_COUNT, 1)
            .unwrap()
            .end()
            .to_string(),
        "00:00:00:07:a1:20"
    );
    for count in [0, MAX_COUNT + 1, u64::MAX] {
        assert_eq!(
            new("00:00:00:00:00:01", count, 1),
            Err(SequenceError::Count { count })
        );
    }
    assert_eq!(
        new("00:00:00:00:00:01", 1, 0),
        Err(SequenceError::Increment)
    );
    // The very last address that a device can have.
    let last = "fe:ff:ff:ff:ff:ff";
    assert_eq!(new(last, 1, u64::MAX).unwrap().end().to_string(), last);
    let past = new("fe:ff:ff:ff:ff:f0", 5, 1 << 40).unwrap_err();
    assert!(
        matches!(past, SequenceError::PastTheEnd { fits: 2, .. }),
        "{past}"
    );
    let past = new("fe:ff:ff:ff:ff:f0", 2, u64::MAX).unwrap_err();
    assert!(
        matches!(past, SequenceError::PastTheEnd { fits: 1, .. }),
        "{past}"
    );
}

#[test]
fn addresses_that_no_device_has() {
    for (start, count, increment, number) in [
        ("00:00:00:00:00:00", 1, 1, 1),
        ("01:00:5e:00:00:01", 1, 1, 1),
        ("ff:ff:ff:ff:ff:ff", 1, 1, 1),
        ("00:ff:ff:ff:ff:fe", 3, 1, 3),
        ("00:00:00:00:00:01", 2, 1 << 40, 2),
    ] {
        let fault = MacSequence::new(start, count, increment).unwrap_err();
        assert!(
            matches!(fault, SequenceError::NoDevice { number: found, .. } if found == number),
            "{fault}"
        );
    }
}

#[test]
fn oddities_are_told() {
    let oddities = |start, count| MacSequence::new(start, count, 1).unwrap().oddities();
    assert_eq!(oddities("00:1a:c2:ff:ff:fe", 2), []);
    assert_eq!(
        oddities("00:1a:c2:ff:ff:fe", 3),
        [Oddity::LeavesOui {
            mac: Mac([0, 0x1a, 0xc3, 0, 0, 0]),
            number: 3
        }]
    );
    assert_eq!(
        oddities("02:00:00:00:00:00", 1),
        [Oddity::LocallyAdministered]
    );
}

proptest! {
    #[test]
    fn every_name_is_an_address_and_one_increment_further(
        start in any::<[u8; 6]>(), count in 1..2000_u64, increment in 1..=(1_u64 << 40),
    ) {
        let Ok(sequence) = MacSequence::new(&Mac(start).to_string(), count, increment) else {
            return Ok(());
        };
        let numbers: Vec<_> = sequence
            .common_names()
            .map(|name| number_of(Mac::parse(&name).unwrap()))
            .collect();
        prop_assert_eq!(numbers.len() as u64, count);
        prop_assert_eq!(numbers[0], number_of(Mac(start)));
        prop_assert_eq!(numbers[numbers.len() - 1], number_of(sequence.end()));
        for pair in numbers.windows(2) {
            prop_assert_eq!(pair[1] - pair[0], increment);
        }
    }

    #[test]
    fn any_text_is_answered(start in "[0-9a-f:\\-]{0,20}|.{0,20}", count: u64, increment: u64) {
        let _ = MacSequence::new(&start, count, increment);
    }
}
