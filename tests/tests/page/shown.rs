//! What an operator sees, in a real browser.

use std::time::Duration;

use nameplate_tests::bench::Bench;
use nameplate_tests::browser::Browser;
use nameplate_tests::fake_board::Fake;
use nameplate_tests::staged::{Boards, Staged, liar, places, slow};

use super::collected;

/// What WebDriver calls these keys.
const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";
const RIGHT: &str = "\u{E014}";
const DOWN: &str = "\u{E015}";

/// A name that would be a picture, and a program, if it were not text.
const HOSTILE: &str = "<img src=x onerror=window.broken=1>";

/// A tile by what it is headed with.
fn tile(place: &str) -> String {
    format!(
        "[...document.querySelectorAll('.tile')].find((tile) => tile.querySelector('.place').textContent === '{place}')"
    )
}

fn shown() -> &'static str {
    "[...document.querySelectorAll('.item:not([hidden]) .place')].map((place) => place.textContent).join(' ')"
}

#[test]
fn tiles_stand_in_their_order_and_say_what_is_and_what_to_do() {
    let bench = Bench::new();
    let mut boards = Boards::default();
    let all = places(10, 10);
    boards.quick(&bench, 1, &all[..6]);
    boards.fake(&all[6], slow(7, Duration::from_secs(12)));
    boards.fake(&all[7], Fake::new(8).mac([0x44, 0, 0x5E, 0, 0, 8]));
    boards.fake(&all[8], liar(9).name(HOSTILE));
    boards.empty(&all[9]);
    let staged = Staged::start(bench, boards, &["--expect", "96"]);
    let mut browser = Browser::at(&staged.url);
    browser.size(1280, 800);
    browser.until("document.querySelectorAll('.tile[data-tone=ready]').length === 6");
    browser.until("['A8', 'A9'].every((place) => [...document.querySelectorAll('.tile[data-tone=trouble] .place')].some((other) => other.textContent === place))");
    browser.until("document.querySelectorAll('.tile').length === 10");
    assert_eq!(browser.text(shown()), "A1 A2 A3 A4 A5 A6 A7 A8 A9 A10");
    let one = browser.text(&format!("{}.innerText", tile("A1")));
    for words in ["✓", "recorded", "board-0001", "02:00:5e:00:00:01"] {
        assert!(one.contains(words), "{one}");
    }
    // It is asked again and again.
    browser.until(&format!("{}.dataset.tone === 'busy'", tile("A7")));
    assert_eq!(
        browser.text(&format!("{}.dataset.tone", tile("A10"))),
        "idle"
    );
    let refused = browser.text(&format!("{}.textContent", tile("A8")));
    for words in [
        "✗",
        "refused",
        "outside of the ranges",
        "Check that the board belongs to this batch",
    ] {
        assert!(refused.contains(words), "{refused}");
    }
    let needs = browser.text("document.querySelector('#needs').innerText");
    assert!(
        needs.contains("→ Check that the board belongs to this batch"),
        "{needs}"
    );
    browser.until("Number(document.querySelector('#trouble').textContent) === document.querySelectorAll('.tile[data-tone=trouble]').length");
    browser.until("document.querySelector('#done').textContent + document.querySelector('#of').textContent === '6of 96'");

    // A board's name is text, wherever it stands.
    assert!(
        browser
            .text(&format!("{}.textContent", tile("A9")))
            .contains(HOSTILE)
    );
    assert!(needs.contains(HOSTILE), "{needs}");
    browser.run(&format!("{}.click()", tile("A9")));
    browser.until("document.querySelector('#board-life li')");
    assert!(
        browser
            .text("document.querySelector('#board-title').textContent")
            .contains(HOSTILE)
    );
    assert_eq!(
        browser.run("return document.querySelectorAll('img, script:not([src])').length"),
        0
    );
    assert_eq!(browser.run("return window.broken === undefined"), true);
    browser.run("document.querySelector('#board').close()");

    // Nothing overflows, in any width.
    for width in [1280, 400] {
        browser.size(width, 800);
        browser.until("document.documentElement.scrollWidth <= innerWidth");
    }
    browser.size(1280, 800);
    // Every tile is on the screen, and its place can be read from afar.
    browser.until("[...document.querySelectorAll('.tile')].every((tile) => tile.getBoundingClientRect().bottom <= innerHeight)");
    // It is arranged anew for its width by the next frame.
    browser.until(
        "parseFloat(getComputedStyle(document.querySelector('.tile .place')).fontSize) >= 24",
    );

    for scheme in ["light", "dark"] {
        browser.media("prefers-color-scheme", scheme);
        let found = browser.axe();
        assert!(found.is_empty(), "{scheme}: {found:#?}");
    }
    let said = browser.log();
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn a_board_is_found_by_name_mac_and_place() {
    let staged = collected(12);
    let mut browser = Browser::at(&staged.url);
    browser.until("document.querySelectorAll('.tile[data-tone=ready]').length === 12");
    browser.keys("/");
    browser.until("document.activeElement.id === 'search'");
    for (typed, found) in [
        ("board-0007", "A7"),
        ("02005e00000B", "B1"),
        ("5E-00-00:03", "A3"),
        ("b2", "B2"),
    ] {
        browser.run("document.querySelector('#search').value = ''");
        browser.keys(typed);
        browser.until(&format!("{} === '{found}'", shown()));
    }
    browser.keys("nobody");
    browser
        .until("document.querySelector('#nothing').textContent === 'No board here is like that.'");
    browser.keys(ESCAPE);
    browser.until("document.querySelectorAll('.item:not([hidden])').length === 12");
    browser.click("[data-show=trouble]");
    browser.until("document.querySelectorAll('.item:not([hidden])').length === 0");
    browser.click("[data-show=ready]");
    browser.until("document.querySelectorAll('.item:not([hidden])').length === 12");
}

#[test]
fn all_of_it_is_done_with_keys() {
    let staged = collected(12);
    let mut browser = Browser::at(&staged.url);
    browser.size(1280, 800);
    browser.until("document.querySelectorAll('.tile[data-tone=ready]').length === 12");
    let reachable = "document.querySelectorAll('.tile[tabindex=\"0\"]').length";
    assert_eq!(
        browser.run(&format!("return {reachable}")),
        1,
        "one stop of the Tab key for all tiles"
    );
    browser.run("document.querySelector('.tile[tabindex=\"0\"]').focus()");
    let focused = "document.activeElement.querySelector('.place')?.textContent";
    browser.keys(RIGHT);
    browser.until(&format!("{focused} === 'A2'"));
    browser.keys(DOWN);
    let columns = browser
        .run("return Number(document.querySelector('#tiles').style.getPropertyValue('--columns'))");
    let below = 2 + columns.as_u64().unwrap();
    let below = if below > 10 {
        format!("B{}", below - 10)
    } else {
        format!("A{below}")
    };
    browser.until(&format!("{focused} === '{below}'"));
    browser.keys(ENTER);
    browser.until("document.querySelector('#board').open");
    browser
        .until("document.querySelector('#board-life').innerText.includes('recorded in the batch')");
    assert!(
        browser
            .text("document.querySelector('#board-title').textContent")
            .starts_with(&below)
    );
    let found = browser.axe();
    assert!(found.is_empty(), "{found:#?}");
    browser.keys(ESCAPE);
    browser.until("!document.querySelector('#board').open");
    browser.until(&format!("{focused} === '{below}'"));
}
