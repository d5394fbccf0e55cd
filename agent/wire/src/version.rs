//! Which protocol versions exist, and how two sides agree on one.
//!
//! The plan for compatibility: a field may be added at any time and is ignored by whoever does not know it; a field never
//! changes its meaning; anything else is a new version. `hello` and `error` keep their form in every version, so that two
//! sides that share none can still say so. Golden bytes are kept per version and are only ever added to.

/// The oldest version that this code speaks.
pub const MIN: u8 = 1;

/// The newest version that this code speaks.
pub const CURRENT: u8 = 1;

/// The newest version inside both ranges, each given as oldest and newest; `None` where there is none.
pub fn settle(ours: [u8; 2], theirs: [u8; 2]) -> Option<u8> {
    let [our_oldest, our_newest] = ours;
    let [their_oldest, their_newest] = theirs;
    let newest = our_newest.min(their_newest);
    (newest >= our_oldest.max(their_oldest)).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::settle;

    #[test]
    fn the_newest_common_version_wins() {
        assert_eq!(settle([1, 3], [2, 5]), Some(3));
        assert_eq!(settle([1, 1], [1, 1]), Some(1));
        assert_eq!(settle([1, 2], [3, 4]), None);
        assert_eq!(settle([3, 4], [1, 2]), None);
        assert_eq!(settle([2, 1], [1, 2]), None, "a range that is none");
    }
}
