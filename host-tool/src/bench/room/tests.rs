//! Crowds, strangers that hold on, and boards that must get through all the same.

use super::*;

const LIMITS: Limits = Limits {
    room: 10,
    places: 8,
    guests: 4,
};

fn ip(last: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, last])
}

fn ready(room: &mut Room<u32>, name: u32, from: u8, now: Instant) {
    let (number, put_out) = room.enter(name, ip(from), now);
    assert!(put_out.is_none());
    room.is_ready(number);
}

/// Everybody who gets a place now.
fn admitted(room: &mut Room<u32>, now: Instant) -> Vec<(u64, u32)> {
    let mut all = Vec::new();
    while let Some((number, caller)) = room.admit(now, |name| Some(*name)) {
        all.push((number, caller.socket));
    }
    all
}

fn names(admitted: &[(u64, u32)]) -> Vec<u32> {
    admitted.iter().map(|(_, name)| *name).collect()
}

#[test]
fn a_full_room_loses_the_oldest_silent_one_of_the_greatest_crowd() {
    let now = Instant::now();
    let mut room = Room::new(LIMITS);
    ready(&mut room, 100, 1, now);
    let (_, none) = room.enter(101, ip(2), now);
    assert!(none.is_none());
    for name in 0..8 {
        assert!(room.enter(name, ip(9), now).1.is_none());
    }
    for gone in 0..8 {
        let (_, put_out) = room.enter(200 + gone, ip(9), now);
        assert_eq!(put_out.unwrap().socket, gone);
    }
    // Others find room at the cost of the crowd, however many come.
    for name in 0..3_u8 {
        let (_, put_out) = room.enter(300, ip(20 + name), now);
        assert_eq!(put_out.unwrap().socket, 200 + u32::from(name));
    }
    assert_eq!(room.callers(), (9, 1));
}

#[test]
fn of_one_address_the_ready_ones_stay_longer_than_the_silent_ones() {
    let now = Instant::now();
    let mut room = Room::new(LIMITS);
    for name in 0..9 {
        ready(&mut room, name, 1, now);
    }
    room.enter(50, ip(1), now);
    assert_eq!(room.enter(51, ip(1), now).1.unwrap().socket, 50);
    let (number, put_out) = room.enter(52, ip(1), now);
    assert_eq!(put_out.unwrap().socket, 51);
    room.is_ready(number);
    assert_eq!(room.enter(53, ip(1), now).1.unwrap().socket, 0, "all spoke");
}

#[test]
fn whoever_says_nothing_for_too_long_goes() {
    let now = Instant::now();
    let mut room = Room::new(LIMITS);
    room.enter(1, ip(1), now);
    room.enter(2, ip(1), now + Duration::from_secs(1));
    assert!(room.overdue(now, SPEAK).is_none());
    assert_eq!(room.overdue(now + SPEAK, SPEAK).unwrap().socket, 1);
    assert!(room.overdue(now + SPEAK, SPEAK).is_none());
    assert_eq!(room.callers(), (1, 0));
}

#[test]
fn the_address_with_the_fewest_guests_is_next_and_of_each_its_oldest_and_its_newest() {
    let now = Instant::now();
    let mut room = Room::new(LIMITS);
    for name in [10, 11, 12, 13] {
        ready(&mut room, name, 1, now);
    }
    ready(&mut room, 20, 2, now);
    ready(&mut room, 21, 2, now);
    let first = admitted(&mut room, now);
    assert_eq!(names(&first), [10, 20, 13, 21]);
    for (number, _) in first {
        room.ended(number);
    }
    assert_eq!(names(&admitted(&mut room, now)), [11, 12]);
}

/// What was found by the benchmark: strangers of one address took every second place that boards left, and kept it.
#[test]
fn strangers_who_keep_their_places_do_not_take_those_that_boards_leave() {
    let now = Instant::now();
    let mut room = Room::new(Limits {
        room: 1000,
        ..LIMITS
    });
    for name in 0..100 {
        ready(&mut room, name, 9, now);
    }
    let stuck = admitted(&mut room, now);
    assert_eq!(stuck.len(), 4);
    for name in 200..300 {
        ready(&mut room, name, 1, now);
    }
    let mut served = 0;
    while served < 100 {
        while let Some(name) = room.press(now) {
            let (number, _) = stuck.iter().find(|(_, stuck)| *stuck == name).unwrap();
            room.ended(*number);
        }
        let boards = admitted(&mut room, now);
        assert!(!boards.is_empty(), "after {served}");
        for (number, name) in boards {
            assert!(name >= 200, "{name} after {served}");
            room.joined(number);
            room.ended(number);
            served += 1;
        }
    }
}

#[test]
fn guests_and_places_are_counted_apart() {
    let now = Instant::now();
    let mut room = Room::new(LIMITS);
    for name in 0..10 {
        ready(&mut room, name, 1, now);
    }
    let first = admitted(&mut room, now);
    assert_eq!(first.len(), 4, "guests");
    for (number, _) in &first {
        room.joined(*number);
    }
    let second = admitted(&mut room, now);
    assert_eq!(second.len(), 4, "places");
    for (number, _) in &second {
        room.joined(*number);
    }
    assert_eq!(admitted(&mut room, now), []);
    assert!(
        room.press(now + GRACE).is_none(),
        "nobody who joined is put out"
    );
    room.ended(first[0].0);
    assert_eq!(admitted(&mut room, now).len(), 1);
}

#[test]
fn an_address_that_holds_the_places_gives_them_to_others_at_once() {
    let now = Instant::now();
    let mut room = Room::new(LIMITS);
    for name in 0..4 {
        ready(&mut room, name, 9, now);
    }
    let stuck = admitted(&mut room, now);
    for name in 50..53 {
        ready(&mut room, name, 1, now);
    }
    assert_eq!(room.press(now), Some(0));
    assert_eq!(admitted(&mut room, now), [], "its thread has not ended yet");
    assert_eq!(room.press(now), Some(3));
    assert_eq!(room.press(now), None, "two and two is fair");
    room.ended(stuck[0].0);
    assert_eq!(names(&admitted(&mut room, now)), [50]);
}

#[test]
fn of_one_address_a_guest_is_put_out_only_after_its_grace() {
    let now = Instant::now();
    let mut room = Room::new(LIMITS);
    for name in 0..6 {
        ready(&mut room, name, 1, now);
    }
    admitted(&mut room, now);
    let almost = now + GRACE.checked_sub(Duration::from_millis(1)).unwrap();
    assert_eq!(room.press(almost), None);
    assert_eq!(room.press(now + GRACE), Some(0));
    assert_eq!(room.press(now + GRACE), Some(5), "the newest had its turn");
    assert_eq!(room.press(now + GRACE), None, "no more than are ready");
}

#[test]
fn nothing_is_kept_of_those_who_have_gone() {
    let now = Instant::now();
    let mut room = Room::new(LIMITS);
    for turn in 0..1000_u32 {
        let from = u8::try_from(turn % 200).unwrap();
        let (number, _) = room.enter(turn, ip(from), now);
        match turn % 3 {
            0 => room.is_ready(number),
            1 => drop(room.leave(number)),
            _ => {}
        }
        if let Some((number, _)) = room.admit(now, |name| Some(*name)) {
            room.ended(number);
        }
    }
    while room.overdue(now + SPEAK, SPEAK).is_some() {}
    while let Some((number, _)) = room.admit(now, |name| Some(*name)) {
        room.ended(number);
    }
    assert_eq!((room.callers(), room.inside), ((0, 0), 0));
    assert!(room.groups.is_empty() && room.row.is_empty());
    assert!(room.crowds.is_empty() && room.hosts.is_empty());
}

#[test]
fn limits_follow_what_the_system_allows() {
    let limits = |most, files| {
        let limits = Limits::new(most, files);
        (limits.room, limits.places, limits.guests)
    };
    assert_eq!(limits(1024, None), (16_384, 1024, 512));
    assert_eq!(limits(1024, Some(20_000)), (16_384, 1024, 512));
    assert_eq!(limits(1024, Some(4096)), (1536, 1024, 512));
    assert_eq!(limits(1024, Some(1024)), (384, 256, 128));
    assert_eq!(limits(1, Some(1024)), (766, 1, 1));
    assert_eq!(limits(0, Some(0)), (16, 1, 1));
}

#[test]
fn a_network_of_ipv6_counts_as_one() {
    let parse = |text: &str| text.parse::<IpAddr>().unwrap();
    assert_eq!(
        group(parse("2001:db8:1:2:3::4")),
        group(parse("2001:db8:1:2::9"))
    );
    assert_ne!(
        group(parse("2001:db8:1:2::")),
        group(parse("2001:db8:1:3::"))
    );
    assert_eq!(group(parse("::ffff:10.0.0.7")), ip(7));
}
