//! Labels as PDF pages: sheets of labels, or a page a label.
//!
//! What is drawn is as in the SVG: the code as filled rectangles, the text in Courier, which every viewer has and which has the
//! characters of Western Europe. Others are printed as `?`; the code carries them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::layout::Label;
use super::size::Size;

/// A millimetre in the unit of PDF, 1/72 of an inch.
const POINT: f32 = 72.0 / 25.4;
/// The text's font, as the pages call it.
const FONT: Name<'static> = Name(b"F1");

/// Pages in the making. Memory grows with them: [`Sheets::bytes`] tells how much.
pub struct Sheets {
    pdf: Pdf,
    size: Size,
    /// The next number of an object.
    next: i32,
    catalog: Ref,
    tree: Ref,
    font: Ref,
    pages: Vec<Ref>,
    page: Option<Content>,
    /// The place on the page where the next label goes.
    place: usize,
    written: usize,
}

impl Sheets {
    /// Begins. On the first page so many places are left out: those of a sheet from which labels were taken before.
    pub fn new(size: Size, skip: usize) -> Self {
        let mut sheets = Self {
            pdf: Pdf::new(),
            size,
            next: 1,
            catalog: Ref::new(1),
            tree: Ref::new(1),
            font: Ref::new(1),
            pages: Vec::new(),
            page: None,
            place: skip.min(size.on_a_page().saturating_sub(1)),
            written: 0,
        };
        sheets.catalog = sheets.object();
        sheets.tree = sheets.object();
        sheets.font = sheets.object();
        let mut font = sheets.pdf.type1_font(sheets.font);
        font.base_font(Name(b"Courier"));
        font.encoding_predefined(Name(b"WinAnsiEncoding"));
        font.finish();
        sheets
    }

    fn object(&mut self) -> Ref {
        let object = Ref::new(self.next);
        self.next = self.next.saturating_add(1);
        object
    }

    /// Adds a label. Whether all of its characters could be printed.
    pub fn add(&mut self, label: &Label) -> bool {
        let corner = self.size.place(self.place);
        let page = self.page.get_or_insert_with(Content::new);
        let is_whole = draw(page, label, corner, self.size.page.1);
        self.place += 1;
        if self.place >= self.size.on_a_page() {
            self.end_page();
        }
        is_whole
    }

    /// How much memory the finished pages take.
    pub fn bytes(&self) -> usize {
        self.written
    }

    /// Whether the next label begins a page.
    pub fn is_at_page_end(&self) -> bool {
        self.page.is_none()
    }

    fn end_page(&mut self) {
        let Some(page) = self.page.take() else { return };
        self.place = 0;
        let (id, stream) = (self.object(), self.object());
        let content = page.finish();
        let packed = packed(&content);
        self.written = self.written.saturating_add(packed.len());
        self.pdf.stream(stream, &packed).filter(Filter::FlateDecode);
        let (width, height) = self.size.page;
        let mut page = self.pdf.page(id);
        page.parent(self.tree);
        page.media_box(Rect::new(0.0, 0.0, width * POINT, height * POINT));
        page.contents(stream);
        page.resources().fonts().pair(FONT, self.font);
        page.finish();
        self.pages.push(id);
    }

    /// The file.
    pub fn finish(mut self) -> Vec<u8> {
        self.end_page();
        let info = self.object();
        self.pdf
            .document_info(info)
            .title(TextStr("Labels"))
            .producer(TextStr(concat!("nameplate ", env!("CARGO_PKG_VERSION"))));
        self.pdf.catalog(self.catalog).pages(self.tree);
        let count = i32::try_from(self.pages.len()).unwrap_or(i32::MAX);
        let mut tree = self.pdf.pages(self.tree);
        tree.kids(self.pages.iter().copied()).count(count);
        tree.finish();
        self.pdf.finish()
    }
}

/// Zlib into memory can't fail; what it could not pack would be an empty page.
fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let _ = encoder.write_all(content);
    encoder.finish().unwrap_or_default()
}

/// Draws a label with its upper left corner there; PDF counts from the page's lower left one.
fn draw(page: &mut Content, label: &Label, corner: (f32, f32), page_height: f32) -> bool {
    let x = |x: f32| (corner.0 + x) * POINT;
    let y = |y: f32| (page_height - corner.1 - y) * POINT;
    for bar in &label.bars {
        let lower = y(bar.y + bar.height);
        page.rect(x(bar.x), lower, bar.width * POINT, bar.height * POINT);
    }
    page.fill_nonzero();
    let mut is_whole = true;
    for line in &label.lines {
        let text: Vec<u8> = line
            .text
            .chars()
            .map(|character| {
                win_ansi(character).unwrap_or_else(|| {
                    is_whole = false;
                    b'?'
                })
            })
            .collect();
        page.begin_text()
            .set_font(FONT, line.height * POINT)
            .next_line(x(line.x), y(line.baseline))
            .show(Str(&text))
            .end_text();
    }
    is_whole
}

/// A character in WinAnsiEncoding (ISO 32000-1 annex D.2), where it is the same as in Latin-1.
fn win_ansi(character: char) -> Option<u8> {
    match character {
        ' '..='~' | '\u{A1}'..='\u{FF}' => u8::try_from(u32::from(character)).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use nameplate_wire::Mac;

    use super::super::layout;
    use super::*;

    fn sheets(size: &str, skip: usize, labels: u8) -> String {
        let size = size.parse().unwrap();
        let mut sheets = Sheets::new(size, skip);
        for number in 0..labels {
            let label = layout(size, Mac([2, 0, 0, 0, 0, number]), "a-1").unwrap();
            assert!(sheets.add(&label));
        }
        String::from_utf8_lossy(&sheets.finish()).into_owned()
    }

    #[test]
    fn pages_are_filled_one_after_the_other() {
        for (size, skip, labels, pages) in [
            ("l7160", 0, 21, 1),
            ("l7160", 0, 22, 2),
            ("l7160", 20, 2, 2),
            ("50x25", 0, 3, 3),
        ] {
            let text = sheets(size, skip, labels);
            assert!(text.starts_with("%PDF-1.7"));
            assert!(
                text.contains(&format!("/Count {pages}\n")),
                "{size} {skip} {labels}"
            );
        }
    }

    #[test]
    fn what_the_font_does_not_have_is_told() {
        let size = "62x29".parse().unwrap();
        let mut sheets = Sheets::new(size, 0);
        for (name, is_whole) in [("Fühler-1", true), ("(a\\)", true), ("传感器", false)] {
            let label = layout(size, Mac([2, 0, 0, 0, 0, 1]), name).unwrap();
            assert_eq!(sheets.add(&label), is_whole, "{name}");
        }
    }
}
