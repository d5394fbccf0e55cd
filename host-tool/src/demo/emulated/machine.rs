//! What the emulators need to know of each kind of board: program, flash, command line.
//!
//! The offsets are those of the boards' own crates in `boards/mcu`. Emulators run in the board's folder, so files there
//! are named by their names alone, and no path has to survive QEMU's commas.

use std::ffi::OsString;
use std::path::Path;

use nameplate_wire::Mac;

use super::flash::{FILE, Layout};
use super::kind::{Kind, Link};

/// What a board on a network prints on its UART, in the board's folder.
pub const UART_LOG: &str = "uart.log";

/// An emulator's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub name: &'static str,
    /// Debian's package.
    pub package: &'static str,
}

const QEMU_ARM: Program = Program {
    name: "qemu-system-arm",
    package: "qemu-system-arm",
};
const QEMU_RISCV: Program = Program {
    name: "qemu-system-riscv32",
    package: "qemu-system-misc",
};
const NODE: Program = Program {
    name: "node",
    package: "nodejs",
};

/// When what the board writes into its flash is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// Before the board goes on.
    AtOnce,
    /// Soon after, and at the latest when the machine is held.
    Soon,
    /// Only when it is saved from the machine's memory, where it begins at this address.
    InMemory(u64),
}

/// A kind's facts.
pub(super) struct Machine {
    pub program: Program,
    pub layout: Layout,
    pub keeping: Keeping,
}

impl Kind {
    pub(super) fn machine(self) -> Machine {
        match self {
            Self::Virt => Machine {
                program: QEMU_RISCV,
                layout: Layout {
                    size: 32 << 20,
                    key: 256 << 10,
                    block: 256 << 10,
                    page: 0,
                    chains: 512 << 10,
                    slot: 256 << 10,
                },
                keeping: Keeping::AtOnce,
            },
            // The last twelve pages of the chip's flash; the others are the firmware's.
            Self::Microbit => Machine {
                program: QEMU_ARM,
                layout: Layout {
                    size: 12288,
                    key: 0x2800,
                    block: 1024,
                    page: 0x2C00,
                    chains: 0,
                    slot: 5 * 1024,
                },
                keeping: Keeping::InMemory(0x3_D000),
            },
            Self::Ast1030 => Machine {
                program: QEMU_ARM,
                layout: Layout {
                    size: 4 << 20,
                    key: 0x3F_E000,
                    block: 4096,
                    page: 0x3F_F000,
                    chains: 0x3F_A000,
                    slot: 8192,
                },
                keeping: Keeping::Soon,
            },
            // No flash on these: the board opens the file itself, through semihosting.
            Self::An386 | Self::An505 => Machine {
                program: QEMU_ARM,
                layout: Layout {
                    size: 24576,
                    key: 0,
                    block: 4096,
                    page: 4096,
                    chains: 8192,
                    slot: 8192,
                },
                keeping: Keeping::AtOnce,
            },
            Self::Rp2040 => Machine {
                program: NODE,
                layout: Layout {
                    size: 2 << 20,
                    key: 0x1F_E000,
                    block: 4096,
                    page: 0x1F_F000,
                    chains: 0x1F_A000,
                    slot: 8192,
                },
                keeping: Keeping::AtOnce,
            },
        }
    }

    /// Where things stand in its flash.
    pub fn layout(self) -> Layout {
        self.machine().layout
    }

    /// Whether it runs in QEMU.
    pub fn is_in_qemu(self) -> bool {
        self != Self::Rp2040
    }
}

/// What a machine is started with.
pub(super) struct Start<'a> {
    pub kind: Kind,
    pub link: Link,
    pub image: &'a Path,
    pub mac: Mac,
    pub name: &'a str,
    /// The board's end of its cable.
    pub port: Option<&'a Path>,
}

/// QEMU's arguments; its machine protocol is spoken on its standard input.
pub(super) fn qemu(start: &Start<'_>) -> Vec<OsString> {
    let machine = match start.kind {
        Kind::Virt => "virt",
        Kind::Microbit => "microbit",
        Kind::Ast1030 => "ast1030-evb",
        Kind::An386 => "mps2-an386",
        Kind::An505 => "mps2-an505",
        Kind::Rp2040 => "none",
    };
    let mut line = Line(Vec::new());
    line.put(&["-nodefaults", "-no-user-config", "-display", "none"]);
    line.put(&["-name", start.name, "-M", machine]);
    line.put(&["-chardev", "socket,id=qmp,fd=0"]);
    line.put(&["-mon", "chardev=qmp,mode=control"]);
    match start.port {
        Some(port) => {
            line.put(&["-chardev"]);
            line.option("serial,id=uart,path=", port);
        }
        None => line.put(&["-chardev", &format!("file,id=uart,path={UART_LOG}")]),
    }
    line.put(&["-serial", "chardev:uart"]);
    line.machine(start);
    line.0
}

struct Line(Vec<OsString>);

impl Line {
    fn put(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(OsString::from));
    }

    /// An option that ends with a path; QEMU wants commas in it twice.
    fn option(&mut self, option: &str, path: &Path) {
        let path = path.to_string_lossy().replace(',', ",,");
        self.0.push(format!("{option}{path}").into());
    }

    fn machine(&mut self, start: &Start<'_>) {
        match start.kind {
            Kind::Virt => {
                // With less memory it hangs without a word.
                self.put(&["-m", "8M"]);
                self.put(&["-global", "virtio-mmio.force-legacy=false"]);
                self.put(&["-object", "rng-random,id=rng,filename=/dev/urandom"]);
                self.put(&["-device", "virtio-rng-device,rng=rng"]);
                self.put(&[
                    "-drive",
                    &format!("if=pflash,unit=1,format=raw,file={FILE}"),
                ]);
                if start.link == Link::Tls {
                    self.put(&["-netdev", "user,id=net"]);
                    let network = format!("virtio-net-device,netdev=net,mac={}", start.mac);
                    self.put(&["-device", &network]);
                }
            }
            Kind::Microbit => {
                let flash = format!("loader,file={FILE},addr=0x3D000,force-raw=on");
                self.put(&["-device", &flash]);
            }
            Kind::Ast1030 => self.put(&["-drive", &format!("if=mtd,format=raw,file={FILE}")]),
            Kind::An386 | Kind::An505 => {
                self.put(&["-semihosting-config", "enable=on,target=native"]);
                if start.link == Link::Tls {
                    self.put(&["-nic", &format!("user,model=lan9118,mac={}", start.mac)]);
                }
            }
            Kind::Rp2040 => {}
        }
        // With a pflash, `-kernel` would not load into the RAM any more.
        let how = if start.kind == Kind::Virt {
            "-bios"
        } else {
            "-kernel"
        };
        self.put(&[how]);
        self.0.push(start.image.into());
    }
}

/// The arguments of the RP2040's emulator, behind its script.
pub(super) fn rp2040(start: &Start<'_>) -> Vec<OsString> {
    let mut line = Line(Vec::new());
    line.put(&["--image"]);
    line.0.push(start.image.into());
    line.put(&["--flash", FILE]);
    if let Some(port) = start.port {
        line.put(&["--serial"]);
        line.0.push(port.into());
    }
    line.0
}

#[cfg(test)]
mod tests {
    use super::super::page::PAGE;
    use super::*;

    #[test]
    fn key_page_and_chains_have_blocks_of_their_own_inside_the_flash() {
        for kind in Kind::ALL {
            let Layout {
                size,
                key,
                block,
                page,
                chains,
                slot,
            } = kind.layout();
            let mut parts = [(key, block), (page, block), (chains, 2 * slot)];
            parts.sort_unstable();
            let ends = parts.map(|(begin, length)| begin + length);
            assert!(ends[0] <= parts[1].0 && ends[1] <= parts[2].0, "{kind}");
            assert!(ends[2] <= size, "{kind}");
            assert!(PAGE as u64 <= block && slot > 4096, "{kind}");
            assert!(slot.is_multiple_of(block), "{kind}");
        }
    }

    #[test]
    fn a_cable_or_a_network_and_paths_as_qemu_reads_them() {
        let line = |kind, link, port| {
            let start = Start {
                kind,
                link,
                image: Path::new("/a, b/virt"),
                mac: Mac([2, 0, 0, 0, 0, 7]),
                name: "board",
                port,
            };
            let words: Vec<_> = qemu(&start)
                .into_iter()
                .map(|word| word.into_string().unwrap())
                .collect();
            words.join("|")
        };
        let cable = line(Kind::Virt, Link::Serial, Some(Path::new("/dev/pts/1,2")));
        assert!(
            cable.contains("|-chardev|serial,id=uart,path=/dev/pts/1,,2|"),
            "{cable}"
        );
        // Not an option with parts: a comma stays one.
        assert!(cable.ends_with("|-bios|/a, b/virt"), "{cable}");
        assert!(!cable.contains("net"), "{cable}");
        for kind in [Kind::Virt, Kind::An386, Kind::An505] {
            let network = line(kind, Link::Tls, None);
            assert!(network.contains(",mac=02:00:00:00:00:07|"), "{network}");
            assert!(
                network.contains("|file,id=uart,path=uart.log|"),
                "{network}"
            );
        }
    }
}
