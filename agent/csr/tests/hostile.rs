//! Values that nobody meant to ask for: they are refused or written well, and nothing panics.

mod common;

use common::public_key;
use nameplate_csr::{AltName, Attribute, Extensions, Purpose, Request, write};
use proptest::collection::vec;
use proptest::prelude::*;
use x509_parser::prelude::*;

proptest! {
    /// Whatever is asked: a request or an error, never a panic; and what is not refused can be read.
    #[test]
    fn nothing_that_is_asked_panics(
        values in vec((0..11usize, ".{0,140}", vec(any::<u8>(), 0..20)), 0..8),
        first in prop_oneof![Just(4u8), any::<u8>()],
        size in 0..2000usize,
    ) {
        let mut subject = Vec::new();
        let mut san = Vec::new();
        let mut purposes = Vec::new();
        for (kind, text, bytes) in &values {
            match kind {
                0 => subject.push(Attribute::Country(text)),
                1 => subject.push(Attribute::State(text)),
                2 => subject.push(Attribute::Locality(text)),
                3 => subject.push(Attribute::Organization(text)),
                4 => subject.push(Attribute::OrganizationalUnit(text)),
                5 => subject.push(Attribute::CommonName(text)),
                6 => subject.push(Attribute::SerialNumber(text)),
                7 => san.push(AltName::Dns(text)),
                8 => san.push(AltName::Uri(text)),
                9 => san.push(AltName::HardwareModule { hw_type: text, serial: bytes }),
                _ => purposes.push(Purpose::Other(text)),
            }
        }
        let mut public_key = public_key();
        public_key[0] = first;
        let extensions = Extensions { extended_key_usage: &purposes, ..Extensions::default() };
        let request = Request { subject: &subject, san: &san, extensions, public_key: &public_key };
        let mut buffer = vec![0; size];
        if let Ok(der) = write(&request, &mut buffer, common::sign) {
            let (rest, request) = X509CertificationRequest::from_der(der).unwrap();
            prop_assert!(rest.is_empty());
            request.verify_signature().unwrap();
        }
    }
}
