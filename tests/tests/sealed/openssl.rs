//! Files of `openssl cms -encrypt` in many combinations.

use nameplate::sealed::{Contents, SealedError};

use super::workshop::{RECIPIENTS, Workshop, opens, plain, refuses};

const CIPHERS: [&str; 6] = [
    "-aes-128-cbc",
    "-aes-192-cbc",
    "-aes-256-cbc",
    "-aes-128-gcm",
    "-aes-192-gcm",
    "-aes-256-gcm",
];

#[test]
fn every_combination_opens() {
    let workshop = Workshop::with_identities();
    let small = plain(777);
    // Streamed in several segments.
    let large = plain(70_000);
    let mut opened = 0;
    for (recipient, options) in RECIPIENTS {
        let key = workshop.key(recipient);
        let certificate = workshop.certificate(recipient);
        let pem = format!("{recipient}.pem");
        for cipher in CIPHERS {
            for form in ["DER", "PEM", "SMIME"] {
                for (more, plain) in [
                    (&[][..], &small),
                    (&["-stream"], &large),
                    (&["-keyid"], &small),
                ] {
                    let begin = [cipher, "-outform", form];
                    let end = ["-recip", &pem];
                    let sealed = workshop.seal(plain, &[&begin, more, &end, options].concat());
                    for certificate in [None, Some(&certificate)] {
                        let found = opens(&sealed, &key, certificate, plain);
                        assert_eq!(found.intact, cipher.ends_with("gcm"));
                        assert_eq!(found.contents, Contents::Zip);
                        opened += 1;
                    }
                }
            }
        }
    }
    assert_eq!(opened, 9 * 6 * 3 * 3 * 2);
}

#[test]
fn every_key_derivation_and_wrap_opens() {
    let workshop = Workshop::with_identities();
    let plain = plain(99);
    for curve in ["P-256", "P-384", "P-521"] {
        let (key, certificate) = (workshop.key(curve), workshop.certificate(curve));
        let pem = format!("{curve}.pem");
        for hash in ["sha1", "sha224", "sha256", "sha384", "sha512"] {
            for wrap in ["-aes128-wrap", "-aes192-wrap", "-aes256-wrap"] {
                let hash = format!("ecdh_kdf_md:{hash}");
                let arguments = [
                    "-aes-256-gcm",
                    wrap,
                    "-outform",
                    "DER",
                    "-recip",
                    &pem,
                    "-keyopt",
                    &hash,
                ];
                let sealed = workshop.seal(&plain, &arguments);
                opens(&sealed, &key, Some(&certificate), &plain);
            }
        }
        let cofactor = [
            "-aes-256-cbc",
            "-outform",
            "DER",
            "-recip",
            &pem,
            "-keyopt",
            "ecdh_cofactor_mode:1",
        ];
        opens(&workshop.seal(&plain, &cofactor), &key, None, &plain);
    }
}

#[test]
fn one_of_several_recipients() {
    let workshop = Workshop::with_identities();
    workshop.identity("rsa-other");
    workshop.identity("rsa-third");
    let plain = plain(500);
    for cipher in ["-aes-256-cbc", "-aes-256-gcm"] {
        let recipients = [
            cipher,
            "-outform",
            "DER",
            "-recip",
            "P-384.pem",
            "-recip",
            "rsa-other.pem",
            "-recip",
            "P-256.pem",
            "-recip",
            "rsa.pem",
        ];
        let sealed = workshop.seal(&plain, &recipients);
        for name in ["rsa", "rsa-other", "P-256", "P-384"] {
            let (key, certificate) = (workshop.key(name), workshop.certificate(name));
            opens(&sealed, &key, None, &plain);
            opens(&sealed, &key, Some(&certificate), &plain);
        }
        let (third, certificate) = (workshop.key("rsa-third"), workshop.certificate("rsa-third"));
        let error = refuses(&sealed, &third, Some(&certificate));
        assert!(
            matches!(&error, SealedError::NotForThisKey { recipients } if recipients.len() == 4),
            "{error}"
        );
        assert!(error.to_string().contains("serial number"), "{error}");
        assert!(matches!(
            refuses(&sealed, &third, None),
            SealedError::WrongKeyOrDamaged
        ));
    }
    let for_ec = workshop.seal(
        &plain,
        &["-aes-256-cbc", "-outform", "DER", "-recip", "P-256.pem"],
    );
    let error = refuses(&for_ec, &workshop.key("rsa"), None);
    assert!(
        matches!(error, SealedError::NotForThisKey { .. }),
        "{error}"
    );
}

/// Where no checksum vouches for it, only what the service sends comes out.
#[test]
fn what_comes_out_is_looked_at() {
    let workshop = Workshop::with_identities();
    let (key, certificate) = (workshop.key("rsa"), workshop.certificate("rsa"));
    let seal = |plain: &[u8], cipher| {
        workshop.seal(plain, &[cipher, "-outform", "DER", "-recip", "rsa.pem"])
    };
    let json = b"[{\"private_key\":\"...\"}]\n";
    let opened = opens(&seal(json, "-aes-256-cbc"), &key, Some(&certificate), json);
    assert_eq!(opened.contents, Contents::Json);
    for other in [&b"hello"[..], b"{ no JSON"] {
        let opened = opens(&seal(other, "-aes-256-gcm"), &key, None, other);
        assert_eq!(opened.contents, Contents::Other);
        let error = refuses(&seal(other, "-aes-256-cbc"), &key, Some(&certificate));
        assert!(matches!(error, SealedError::Damaged), "{error}");
    }
}

#[test]
fn what_is_not_supported_is_named() {
    let workshop = Workshop::with_identities();
    let key = workshop.key("rsa");
    let plain = plain(50);
    for (arguments, words) in [
        (&["-des3", "-recip", "rsa.pem"][..], "1.2.840.113549.3.7"),
        (
            &[
                "-aes-256-cbc",
                "-recip",
                "rsa.pem",
                "-keyopt",
                "rsa_padding_mode:oaep",
                "-keyopt",
                "rsa_oaep_md:sha224",
            ],
            "OAEP with the hash 2.16.840.1.101.3.4.2.4",
        ),
    ] {
        let sealed = workshop.seal(&plain, &[&["-outform", "DER"], arguments].concat());
        let error = refuses(&sealed, &key, None);
        assert!(matches!(error, SealedError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    workshop.openssl(&[
        "cms", "-sign", "-binary", "-in", "plain", "-signer", "rsa.pem", "-inkey", "rsa.key",
        "-outform", "DER", "-out", "signed",
    ]);
    let error = refuses(&workshop.bytes("signed"), &key, None);
    assert!(
        error
            .to_string()
            .contains("CMS of the kind 1.2.840.113549.1.7.2"),
        "{error}"
    );
}

/// Larger than a single BER segment by far, and within the memory that the limit speaks of.
#[test]
fn a_large_file_opens() {
    let workshop = Workshop::with_identities();
    let plain = plain(20_000_000);
    for arguments in [&["-aes-256-cbc", "-stream"][..], &["-aes-256-gcm"]] {
        let end = ["-outform", "DER", "-recip", "P-256.pem"];
        let sealed = workshop.seal(&plain, &[arguments, &end].concat());
        opens(&sealed, &workshop.key("P-256"), None, &plain);
    }
}
