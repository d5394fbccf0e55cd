//! A batch of many boards, each with a key and a request of its own, recorded as a bench records them.

use std::path::Path;
use std::time::Duration;

use nameplate::store::{Grouping, KeyHash, NewBoard, Station, Store, WriterHandle};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PublicKeyData};

/// The columns that the boards were collected with.
pub const SETTINGS: &str = "[columns]\ndevice_name = \"{name}\"\n\"subject.common_name\" = \"{name}\"\n\
    \"san.dns_name\" = \"{name}.example.com\"\n";
/// Boards of which a thread awaits the answers at once.
const ON_THE_WAY: usize = 256;

/// Fills the store in `batch`.
pub fn fill(batch: &Path, boards: usize, cores: usize) {
    let store = Store::open_or_create(batch, "export").unwrap();
    let station = Station::open(&batch.with_extension("station.db")).unwrap();
    // What a bench groups by time is grouped by number here: nobody waits for an answer.
    let grouping = Grouping {
        records: ON_THE_WAY * cores,
        longest: Duration::from_millis(200),
        quiet: Duration::from_millis(20),
    };
    let writer = store.start_writer_with(station, grouping).unwrap();
    std::thread::scope(|scope| {
        for core in 0..cores {
            let handle = writer.handle();
            scope.spawn(move || {
                let numbers: Vec<_> = (core..boards).step_by(cores).collect();
                for some in numbers.chunks(ON_THE_WAY) {
                    record(&handle, some);
                }
            });
        }
    });
    writer.finish().unwrap();
}

fn record(handle: &WriterHandle, numbers: &[usize]) {
    let pending: Vec<_> = numbers
        .iter()
        .map(|number| handle.begin(board(*number)).unwrap())
        .collect();
    for pending in pending {
        pending.wait().unwrap();
    }
}

fn board(number: usize) -> NewBoard {
    let name = format!("board-{number:06}");
    let host = format!("{name}.example.com");
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut parameters = CertificateParams::new(vec![host.clone()]).unwrap();
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, &name);
    let request = parameters.serialize_request(&key).unwrap();
    let [a, b, c, d] = u32::try_from(number).unwrap().to_be_bytes();
    let columns = [
        ("device_name", &name),
        ("subject.common_name", &name),
        ("san.dns_name", &host),
    ];
    NewBoard {
        mac: format!("02:00:{a:02x}:{b:02x}:{c:02x}:{d:02x}"),
        link: "tls 127.0.0.1".to_owned(),
        key: KeyHash::of_spki(&key.subject_public_key_info()),
        csr: request.der().to_vec(),
        firmware: "nameplate-board 0.1.0".to_owned(),
        columns: serde_json::to_string(&columns).unwrap(),
        name,
    }
}
