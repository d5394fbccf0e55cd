//! Nameplate on the nRF52840 DK (Cortex-M4F). **Not yet run on hardware**: compiled and size-checked only.
//!
//! - The cable is the chip's own USB (CDC ACM): the connector marked "nRF USB" (J3), not the debugger's.
//!   On Linux it is `/dev/serial/by-id/usb-Nameplate_board_<MAC>-if00`: the USB serial number is the MAC of the page.
//! - Firmware: `probe-rs run --chip nRF52840_xxAA nrf52840`, or nrfjprog with the image as Intel HEX.
//! - The page stands at 0xFF000: `probe-rs download --chip nRF52840_xxAA --binary-format bin --base-address 0xff000 page`.
//!   The key has the page of flash before it, the certificate chain the four before that.
//! - The light is the DK's LED1 (P0.13, on when low).
//! - On the dongle (PCA10059) these pages belong to the bootloader it is sold with, and the light is another: it must be
//!   erased with a debug probe first. A page at a place of its own would be needed to live beside that bootloader.
//!
//! All of USB runs in the same task executor as the agent, so it stands still while the agent thinks or the flash is erased
//! (85 ms, the core is stopped then in any case): some tenths of a second for a key. Nothing is lost meanwhile: the
//! controller by itself acknowledges SETUP packets and answers NAK to everything else until it is served, takes the address,
//! and hosts wait for seconds. An interrupt executor would not be better: the controller's EasyDMA serves one endpoint at a
//! time (product specification, chapter USBD), which the driver holds to only if all endpoints are served from one priority.
#![no_std]
#![no_main]

mod randomness;
mod usb;

use embassy_executor::Spawner;
use embassy_nrf::config::{Config, HfclkSource};
use embassy_nrf::gpio::{Level, Output, OutputDrive};
use embassy_nrf::nvmc::Nvmc;
use nameplate_mcu::{Board, Parts, Signal};

use crate::randomness::Generator;

/// The last six pages of the flash, see `memory.x`.
const CHAIN_SLOTS: u32 = 0xF_A000;
const KEY_PAGE: u32 = 0xF_E000;
const PROVISIONING_PAGE: u32 = 0xF_F000;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let mut config = Config::default();
    // USB needs the crystal.
    config.hfclk_source = HfclkSource::ExternalXtal;
    let parts = embassy_nrf::init(config);
    let mut light = Output::new(parts.P0_13, Level::High, OutputDrive::Standard);
    let mut board = Board::new(Parts {
        randomness: Generator::new(parts.RNG),
        flash: Nvmc::new(parts.NVMC),
        key_block: KEY_PAGE,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_PAGE,
        firmware: concat!("nameplate-nrf52840 ", env!("CARGO_PKG_VERSION")),
        light: move |signal| {
            light.set_level(Level::from(signal == Signal::Identify(0)));
            true
        },
    });
    usb::serve(&mut board, parts.USBD).await;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}
