//! What OpenSSL can't be made to write: shorter tags, attributes beside the content, nonsense. The rest is judged in the tests'
//! own crate, by files of other people's programs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use proptest::prelude::*;
use rasn::types::{Any, OctetString, SetOf};
use rasn_cms::{Attribute, AuthAttributes, AuthEnvelopedData, ContentInfo};

use super::*;

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/golden/sealed/",
            $name
        ))
    };
}

const PLAIN: &[u8] = golden!("plain.zip");
const GCM: &[u8] = golden!("rsa-oaep-aes256gcm.der");
const CBC: &[u8] = golden!("rsa-aes256cbc.der");
const INDEFINITE: &[u8] = golden!("p256-aes256cbc-stream.ber");
#[cfg(feature = "openpgp")]
const OPENPGP: &[u8] = golden!("gpg-cv25519.asc");

fn key(pem: &[u8]) -> DecryptionKey {
    KeyFile::parse(pem).unwrap().unlock(None).unwrap()
}

fn rsa() -> DecryptionKey {
    key(golden!("rsa.key"))
}

/// Takes a file of OpenSSL's apart, changes it, and puts it together again.
fn changed(change: impl FnOnce(&mut AuthEnvelopedData)) -> Vec<u8> {
    let mut info: ContentInfo = rasn::ber::decode(GCM).unwrap();
    let mut data: AuthEnvelopedData = rasn::ber::decode(info.content.as_bytes()).unwrap();
    change(&mut data);
    info.content = Any::new(rasn::der::encode(&data).unwrap());
    rasn::der::encode(&info).unwrap()
}

/// SEQUENCE of the nonce, and of the tag's length where it is not the default.
fn set_tag(data: &mut AuthEnvelopedData, tag: &[u8]) {
    let algorithm = &mut data
        .auth_encrypted_content_info
        .content_encryption_algorithm;
    let old = algorithm.parameters.take().unwrap();
    let nonce = old.as_bytes().get(2..16).unwrap().to_vec();
    let length = u8::try_from(tag.len()).unwrap();
    let parameters = if length == 12 {
        [&[0x30, 14][..], &nonce].concat()
    } else {
        [&[0x30, 17][..], &nonce, &[2, 1, length]].concat()
    };
    algorithm.parameters = Some(Any::new(parameters));
    data.mac = OctetString::from(tag);
}

#[test]
fn every_length_of_tag_is_held() {
    for length in 12..=16 {
        let cut = |data: &mut AuthEnvelopedData| {
            let tag = data.mac.get(..length).unwrap().to_vec();
            set_tag(data, &tag);
        };
        let opened = open(changed(cut), &rsa(), None).unwrap();
        assert_eq!(*opened.bytes, PLAIN, "{length}");
        assert!(opened.intact);
        for place in 0..length {
            let wrong = changed(|data| {
                cut(data);
                let mut tag = data.mac.to_vec();
                tag[place] ^= 1;
                data.mac = OctetString::from(tag);
            });
            assert!(matches!(
                open(wrong, &rsa(), None),
                Err(SealedError::WrongKeyOrDamaged)
            ));
        }
        let content = changed(|data| {
            cut(data);
            let content = &mut data.auth_encrypted_content_info.encrypted_content;
            let mut bytes = content.take().unwrap().to_vec();
            bytes[7] ^= 1;
            *content = Some(OctetString::from(bytes));
        });
        assert!(matches!(
            open(content, &rsa(), None),
            Err(SealedError::WrongKeyOrDamaged)
        ));
    }
    for short in [0, 4, 11] {
        let cut = changed(|data| {
            let tag = data.mac.get(..short).unwrap().to_vec();
            set_tag(data, &tag);
        });
        assert!(
            matches!(open(cut, &rsa(), None), Err(SealedError::Malformed { .. })),
            "{short}"
        );
    }
}

/// RFC 5083: attributes are authenticated in DER, as a SET OF. Sealed by us, for want of a program that writes them.
#[test]
fn attributes_are_authenticated() {
    let attribute = |value: u8| Attribute {
        r#type: rasn_cms::CONTENT_TYPE.to_owned(),
        values: SetOf::from_vec(vec![Any::new(vec![6, 1, value])]),
    };
    let attributes = AuthAttributes::from_vec(vec![attribute(0x2A)]);
    let associated = rasn::der::encode(&attributes).unwrap();
    assert_eq!(associated.first(), Some(&0x31));
    let make = |attributes: AuthAttributes| {
        changed(|data| {
            #[cfg_attr(not(feature = "openpgp"), expect(irrefutable_let_patterns))]
            let DecryptionKey::X509(key) = rsa() else {
                unreachable!()
            };
            let info: ContentInfo = rasn::ber::decode(GCM).unwrap();
            let whole: AuthEnvelopedData = rasn::ber::decode(info.content.as_bytes()).unwrap();
            let content_key = cms::content_key_of(&whole, &key);
            let gcm = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key).unwrap());
            let parameters = &data
                .auth_encrypted_content_info
                .content_encryption_algorithm
                .parameters;
            let nonce = parameters.as_ref().unwrap().as_bytes().get(4..16).unwrap();
            let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
            let mut bytes = PLAIN.to_vec();
            let tag = gcm
                .seal_in_place_separate_tag(nonce, Aad::from(&associated), &mut bytes)
                .unwrap();
            data.auth_encrypted_content_info.encrypted_content = Some(OctetString::from(bytes));
            data.mac = OctetString::from(tag.as_ref());
            data.auth_attrs = Some(attributes);
        })
    };
    let opened = open(make(attributes.clone()), &rsa(), None).unwrap();
    assert_eq!(*opened.bytes, PLAIN);
    let other = make(AuthAttributes::from_vec(vec![attribute(0x2B)]));
    assert!(open(other, &rsa(), None).is_err());
}

/// As deep as the whole of a large file: no stack is exhausted.
#[test]
fn nesting_is_bounded() {
    for header in [
        &[0x30, 0x80][..],
        &[0x24, 0x80],
        &[0xA0, 0x80],
        &[0x31, 0x80],
    ] {
        let mut bytes = vec![
            0x30, 0x80, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 3, 0xA0, 0x80,
        ];
        let depth = 500_000;
        bytes.extend(header.repeat(depth));
        let open_ended = bytes.clone();
        bytes.extend([0, 0].repeat(depth + 2));
        for bytes in [bytes, open_ended] {
            assert!(open(bytes, &rsa(), None).is_err());
        }
    }
    // Definite lengths, from the inside out.
    let mut bytes = vec![5, 0];
    for _ in 0..5000 {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        bytes = [&[0x30, 0x84][..], &length, &bytes].concat();
    }
    assert!(open(bytes, &rsa(), None).is_err());
}

/// Thousands of recipients are not tried one after the other.
#[test]
fn recipients_are_bounded() {
    let many = changed(|data| {
        let recipients: Vec<_> = data.recipient_infos.to_vec().into_iter().cloned().collect();
        data.recipient_infos =
            SetOf::from_vec(recipients.iter().cycle().take(1000).cloned().collect());
    });
    let error = open(many.clone(), &rsa(), None).unwrap_err();
    assert!(
        error.to_string().contains("more than 16 recipients"),
        "{error}"
    );
}

#[test]
fn what_is_larger_than_the_limit_is_refused() {
    let large = vec![0; usize::try_from(MAX_SEALED).unwrap() + 1];
    assert!(matches!(
        open(large, &rsa(), None),
        Err(SealedError::TooLarge)
    ));
}

#[cfg(not(feature = "openpgp"))]
#[test]
fn without_openpgp_it_is_said() {
    let error = open(golden!("gpg-rsa.gpg").to_vec(), &rsa(), None).unwrap_err();
    assert!(matches!(error, SealedError::NoOpenPgp));
    let error = KeyFile::parse(golden!("gpg-rsa.sec")).unwrap_err();
    assert!(matches!(error, KeyError::NoOpenPgp));
    let error = EncryptionKey::read(golden!("gpg-rsa.pub")).unwrap_err();
    assert!(matches!(error, EncryptionKeyError::NoOpenPgp));
}

/// Nothing but what was sealed, or what no check vouches for.
fn harmless(bytes: Vec<u8>, key: &DecryptionKey) {
    if let Ok(opened) = open(bytes, key, None) {
        assert!(*opened.bytes == PLAIN || !opened.intact);
    }
}

fn mangled(file: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let place = 0..file.len();
    let edit = (
        place.clone(),
        place,
        proptest::collection::vec(any::<u8>(), 0..8),
    );
    proptest::collection::vec(edit, 1..4).prop_map(move |edits| {
        let mut bytes = file.to_vec();
        for (from, to, with) in edits {
            let (from, to) = (from.min(bytes.len()), to.min(bytes.len()));
            // Half of the edits replace a few bytes, half cut out or put in.
            let to = if from % 2 == 0 {
                (from + with.len()).min(bytes.len())
            } else {
                to.max(from)
            };
            bytes.splice(from..to, with);
        }
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, first in 0_u8..255) {
        harmless(bytes.clone(), &rsa());
        harmless([&[first][..], &bytes].concat(), &rsa());
        harmless([&[0x30, 0x80][..], &bytes].concat(), &rsa());
        let _ = KeyFile::parse(&bytes).map(|file| file.unlock(None));
        let _ = EncryptionKey::read(&bytes);
    }

    #[test]
    fn mangled_cms_is_answered(
        rsa_file in prop_oneof![mangled(GCM), mangled(CBC)], ec_file in mangled(INDEFINITE),
    ) {
        harmless(rsa_file, &rsa());
        harmless(ec_file, &key(golden!("p256.key")));
    }

    #[test]
    fn mangled_keys_are_answered(
        secret in prop_oneof![mangled(golden!("rsa.key")), mangled(golden!("p256.key"))], public in mangled(golden!("rsa.pem")),
    ) {
        let _ = KeyFile::parse(&secret).map(|file| file.unlock(None));
        let _ = EncryptionKey::read(&public).map(|key| key.check(std::time::SystemTime::now()));
    }

    #[test]
    #[cfg(feature = "openpgp")]
    fn mangled_openpgp_is_answered(
        armored in mangled(OPENPGP), ocb in mangled(golden!("rnp-cv25519-ocb.gpg")), rsa in mangled(golden!("gpg-rsa.gpg")),
        secret in mangled(golden!("gpg-cv25519.sec")), public in mangled(golden!("gpg-cv25519.pub")),
    ) {
        let curve = key(golden!("gpg-cv25519.sec"));
        harmless(armored, &curve);
        harmless(ocb, &curve);
        harmless(rsa, &key(golden!("gpg-rsa.sec")));
        let _ = KeyFile::parse(&secret).map(|file| file.unlock(None));
        let _ = EncryptionKey::read(&public).map(|key| key.check(std::time::SystemTime::now()));
    }
}
