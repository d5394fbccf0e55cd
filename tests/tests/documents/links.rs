//! Links between documents: each leads to a file, and where it names one to a heading; each document is reached from the README.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::found::{Document, root};

const FIRST: &str = "README.md";

/// What is wrong.
pub fn faults(documents: &[Document]) -> Vec<String> {
    let mut faults = Vec::new();
    for document in documents {
        let (shown, hidden) = comments_apart(&document.text);
        for link in relative_links(&shown) {
            if let Err(fault) = follow(document, &link, documents) {
                faults.push(format!("{}: {link}: {fault}", document.path));
            }
        }
        // What waits in a comment for its file.
        let there = relative_links(&hidden)
            .into_iter()
            .filter(|link| follow(document, link, documents).is_ok());
        faults.extend(there.map(|link| {
            format!(
                "{}: {link} is there: take it out of the comment",
                document.path
            )
        }));
    }
    let reached = reached(documents);
    let unreached = documents
        .iter()
        .filter(|document| !reached.contains(&document.path));
    faults.extend(
        unreached.map(|document| format!("{}: no link leads here from {FIRST}", document.path)),
    );
    faults
}

/// A text without its comments, and the comments.
fn comments_apart(text: &str) -> (String, String) {
    let (mut shown, mut hidden) = (String::new(), String::new());
    for (number, part) in text.split("<!--").enumerate() {
        let (comment, after) = part
            .split_once("-->")
            .filter(|_| number > 0)
            .unwrap_or(("", part));
        hidden.push_str(comment);
        shown.push_str(after);
    }
    (shown, hidden)
}

/// Where the links of a text lead, but for those to other sites. Blocks of code hold none.
fn relative_links(text: &str) -> Vec<String> {
    let mut is_code = false;
    let mut links = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        // Every second part of a line is inline code.
        let prose: Vec<_> = line.split('`').collect();
        let prose = prose.join("");
        for after in prose.split("](").skip(1) {
            let link = after.split(')').next().unwrap_or_default();
            if !link.contains("://") {
                links.push(link.to_owned());
            }
        }
    }
    links
}

/// The path below the root to which a link of this document leads.
fn target(document: &Document, link: &str) -> String {
    let path = link.split('#').next().unwrap_or_default();
    if path.is_empty() {
        return document.path.clone();
    }
    let mut way = PathBuf::new();
    let folder = Path::new(&document.path).parent().unwrap_or(Path::new(""));
    for component in folder.join(path).components() {
        if component == Component::ParentDir {
            assert!(way.pop(), "{link} leads out of the project");
        } else {
            way.push(component);
        }
    }
    way.display().to_string()
}

fn follow(document: &Document, link: &str, documents: &[Document]) -> Result<(), String> {
    let target = target(document, link);
    let found = documents.iter().find(|document| document.path == target);
    if found.is_none() && !root().join(&target).exists() {
        return Err("there is no such file".to_owned());
    }
    let Some((_, heading)) = link.split_once('#') else {
        return Ok(());
    };
    let Some(found) = found else {
        return Err("it has no headings".to_owned());
    };
    if headings(&found.text).contains(heading) {
        Ok(())
    } else {
        Err("there is no such heading".to_owned())
    }
}

/// The names under which the headings of a text can be linked to.
fn headings(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    let name = |line: &str| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    lines.map(name).collect()
}

/// The documents to which links lead from the README, over any others.
fn reached(documents: &[Document]) -> BTreeSet<String> {
    let mut reached = BTreeSet::from([FIRST.to_owned()]);
    let mut new = vec![FIRST.to_owned()];
    while let Some(path) = new.pop() {
        let Some(document) = documents.iter().find(|document| document.path == path) else {
            continue;
        };
        for link in relative_links(&document.text) {
            let target = target(document, &link);
            if reached.insert(target.clone()) {
                new.push(target);
            }
        }
    }
    reached
}

#[test]
fn a_link_to_nothing_is_found() {
    let document = |path: &str, text: &str| Document {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let all = |text: &str| {
        [
            document("README.md", text),
            document("agent/a.md", "# A heading: of it\n"),
        ]
    };
    for wrong in [
        "",
        "[a](agent/a.md) [b](agent/b.md)",
        "[a](agent/a.md#b)",
        "[a](agent/a.md) [b](#c)",
        "[a](agent/a.md) <!-- ![b](Cargo.toml) -->",
    ] {
        assert_eq!(faults(&all(wrong)).len(), 1, "{wrong}");
    }
    let right = "[a](agent/a.md#a-heading-of-it) [b](https://example.com/b.md) [c](Cargo.toml)\n<!-- ![d](d.png) -->\n```\n[d](d.md)\n```\n";
    assert_eq!(faults(&all(right)), Vec::<String>::new());
}
