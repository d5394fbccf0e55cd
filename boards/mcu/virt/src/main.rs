//! Nameplate on QEMU's `virt` machine (riscv32): serial, network and power cycles in one machine that anybody can start.
//!
//! No board that anybody can buy: its randomness is the emulating host's (virtio-rng), and its flash is a file.
//!
//! ```text
//! truncate -s 32M flash.bin, and the provisioning page at its beginning
//! qemu-system-riscv32 -M virt -m 8M -display none -monitor none -serial pty -bios virt \
//!     -global virtio-mmio.force-legacy=false \
//!     -object rng-random,filename=/dev/urandom,id=r -device virtio-rng-device,rng=r \
//!     -drive if=pflash,unit=1,format=raw,file=flash.bin
//! and for a page that names a bench, with the page's MAC:
//!     -netdev user,id=n -device virtio-net-device,netdev=n,mac=02:00:00:00:00:01
//! ```
//!
//! The flash's first erase block (256 KB) holds the provisioning page, the second one the key. With a bench in the page the
//! board dials it, and its UART carries the log; without one the UART is the cable.
#![no_std]
#![no_main]

mod ethernet;
mod flash;
mod interrupts;
mod pages;
mod randomness;
mod register;
mod start;
mod uart;
mod virtio;

use embedded_io::Write as _;
use nameplate_mcu::network::{self, Memory};
use nameplate_mcu::{Board, Parts, Signal};

use crate::ethernet::Ethernet;
use crate::flash::Flash;
use crate::randomness::Generator;
use crate::uart::Uart;

/// The first four erase blocks of the flash.
const PROVISIONING_PAGE: u32 = 0;
const KEY_BLOCK: u32 = 0x4_0000;
const CHAIN_SLOTS: u32 = 0x8_0000;

fn main() -> ! {
    let mut uart = Uart::start();
    let mut board = Board::new(Parts {
        randomness: Generator::new(),
        flash: Flash::new(),
        key_block: KEY_BLOCK,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_PAGE,
        firmware: concat!("nameplate-virt ", env!("CARGO_PKG_VERSION")),
        light: show,
        #[cfg(feature = "test-faults")]
        counter: nameplate_mcu::Counter {
            read: start::instructions,
            mask: u32::MAX,
        },
    });
    if let Some((mac, bench)) = &board.target() {
        if let Some(mut ethernet) = Ethernet::start() {
            let mut memory = Memory::new();
            network::dial(
                &mut ethernet,
                &mut board,
                bench,
                *mac,
                &mut memory,
                &mut uart,
            )
        }
        let _ = uart.write_all(b"this machine was started without a network: asked on its cable\n");
    }
    // A UART never ends.
    let _ = board.serve(&mut uart);
    start::halt()
}

/// This machine has no lights: what they would show is a line of text.
fn show(signal: Signal) -> bool {
    let line: &[u8] = match signal {
        Signal::Identify(0) => b"identify: light off\n",
        Signal::Identify(_) => b"identify: light on\n",
        Signal::Recorded => b"recorded: this board may be unplugged\n",
    };
    let _ = Uart::again().write_all(line);
    true
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    #[cfg(feature = "test-faults")]
    start::end(start::PANICKED);
    #[cfg(not(feature = "test-faults"))]
    start::halt()
}
