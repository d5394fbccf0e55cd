//! Private keys in the forms in which OpenSSL writes them.

use nameplate::sealed::{KeyError, KeyFile, matches};
use secrecy::SecretString;

use super::workshop::{Workshop, key, locked, opens, plain};

const PASSPHRASE: &str = "correct horse";

#[test]
fn every_form_is_read() {
    let workshop = Workshop::with_identities();
    for name in ["rsa", "P-256", "P-384", "P-521"] {
        let (file, pem) = (format!("{name}.key"), format!("{name}.pem"));
        let certificate = workshop.certificate(name);
        let sealed = workshop.seal(
            &plain(60),
            &["-aes-256-gcm", "-outform", "DER", "-recip", &pem],
        );
        let try_key = |bytes: &[u8]| {
            let key = key(bytes);
            matches(&certificate, &key).unwrap();
            opens(&sealed, &key, Some(&certificate), &plain(60));
        };
        for form in [
            &["pkey"][..],
            &["pkey", "-outform", "DER"],
            &["pkey", "-traditional"],
            &["pkey", "-traditional", "-outform", "DER"],
        ] {
            workshop.openssl(&[form, &["-in", &file, "-out", "form"]].concat());
            try_key(&workshop.bytes("form"));
        }
        // With its certificate beside it, and text before.
        let both = [
            &b"what a person wrote\n"[..],
            &workshop.bytes(&pem),
            &workshop.bytes(&file),
        ]
        .concat();
        try_key(&both);
        for form in [
            &["-v2", "aes-256-cbc"][..],
            &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"],
            &[
                "-v2",
                "aes-256-cbc",
                "-v2prf",
                "hmacWithSHA512",
                "-outform",
                "DER",
            ],
            &["-v2", "des3"],
            &["-scrypt"],
        ] {
            let pass = format!("pass:{PASSPHRASE}");
            let begin = [
                "pkcs8", "-topk8", "-in", &file, "-out", "locked", "-passout", &pass,
            ];
            workshop.openssl(&[&begin, form].concat());
            let bytes = workshop.bytes("locked");
            let key = locked(&bytes, PASSPHRASE);
            matches(&certificate, &key).unwrap();
            opens(&sealed, &key, None, &plain(60));
            let file = || KeyFile::parse(&bytes).unwrap();
            assert!(matches!(file().unlock(None), Err(KeyError::Locked)));
            let wrong = file().unlock(Some(&SecretString::from("Correct horse")));
            assert!(matches!(wrong, Err(KeyError::Passphrase)), "{wrong:?}");
        }
    }
    workshop.openssl(&[
        "ecparam",
        "-name",
        "secp384r1",
        "-genkey",
        "-out",
        "with-parameters",
    ]);
    let _ = key(&workshop.bytes("with-parameters"));
}

#[test]
fn what_is_no_key_for_this_is_told() {
    let workshop = Workshop::with_identities();
    workshop.identity("rsa-other");
    let error = |bytes: &[u8]| match KeyFile::parse(bytes).and_then(|file| file.unlock(None)) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.to_string(),
    };
    let made = |arguments: &[&str]| {
        workshop.openssl(&[arguments, &["-out", "made"]].concat());
        workshop.bytes("made")
    };
    let rsa = workshop.bytes("rsa.key");
    let two = [&rsa[..], &workshop.bytes("rsa-other.key")].concat();
    for (bytes, words) in [
        (
            made(&["genpkey", "-algorithm", "ED25519"]),
            "a key of another kind",
        ),
        (
            made(&[
                "genpkey",
                "-algorithm",
                "RSA",
                "-pkeyopt",
                "rsa_keygen_bits:1024",
            ]),
            "an RSA key that can't be used",
        ),
        (
            made(&[
                "genpkey",
                "-algorithm",
                "EC",
                "-pkeyopt",
                "ec_paramgen_curve:secp256k1",
            ]),
            "an EC key that can't be used",
        ),
        (
            made(&[
                "rsa",
                "-in",
                "rsa.key",
                "-aes256",
                "-traditional",
                "-passout",
                "pass:x",
            ]),
            "OpenSSL's old way",
        ),
        (workshop.bytes("rsa.pem"), "holds no private key"),
        (two, "holds 2 private keys"),
        (b"".to_vec(), "holds no private key"),
        (b"hello".to_vec(), "holds no private key"),
        (vec![0x30; 100], "holds no private key"),
        (vec![0xFF; 100], "OpenPGP"),
        (vec![b'x'; 2_000_000], "larger than 1 MiB"),
    ] {
        let said = error(&bytes);
        assert!(said.contains(words), "{said}, not {words}");
    }
    let text = String::from_utf8(rsa).unwrap();
    let broken = text.replace("MII", "MIJ");
    let said = error(broken.as_bytes());
    assert!(said.contains("can't be read as PKCS#8"), "{said}");
    let shown = format!(
        "{:?} {:?}",
        KeyFile::parse(text.as_bytes()).unwrap(),
        key(text.as_bytes())
    );
    assert!(
        !shown.contains(&text[40..60]) && shown.len() < 200,
        "{shown}"
    );
}
