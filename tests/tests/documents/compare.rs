//! What a document shows of a command's output, held against what the command said.
//!
//! What differs from run to run is masked in both: ids, hashes, addresses, ports, times, folders, numbers of boards that come in any
//! order. A lone `…` stands for any lines, and at a line's end for the rest of that line.

/// What is wrong; nothing where the output is as shown.
pub fn fault(shown: &[String], said: &str) -> Option<String> {
    let said: Vec<_> = said.lines().map(mask).collect();
    let shown: Vec<_> = shown.iter().map(|line| mask(line)).collect();
    let parts: Vec<_> = shown.split(|line| line == "…").collect();
    let mut from = 0;
    for (number, part) in parts.iter().enumerate() {
        let rest = &said[from..];
        let is_last = number + 1 == parts.len();
        let at = match (number, is_last) {
            (0, _) => is_like(part, rest).then_some(0),
            (_, true) => {
                let at = rest.len().checked_sub(part.len());
                at.filter(|at| is_like(part, &rest[*at..]))
            }
            _ => (0..=rest.len()).find(|at| is_like(part, &rest[*at..])),
        };
        let Some(at) = at else {
            return Some(told("shown and not said there", part, &said));
        };
        from += at + part.len();
    }
    (from < said.len()).then(|| told("said and not shown", &said[from..], &said))
}

fn told(what: &str, lines: &[String], said: &[String]) -> String {
    format!("{what}:\n{}\n--- of\n{}", lines.join("\n"), said.join("\n"))
}

fn is_like(part: &[String], said: &[String]) -> bool {
    part.len() <= said.len()
        && part
            .iter()
            .zip(said)
            .all(|(shown, said)| match shown.strip_suffix('…') {
                Some(begin) => said.starts_with(begin.trim_end()),
                None => shown == said,
            })
}

/// A line with its variable parts masked and its blanks made single.
pub fn mask(line: &str) -> String {
    let line = line.replace("tls 127.0.0.1", "LINK");
    let words: Vec<_> = line.split_whitespace().map(word).collect();
    let mut masked = words.join(" ");
    for unit in ["bytes", "rows", "s"] {
        masked = amounts(&masked, unit);
    }
    // By its number, where the account has no name.
    match masked.split_once(", account ") {
        Some((before, after)) => {
            let behind = after.split_once(' ').map_or("", |(_, behind)| behind);
            format!("{before}, account N {behind}")
                .trim_end()
                .to_owned()
        }
        None => masked,
    }
}

fn word(word: &str) -> String {
    let is_around = |c: char| "[](),;:.\"'".contains(c);
    let inner = word.trim_matches(is_around);
    if inner.is_empty() {
        return word.to_owned();
    }
    let at = word.find(inner).unwrap();
    let (before, after) = (&word[..at], &word[at + inner.len()..]);
    let masked = match inner.split_once('=') {
        Some((name, value)) => format!("{name}={}", value_of(value)),
        None => value_of(inner),
    };
    format!("{before}{masked}{after}")
}

fn value_of(word: &str) -> String {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = |by: char| word.split(by).map(str::len).collect::<Vec<_>>();
    let behind_colon = word.split_once(':').map_or(word, |(_, behind)| behind);
    if parts('-') == [8, 4, 4, 4, 12] {
        "ID".to_owned()
    } else if parts(':') == [2; 6] && hex(&word.replace(':', "")) {
        "MAC".to_owned()
    } else if behind_colon.len() >= 12 && hex(behind_colon) {
        "HEX".to_owned()
    } else if word.starts_with("20") && word.contains('T') && word.ends_with('Z') {
        "TIME".to_owned()
    } else if word.contains("/dev/") || word.contains("127.0.0.1") {
        "LINK".to_owned()
    } else if let Some((_, path)) = word.split_once("/nameplate-demo-") {
        format!("FOLDER{}", path.find('/').map_or("", |at| &path[at..]))
    } else {
        match word.rsplit_once('-') {
            Some((kind, number)) if number.len() == 4 && number.parse::<u16>().is_ok() => {
                format!("{kind}-N")
            }
            _ => word.to_owned(),
        }
    }
}

/// Numbers before this unit, masked.
fn amounts(line: &str, unit: &str) -> String {
    let mut words: Vec<_> = line.split(' ').map(str::to_owned).collect();
    for at in 1..words.len() {
        let is_unit = words[at].trim_end_matches([',', '.', ';', ')']) == unit;
        let number = words[at - 1].trim_start_matches('(').replace(',', "");
        if is_unit && number.parse::<f64>().is_ok() {
            "N".clone_into(&mut words[at - 1]);
        }
    }
    words.join(" ")
}

#[test]
fn what_varies_is_masked_and_nothing_else() {
    for (one, other) in [
        (
            "✓ demo-0008  02:4e:50:00:00:08  recorded  [tls 127.0.0.1]",
            "✓ demo-0001  02:4e:50:00:00:01  recorded  [/dev/pts/5]",
        ),
        (
            "job 19f7d1ac-39ee-4dae-88bb-8f714d368fbf is",
            "job 00000000-0000-0000-0000-000000000000 is",
        ),
        (
            "batch    /tmp/nameplate-demo-Xk2fQa",
            "batch /var/nameplate-demo-000000",
        ),
        ("Done in 7.7 s.", "Done in 4.1 s."),
        (
            "29:88fc58effacc42b0a62692c3fe943a11",
            "31:00fc58effacc42b0a62692c3fe943a11",
        ),
    ] {
        assert_eq!(mask(one), mask(other));
    }
    for (one, other) in [
        ("8 issued, 0 failed", "7 issued, 1 failed"),
        ("✓ demo-0001  recorded", "✗ demo-0001  recorded"),
        (
            "/tmp/nameplate-demo-Xk2fQa/a.csv",
            "/tmp/nameplate-demo-Xk2fQa/b.csv",
        ),
    ] {
        assert_ne!(mask(one), mask(other));
    }
}
