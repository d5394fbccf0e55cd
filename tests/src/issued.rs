//! A batch whose certificates have come, without a service: issued by an authority of the test's own and put into the store as
//! `nameplate certificates` puts them there.

use std::path::PathBuf;

use nameplate::store::{Board, Intent, NewCertificate, Outcome, Store, StoreError, sha256};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CustomExtension, DnType,
    IsCa, Issuer, KeyPair,
};
use rustls::pki_types::CertificateSigningRequestDer;

use crate::bench::{Bench, private};

/// A root and a CA below it that issues.
pub struct Authority {
    root: String,
    issuing: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn ca(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters
}

/// Something that nobody has to understand: with it a chain takes several pieces, as chains of real CAs do.
fn long_extension() -> CustomExtension {
    let octets = [&[0x04, 0x82, 0x05, 0xDC][..], &[0xA5; 1500]].concat();
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], octets)
}

fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key")
}

impl Authority {
    /// With keys of its own.
    pub fn new() -> Self {
        let (root_key, key) = (key(), key());
        let root = ca("Test Root").self_signed(&root_key).expect("a root");
        let above = Issuer::new(ca("Test Root"), root_key);
        let mut issuing = ca("Test Issuing");
        issuing.custom_extensions.push(long_extension());
        let issuing = issuing.signed_by(&key, &above);
        Self {
            root: root.pem(),
            issuing: issuing.expect("a CA").der().to_vec(),
            issuer: Issuer::new(ca("Test Issuing"), key),
        }
    }

    /// The root's certificate in a file of the bench.
    pub fn root(&self, bench: &Bench) -> PathBuf {
        let path = bench.home().join("root.pem");
        private(&path, &self.root);
        path
    }

    /// A certificate for this request, and behind it that of the CA.
    pub fn chain(&self, csr: &[u8]) -> Vec<u8> {
        let csr = CertificateSigningRequestDer::from(csr.to_vec());
        let csr = CertificateSigningRequestParams::from_der(&csr).expect("a request");
        let certificate = csr.signed_by(&self.issuer).expect("a certificate");
        [certificate.der(), self.issuing.as_slice()].concat()
    }

    /// Makes a job of all boards that are collected. Those that `fails` names get no certificate, those that `late` names get none
    /// yet, all others theirs.
    pub fn issue(&self, bench: &Bench, fails: &[&str], late: &[&str]) {
        let mut store = Store::open(&bench.batch()).expect("the batch");
        let mut boards = Vec::new();
        let visit = |board: Board| {
            boards.push(board);
            Ok::<_, StoreError>(())
        };
        store.reader().boards(visit).expect("its boards");
        let job = store.record_intent(&Intent {
            name: "a job".to_owned(),
            data_file: "batch.csv".to_owned(),
            data_form: "csv".to_owned(),
            data_sha256: "00".repeat(32),
            data_bytes: 1,
            data_rows: boards.len() as u64,
            no_job_of_that_name_before: Some(true),
        });
        let job = job.expect("a job").row;
        store.record_posted(job, "id-1").expect("its id");
        let outcomes: Vec<_> = boards
            .iter()
            .map(|board| Outcome {
                name: board.what.name.clone(),
                result: if fails.contains(&board.what.name.as_str()) {
                    Err("the policy allows no such name".to_owned())
                } else {
                    Ok(())
                },
            })
            .collect();
        store.apply_report(job, outcomes).expect("its report");
        for board in boards {
            let name = board.what.name.as_str();
            if fails.contains(&name) || late.contains(&name) {
                continue;
            }
            let chain = self.chain(&board.what.csr);
            let own = chain.len() - self.issuing.len();
            let _ = store
                .record_certificate(&NewCertificate {
                    key: board.what.key,
                    job,
                    fingerprint: sha256(&chain[..own]),
                    chain,
                    serial: "01".to_owned(),
                    not_before_ms: 0,
                    not_after_ms: i64::MAX,
                })
                .expect("taken");
        }
    }
}
