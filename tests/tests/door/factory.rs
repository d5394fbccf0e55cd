//! Boards that came with a certificate of their factory's, which lets them in without a token.

use nameplate_tests::bench::private;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::*;

/// A factory's authority, and what it gives to boards.
struct Factory {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

impl Factory {
    fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = key();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        Self {
            certificate,
            issuer: Issuer::new(parameters, key),
        }
    }

    /// The arguments of a board that has its certificate.
    fn arguments(&self, bench: &Bench, number: u16) -> Vec<String> {
        let mut parameters = CertificateParams::default();
        parameters
            .distinguished_name
            .push(DnType::CommonName, format!("factory-{number}"));
        let key = key();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let path = |ending: &str| bench.home().join(format!("client-{number}.{ending}"));
        private(&path("pem"), &certificate.pem());
        private(&path("key"), &key.serialize_pem());
        let file = |path: PathBuf| path.display().to_string();
        vec![
            "--connect".to_owned(),
            bench.door.to_string(),
            "--host-key".to_owned(),
            file(bench.certificate()),
            "--client-certificate".to_owned(),
            file(path("pem")),
            "--client-key".to_owned(),
            file(path("key")),
        ]
    }
}

fn start(bench: &Bench, number: u16, arguments: &[String]) -> Board {
    Board::start(
        &state(bench, number),
        &mac(number),
        &name(number),
        arguments,
    )
}

#[test]
fn a_factory_s_certificate_lets_a_board_in_and_no_other_does() {
    let bench = Bench::new();
    let (factory, stranger) = (Factory::new("Factory"), Factory::new("Factory"));
    private(&bench.batch().join("factory.pem"), &factory.certificate);
    configure(&bench, "client_ca_file = \"factory.pem\"\n");
    let mut collecting = Watched::start(&mut collect(&bench));
    // By its certificate; by the bench's token, showing none; by neither; by one of another authority with the same name.
    let pins = bench.certificate();
    let _in = [
        start(&bench, 1, &factory.arguments(&bench, 1)),
        board(&bench, 2, [Some(&pins), None], Some(&bench.token())),
    ];
    let _out = [
        board(&bench, 3, [Some(&pins), None], None),
        start(&bench, 4, &stranger.arguments(&bench, 4)),
    ];
    collecting.wait_collected(&names(&[1, 2]));
    wait_refused(
        &mut collecting,
        Some(3),
        "its join token is not this bench's",
    );
    let _ = collecting.interrupt();
    let collected = bench.list().into_iter();
    let mut collected: Vec<_> = collected
        .filter(|board| board["state"] == "collected")
        .map(|board| board["name"].as_str().unwrap().to_owned())
        .collect();
    collected.sort_unstable();
    assert_eq!(collected, names(&[1, 2]));
    let _ = run(bench.nameplate("audit").arg(name(1)))
        .expect(0)
        .says("admitted_by=certificate CN=factory-1");
}

#[test]
fn a_file_without_an_authority_is_refused_before_anything_starts() {
    let bench = Bench::new();
    configure(&bench, "client_ca_file = \"factory.pem\"\n");
    let _ = run(&mut collect(&bench)).expect(2).says("client_ca_file");
    private(&bench.batch().join("factory.pem"), "no certificate");
    let _ = run(&mut collect(&bench)).expect(2).says("client_ca_file");
}
