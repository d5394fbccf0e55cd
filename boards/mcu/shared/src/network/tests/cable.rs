//! A board on a cable to a bench, in simulated time: minutes of waiting take none.

use std::boxed::Box;
use std::format;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::string::String;
use std::vec::Vec;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_read,
};
use nameplate_agent::{Randomness, RandomnessFault};
use nameplate_wire::frame;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Address, Ipv4Packet, UdpPacket,
};

use super::bench::{self, Bench as FarEnd, PORT};
use crate::network::{FRAME, Memory, Network, SLEEP, dial};
use crate::{Board, FlashStore, Parts};

/// The end of a simulation: a board never returns.
pub(super) struct Over;

/// When something happens to the bench, and what.
pub(super) type Step = (u64, fn(&mut FarEnd));

/// The board's end of the cable.
pub(super) struct Cable {
    pub(super) far: FarEnd,
    pub(super) now: u64,
    pub(super) end: u64,
    /// What happens to the bench, and when.
    pub(super) script: Vec<Step>,
    pub(super) sent: Vec<u64>,
    /// One in so many frames is lost, either way; none where it is 0.
    pub(super) lost: usize,
    /// Whether what the DHCP server says comes with 0.0.0.0 as its sender.
    pub(super) from_nobody: bool,
    frames: usize,
}

impl Cable {
    fn is_lost(&mut self) -> bool {
        self.frames += 1;
        self.lost > 0 && self.frames.is_multiple_of(self.lost)
    }
}

impl Network for Cable {
    fn receive(&mut self, frame: &mut [u8]) -> Option<usize> {
        loop {
            let mut came = self.far.wire.to_board.pop_front()?;
            if self.is_lost() {
                continue;
            }
            if self.from_nobody {
                hide_dhcp_server(&mut came);
            }
            if let Some(place) = frame.get_mut(..came.len()) {
                place.copy_from_slice(&came);
                return Some(came.len());
            }
        }
    }

    fn send(&mut self, frame: &[u8]) {
        assert!((14..=FRAME).contains(&frame.len()));
        self.sent.push(self.now);
        if !self.is_lost() {
            self.far.wire.to_bench.push_back(frame.to_vec());
        }
    }

    fn now(&mut self) -> u64 {
        self.now
    }

    fn sleep(&mut self, at_most: u64) {
        assert!((1..=SLEEP).contains(&at_most));
        self.far.poll(self.now);
        if !self.far.wire.to_board.is_empty() {
            return;
        }
        self.now += at_most;
        while self.script.first().is_some_and(|(at, _)| *at <= self.now) {
            self.script.remove(0).1(&mut self.far);
        }
        self.far.poll(self.now);
        if self.now >= self.end {
            resume_unwind(Box::new(Over));
        }
    }
}

/// Gives a frame of the DHCP server the sender 0.0.0.0.
fn hide_dhcp_server(frame: &mut [u8]) {
    const SERVER: u16 = 67;
    let mut ethernet = EthernetFrame::new_unchecked(frame);
    if ethernet.ethertype() != EthernetProtocol::Ipv4 {
        return;
    }
    let mut packet = Ipv4Packet::new_unchecked(ethernet.payload_mut());
    if packet.next_header() != IpProtocol::Udp {
        return;
    }
    let mut udp = UdpPacket::new_unchecked(packet.payload_mut());
    if udp.src_port() != SERVER {
        return;
    }
    // None: it would cover the sender (RFC 768).
    udp.set_checksum(0);
    packet.set_src_addr(Ipv4Address::UNSPECIFIED);
    packet.fill_checksum();
}

/// A page, and behind it an empty block for the key.
struct Flash(Vec<u8>);

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        let from = offset as usize;
        bytes.copy_from_slice(&self.0[from..from + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 1024;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        self.0[from as usize..to as usize].fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        self.0[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

/// Bytes that look random.
struct Dice(u64);

impl Randomness for Dice {
    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        for sample in samples {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005) | 1;
            self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
            *sample = self.0.to_le_bytes()[5];
        }
        Ok(())
    }
}

/// Runs a board with these lines in its page, for so many seconds; gives back the cable and the board's log.
pub(super) fn run(
    seconds: u64,
    more: &str,
    set_up: impl FnOnce(&mut Cable),
) -> (Cable, Vec<String>) {
    let (config, pin) = bench::config();
    let pin = if more.contains("pin ") {
        String::new()
    } else {
        format!("pin {pin}\n")
    };
    let page = format!(
        "nameplate 1\nmac 02:00:00:00:00:07\nname board-7\nbench 10.0.0.1:{PORT}\n{pin}{more}"
    );
    let page = format!("{page}check {:08x}\n", frame::checksum(page.as_bytes()));
    let mut flash = page.into_bytes();
    flash.resize(2048 + 2 * FlashStore::<Flash>::SLOT as usize, 0xFF);
    let mut board = Board::new(Parts {
        randomness: Dice(7),
        flash: Flash(flash),
        key_block: 1024,
        chain_slots: 2048,
        page: 0,
        firmware: "test",
        light: |_| true,
        #[cfg(feature = "test-faults")]
        counter: crate::Counter {
            read: || 0,
            mask: 0xFFFF,
        },
    });
    let mut cable = Cable {
        far: FarEnd::new(config),
        now: 0,
        end: seconds * 1000,
        script: Vec::new(),
        sent: Vec::new(),
        lost: 0,
        from_nobody: false,
        frames: 0,
    };
    set_up(&mut cable);
    let mut log = Vec::new();
    let (mac, bench) = board.target().unwrap();
    let over = catch_unwind(AssertUnwindSafe(|| {
        let mut memory = Memory::new();
        dial(&mut cable, &mut board, &bench, mac, &mut memory, &mut log)
    }));
    assert!(over.unwrap_err().is::<Over>());
    let log = String::from_utf8(log).unwrap();
    (cable, log.lines().map(String::from).collect())
}
