//! Which emulated boards there are, and a list of them as it is written on the command line.

use std::fmt;
use std::str::FromStr;

/// What an emulated board is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// QEMU's `virt` machine.
    Virt,
    /// The BBC micro:bit.
    Microbit,
    /// Aspeed's AST1030.
    Ast1030,
    /// Arm's MPS2 board with the FPGA image AN386.
    An386,
    /// Arm's MPS2 board with the FPGA image AN505.
    An505,
    /// Raspberry Pi's RP2040, as on the Pico.
    Rp2040,
}

/// How a board reaches its bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// A cable: two ptys stand in for it.
    Serial,
    /// TLS 1.3, through the network that the emulator makes for its guest.
    Tls,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Virt,
        Self::Microbit,
        Self::Ast1030,
        Self::An386,
        Self::An505,
        Self::Rp2040,
    ];

    /// Its name: on the command line, of its image, in the names of boards.
    pub fn name(self) -> &'static str {
        match self {
            Self::Virt => "virt",
            Self::Microbit => "microbit",
            Self::Ast1030 => "ast1030",
            Self::An386 => "an386",
            Self::An505 => "an505",
            Self::Rp2040 => "rp2040",
        }
    }

    /// What it is, for people.
    pub fn about(self) -> &'static str {
        match self {
            Self::Virt => "QEMU's RISC-V machine, RV32IMAC",
            Self::Microbit => "BBC micro:bit, Cortex-M0 with 16 KB of RAM, in QEMU",
            Self::Ast1030 => "Aspeed AST1030, Cortex-M4F, in QEMU",
            Self::An386 => "Arm MPS2 AN386, Cortex-M4, in QEMU",
            Self::An505 => "Arm MPS2 AN505, Cortex-M33, in QEMU",
            Self::Rp2040 => "Raspberry Pi RP2040, Cortex-M0+, in rp2040js",
        }
    }

    /// The links that it has; the first is taken where none is named.
    pub fn links(self) -> &'static [Link] {
        match self {
            Self::Virt | Self::An386 | Self::An505 => &[Link::Tls, Link::Serial],
            Self::Microbit | Self::Ast1030 | Self::Rp2040 => &[Link::Serial],
        }
    }

    fn default_link(self) -> Link {
        self.links().first().copied().unwrap_or(Link::Serial)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serial => "serial",
            Self::Tls => "tls",
        })
    }
}

/// One board as it was asked for: `KIND` or `KIND:LINK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is.
    pub kind: Kind,
    /// How it reaches the bench.
    pub link: Link,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, link } = self;
        if *link == kind.default_link() {
            write!(f, "{kind}")
        } else {
            write!(f, "{kind}:{link}")
        }
    }
}

/// Greatest number of boards in a list.
pub const MOST: usize = 1000;

/// Boards as they were asked for: `KIND,KIND,…`. Never empty, at most [`MOST`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List(Vec<Wanted>);

impl List {
    /// The boards in the order in which they were asked for.
    pub fn boards(&self) -> &[Wanted] {
        &self.0
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, wanted) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{wanted}")?;
        }
        Ok(())
    }
}

/// Why a list of boards is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// No such kind.
    #[error("there is no board {0:?}; there are {all}", all = words(&Kind::ALL))]
    Kind(String),
    /// No such link.
    #[error("a board's link is serial or tls, not {0:?}")]
    Link(String),
    /// This kind has no such link.
    #[error("{kind} has no {link} link, only {}", words(kind.links()))]
    NoSuchLink {
        /// The kind.
        kind: Kind,
        /// What was asked for.
        link: Link,
    },
    /// Too many boards.
    #[error("{0} boards are too many, the most is {MOST}")]
    Many(usize),
}

fn words(all: &[impl fmt::Display]) -> String {
    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
    all.join(", ")
}

impl FromStr for Wanted {
    type Err = ListFault;

    fn from_str(text: &str) -> Result<Self, ListFault> {
        let (kind, link) = match text.split_once(':') {
            Some((kind, link)) => (kind, Some(link)),
            None => (text, None),
        };
        let known = Kind::ALL.into_iter().find(|known| known.name() == kind);
        let kind = known.ok_or_else(|| ListFault::Kind(kind.to_owned()))?;
        let link = match link {
            None => kind.default_link(),
            Some("serial") => Link::Serial,
            Some("tls") => Link::Tls,
            Some(other) => return Err(ListFault::Link(other.to_owned())),
        };
        if kind.links().contains(&link) {
            Ok(Self { kind, link })
        } else {
            Err(ListFault::NoSuchLink { kind, link })
        }
    }
}

impl FromStr for List {
    type Err = ListFault;

    fn from_str(text: &str) -> Result<Self, ListFault> {
        let boards = text.split(',').map(|board| board.trim().parse());
        let boards = boards.collect::<Result<Vec<Wanted>, _>>()?;
        if boards.len() > MOST {
            return Err(ListFault::Many(boards.len()));
        }
        Ok(Self(boards))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        text.parse::<List>().unwrap_err().to_string()
    }

    #[test]
    fn a_list_names_kinds_and_links_and_may_repeat() {
        let text = "virt,virt:serial, microbit,an505:tls,microbit:serial";
        let list: List = text.parse().unwrap();
        let links: Vec<_> = list.boards().iter().map(|board| board.link).collect();
        let [serial, tls] = [Link::Serial, Link::Tls];
        assert_eq!(links, [tls, serial, serial, tls, serial]);
        // Shown as short as it can be written.
        let short = "virt,virt:serial,microbit,an505,microbit";
        assert_eq!(list.to_string(), short);
        assert_eq!(short.parse::<List>().unwrap(), list);
    }

    #[test]
    fn every_kind_is_known_by_its_name() {
        for kind in Kind::ALL {
            let wanted: Wanted = kind.name().parse().unwrap();
            assert_eq!((wanted.kind, wanted.link), (kind, kind.links()[0]));
        }
    }

    #[test]
    fn what_can_not_be_is_told_in_words() {
        assert_eq!(
            refused("virt,esp32"),
            "there is no board \"esp32\"; there are virt, microbit, ast1030, an386, an505, rp2040"
        );
        assert_eq!(
            refused("microbit:tls"),
            "microbit has no tls link, only serial"
        );
        assert_eq!(
            refused("virt:usb"),
            "a board's link is serial or tls, not \"usb\""
        );
        for text in ["", ",", "virt,", "Virt", "virt:", "virt:tls:serial"] {
            assert!(text.parse::<List>().is_err(), "{text}");
        }
        let many = vec!["virt"; MOST + 1].join(",");
        assert!(refused(&many).contains("1001"));
        many[5..].parse::<List>().unwrap();
    }
}
