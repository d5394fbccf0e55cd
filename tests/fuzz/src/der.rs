//! Writes DER, for what the fuzzers make.

/// An element with this tag.
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let mut bytes = match (high, low) {
        (0, 0..=0x7F) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    bytes.extend_from_slice(content);
    bytes
}

/// The dotted form of an object identifier's content: X.690 section 8.19, in 128 bits. (`x509-parser`'s is wrong where the first two
/// arcs take more than one byte.)
pub fn dotted(content: &[u8]) -> String {
    let mut arcs = vec![];
    let mut number = 0_u128;
    for byte in content {
        number = number << 7 | u128::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            arcs.push(std::mem::take(&mut number));
        }
    }
    let first = arcs.remove(0);
    let root = (first / 40).min(2);
    arcs.splice(0..0, [root, first - 40 * root]);
    let arcs: Vec<_> = arcs.iter().map(ToString::to_string).collect();
    arcs.join(".")
}

/// A SEQUENCE of these.
pub fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    element(0x30, &elements.concat())
}

/// The SubjectPublicKeyInfo of a P-256 key (RFC 5480 section 2).
pub fn public_key_info(point: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[
        &element(0x06, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]),
        &element(0x06, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]),
    ]);
    sequence(&[&algorithm, &element(0x03, &[&[0], point].concat())])
}

/// A name of one common name.
pub fn name(common_name: &str) -> Vec<u8> {
    let attribute = sequence(&[
        &element(0x06, &[0x55, 0x04, 0x03]),
        &element(0x0C, common_name.as_bytes()),
    ]);
    sequence(&[&element(0x31, &attribute)])
}

/// What looks like a certificate for a P-256 key, with a signature that is none: neither board looks at it.
pub fn certificate(point: &[u8], issuer: &str, subject: &str) -> Vec<u8> {
    let algorithm = sequence(&[&element(
        0x06,
        &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02],
    )]);
    let validity = sequence(&[
        &element(0x17, b"260101000000Z"),
        &element(0x18, b"20991231235959Z"),
    ]);
    let tbs = sequence(&[
        &element(0xA0, &element(0x02, &[2])),
        &element(0x02, &[1]),
        &algorithm,
        &name(issuer),
        &validity,
        &name(subject),
        &public_key_info(point),
    ]);
    sequence(&[&tbs, &algorithm, &element(0x03, &[0, 0x30, 0x00])])
}
