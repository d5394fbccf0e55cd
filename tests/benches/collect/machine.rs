//! What the machine does by itself: signatures, handshakes without a network, and a wait for the disk.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use nameplate_tests::bench::{Bench, TOKEN};
use nameplate_tests::load::network::Host;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, ServerConnection};

use crate::reference;
use crate::report::{line, section};

/// How long each thing is measured.
const LONG: Duration = Duration::from_secs(1);

/// Seconds that one of each takes on one core.
pub struct Machine {
    cores: usize,
    verification: f64,
    signature: f64,
    server: f64,
    client: f64,
    disk: f64,
}

impl Machine {
    pub fn measure() -> Self {
        let bench = Bench::new();
        let (server, client) = handshake(&bench);
        let (verification, signature) = signatures();
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            verification,
            signature,
            server,
            client,
            disk: disk(&bench),
        }
    }

    pub fn print(&self) {
        section(&format!(
            "this machine, {} cores; one core alone",
            self.cores
        ));
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default();
        line("load of the last minute, before this", load);
        let each = |seconds: f64| format!("{:.0}/s ({:.1} µs)", 1.0 / seconds, seconds * 1e6);
        line("P-256 verification (aws-lc-rs)", &each(self.verification));
        line("P-256 signature (aws-lc-rs)", &each(self.signature));
        line(
            "TLS 1.3 handshake in memory, the host's side",
            &each(self.server),
        );
        line(
            "TLS 1.3 handshake in memory, the board's side",
            &each(self.client),
        );
        line(
            "4 KiB written and synced to disk",
            &format!("{:.2} ms", self.disk * 1e3),
        );
    }

    /// Other yardsticks, stricter than the reference: sums of what can't be avoided, as if nothing else took time.
    pub fn print_model(&self, product: f64, handshakes: f64) {
        let host = self.server + 2.0 * self.verification;
        let boards = self.client + self.signature;
        let cores = self.cores as f64;
        let no_messages = 1.0 / (1.0 / handshakes + 2.0 * self.verification / cores);
        line(
            "by those handshakes and 2 verifications by sums",
            &format!(
                "{no_messages:.0} boards/s; the product is at {:.2} of it",
                product / no_messages
            ),
        );
        let shared = cores / (host + boards);
        line(
            "by sums alone, boards on the same cores",
            &format!(
                "{shared:.0} boards/s; the product is at {:.2} of it",
                product / shared
            ),
        );
        line(
            "by sums alone, boards elsewhere",
            &format!("{:.0} boards/s", cores / host),
        );
    }
}

/// How long one takes, when it is done again and again.
fn time(mut one: impl FnMut()) -> f64 {
    one();
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < LONG {
        one();
        count += 1;
    }
    begun.elapsed().as_secs_f64() / f64::from(count)
}

fn signatures() -> (f64, f64) {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let message = [7; 200];
    let signature = key.sign(&random, &message).unwrap();
    let public = key.public_key().as_ref();
    let verification = time(|| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, black_box(public));
        key.verify(&message, signature.as_ref()).unwrap();
    });
    let signing = time(|| {
        black_box(key.sign(&random, &message).unwrap());
    });
    (verification, signing)
}

/// Server's and client's share of one handshake, both by rustls and with what boards speak.
fn handshake(bench: &Bench) -> (f64, f64) {
    let host = Host::new(bench.door, &bench.certificate(), TOKEN);
    let config = reference::server_config(&bench.batch());
    let (mut server_time, mut client_time) = (Duration::ZERO, Duration::ZERO);
    let mut count = 0_u32;
    let begun = Instant::now();
    while begun.elapsed() < 2 * LONG {
        let mark = Instant::now();
        let name = ServerName::try_from("bench.local").unwrap();
        let mut client = ClientConnection::new(host.tls(), name).unwrap();
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        client_time += mark.elapsed();
        let mark = Instant::now();
        let mut server = ServerConnection::new(Arc::clone(&config)).unwrap();
        let answer = pass(&wire, |bytes| server.read_tls(bytes).unwrap());
        assert_eq!(answer, wire.len());
        server.process_new_packets().unwrap();
        wire.clear();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        server_time += mark.elapsed();
        let mark = Instant::now();
        pass(&wire, |bytes| client.read_tls(bytes).unwrap());
        client.process_new_packets().unwrap();
        wire.clear();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        client_time += mark.elapsed();
        let mark = Instant::now();
        pass(&wire, |bytes| server.read_tls(bytes).unwrap());
        server.process_new_packets().unwrap();
        server_time += mark.elapsed();
        assert!(!server.is_handshaking() && !client.is_handshaking());
        count += 1;
    }
    let each = |time: Duration| time.as_secs_f64() / f64::from(count);
    (each(server_time), each(client_time))
}

/// Gives all bytes over; how many there were.
fn pass(mut wire: &[u8], mut read: impl FnMut(&mut &[u8]) -> usize) -> usize {
    let mut passed = 0;
    while !wire.is_empty() {
        passed += read(&mut wire);
    }
    passed
}

fn disk(bench: &Bench) -> f64 {
    let mut file = File::create(bench.batch().join("disk")).unwrap();
    let block = [7; 4096];
    time(|| {
        file.write_all(&block).unwrap();
        file.sync_data().unwrap();
    })
}
