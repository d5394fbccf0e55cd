//! Pictures of terminals: what stands in them is what a program drew, at the moment that was asked for.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate_tests::processes::naming;
use nameplate_tests::programs::{Ran, folder, run};

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts")
}

/// Takes a picture into this folder.
fn picture(home: &Path, arguments: &[&str]) -> (Ran, String) {
    let python = run(&mut Command::new(scripts().join("python-env"))).expect(0);
    let file = home.join("picture.svg");
    let mut command = Command::new(python.stdout.trim());
    command
        .arg(scripts().join("pictures/terminal_svg.py"))
        .args(["--columns", "60", "--rows", "12", "--output"])
        .arg(&file)
        .args(arguments)
        .env("XDG_DATA_HOME", home.join("data"));
    let ran = run(&mut command);
    (ran, fs::read_to_string(file).unwrap_or_default())
}

/// The text of a picture, a line a row.
fn text(svg: &str) -> String {
    let mut rows = String::new();
    let mut before = "";
    for part in svg.split("<text ").skip(1) {
        let (attributes, rest) = part.split_once('>').unwrap();
        let y = attributes.split("y=\"").nth(1).unwrap();
        let y = y.split('"').next().unwrap();
        if !before.is_empty() {
            rows.push(if y == before { ' ' } else { '\n' });
        }
        before = y;
        rows.push_str(rest.split("</text>").next().unwrap());
    }
    rows
}

#[test]
fn what_is_drawn_is_in_the_picture_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    // Colours, places, what was overwritten, what XML would take for its own, a character of two cells.
    let drawn = "\\033[2J\\033[Hgone\\033[H\\033[1;31mred\\033[0m \\033[48;5;2m ok \\033[0m\\n<&> 字 x\\033[5;1H✓ end";
    let (ran, svg) = picture(home.path(), &["--crop", "--", "printf", drawn]);
    let _ = ran.expect(0);
    assert_eq!(text(&svg), "red ok\n&lt;&amp;&gt; 字 x\n✓ end");
    for part in [
        "fill=\"#ff6b68\" font-weight=\"700\">red",
        "fill=\"#5fd38d\" shape-rendering",
    ] {
        assert!(svg.contains(part), "{svg}");
    }
    // Another program draws it.
    let _ = run(Command::new("rsvg-convert")
        .arg(home.path().join("picture.svg"))
        .arg("--output")
        .arg(home.path().join("picture.png")))
    .expect(0);
    // Cropped behind the fifth row.
    assert!(svg.contains("height=\"110.5\""), "{svg}");
}

#[test]
fn it_is_taken_when_the_text_is_there_and_the_program_is_ended() {
    let home = tempfile::tempdir().unwrap();
    let batch = home.path().join("batch");
    let program = folder().join("nameplate");
    let demo = [
        program.to_str().unwrap(),
        "demo",
        "--boards",
        "2",
        "--batch",
        batch.to_str().unwrap(),
    ];
    let arguments = [
        &[
            "--columns",
            "120",
            "--rows",
            "40",
            "--until",
            "demo-0002",
            "--",
        ],
        &demo[..],
    ]
    .concat();
    let (ran, svg) = picture(home.path(), &arguments);
    let _ = ran.expect(0);
    let text = text(&svg);
    assert!(
        text.contains("demo-0002") && !text.contains("Nothing runs any more"),
        "{text}"
    );
    for program in ["nameplate", "nameplate-board"] {
        assert_eq!(naming(program, home.path()), Vec::<u32>::new());
    }
}

#[test]
fn keys_are_pressed_and_the_picture_is_of_what_follows() {
    let home = tempfile::tempdir().unwrap();
    let script = "printf 'ready\\n'; read -r word; printf 'heard %s\\n' \"$word\"; sleep 100";
    let (ran, svg) = picture(
        home.path(),
        &[
            "--until", "ready", "--press", "yes\\r", "--", "bash", "-c", script,
        ],
    );
    let _ = ran.expect(0);
    assert!(text(&svg).ends_with("heard yes"), "{svg}");
}

#[test]
fn there_is_no_picture_of_what_never_came() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["--until", "never", "--", "echo", "something"][..],
        &["--until", "never", "--timeout", "0.5", "--", "sleep", "100"],
        &["--timeout", "0.5", "--", "sleep", "100"],
        &["--", "false"],
        &["--", "no-such-program"],
    ] {
        let (ran, svg) = picture(home.path(), arguments);
        let _ = ran.expect(1);
        assert_eq!(svg, "", "{arguments:?}");
    }
}
