//! Nameplate on the ESP32-C3 (RV32IMC, one core). **Not yet run on hardware**: compiled and size-checked only.
//!
//! - The cable is the chip's own USB Serial/JTAG (GPIO18 D-, GPIO19 D+): the USB connector of most boards with this chip; on
//!   boards with a bridge chip beside it, the connector that is marked "USB", not "UART". The boot ROM's log comes over it as
//!   well, which harms nothing.
//! - Firmware: `espflash flash --chip esp32c3 --partition-table partitions.csv esp32c3`.
//! - The page stands at 0xA000: `espflash write-bin --chip esp32c3 0xa000 page`. The key has the sector before it, the
//!   certificate chain the four behind it. These six sectors are a partition of their own in `partitions.csv`, and in the tables
//!   that espflash and ESP-IDF have by themselves they are `nvs`, which this firmware does not use: so with any of these tables
//!   no image touches them, since applications begin at 0x10000. A firmware that keeps settings in `nvs` needs that table.
//! - There is no light: the development kits' is an addressable one (WS2812), which is not driven.
//!
//! Not sure until somebody has tried: that the chip sleeps and wakes as said in [`cable`].
#![no_std]
#![no_main]

mod cable;
mod flash;
mod guard;
mod randomness;

use esp_hal::clock::CpuClock;
use esp_storage::FlashStorage;
use nameplate_mcu::{Board, Parts};

use crate::cable::Cable;
use crate::flash::Flash;
use crate::randomness::Generator;

/// Sectors of 4 KB, see above.
const KEY_SECTOR: u32 = 0x9000;
const CHAIN_SLOTS: u32 = 0xB000;
const PROVISIONING_SECTOR: u32 = 0xA000;

// What the second-stage bootloader and espflash look for. The time of the build would make each image another.
esp_bootloader_esp_idf::esp_app_desc!(
    env!("CARGO_PKG_VERSION"),
    env!("CARGO_PKG_NAME"),
    "-",
    "-",
    esp_bootloader_esp_idf::ESP_IDF_COMPATIBLE_VERSION,
    esp_bootloader_esp_idf::MMU_PAGE_SIZE,
    0,
    u16::MAX,
    esp_bootloader_esp_idf::SECURE_VERSION
);

#[esp_hal::main]
fn main() -> ! {
    let parts = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    guard::guard_stack(parts.ASSIST_DEBUG);
    let Some(generator) = Generator::new(parts.RNG, parts.ADC1) else {
        halt()
    };
    let mut cable = Cable::new(parts.USB_DEVICE, parts.SYSTIMER);
    let mut board = Board::new(Parts {
        randomness: generator,
        flash: Flash::new(FlashStorage::new(parts.FLASH)),
        key_block: KEY_SECTOR,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_SECTOR,
        firmware: concat!("nameplate-esp32c3 ", env!("CARGO_PKG_VERSION")),
        light: |_| false,
    });
    loop {
        // It ends when nobody takes an answer.
        let _ = board.serve(&mut cable);
        board.exchange.reset();
    }
}

fn halt() -> ! {
    loop {
        esp_hal::interrupt::wait_for_interrupt();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    halt()
}
