//! A label as an SVG file of its size.

use std::fmt::Write as _;

use svg::Document;
use svg::node::element::{Path, Rectangle, Text, Title};

use super::layout::Label;

/// The file's text. A name stands in elements alone, never in an attribute.
pub fn svg(label: &Label) -> String {
    let mut path = String::new();
    for bar in &label.bars {
        let _ = write!(
            path,
            "M{:.3} {:.3}h{:.3}v{:.3}h{:.3}z",
            bar.x, bar.y, bar.width, bar.height, -bar.width
        );
    }
    let mut document = Document::new()
        .set("width", format!("{}mm", label.width))
        .set("height", format!("{}mm", label.height))
        .set("viewBox", (0, 0, label.width, label.height))
        .add(Title::new(label.name.as_str()))
        .add(
            Rectangle::new()
                .set("width", label.width)
                .set("height", label.height)
                .set("fill", "#fff"),
        )
        // Whoever draws it must not blur the squares' edges.
        .add(
            Path::new()
                .set("d", path)
                .set("fill", "#000")
                .set("shape-rendering", "crispEdges"),
        );
    for line in &label.lines {
        // Whatever the font is, the line is as wide as it was laid out.
        document = document.add(
            Text::new(line.text.as_str())
                .set("x", format!("{:.3}", line.x))
                .set("y", format!("{:.3}", line.baseline))
                .set("font-family", "monospace")
                .set("font-size", format!("{:.3}", line.height))
                .set("textLength", format!("{:.3}", line.width))
                .set("lengthAdjust", "spacingAndGlyphs")
                .set("xml:space", "preserve"),
        );
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}\n")
}

#[cfg(test)]
mod tests {
    use nameplate_wire::Mac;

    use super::super::layout;
    use super::*;

    #[test]
    fn a_name_stays_text() {
        let size = "50x25".parse().unwrap();
        let name = "<b>&\"'</b>";
        let label = layout(size, Mac([2, 0, 0, 0, 0, 1]), name).unwrap();
        let text = svg(&label);
        assert!(text.contains("&lt;b&gt;&amp;\"'&lt;/b&gt;"), "{text}");
        assert!(!text.contains("<b>"), "{text}");
        assert!(text.contains("width=\"50mm\""), "{text}");
    }
}
