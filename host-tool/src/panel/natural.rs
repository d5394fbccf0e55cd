//! The order in which people count places: A2 before A10.

use std::cmp::Ordering;

/// Compares two names, runs of digits by their value.
pub fn natural(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one, other);
    loop {
        match (left.chars().next(), right.chars().next()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (first, second) = (number(&mut left), number(&mut right));
                let first = first.trim_start_matches('0');
                let second = second.trim_start_matches('0');
                let order = first.len().cmp(&second.len());
                let order = order.then_with(|| first.cmp(second));
                if order != Ordering::Equal {
                    return order;
                }
            }
            (Some(x), Some(y)) if x == y => {
                left = &left[x.len_utf8()..];
                right = &right[y.len_utf8()..];
            }
            // What counts the same (`A02` and `A2`) still has one order.
            (None, None) => return one.cmp(other),
            (x, y) => return x.cmp(&y),
        }
    }
}

/// Takes the digits at the beginning.
fn number<'a>(text: &mut &'a str) -> &'a str {
    let end = text
        .find(|char: char| !char.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_by_their_value() {
        let mut places = ["A10", "A2", "B1", "A02", "1-1.10", "1-1.9", "A", ""];
        places.sort_by(|a, b| natural(a, b));
        assert_eq!(
            places,
            ["", "1-1.9", "1-1.10", "A", "A02", "A2", "A10", "B1"]
        );
    }

    #[test]
    fn any_number_of_digits_is_compared() {
        let (long, longer) = ("9".repeat(400), format!("1{}", "0".repeat(400)));
        assert_eq!(natural(&long, &longer), Ordering::Less);
        assert_eq!(natural("ä1", "ä1"), Ordering::Equal);
    }
}
