//! The provisioning page as a factory writes it into a board. `boards/mcu/PROVISIONING.md` describes it.

use std::fmt::Write as _;
use std::net::SocketAddrV4;

use nameplate_wire::frame::checksum;
use nameplate_wire::{Mac, limits};

/// Greatest size of a page, in bytes.
pub const PAGE: usize = 1024;

/// A P-256 public key: the uncompressed point (SEC 1 section 2.3.3).
pub type Point = [u8; 65];

/// What a board's page says.
#[derive(Clone, Debug)]
pub struct Page {
    /// The board's MAC.
    pub mac: Mac,
    /// The board's name.
    pub name: String,
    /// The bench to dial, for boards on a network.
    pub bench: Option<Bench>,
    /// More lines, such as `test randomness` for an image that was built for tests.
    pub more: Vec<String>,
}

/// Where the bench is, and how the board knows it.
#[derive(Clone)]
pub struct Bench {
    /// Where it listens, as the board sees it.
    pub address: SocketAddrV4,
    /// The key it has.
    pub pin: Point,
    /// The key it is going to have.
    pub next_pin: Option<Point>,
    /// What lets the board join.
    pub token: Option<String>,
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bench({})", self.address)
    }
}

/// Why there can be no such page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// A board's name has other lengths or characters.
    #[error("{0:?} is no name for a board: 1 to {most} bytes without control characters", most = limits::NAME)]
    Name(String),
    /// A line must not hold such a thing.
    #[error("{0:?} can't stand in a line of a provisioning page")]
    Line(String),
    /// It has no room.
    #[error("the provisioning page would have {0} bytes, and has room for {PAGE}")]
    Long(usize),
}

impl Page {
    /// The page's bytes.
    ///
    /// # Errors
    /// [`PageFault`].
    pub fn bytes(&self) -> Result<Vec<u8>, PageFault> {
        if self.name.is_empty() || self.name.len() > limits::NAME {
            return Err(PageFault::Name(self.name.clone()));
        }
        let mut text = "nameplate 1\n".to_owned();
        let mut line = |words: String| {
            if words.chars().any(char::is_control) {
                return Err(PageFault::Line(words));
            }
            text.push_str(&words);
            text.push('\n');
            Ok(())
        };
        line(format!("mac {}", self.mac))?;
        line(format!("name {}", self.name))?;
        if let Some(bench) = &self.bench {
            line(format!("bench {}", bench.address))?;
            line(format!("pin {}", crate::store::hex(&bench.pin)))?;
            if let Some(pin) = &bench.next_pin {
                line(format!("next-pin {}", crate::store::hex(pin)))?;
            }
            if let Some(token) = &bench.token {
                line(format!("token {token}"))?;
            }
        }
        for more in &self.more {
            line(more.clone())?;
        }
        let sum = checksum(text.as_bytes());
        // Writing into a String can't fail.
        let _ = writeln!(text, "check {sum:08x}");
        if text.len() > PAGE {
            return Err(PageFault::Long(text.len()));
        }
        Ok(text.into_bytes())
    }
}

/// The public key of a bench's certificate, as boards pin it. `None` where the PEM holds no certificate with a P-256 key.
pub fn pin(certificate: &[u8]) -> Option<Point> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(certificate).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let key = certificate.public_key();
    let curve = key.algorithm.parameters.as_ref()?.as_oid().ok()?;
    if curve != x509_parser::oid_registry::OID_EC_P256 {
        return None;
    }
    Point::try_from(key.subject_public_key.data.as_ref()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page {
            mac: Mac([0x02, 0x4e, 0x50, 1, 0, 7]),
            name: "demo-0007-virt".to_owned(),
            bench: Some(Bench {
                address: "10.0.2.2:7443".parse().unwrap(),
                pin: [4; 65],
                next_pin: Some([5; 65]),
                token: Some("joke".to_owned()),
            }),
            more: Vec::new(),
        }
    }

    #[test]
    fn a_board_reads_what_is_written() {
        let mut bytes = page().bytes().unwrap();
        // What a flash holds behind it does not matter.
        bytes.resize(PAGE, 0xFF);
        let read = nameplate_mcu::Page::parse(&bytes).unwrap();
        assert_eq!(
            (read.mac, read.name.as_str()),
            (page().mac, "demo-0007-virt")
        );
        let (read, written) = (read.bench.unwrap(), page().bench.unwrap());
        assert_eq!(read.address, written.address);
        assert_eq!((read.pin, read.next_pin), (written.pin, written.next_pin));
        assert_eq!(read.token.unwrap().as_str(), "joke");

        let bytes = Page {
            bench: None,
            ..page()
        }
        .bytes()
        .unwrap();
        assert!(nameplate_mcu::Page::parse(&bytes).unwrap().bench.is_none());
    }

    #[test]
    fn more_lines_stand_before_the_checksum() {
        let more = vec!["test randomness".to_owned()];
        let bytes = Page { more, ..page() }.bytes().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\ntest randomness\ncheck "), "{text}");
    }

    #[test]
    fn what_a_board_could_not_read_is_not_written() {
        let named = |name: &str| {
            Page {
                name: name.to_owned(),
                ..page()
            }
            .bytes()
        };
        for name in ["", &"x".repeat(65)] {
            assert_eq!(named(name), Err(PageFault::Name(name.to_owned())));
        }
        assert!(matches!(named("a\nmac 1"), Err(PageFault::Line(_))));
        let more = vec!["x".repeat(PAGE)];
        let long = Page { more, ..page() }.bytes();
        assert!(matches!(long, Err(PageFault::Long(_))));
    }

    #[test]
    fn the_pin_is_the_key_of_the_certificate() {
        let key = |algorithm| rcgen::KeyPair::generate_for(algorithm).unwrap();
        let certificate = |key: &rcgen::KeyPair| {
            let names = vec!["bench".to_owned()];
            let parameters = rcgen::CertificateParams::new(names).unwrap();
            parameters.self_signed(key).unwrap().pem()
        };
        let p256 = key(&rcgen::PKCS_ECDSA_P256_SHA256);
        assert_eq!(
            pin(certificate(&p256).as_bytes()).unwrap()[..],
            *p256.public_key_raw()
        );
        let p384 = certificate(&key(&rcgen::PKCS_ECDSA_P384_SHA384));
        assert_eq!(pin(p384.as_bytes()), None);
        assert_eq!(pin(b"bench"), None);
    }
}
