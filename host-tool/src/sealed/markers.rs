//! PEM markers, held to the letter (RFC 7468 section 3): what is almost one is refused, never mended.

/// A line that is almost a marker. Lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadMarker {
    pub(super) line: usize,
    pub(super) column: usize,
}

const DASHES: &str = "-----";

/// The labels of the blocks in order, as their first lines say.
pub(super) fn labels(text: &str) -> Result<Vec<&str>, BadMarker> {
    let mut labels = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.trim_end();
        let Some((at, word)) = ["BEGIN ", "END "].iter().find_map(|word| {
            let at = content.find(word)?;
            content.get(..at)?.ends_with('-').then_some((at, *word))
        }) else {
            continue;
        };
        let (before, rest) = content.split_at(at);
        let bad = |column| BadMarker { line, column };
        if before != DASHES {
            let good = before.chars().zip(DASHES.chars());
            return Err(bad(1 + good
                .take_while(|(found, dash)| found == dash)
                .count()));
        }
        let label = rest.strip_prefix(word).unwrap_or(rest);
        let end = label.find('-').unwrap_or(label.len());
        let (label, dashes) = label.split_at(end);
        if dashes != DASHES || label.is_empty() {
            let from = content.chars().count() - dashes.chars().count();
            let good = dashes.chars().zip(DASHES.chars());
            return Err(bad(1
                + from
                + good.take_while(|(found, dash)| found == dash).count()));
        }
        if word == "BEGIN " {
            labels.push(label);
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_markers_are_taken() {
        let text = "a comment - BEGIN here\n-----BEGIN A B-----\r\nMIIB\n-----END A B-----\n";
        assert_eq!(labels(text), Ok(vec!["A B"]));
        for (text, line, column) in [
            ("x\n------BEGIN CERTIFICATE-----\n", 2, 6),
            ("----BEGIN CERTIFICATE-----", 1, 5),
            (" -----BEGIN CERTIFICATE-----", 1, 1),
            ("-----BEGIN CERTIFICATE----", 1, 27),
            ("-----BEGIN CERTIFICATE------", 1, 28),
            ("-----BEGIN CERTIFICATE", 1, 23),
            ("-----BEGIN CERTIFICATE--MIIFAzCCA+ugA", 1, 25),
            ("-----BEGIN A-----\nMII\n-----END A----", 3, 15),
        ] {
            assert_eq!(labels(text), Err(BadMarker { line, column }), "{text}");
        }
    }
}
