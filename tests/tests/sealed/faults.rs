//! Files that were changed, cut off, or encrypted to somebody else.

use nameplate::sealed::{Contents, DecryptionKey, EncryptionKey, SealedError, open};

use super::ring::Ring;
use super::workshop::{Workshop, opens, plain, refuses};

/// Each byte changed in turn: no panic, and never another plaintext that was vouched for.
fn flips(
    sealed: &[u8],
    key: &DecryptionKey,
    certificate: Option<&EncryptionKey>,
    plain: &[u8],
) -> usize {
    let mut refused = 0;
    for place in 0..sealed.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut changed = sealed.to_vec();
            changed[place] ^= flip;
            match open(changed, key, certificate) {
                Err(_) => refused += 1,
                Ok(opened) if *opened.bytes == plain => {}
                Ok(opened) => {
                    assert!(!opened.intact, "a changed byte {place} was vouched for");
                    assert_ne!(opened.contents, Contents::Other, "byte {place}");
                }
            }
        }
    }
    refused
}

/// Cut off after each byte: never anything but a refusal.
fn cuts(sealed: &[u8], key: &DecryptionKey, certificate: Option<&EncryptionKey>) -> usize {
    // The line end behind armor is nobody's loss; the last byte of DER that looks like one is.
    let armored = sealed.is_ascii();
    let end = if armored {
        sealed.trim_ascii_end()
    } else {
        sealed
    };
    let errors = (0..end.len()).map(|length| refuses(&sealed[..length], key, certificate));
    errors
        .filter(|error| matches!(error, SealedError::Truncated { .. }))
        .count()
}

#[test]
fn every_byte_of_cms_changed_and_cut() {
    let workshop = Workshop::with_identities();
    let plain = plain(60);
    for (recipient, arguments) in [
        ("rsa", &["-aes-128-cbc", "-outform", "DER"][..]),
        (
            "rsa",
            &[
                "-aes-256-gcm",
                "-outform",
                "DER",
                "-keyopt",
                "rsa_padding_mode:oaep",
            ],
        ),
        ("P-256", &["-aes-256-cbc", "-outform", "DER", "-stream"]),
        (
            "P-256",
            &["-aes-128-gcm", "-outform", "DER", "-stream", "-keyid"],
        ),
        ("P-256", &["-aes-256-gcm", "-outform", "PEM"]),
        ("P-256", &["-aes-256-cbc", "-outform", "SMIME"]),
    ] {
        let pem = format!("{recipient}.pem");
        // The options for a recipient stand behind it.
        let (begin, options) = arguments.split_at(3);
        let (stream, options): (Vec<_>, Vec<_>) = options
            .iter()
            .partition(|option| ["-stream", "-keyid"].contains(option));
        let sealed = workshop.seal(
            &plain,
            &[begin, &stream, &["-recip", &pem], &options].concat(),
        );
        let (key, certificate) = (workshop.key(recipient), workshop.certificate(recipient));
        for certificate in [None, Some(&certificate)] {
            opens(&sealed, &key, certificate, &plain);
            let refused = flips(&sealed, &key, certificate, &plain);
            // Nearly all of them; some bytes are not protected: versions, white space, the names of recipients.
            assert!(
                refused * 10 > sealed.len() * 3 * 3,
                "{refused} of {}",
                sealed.len()
            );
        }
        let cut = cuts(&sealed, &key, None);
        if arguments.contains(&"DER") {
            // Without its second half, an end-of-contents is a value that should not be there: damaged. Three stand at the end.
            let halves = if arguments.contains(&"-stream") { 3 } else { 0 };
            assert_eq!(cut, sealed.len() - 1 - halves, "{arguments:?}");
        }
    }
}

#[test]
fn every_byte_of_openpgp_changed_and_cut() {
    let ring = Ring::new();
    let plain = plain(60);
    for name in ["rsa", "cv25519"] {
        let (key, public) = (ring.secret(name), ring.public(name));
        for arguments in [
            &["--compress-algo", "none"][..],
            &["--armor", "--compress-algo", "zlib"],
        ] {
            let sealed = ring.seal(name, &plain, arguments);
            opens(&sealed, &key, Some(&public), &plain);
            let refused = flips(&sealed, &key, None, &plain);
            assert!(
                refused * 10 > sealed.len() * 3 * 8,
                "{refused} of {}",
                sealed.len()
            );
            let cut = cuts(&sealed, &key, None);
            assert!(cut * 10 > sealed.len() * 8, "{cut} of {}", sealed.len());
        }
        let sealed = ring.seal_ocb(name, &plain);
        opens(&sealed, &key, Some(&public), &plain);
        flips(&sealed, &key, None, &plain);
        cuts(&sealed, &key, None);
    }
}

/// One wrong key in 256 passes CBC's padding: what then comes out is not believed either.
#[test]
fn a_wrong_key_never_gives_anything() {
    let workshop = Workshop::with_identities();
    workshop.identity("rsa-other");
    let plain = plain(60);
    let sealed = workshop.seal(
        &plain,
        &["-aes-256-cbc", "-outform", "DER", "-recip", "rsa.pem"],
    );
    let other = workshop.key("rsa-other");
    for _ in 0..1500 {
        assert!(matches!(
            refuses(&sealed, &other, None),
            SealedError::WrongKeyOrDamaged
        ));
    }
    // The key of another certificate than the one that is given: the file does not name it.
    let certificate = workshop.certificate("rsa-other");
    let error = refuses(&sealed, &other, Some(&certificate));
    assert!(
        matches!(error, SealedError::NotForThisKey { .. }),
        "{error}"
    );
    assert!(matches!(
        refuses(&sealed, &workshop.key("P-256"), None),
        SealedError::NotForThisKey { .. }
    ));
}

/// RFC 3218: the padding of the key, the key, and the content fail with one and the same word.
#[test]
fn no_word_tells_what_was_wrong_inside() {
    let workshop = Workshop::with_identities();
    let plain = plain(60);
    let sealed = workshop.seal(
        &plain,
        &["-aes-256-cbc", "-outform", "DER", "-recip", "rsa.pem"],
    );
    let (key, certificate) = (workshop.key("rsa"), workshop.certificate("rsa"));
    let modulus = 256;
    // The content is at the end; the encrypted key, 256 bytes behind its header, somewhere before.
    let header = [4, 0x82, 1, 0];
    let at = sealed.windows(4).position(|bytes| bytes == header).unwrap() + 4;
    let mut words = Vec::new();
    for place in [at + 1, at + modulus - 1, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        words.push(refuses(&changed, &key, Some(&certificate)).to_string());
    }
    words.dedup();
    assert_eq!(
        words,
        ["it was encrypted to this key, but was changed since: it does not decrypt"]
    );
}

#[test]
fn something_behind_the_end_is_refused() {
    let workshop = Workshop::with_identities();
    let plain = plain(60);
    for form in [&["-aes-256-gcm"][..], &["-aes-256-cbc", "-stream"]] {
        let end = ["-outform", "DER", "-recip", "P-256.pem"];
        let mut sealed = workshop.seal(&plain, &[form, &end].concat());
        sealed.push(0);
        let error = refuses(&sealed, &workshop.key("P-256"), None);
        assert!(
            error.to_string().contains("1 bytes stand behind its end"),
            "{error}"
        );
    }
}
