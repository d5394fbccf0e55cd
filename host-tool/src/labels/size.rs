//! The labels that one can buy: sheets by the number under which every maker sells them, and a printer's single labels by
//! their measures.

use std::fmt;
use std::str::FromStr;

/// A page of a sheet, in millimetres.
const A4: (f32, f32) = (210.0, 297.0);
const LETTER: (f32, f32) = (215.9, 279.4);

/// A label, and how many stand on a page. All measures are in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Width of a label.
    pub width: f32,
    /// Height of a label.
    pub height: f32,
    /// Width and height of the page.
    pub page: (f32, f32),
    /// Labels side by side.
    pub columns: u16,
    /// Labels one above the other. They touch; a sheet's labels stand in the middle of its page.
    pub rows: u16,
    /// Between two labels side by side.
    gap: f32,
}

/// The sheets that have a name, and what they are.
pub const NAMED: [(&str, Size); 5] = [
    ("l7160", sheet(A4, 3, 7, 63.5, 38.1, 2.54)),
    ("l7651", sheet(A4, 5, 13, 38.1, 21.2, 2.54)),
    ("l4731", sheet(A4, 7, 27, 25.4, 10.0, 2.54)),
    ("5160", sheet(LETTER, 3, 10, 66.675, 25.4, 3.175)),
    ("5167", sheet(LETTER, 4, 20, 44.45, 12.7, 7.62)),
];

const fn sheet(
    page: (f32, f32),
    columns: u16,
    rows: u16,
    width: f32,
    height: f32,
    gap: f32,
) -> Size {
    Size {
        width,
        height,
        page,
        columns,
        rows,
        gap,
    }
}

/// What names no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such label: take l7160, l7651 or l4731 (A4), 5160 or 5167 (Letter), or measures in mm such as 50x25, each from 8 to 200"
)]
pub struct BadSize;

impl Size {
    /// How many stand on a page.
    pub fn on_a_page(self) -> usize {
        usize::from(self.columns) * usize::from(self.rows)
    }

    /// Where the upper left corner of a page's label is, from the page's upper left corner. They are counted from 0, row by row.
    pub fn place(self, index: usize) -> (f32, f32) {
        let columns = usize::from(self.columns.max(1));
        let number = |number: usize| f32::from(u16::try_from(number).unwrap_or(u16::MAX));
        let left = (self.page.0 - span(self.columns, self.width, self.gap)) / 2.0;
        let top = (self.page.1 - span(self.rows, self.height, 0.0)) / 2.0;
        (
            left + number(index % columns) * (self.width + self.gap),
            top + number(index / columns) * self.height,
        )
    }
}

/// What a row of labels takes.
fn span(labels: u16, size: f32, gap: f32) -> f32 {
    f32::from(labels) * size + f32::from(labels.saturating_sub(1)) * gap
}

impl FromStr for Size {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, BadSize> {
        let text = text.trim().to_ascii_lowercase();
        let name = text.strip_prefix("avery-").unwrap_or(&text);
        if let Some((_, size)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Ok(*size);
        }
        let (width, height) = text.split_once('x').ok_or(BadSize)?;
        let measure = |text: &str| {
            let number: f32 = text.parse().map_err(|_| BadSize)?;
            // Not true of what is no number either.
            (8.0..=200.0)
                .contains(&number)
                .then_some(number)
                .ok_or(BadSize)
        };
        let (width, height) = (measure(width)?, measure(height)?);
        Ok(sheet((width, height), 1, 1, width, height, 0.0))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMED.iter().find(|(_, size)| size == self) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "{}x{}", self.width, self.height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_measures_are_read() {
        for (text, width, height, count) in [
            ("l7651", 38.1, 21.2, 65),
            ("Avery-L7160", 63.5, 38.1, 21),
            ("5160", 66.675, 25.4, 30),
            ("50x25", 50.0, 25.0, 1),
            ("25.4X12.7", 25.4, 12.7, 1),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!((size.width, size.height), (width, height), "{text}");
            assert_eq!(size.on_a_page(), count, "{text}");
            assert_eq!(size.to_string().parse(), Ok(size));
        }
        for text in [
            "", "l9999", "50", "50x", "x25", "7x25", "50x201", "NaNx25", "infx9", "-50x25",
            "50x25x2",
        ] {
            assert_eq!(text.parse::<Size>(), Err(BadSize), "{text}");
        }
    }

    /// By the makers' drawings: the distance from the page's left and upper edge to the first label.
    #[test]
    fn the_first_label_is_where_the_sheet_has_it() {
        for (name, left, top) in [
            ("l7160", 7.21, 15.15),
            ("l7651", 4.67, 10.7),
            ("l4731", 8.48, 13.5),
            ("5160", 4.76, 12.7),
            ("5167", 7.62, 12.7),
        ] {
            let size: Size = name.parse().unwrap();
            let (x, y) = size.place(0);
            assert!(
                (x - left).abs() < 0.02 && (y - top).abs() < 0.02,
                "{name}: {x} {y}"
            );
            let (x, y) = size.place(size.on_a_page() - 1);
            assert!((x + size.width + left - size.page.0).abs() < 0.02, "{name}");
            assert!((y + size.height + top - size.page.1).abs() < 0.02, "{name}");
        }
    }

    #[test]
    fn they_go_row_by_row() {
        let size: Size = "l7160".parse().unwrap();
        let (first, second, fourth) = (size.place(0), size.place(1), size.place(3));
        assert!(second.0 > first.0 && (second.1 - first.1).abs() < 0.01);
        assert!((fourth.0 - first.0).abs() < 0.01 && fourth.1 > first.1);
    }
}
