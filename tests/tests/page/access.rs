//! Who is let in, and what is sent along with every answer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use nameplate_tests::bench::{Bench, free_address};
use nameplate_tests::board::Board;
use nameplate_tests::programs::run;
use nameplate_tests::staged::page_of;
use nameplate_tests::watched::Watched;
use nameplate_tests::web::{Answer, Site};
use serde_json::json;

use super::collected;

/// Every route that there is.
const ROUTES: [&str; 9] = [
    "/",
    "/page.css",
    "/main.js",
    "/icon.svg",
    "/events",
    "/board?name=board-0001",
    "/files",
    "/files/batch.csv",
    "/orders",
];

#[track_caller]
fn is_guarded(answer: &Answer) {
    let header = |name: &str| answer.headers.get(name).map(String::as_str);
    let policy = header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    assert_eq!(header("referrer-policy"), Some("no-referrer"));
    assert_eq!(header("cache-control"), Some("no-store"));
    let mut names = answer.headers.keys();
    assert!(!names.any(|name| name.starts_with("access-control")));
}

#[test]
fn on_loopback_only_names_of_this_machine_are_answered() {
    let staged = collected(1);
    let site = Site::of(&staged.url);
    let port = staged.url.trim_end_matches('/').rsplit_once(':').unwrap().1;
    for host in [
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
        format!("127.0.0.1:{port}"),
    ] {
        assert_eq!(site.with("Host", &host).get("/").status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "10.0.0.1",
    ] {
        for route in ROUTES {
            let answer = site.with("Host", host).get(route);
            assert_eq!(answer.status, 421, "{host}{route}");
            is_guarded(&answer);
        }
    }
}

#[test]
fn every_answer_has_the_headers_and_no_method_is_taken_that_is_none() {
    let staged = collected(1);
    let site = Site::of(&staged.url);
    for (method, path, status) in [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/page.css", 200),
        ("GET", "/board?name=board-0001", 200),
        ("GET", "/board", 400),
        ("GET", "/nothing", 404),
        ("GET", "/files/../batch.db", 404),
        ("GET", "/files/..%2Fbatch.db", 404),
        ("GET", "/orders", 405),
        ("POST", "/", 405),
        ("POST", "/events", 405),
        ("PUT", "/orders", 405),
        ("DELETE", "/board", 405),
        ("OPTIONS", "/orders", 405),
        ("TRACE", "/", 405),
    ] {
        let answer = site.ask(method, path, b"");
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        is_guarded(&answer);
    }
}

#[test]
fn no_other_site_reaches_it() {
    let staged = collected(1);
    let site = Site::of(&staged.url);
    let order = json!({ "id": 1, "order": "identify", "mac": "02:00:5e:00:00:01" });
    for from in ["cross-site", "same-site", "strange"] {
        let other = site.with("Sec-Fetch-Site", from);
        assert_eq!(
            other.with("Sec-Fetch-Mode", "navigate").get("/").status,
            200
        );
        for route in [
            "/events",
            "/board?name=board-0001",
            "/files/batch.csv",
            "/main.js",
        ] {
            assert_eq!(
                other.with("Sec-Fetch-Mode", "no-cors").get(route).status,
                403,
                "{from}"
            );
            assert_eq!(
                other.with("Sec-Fetch-Mode", "navigate").get(route).status,
                403,
                "{from}"
            );
        }
        assert_eq!(other.post("/orders", &order).status, 403);
    }
    for origin in [
        "http://evil.example",
        "null",
        "https://127.0.0.1",
        "http://127.0.0.1:1",
        "file://",
    ] {
        assert_eq!(
            site.with("Origin", origin).post("/orders", &order).status,
            403,
            "{origin}"
        );
    }
    // What a form of another site could send by itself.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let answer =
            site.with("Content-Type", kind)
                .ask("POST", "/orders", order.to_string().as_bytes());
        assert_eq!(answer.status, 415, "{kind}");
    }
    let own = site
        .with("Origin", staged.url.trim_end_matches('/'))
        .with("Sec-Fetch-Site", "same-origin");
    assert_eq!(own.post("/orders", &order).status, 202);
}

#[test]
fn beyond_loopback_nobody_is_let_in_without_the_token() {
    let bench = Bench::new();
    let board = Board::on_cable(&bench, 1);
    let start = || {
        let mut command = bench.nameplate("collect");
        command.arg("--serial").arg(board.port.as_ref().unwrap());
        command
            .args(["--expect", "9", "--page", "0.0.0.0:0"])
            .env("NAMEPLATE_LOG", "trace");
        let mut watched = Watched::start(&mut command);
        let url = page_of(&mut watched);
        assert!(
            url.starts_with("https://") && !url.contains("token"),
            "{url}"
        );
        let port: u16 = url
            .trim_end_matches('/')
            .rsplit_once(':')
            .unwrap()
            .1
            .parse()
            .unwrap();
        (watched, port)
    };
    let (watched, port) = start();
    let token_file = bench.batch().join("page.token");
    for file in ["page.token", "page.key"] {
        let mode = fs::metadata(bench.batch().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let token = fs::read_to_string(&token_file).unwrap().trim().to_owned();
    let site = Site::secure(port, &bench.batch().join("page.pem"));
    let plain = Site::of(&format!("http://127.0.0.1:{port}/"));
    assert!(
        plain.try_ask("GET", "/", b"").is_err(),
        "it speaks without TLS"
    );

    for route in ROUTES {
        let answer = site.get(route);
        assert_eq!(answer.status, 401, "{route}");
        is_guarded(&answer);
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    wrong_ones_are_slow(&site);
    let signed_in = signs_in(&site, &token);
    guessers_hold_nobody_up(&site, &signed_in);
    let ran = watched.interrupt();
    // The operator reads it once; no log and no program does.
    assert_eq!(ran.stderr.matches(&token).count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("/?token={token}")));
    assert!(!ran.stdout.contains(&token));
    let fingerprint = openssl_fingerprint(&bench);
    assert!(ran.stderr.contains(&fingerprint) && ran.stdout.contains(&fingerprint));

    // A tablet stays signed in, and the certificate that somebody has looked at stays too.
    let (again, port) = start();
    assert_eq!(fs::read_to_string(&token_file).unwrap().trim(), token);
    let site = Site::secure(port, &bench.batch().join("page.pem"));
    let cookie = format!("__Host-nameplate-{port}={token}");
    assert_eq!(site.with("Cookie", &cookie).get("/").status, 200);
    drop(again);
}

#[track_caller]
fn wrong_ones_are_slow(site: &Site) {
    let begun = Instant::now();
    let wrong = site.get("/?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(wrong.status, 403);
    assert!(
        begun.elapsed() >= Duration::from_millis(500),
        "a wrong token costs time"
    );
    assert_eq!(
        site.get("/files?token=x").status,
        401,
        "only the page itself takes one in its URL"
    );
}

/// Signs in as a browser does, and gives the site with the cookie.
#[track_caller]
fn signs_in(site: &Site, token: &str) -> Site {
    let right = site.get(&format!("/?token={token}"));
    assert_eq!(
        (right.status, right.headers["location"].as_str()),
        (303, "/")
    );
    is_guarded(&right);
    let cookie = right.headers["set-cookie"].clone();
    for part in [
        "__Host-nameplate-",
        "; HttpOnly",
        "; Secure",
        "; SameSite=Strict",
        "; Path=/",
        "; Max-Age=",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let signed_in = site.with("Cookie", &format!("other=1; {cookie}"));
    assert_eq!(signed_in.get("/").status, 200);
    assert_eq!(signed_in.events().next().unwrap().0, "snapshot");
    let name = cookie.split('=').next().unwrap();
    assert_eq!(
        site.with("Cookie", &format!("{name}=wrong"))
            .get("/")
            .status,
        403
    );
    // The cookie alone does not help another site.
    let order = json!({ "id": 1, "order": "identify", "mac": null });
    assert_eq!(
        signed_in
            .with("Origin", "https://evil.example")
            .post("/orders", &order)
            .status,
        403
    );
    signed_in
}

/// Many who guess at once are sent away, and whoever has the token is let in all the same.
#[track_caller]
fn guessers_hold_nobody_up(site: &Site, signed_in: &Site) {
    let guesses: Vec<_> = (0..12)
        .map(|_| {
            let site = site.clone();
            std::thread::spawn(move || site.get("/?token=guess").status)
        })
        .collect();
    assert_eq!(signed_in.get("/").status, 200);
    let said: Vec<_> = guesses
        .into_iter()
        .map(|guess| guess.join().unwrap())
        .collect();
    assert!(
        said.contains(&429) && said.iter().all(|status| [403, 429].contains(status)),
        "{said:?}"
    );
}

fn openssl_fingerprint(bench: &Bench) -> String {
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]);
    let said = run(openssl.arg(bench.batch().join("page.pem")))
        .expect(0)
        .stdout;
    said.split_once('=').unwrap().1.trim().to_owned()
}

#[test]
fn an_address_that_is_taken_is_told_and_no_board_is_begun() {
    let bench = Bench::new();
    let board = Board::on_cable(&bench, 1);
    let taken = std::net::TcpListener::bind(free_address()).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = bench.nameplate("collect");
    command.arg("--serial").arg(board.port.as_ref().unwrap());
    let ran = run(command.args(["--page", &address])).expect(1);
    let ran = ran.says(&format!("can't show the page on {address}"));
    let ran = ran.says("Give --page another port");
    assert!(!ran.stderr.contains("recorded"), "{}", ran.stderr);
    assert!(bench.list().is_empty());
    let mut command = bench.nameplate("collect");
    let _ = run(command.args(["--page", "no address"])).expect(2);
}
