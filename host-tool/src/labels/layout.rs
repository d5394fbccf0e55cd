//! Where things stand on a label: the code with its quiet zone, the name on one or more lines, the MAC address.
//!
//! Everything is in millimetres from the label's upper left corner. The text's font is one in which all characters are as wide
//! as each other, so that its width is known without the font.

use nameplate_wire::Mac;
use qrcodegen::{DataTooLong, QrCode, QrCodeEcc, QrSegment};

use super::code;
use super::size::Size;

/// White that is kept at the edges: printers and cutters are not exact.
const MARGIN: f32 = 0.5;
/// Modules of white around the code, which a scanner needs (ISO/IEC 18004 section 9.1).
const QUIET: u16 = 4;
/// The smallest module that common scanners read, and that 200 dots an inch can print: two dots.
const MIN_MODULE: f32 = 0.25;
/// The smallest and the greatest height of text that one can read and wants.
const MIN_FONT: f32 = 1.0;
const MAX_FONT: f32 = 5.0;
/// How wide a character is, and how far one line is below the other, in heights of the font.
const ADVANCE: f32 = 0.6;
const LEADING: f32 = 1.2;
/// How far the bottom of capitals is below the top of their line.
const ASCENT: f32 = 0.85;
/// At most so many lines for a name.
const MAX_LINES: usize = 4;
/// A label that is wider than so many heights has its text beside the code, another below it.
const WIDE: f32 = 1.4;
/// Of the label's height, what the code gets where the text is below.
const UPPER: f32 = 0.7;
/// ECI assignment number of UTF-8.
const UTF_8: u32 = 26;

/// What does not go on a label.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LabelError {
    /// The code would be too fine.
    #[error(
        "the label is too small for the QR code of {name:?}: its squares would be {module:.2} mm, and a scanner needs {MIN_MODULE}"
    )]
    Code {
        /// The board's name.
        name: String,
        /// The side of a square.
        module: f32,
    },
    /// The letters would be too small.
    #[error(
        "the label is too small for the name {name:?}: its letters would be {height:.1} mm high"
    )]
    Text {
        /// The board's name.
        name: String,
        /// The height of the font.
        height: f32,
    },
    /// No QR code holds it.
    #[error("the name {name:?} is too long for a QR code")]
    Long {
        /// The board's name.
        name: String,
    },
}

/// A bar of the code: dark modules side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub x: f32,
    pub baseline: f32,
    /// The font's.
    pub height: f32,
    pub width: f32,
    pub text: String,
}

/// A label, laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub(super) name: String,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) bars: Vec<Bar>,
    pub(super) lines: Vec<Line>,
}

/// A part of the label.
#[derive(Debug, Clone, Copy)]
struct Area {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

/// Lays out a board's label.
///
/// # Errors
/// [`LabelError`] where the label is too small for what is to be on it.
pub fn layout(size: Size, mac: Mac, name: &str) -> Result<Label, LabelError> {
    let code = encode(mac, name).map_err(|_| LabelError::Long {
        name: name.to_owned(),
    })?;
    let (upper, text) = areas(size);
    let side = upper.width.min(upper.height);
    let bars = draw(&code, upper.x, upper.y, side).map_err(|module| LabelError::Code {
        name: name.to_owned(),
        module,
    })?;
    let lines = write(text, mac, name).map_err(|height| LabelError::Text {
        name: name.to_owned(),
        height,
    })?;
    Ok(Label {
        name: name.to_owned(),
        width: size.width,
        height: size.height,
        bars,
        lines,
    })
}

/// The least that is lost is a quarter of the code; more where it costs no finer squares.
fn encode(mac: Mac, name: &str) -> Result<QrCode, DataTooLong> {
    let text = code::text(mac, name);
    let mut segments = QrSegment::make_segments(&text);
    if !text.is_ascii() {
        segments.insert(0, QrSegment::make_eci(UTF_8));
    }
    QrCode::encode_segments(&segments, QrCodeEcc::Medium)
}

/// Where the code is, and where the text.
fn areas(size: Size) -> (Area, Area) {
    let (width, height) = (size.width - 2.0 * MARGIN, size.height - 2.0 * MARGIN);
    let whole = Area {
        x: MARGIN,
        y: MARGIN,
        width,
        height,
    };
    if size.width > WIDE * size.height {
        // Of a very wide label the text gets the more; of the other at least half.
        let side = height.min(width / 2.0);
        let code = Area {
            y: MARGIN + (height - side) / 2.0,
            width: side,
            height: side,
            ..whole
        };
        let text = Area {
            x: MARGIN + side,
            width: width - side,
            ..whole
        };
        return (code, text);
    }
    let side = width.min(height * UPPER);
    let code = Area {
        x: MARGIN + (width - side) / 2.0,
        width: side,
        height: side,
        ..whole
    };
    let text = Area {
        y: MARGIN + side,
        height: height - side,
        ..whole
    };
    (code, text)
}

/// The dark modules of each row as few bars; or how small they would be.
fn draw(code: &QrCode, x: f32, y: f32, side: f32) -> Result<Vec<Bar>, f32> {
    let modules = u16::try_from(code.size()).unwrap_or(u16::MAX);
    let module = side / f32::from(modules.saturating_add(2 * QUIET));
    if module < MIN_MODULE {
        return Err(module);
    }
    let at = |modules: u16| f32::from(modules + QUIET) * module;
    let mut bars = Vec::new();
    for row in 0..modules {
        let is_dark = |column: u16| code.get_module(column.into(), row.into());
        let mut column = 0;
        while column < modules {
            let dark = (column..modules)
                .take_while(|column| is_dark(*column))
                .count();
            let length = u16::try_from(dark).unwrap_or(modules);
            if length > 0 {
                bars.push(Bar {
                    x: x + at(column),
                    y: y + at(row),
                    width: f32::from(length) * module,
                    height: module,
                });
            }
            column = column.saturating_add(length.max(1));
        }
    }
    Ok(bars)
}

/// The name in the greatest letters that fit, the MAC address below it; or how small they would be.
fn write(area: Area, mac: Mac, name: &str) -> Result<Vec<Line>, f32> {
    let mac = mac.to_string();
    let letters: Vec<char> = name.chars().collect();
    let of_mac = fitting(area.width, mac.len()).min(MAX_FONT);
    let mut best = (0.0, letters.len().max(1));
    for lines in 1..=MAX_LINES {
        let a_line = letters.len().div_ceil(lines).max(1);
        let rows = letters.len().div_ceil(a_line);
        let by_height = area.height / (LEADING * (float(rows) + 1.0));
        let height = fitting(area.width, a_line).min(by_height).min(MAX_FONT);
        if height > best.0 {
            best = (height, a_line);
        }
    }
    let (of_name, a_line) = best;
    let of_mac = of_mac.min(of_name);
    if of_mac < MIN_FONT {
        return Err(of_mac);
    }
    let mut rows: Vec<(String, f32)> = letters
        .chunks(a_line)
        .map(|row| (row.iter().collect(), of_name))
        .collect();
    rows.push((mac, of_mac));
    let high: f32 = rows.iter().map(|(_, height)| height * LEADING).sum();
    let mut top = area.y + (area.height - high) / 2.0;
    let lines = rows.into_iter().map(|(text, height)| {
        let line = Line {
            x: area.x,
            baseline: top + height * ASCENT,
            height,
            width: float(text.chars().count()) * ADVANCE * height,
            text,
        };
        top += height * LEADING;
        line
    });
    Ok(lines.collect())
}

/// The height of a font of which so many characters are that wide.
fn fitting(width: f32, characters: usize) -> f32 {
    width / (ADVANCE * float(characters.max(1)))
}

fn float(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::size::NAMED;
    use super::*;
    use proptest::prelude::*;

    const MAC: Mac = Mac([0x02, 0x4e, 0x50, 0, 0, 1]);

    fn is_inside(label: &Label) {
        let (right, bottom) = (label.width - MARGIN + 0.01, label.height - MARGIN + 0.01);
        let least = MARGIN - 0.01;
        for bar in &label.bars {
            assert!(bar.x >= least && bar.y >= least, "{bar:?}");
            assert!(
                bar.x + bar.width <= right && bar.y + bar.height <= bottom,
                "{bar:?}"
            );
        }
        for line in &label.lines {
            assert!(line.x >= least && line.x + line.width <= right, "{line:?}");
            let top = line.baseline - ASCENT * line.height;
            assert!(
                top >= least && top + LEADING * line.height <= bottom,
                "{line:?}"
            );
        }
    }

    #[test]
    fn each_size_takes_a_usual_name() {
        let single = ["50x25", "62x29", "25x25", "30x40"].map(|size| size.parse().unwrap());
        for size in NAMED.iter().map(|(_, size)| *size).chain(single) {
            let label = layout(size, MAC, "sensor-c-0001").unwrap();
            is_inside(&label);
            let (mac, name) = label.lines.split_last().unwrap();
            assert_eq!(mac.text, "02:4e:50:00:00:01", "{size}");
            let name: String = name.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(name, "sensor-c-0001", "{size}");
            // Text and code are apart.
            let code = label.bars.iter().map(|bar| bar.x + bar.width);
            let lowest = label.bars.iter().map(|bar| bar.y + bar.height);
            let (right, low) = (code.fold(0.0, f32::max), lowest.fold(0.0, f32::max));
            let (left, high) = (mac.x, label.lines[0].baseline - label.lines[0].height);
            assert!(left > right || high > low - 0.5, "{size}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let long = "n".repeat(64);
        let small: Size = "l4731".parse().unwrap();
        let error = layout(small, MAC, &long).unwrap_err();
        assert!(matches!(error, LabelError::Code { .. }), "{error}");
        let narrow: Size = "10x60".parse().unwrap();
        let error = layout(narrow, MAC, "a").unwrap_err();
        assert!(matches!(error, LabelError::Text { .. }), "{error}");
        let large: Size = "200x200".parse().unwrap();
        let error = layout(large, MAC, &"n".repeat(3000)).unwrap_err();
        assert!(matches!(error, LabelError::Long { .. }), "{error}");
        is_inside(&layout("62x29".parse().unwrap(), MAC, &long).unwrap());
    }

    proptest! {
        #[test]
        fn nothing_leaves_the_label(
            octets: [u8; 6], name in "\\PC{0,64}", width in 8.0_f32..200.0, height in 8.0_f32..200.0,
        ) {
            let size = format!("{width}x{height}").parse().unwrap();
            if let Ok(label) = layout(size, Mac(octets), &name) {
                is_inside(&label);
            }
        }
    }
}
