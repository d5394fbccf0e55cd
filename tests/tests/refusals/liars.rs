//! Boards that must not get into a batch, each with the words that are said of it.

use std::process::Command;

use nameplate_tests::fake_board::{Fake, Forger, csr_frame, raw_frame, reply_frame};
use nameplate_wire::{Mac, Reply, Request, reply};

/// A board that forges its certificate request, with a good proof over what it forged.
fn forged(number: u16, forge: impl Fn(&Forger, &str) -> Vec<u8> + Send + 'static) -> Fake {
    let forger = Forger::new();
    let fake = Fake::new(number);
    let (mac, name) = (fake.mac, fake.name.clone());
    fake.forges(move |asked| {
        let csr = forge(&forger, &name);
        let proof = forger.proof(&asked.nonce.0, mac, &name, &csr);
        (csr, proof)
    })
}

/// A certificate request as asked, by `openssl`, over a new key of this kind.
fn openssl(key: &[&str], name: &str) -> Vec<u8> {
    let dns = format!("subjectAltName=DNS:{name}.devices.example.com");
    let output = Command::new("openssl")
        .args([
            "req",
            "-new",
            "-nodes",
            "-keyout",
            "/dev/null",
            "-outform",
            "DER",
        ])
        .args(["-subj", &format!("/CN={name}/O=Example"), "-addext", &dns])
        .args(key)
        .output()
        .expect("openssl runs");
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// The liars over the network, each with what is said of it, and what to do.
pub fn all() -> Vec<(Fake, &'static str, &'static str)> {
    let set_aside = "Set the board aside";
    let mut all = by_identity();
    let requests = by_request().into_iter().chain(by_key_and_form());
    all.extend(requests.map(|(fake, why)| (fake, why, set_aside)));
    all
}

/// What stands in the request is not what was asked.
fn by_request() -> Vec<(Fake, &'static str)> {
    vec![
        (
            forged(120, |forger, _| forger.request("another", |_| {})),
            "has the subject CN=\"another\", O=\"Example\" where CN=\"board-0120\", O=\"Example\" was asked for",
        ),
        (
            forged(121, |forger, name| {
                let more = rcgen::SanType::DnsName("admin.example.com".try_into().unwrap());
                forger.request(name, |asked| asked.subject_alt_names.push(more))
            }),
            "admin.example.com",
        ),
        (
            forged(122, |forger, name| {
                let extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
                forger.request(name, |asked| asked.custom_extensions.push(extension))
            }),
            "an extension that nobody asked for",
        ),
        (
            forged(123, |forger, name| {
                let attribute = rcgen::Attribute {
                    oid: &[1, 2, 840, 113_549, 1, 9, 7],
                    values: b"\x31\x04\x0c\x02pw".to_vec(),
                };
                let request = Forger::asked(name)
                    .serialize_request_with_attributes(&forger.key, vec![attribute])
                    .unwrap();
                request.der().to_vec()
            }),
            "it has more attributes than one",
        ),
        (
            forged(124, |forger, name| {
                forger.request(name, |asked| {
                    asked.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
                })
            }),
            "its certificate request",
        ),
    ]
}

/// The key is another, or the request is not a request.
fn by_key_and_form() -> Vec<(Fake, &'static str)> {
    vec![
        (
            forged(125, |_, name| openssl(&["-newkey", "rsa:2048"], name)),
            "its key is RSA; only P-256 is taken",
        ),
        (
            forged(126, |_, name| {
                openssl(
                    &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
                    name,
                )
            }),
            "its key is P-384; only P-256 is taken",
        ),
        (
            forged(127, |_, name| {
                openssl(
                    &[
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-sha512",
                    ],
                    name,
                )
            }),
            "signed by ecdsa-with-SHA512; only ecdsa-with-SHA256 is taken",
        ),
        (
            forged(128, |forger, name| {
                let mut csr = forger.request(name, |_| {});
                *csr.last_mut().unwrap() ^= 1;
                csr
            }),
            "the signature of its certificate request does not verify",
        ),
        (
            forged(129, |forger, name| {
                let mut csr = forger.request(name, |_| {});
                csr.push(0);
                csr
            }),
            "1 bytes follow it",
        ),
        (
            forged(130, |forger, name| {
                let mut csr = forger.request(name, |_| {});
                let bits = csr
                    .windows(4)
                    .rposition(|window| window[0] == 3 && window[2] == 0 && window[3] == 0x30);
                csr[bits.unwrap() + 2] = 1;
                csr
            }),
            "its certificate request",
        ),
    ]
}

/// Who it says it is does not do, or it is not who it says it is.
fn by_identity() -> Vec<(Fake, &'static str, &'static str)> {
    let set_aside = "Set the board aside";
    let honest = |number| (Forger::new(), Fake::new(number));
    let old_nonce = {
        let (forger, fake) = honest(107);
        let (mac, name) = (fake.mac, fake.name.clone());
        fake.forges(move |_| {
            let csr = forger.request(&name, |_| {});
            let proof = forger.proof(&[7; 32], mac, &name, &csr);
            (csr, proof)
        })
    };
    let changed = {
        let (forger, fake) = honest(108);
        let name = fake.name.clone();
        fake.lies(move |id, request, answer| {
            if let Request::Csr(_) = request {
                let csr = forger.request(&name, |_| {});
                *answer = csr_frame(id, Mac([2, 0, 0x5E, 9, 9, 9]), &name, &csr, &[1; 64]);
            }
        })
    };
    let wrong_kind = Fake::new(110).lies(|id, request, answer| {
        if let Request::Csr(_) = request {
            *answer = reply_frame(id, &Reply::Recorded(reply::Done {}));
        }
    });
    let write_mac = "Write the board's own MAC address into it";
    vec![
        (
            Fake::new(101).mac([0; 6]),
            "its MAC address is all zeros",
            write_mac,
        ),
        (
            Fake::new(102).mac([0xFF; 6]),
            "the broadcast address",
            write_mac,
        ),
        (
            Fake::new(103).mac([1, 0, 0x5E, 0, 0, 1]),
            "01:00:5e:00:00:01 is a multicast address",
            write_mac,
        ),
        (
            Fake::new(104).mac([2, 0, 0x5F, 0, 0, 1]),
            "02:00:5f:00:00:01 is outside of the ranges",
            "or widen batch.mac_ranges",
        ),
        (
            Fake::new(105).name("board\u{202e}5010"),
            "control or invisible",
            "a proper name",
        ),
        (
            Fake::new(106).token("another bench's token"),
            "join token is not this bench's",
            "a join token of this bench",
        ),
        (
            old_nonce,
            "its proof does not belong to this request",
            set_aside,
        ),
        (
            changed,
            "(02:00:5e:00:00:6c) and then \"board-0108\" (02:00:5e:09:09:09)",
            set_aside,
        ),
        (
            Fake::new(109).seed(None),
            "error 200: the random number generator is stuck",
            "its random number generator is broken",
        ),
        (
            wrong_kind,
            "answers something else than it was asked",
            set_aside,
        ),
        (
            Fake::new(111).mac([2, 0, 0x5E, 0, 0, 1]),
            "MAC 02:00:5e:00:00:01 of board \"board-0111\" is already in this batch, on board \"board-0001\"",
            set_aside,
        ),
        (
            Fake::new(112).name("board-0001"),
            "name \"board-0001\" of the board with MAC 02:00:5e:00:00:70 is already in this batch, on the board with MAC 02:00:5e:00:00:01",
            set_aside,
        ),
        (
            Fake::new(1).seed(Some(113)),
            "has another key than the one recorded in this batch",
            set_aside,
        ),
    ]
}

/// Those of which there is but the port to tell them by.
pub fn without_a_name() -> [Fake; 3] {
    let nine = Fake::new(140).lies(|id, _, answer| {
        *answer = raw_frame(&format!(
            r#"{{"v":9,"re":{id},"kind":"error","code":104,"text":"no","versions":[9,9]}}"#
        ));
    });
    let nine_too = Fake::new(141).lies(|id, _, answer| {
        *answer = raw_frame(&format!(
            r#"{{"v":9,"re":{id},"kind":"hello","version":9,"mac":"02:00:5e:00:00:8d","name":"n","firmware":"f","agent":"a","key":false}}"#
        ));
    });
    let echo = Fake::new(142).lies(|id, request, answer| {
        let mut out = [0; nameplate_wire::limits::FRAME];
        *answer = request.write(id, &mut out).unwrap().to_vec();
    });
    [nine, nine_too, echo]
}
