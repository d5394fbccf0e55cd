//! `ERRORS.md` as data: what each code means, why it happens, what to do.

use super::Code;

/// The page, as it is read on the web.
const PAGE: &str = include_str!("../../ERRORS.md");

/// What the page says of a code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The heading that it stands under.
    pub group: &'static str,
    /// The code's word.
    pub word: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// Why it probably happens.
    pub why: &'static str,
    /// What to do.
    pub next: &'static str,
    /// With which exit code a command ends.
    pub exit: &'static str,
}

/// All entries, in the page's order.
pub fn all() -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut group = "";
    for line in PAGE.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            group = heading;
        } else if let Some(word) = line.strip_prefix("### ") {
            entries.push(Entry {
                group,
                word,
                ..Entry::default()
            });
        } else if let Some(entry) = entries.last_mut().filter(|entry| entry.group == group) {
            add(entry, line);
        }
    }
    entries
}

fn add(entry: &mut Entry, line: &'static str) {
    for (mark, place) in [
        ("- Why: ", &mut entry.why),
        ("- Next: ", &mut entry.next),
        ("- Exit code: ", &mut entry.exit),
    ] {
        if let Some(text) = line.strip_prefix(mark) {
            *place = text;
            return;
        }
    }
    if entry.meaning.is_empty() {
        entry.meaning = line;
    }
}

/// The entry of a code.
pub fn of(code: Code) -> Option<Entry> {
    find(code.as_str())
}

/// What the page says to do about a code.
pub fn next_step(code: Code) -> &'static str {
    of(code).map_or("", |entry| entry.next)
}

/// The entry of a word.
pub fn find(word: &str) -> Option<Entry> {
    all().into_iter().find(|entry| entry.word == word)
}

/// The words that are most like this one, the likest first.
pub fn like(word: &str) -> Vec<&'static str> {
    const MOST: usize = 3;
    const ALIKE: f64 = 0.75;
    let word = word.to_ascii_lowercase().replace(['_', ' '], "-");
    let measured = Code::ALL.iter().map(|code| {
        let known = code.as_str();
        // Whoever remembers one word of two is meant too.
        let part = known.split('-').any(|part| part == word);
        let likeness = strsim::jaro_winkler(known, &word);
        (if part { 1.0 } else { likeness }, known)
    });
    let mut alike: Vec<_> = measured.filter(|(likeness, _)| *likeness > ALIKE).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.into_iter().take(MOST).map(|(_, word)| word).collect()
}
