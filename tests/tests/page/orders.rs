//! What is asked for on the page reaches the board.

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, mac, name};
use nameplate_tests::browser::Browser;
use nameplate_tests::staged::page_of;
use nameplate_tests::watched::Watched;
use nameplate_tests::web::Site;
use serde_json::{Value, json};

/// Two real boards, one on a cable and one on the network, and the page.
fn two() -> (Bench, [Board; 2], Watched, String) {
    let bench = Bench::new();
    let cable = Board::on_cable(&bench, 1);
    let mut command = bench.nameplate("collect");
    command.arg("--serial").arg(cable.port.as_ref().unwrap());
    command.args([
        "--listen",
        &bench.door.to_string(),
        "--expect",
        "9",
        "--page",
        "127.0.0.1:0",
    ]);
    let mut watched = Watched::start(&mut command);
    let url = page_of(&mut watched);
    let network = Board::on_network(&bench, 2);
    watched.wait_collected(&[name(1), name(2)]);
    (bench, [cable, network], watched, url)
}

fn row(site: &Site, name: &str) -> Value {
    let (_, whole) = site.events().next().unwrap();
    let mut rows = whole["rows"].as_array().unwrap().iter();
    rows.find(|row| row["name"] == name).unwrap().clone()
}

#[test]
fn a_board_shows_itself_when_its_button_is_pressed() {
    let (_bench, _boards, mut watched, url) = two();
    let mut browser = Browser::at(&url);
    for number in [1, 2] {
        browser.until("document.querySelectorAll('.tile[data-tone=ready]').length === 2");
        browser.run(&format!(
            "[...document.querySelectorAll('.tile')].find((tile) => tile.textContent.includes('{}')).click()",
            name(number)
        ));
        browser.until("document.querySelector('#board').open");
        browser.click("[data-order=identify]");
        browser.until("document.querySelector('#board-said').textContent.startsWith('Asked.')");
        watched.wait_told("identified", &[name(number)]);
        browser.run("document.querySelector('#board').close()");
    }
    drop(browser);
}

#[test]
fn an_order_is_for_the_board_that_was_seen_and_for_no_other() {
    let (_bench, _boards, mut watched, url) = two();
    let site = Site::of(&url);
    let id = row(&site, &name(1))["id"].clone();
    let order = |id: &Value, order: &str, mac: Value| {
        site.post("/orders", &json!({ "id": id, "order": order, "mac": mac }))
    };
    assert_eq!(order(&id, "identify", mac(2).into()).status, 409);
    assert_eq!(order(&id, "identify", Value::Null).status, 409);
    assert_eq!(order(&id, "identify", "no MAC".into()).status, 409);
    assert_eq!(order(&json!(999), "identify", mac(1).into()).status, 404);
    assert_eq!(order(&id, "erase", mac(1).into()).status, 422);
    assert_eq!(
        order(&json!("1; --"), "identify", mac(1).into()).status,
        422
    );
    assert_eq!(
        site.with("Content-Type", "application/json")
            .ask("POST", "/orders", b"{")
            .status,
        400
    );
    assert_eq!(order(&id, "skip", mac(1).into()).status, 202);
    watched.wait_told("skipped", &[name(1)]);
    let ran = watched.interrupt();
    assert!(!ran.stdout.contains("\"identified\""), "{ran:?}");
}
