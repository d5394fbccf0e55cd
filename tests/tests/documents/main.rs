//! What the documents say is so: every command in them is run, every file in them is written, every link leads somewhere.
//!
//! A document is worked through as its reader would: in a folder of its own, from top to bottom, with the real programs, boards on
//! ptys, and the sandbox in the place of the service. What can't be run in a test stands in [`listed`] with its reason.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod blocks;
mod compare;
mod found;
mod inline;
mod links;
mod listed;
mod meaning;
mod scenes;
mod settings;
mod stage;
mod weak;

use std::sync::Mutex;

use blocks::Step;
use found::Document;
use stage::Stage;

/// Works through a document; gives what is wrong with it.
fn faults(document: &Document) -> Vec<String> {
    let steps = match blocks::steps(&document.text) {
        Ok(steps) => steps,
        Err(fault) => return vec![format!("{}: {fault}", document.path)],
    };
    if steps.is_empty() {
        return Vec::new();
    }
    let mut stage = Stage::new(scenes::of(&document.path));
    let mut faults = Vec::new();
    for step in &steps {
        let line = step.line();
        let fault = match step {
            Step::Write { file, text, .. } => stage.write(file, text),
            Step::Run(command) if listed::is_not_run(&document.path, &command.text) => {
                weak::check(&command.text)
            }
            Step::Run(command) => stage.run(command),
        };
        if let Err(fault) = fault {
            faults.push(format!("{}:{line}: {fault}", document.path));
            // What follows builds on it.
            break;
        }
    }
    faults.extend(stage.end());
    faults
}

#[test]
fn every_command_of_every_document_is_run_or_listed() {
    let documents = found::all();
    let left = Mutex::new(documents.iter());
    let all = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    // A statement of its own: the lock is free while a document is worked through.
                    let next = left.lock().unwrap().next();
                    let Some(document) = next else { return };
                    let begun = std::time::Instant::now();
                    let found = faults(document);
                    println!("{:6.1} s  {}", begun.elapsed().as_secs_f64(), document.path);
                    all.lock().unwrap().extend(found);
                }
            });
        }
    });
    let faults = all.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn what_is_listed_is_in_a_document() {
    let stale = listed::stale(&found::all());
    assert!(stale.is_empty(), "{stale:#?}");
}

#[test]
fn every_link_leads_somewhere_and_every_document_is_reached_from_the_readme() {
    let faults = links::faults(&found::all());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_configuration_in_a_document_is_one() {
    let faults = settings::faults(&found::all());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_command_in_the_text_names_what_exists() {
    let faults = inline::faults(&found::all());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_wrong_in_a_document_is_found() {
    for (text, words) in [
        (
            "```console\n$ no-such-program\n```\n",
            "exit code Some(127)",
        ),
        (
            "```console\n$ nameplate list --batch nowhere\n```\n",
            "exit code",
        ),
        (
            "```console\n$ nameplate frobnicate\n```\n",
            "exit code Some(2)",
        ),
        ("```console\n$ echo two\none\n```\n", "shown and not said"),
        (
            "```console\n$ printf 'one\\ntwo\\n'\none\n```\n",
            "said and not shown",
        ),
        ("```console\necho one\n```\n", "no prompt"),
        ("```sh\necho one\n```\n", "console"),
        ("```console\n$ echo one\n", "does not end"),
    ] {
        let document = Document {
            path: "wrong.md".to_owned(),
            text: text.to_owned(),
        };
        let faults = faults(&document);
        assert!(
            faults.len() == 1 && faults[0].contains(words),
            "{text}: {faults:?}"
        );
    }
    let right = "```toml a/b.toml\nx = 1\n```\n```console\n$ cat a/b.toml   # shown\nx = 1\n$ printf '1\\n2\\n3\\n'\n1\n…\n```\n";
    let document = Document {
        path: "right.md".to_owned(),
        text: right.to_owned(),
    };
    assert_eq!(faults(&document), Vec::<String>::new());
}
