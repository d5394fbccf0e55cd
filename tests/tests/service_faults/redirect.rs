//! A redirect: the key must not follow it.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::bench::{ask, collected, posts, serve};

/// A place that nobody must come to: whoever connected stands in its queue.
struct Trap(TcpListener);

impl Trap {
    fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn fault(&self, operation: &str) -> String {
        let address = self.0.local_addr().unwrap();
        format!("{operation}=redirect=https://{address}/elsewhere:times=1")
    }

    #[track_caller]
    fn is_untouched(&self) {
        let came = self.0.accept();
        assert!(
            came.as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::WouldBlock),
            "{came:?}"
        );
    }
}

#[test]
fn the_trap_sees_who_comes() {
    let trap = Trap::new();
    trap.is_untouched();
    let _here = std::net::TcpStream::connect(trap.0.local_addr().unwrap()).unwrap();
    assert!(trap.0.accept().is_ok());
}

#[test]
fn no_request_follows_a_redirect() {
    let traps = [Trap::new(), Trap::new(), Trap::new(), Trap::new()];
    let faults: Vec<_> = ["list", "create", "status", "report"]
        .iter()
        .zip(&traps)
        .flat_map(|(operation, trap)| ["--fault".to_owned(), trap.fault(operation)])
        .collect();
    let mut switches: Vec<_> = faults.iter().map(String::as_str).collect();
    switches.extend(["--polls", "0"]);
    let bench = collected();
    let service = serve(&bench, &switches);
    let stopped = |arguments: &[&str]| {
        let ran = ask(&bench, arguments, 1)
            .says("points to another address")
            .says("was not sent there");
        let _ = ran.says("/elsewhere").says("Set service.url");
    };
    stopped(&["submit"]);
    stopped(&["submit"]);
    let _ = ask(&bench, &["submit"], 0).says("submitted as job");
    stopped(&["status", "--wait"]);
    let _ = ask(&bench, &["status", "--wait"], 0);
    stopped(&["report"]);
    let _ = ask(&bench, &["report"], 0);
    for trap in &traps {
        trap.is_untouched();
    }
    assert_eq!((service.jobs(), posts(&service)), (1, 2));
}
