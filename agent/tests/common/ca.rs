//! A CA for tests: real certificates over a board's certificate request, by a library that the board does not use.
#![allow(
    dead_code,
    reason = "each test that includes this file uses a part of it"
)]

// For crates without std, whose own tests include this file.
use std::vec;
use std::vec::Vec;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    SubjectPublicKeyInfo, date_time_ymd,
};
use x509_parser::prelude::{FromDer, X509CertificationRequest};

/// A root and an issuer below it.
pub struct Ca {
    root: Vec<u8>,
    issuing: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Ca {
    pub fn new() -> Self {
        let root_key = KeyPair::generate().unwrap();
        let root_params = authority("Test Root");
        let root = root_params.self_signed(&root_key).unwrap().der().to_vec();
        let root_issuer = Issuer::new(root_params, root_key);
        let key = KeyPair::generate().unwrap();
        let params = authority("Test Issuing CA");
        let issuing = params.signed_by(&key, &root_issuer).unwrap();
        Self {
            root,
            issuing: issuing.der().to_vec(),
            issuer: Issuer::new(params, key),
        }
    }

    pub fn root(&self) -> &[u8] {
        &self.root
    }

    pub fn issuing(&self) -> &[u8] {
        &self.issuing
    }

    /// The board's own certificate, for the key in its request.
    pub fn leaf(&self, csr: &[u8]) -> Vec<u8> {
        self.leaf_with(csr, |_| {})
    }

    /// The same with something changed.
    pub fn leaf_with(&self, csr: &[u8], change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let (_, csr) = X509CertificationRequest::from_der(csr).unwrap();
        let key = csr.certification_request_info.subject_pki.raw;
        let key = SubjectPublicKeyInfo::from_der(key).unwrap();
        let mut params = named("board-7");
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        certificate.der().to_vec()
    }

    /// The board's certificate, its issuer's, the root's.
    pub fn chain(&self, csr: &[u8]) -> Vec<u8> {
        [&self.leaf(csr), &self.issuing[..], &self.root].concat()
    }

    /// The same, of exactly this length.
    pub fn chain_of(&self, csr: &[u8], length: usize) -> Vec<u8> {
        let more = self.issuing.len() + self.root.len();
        let leaf = self.leaf_of(csr, length - more);
        [&leaf[..], &self.issuing, &self.root].concat()
    }

    /// The board's own certificate, of exactly this length.
    pub fn leaf_of(&self, csr: &[u8], length: usize) -> Vec<u8> {
        let mut padding = 1;
        // A signature's length varies a little, so the first try that fits may be one of several.
        for _ in 0..1000 {
            let filled = |params: &mut CertificateParams| {
                let filler = CustomExtension::from_oid_content(
                    &[1, 3, 6, 1, 4, 1, 99999, 1],
                    vec![0x5A; padding],
                );
                params.custom_extensions = vec![filler];
            };
            let leaf = self.leaf_with(csr, filled);
            if leaf.len() == length {
                return leaf;
            }
            padding = (padding + length).saturating_sub(leaf.len());
        }
        panic!("no certificate of {length} bytes");
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // As many roots have it: GeneralizedTime.
    params.not_after = date_time_ymd(2099, 12, 31);
    params
}
