//! Certificates of authorities made here, good and bad. What the sandbox issues is tested end to end, with OpenSSL as the judge.

use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    PublicKeyData as _, SanType,
};

use super::*;
use crate::store::RefusedKind;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn time_of(ms: i64) -> SystemTime {
    UNIX_EPOCH + std::time::Duration::from_millis(ms.unsigned_abs())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// An authority and its certificate.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
}

fn parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters
}

fn authority(name: &str, above: Option<&Authority>, is_ca: IsCa) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut parameters = parameters(name);
    parameters.is_ca = is_ca;
    let certificate = match above {
        None => parameters.self_signed(&key),
        Some(above) => parameters.signed_by(&key, &above.issuer),
    };
    Authority {
        der: certificate.unwrap().der().clone(),
        issuer: Issuer::new(parameters, key),
    }
}

fn ca() -> IsCa {
    IsCa::Ca(BasicConstraints::Unconstrained)
}

/// A board: its key, and the request that it made.
struct Board {
    key: KeyPair,
    request: Vec<u8>,
}

fn asked() -> CertificateParams {
    let mut asked = parameters("board-1");
    asked
        .distinguished_name
        .push(DnType::OrganizationName, "Example");
    asked.subject_alt_names = vec![SanType::DnsName("board-1.example.com".try_into().unwrap())];
    asked
}

fn board() -> Board {
    let key = KeyPair::generate().unwrap();
    let request = asked().serialize_request(&key).unwrap();
    Board {
        request: request.der().to_vec(),
        key,
    }
}

impl Board {
    fn issued(&self, by: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut parameters = asked();
        change(&mut parameters);
        let certificate = parameters.signed_by(&self.key, &by.issuer).unwrap();
        certificate.der().to_vec()
    }
}

fn trusting(root: &Authority) -> Trust {
    Trust::of(vec![root.der.clone()], Vec::new())
}

#[track_caller]
fn judged(
    board: &Board,
    der: &[u8],
    beside: &[&Authority],
    trust: &Trust,
) -> Result<NewCertificate, String> {
    let beside: Vec<_> = beside.iter().map(|one| one.der.clone()).collect();
    let device = Device::read(der).map_err(|error| error.to_string())?;
    judge(&device, &board.request, &beside, trust, (7, now())).map_err(|error| {
        assert_eq!(error.kind(), RefusedKind::Mismatched);
        error.to_string()
    })
}

#[test]
fn what_leads_to_the_root_is_stored_without_it() {
    let root = authority("root", None, ca());
    let issuing = authority("issuing", Some(&root), ca());
    let further = authority("further", Some(&issuing), ca());
    let board = board();
    let der = board.issued(&further, |_| {});
    let trust = trusting(&root);
    let in_order = [&der[..], &further.der, &issuing.der].concat();
    for beside in [
        vec![&issuing, &further],
        vec![&root, &further, &issuing, &root],
    ] {
        let taken = judged(&board, &der, &beside, &trust).unwrap();
        assert_eq!(taken.chain, in_order);
        assert_eq!(taken.fingerprint, sha256(&der));
        assert_eq!(taken.job, 7);
    }
    let configured = Trust::of(
        vec![root.der.clone()],
        vec![further.der.clone(), issuing.der.clone()],
    );
    let taken = judged(&board, &der, &[], &configured).unwrap();
    assert_eq!(taken.chain, in_order);
    let key = board.key.subject_public_key_info();
    assert_eq!(taken.key, KeyHash::of_spki(&key));
    assert_eq!(
        certificates_in(&taken.chain),
        [der.into(), further.der, issuing.der]
    );
}

#[test]
fn what_does_not_lead_there_is_refused() {
    let root = authority("root", None, ca());
    let issuing = authority("issuing", Some(&root), ca());
    let board = board();
    let der = board.issued(&issuing, |_| {});
    let trust = trusting(&root);
    let refused = |der: &[u8], beside: &[&Authority], words: &str| {
        let error = judged(&board, der, beside, &trust).unwrap_err();
        assert!(error.contains(words), "{words}: {error}");
    };
    refused(&der, &[], "does not lead to the configured root");
    let stranger = authority("root", None, ca());
    let theirs = authority("issuing", Some(&stranger), ca());
    refused(
        &board.issued(&theirs, |_| {}),
        &[&theirs, &stranger],
        "signature",
    );
    refused(&board.issued(&theirs, |_| {}), &[&issuing], "signature");
    let no_ca = authority("device", Some(&issuing), IsCa::ExplicitNoCa);
    refused(
        &board.issued(&no_ca, |_| {}),
        &[&no_ca, &issuing],
        "no authority",
    );
    let last = authority(
        "last",
        Some(&root),
        IsCa::Ca(BasicConstraints::Constrained(0)),
    );
    let below = authority("below", Some(&last), ca());
    refused(
        &board.issued(&below, |_| {}),
        &[&below, &last],
        "so many authorities",
    );
    refused(
        &board.issued(&issuing, |parameters| parameters.is_ca = ca()),
        &[&issuing],
        "authority's",
    );
    let mut forged = der.clone();
    *forged.last_mut().unwrap() ^= 1;
    refused(&forged, &[&issuing], "signature");
}

#[test]
fn a_chain_that_a_board_can_not_take_is_refused() {
    let root = authority("root", None, ca());
    let mut above = authority("1", Some(&root), ca());
    let mut all = vec![authority("0", Some(&root), ca())];
    for number in 0..5 {
        let name = format!("{number}{}", "x".repeat(300));
        let next = authority(&name, Some(&above), ca());
        all.push(above);
        above = next;
    }
    let board = board();
    let der = board.issued(&above, |_| {});
    let beside: Vec<_> = all.iter().chain([&above]).collect();
    let error = judged(&board, &der, &beside, &trusting(&root)).unwrap_err();
    assert!(error.contains("a board takes 4096"), "{error}");
}

#[test]
fn names_are_those_that_were_asked_for() {
    let root = authority("root", None, ca());
    let (board, trust) = (board(), trusting(&root));
    let with = |change: &dyn Fn(&mut CertificateParams)| {
        let der = board.issued(&root, |parameters| change(parameters));
        judged(&board, &der, &[], &trust)
    };
    let named = |name: &str| {
        let name = name.to_owned();
        move |parameters: &mut CertificateParams| {
            parameters.distinguished_name = DistinguishedName::new();
            for (kind, value) in [
                (DnType::OrganizationName, "Example"),
                (DnType::CommonName, name.as_str()),
            ] {
                if !value.is_empty() {
                    parameters.distinguished_name.push(kind, value);
                }
            }
        }
    };
    let error = with(&named("board-2")).unwrap_err();
    assert_eq!(
        error,
        "it has common name \"board-2\" where common name \"board-1\" was asked for"
    );
    let error = with(&named("")).unwrap_err();
    assert!(error.contains("no common name"), "{error}");
    let error = with(&|parameters| parameters.subject_alt_names.clear()).unwrap_err();
    assert!(error.contains("no DNS name"), "{error}");
    let other = SanType::DnsName("board-2.example.com".try_into().unwrap());
    let error = with(&|parameters| parameters.subject_alt_names = vec![other.clone()]).unwrap_err();
    assert!(error.contains("board-2.example.com"), "{error}");
    // What a policy adds is no fault.
    with(&|parameters| {
        let subject = &mut parameters.distinguished_name;
        subject.push(DnType::OrganizationalUnitName, "Policy");
        subject.push(DnType::CountryName, "DE");
        parameters.subject_alt_names.insert(0, other.clone());
        parameters
            .subject_alt_names
            .push(SanType::URI("urn:x:1".try_into().unwrap()));
    })
    .unwrap();
    let upper = SanType::DnsName("BOARD-1.Example.com".try_into().unwrap());
    with(&|parameters| parameters.subject_alt_names = vec![upper.clone()]).unwrap();
}

#[test]
fn a_second_name_of_who_it_is_is_another_s() {
    let root = authority("root", None, ca());
    let (board, trust) = (board(), trusting(&root));
    let der = board.issued(&root, |parameters| {
        let second = DnType::CustomDnType(vec![2, 5, 4, 3]);
        parameters.distinguished_name.push(second, "board-2");
    });
    let error = judged(&board, &der, &[], &trust).unwrap_err();
    assert!(error.contains("\"board-2\" too"), "{error}");
}

#[test]
fn time_is_looked_at() {
    let root = authority("root", None, ca());
    let (board, trust) = (board(), trusting(&root));
    let at = |begin: i64, end: i64| {
        let der = board.issued(&root, |parameters| {
            let time = |days: i64| time_of(now() + days * DAY);
            parameters.not_before = time(begin).into();
            parameters.not_after = time(end).into();
        });
        judged(&board, &der, &[], &trust)
    };
    assert!(at(-9, -1).unwrap_err().contains("expired on"));
    assert!(at(9, 1).unwrap_err().contains("ends before it begins"));
    at(-1, 9).unwrap();
    // Issued for a day to come.
    let taken = at(2, 9).unwrap();
    assert!(taken.not_before_ms > now() + DAY);
    assert!(taken.not_after_ms < now() + 10 * DAY);
}

#[test]
fn without_a_root_a_chain_is_checked_in_itself() {
    let root = authority("root", None, ca());
    let issuing = authority("issuing", Some(&root), ca());
    let (board, trust) = (board(), Trust::default());
    let der = board.issued(&issuing, |_| {});
    assert_eq!(judged(&board, &der, &[], &trust).unwrap().chain, der);
    let both = [&der[..], &issuing.der].concat();
    assert_eq!(
        judged(&board, &der, &[&issuing], &trust).unwrap().chain,
        both
    );
    let taken = judged(&board, &der, &[&root, &issuing], &trust).unwrap();
    assert_eq!(taken.chain, both, "a root is left out");
    let stranger = authority("issuing", Some(&root), ca());
    let error = judged(&board, &der, &[&stranger], &trust).unwrap_err();
    assert!(error.contains("signature"), "{error}");
    let unrelated = authority("unrelated", None, ca());
    assert!(judged(&board, &der, &[&unrelated], &trust).is_err());
}

#[test]
fn any_changed_byte_is_refused_and_none_panics() {
    let root = authority("root", None, ca());
    let (board, trust) = (board(), trusting(&root));
    let der = board.issued(&root, |_| {});
    for at in 0..der.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut changed = der.clone();
            changed[at] ^= bit;
            assert!(judged(&board, &changed, &[], &trust).is_err(), "byte {at}");
        }
        assert!(judged(&board, &der[..at], &[], &trust).is_err());
        assert!(certificates_in(&der[..at]).is_empty());
    }
    let longer = [&der[..], &[0]].concat();
    let error = judged(&board, &longer, &[], &trust).unwrap_err();
    assert!(error.contains("1 bytes follow it"), "{error}");
}

#[test]
fn certificates_are_found_in_either_form() {
    let root = authority("root", None, ca());
    let other = authority("other", None, ca());
    let both = [root.der.clone(), other.der.clone()];
    let pem: String = both
        .iter()
        .map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.to_vec())))
        .collect();
    let key = pem::encode(&pem::Pem::new("PRIVATE KEY", vec![1, 2, 3]));
    assert_eq!(certificates_in((key + &pem).as_bytes()), both);
    assert_eq!(certificates_in(&[&root.der[..], &other.der].concat()), both);
    assert!(certificates_in(b"hello").is_empty());
    assert!(certificates_in(b"").is_empty());
    assert!(is_authority(&root.der) && !is_authority(b"x"));
}

#[test]
fn what_is_configured_is_read_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let root = authority("root", None, ca());
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let pem = pem::encode(&pem::Pem::new("CERTIFICATE", root.der.to_vec()));
    let good = file("root.pem", pem.as_bytes());
    let trust = Trust::read(Some(&good), None).unwrap();
    assert_eq!(trust.roots().unwrap(), [root.der]);
    for (bytes, words) in [
        (&b"hello"[..], "there is no certificate in it"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "can't be read as a root",
        ),
    ] {
        let path = file("bad.pem", bytes);
        let error = Trust::read(Some(&path), None).unwrap_err().to_string();
        assert!(
            error.contains(words) && error.contains("bad.pem"),
            "{error}"
        );
    }
    assert!(Trust::read(None, Some(&folder.path().join("absent"))).is_err());
    assert!(Trust::read(None, None).unwrap().roots().is_none());
}
