//! Lengths of time as people say them.

/// `12 s`, `3 min`, `2 h 05`.
pub fn age(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {:02}", seconds / 3600, seconds / 60 % 60),
    }
}

/// What is left, not more exactly than it is known.
pub fn left(seconds: u64) -> String {
    match seconds {
        0..10 => "a few seconds left".to_owned(),
        10..90 => format!("about {} s left", seconds.div_ceil(10) * 10),
        90..5400 => format!("about {} min left", seconds.div_ceil(60)),
        _ => format!("about {} h left", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let ages = [0, 59_999, 60_000, 3_599_999, 3_600_000, 90_000_000].map(age);
        assert_eq!(
            ages,
            ["0 s", "59 s", "1 min", "59 min", "1 h 00", "25 h 00"]
        );
        let left = [5, 11, 91, 7000].map(left);
        let words = [
            "a few seconds left",
            "about 20 s left",
            "about 2 min left",
            "about 2 h left",
        ];
        assert_eq!(left, words);
    }
}
