//! Nameplate on the NUCLEO-H743ZI2 (STM32H743ZI, Cortex-M7, with Ethernet). **Not yet run on hardware**: compiled and
//! size-checked only.
//!
//! - A page that names a bench: the board dials it over the RJ45 socket (LAN8742A, RMII), 100 Mbit/s full duplex, which is all
//!   that embassy's driver sets up. USART3 is its log.
//! - A page without one, or none: USART3 is the cable, 115,200 baud, 8N1. It is the ST-LINK's virtual COM port (PD8, PD9).
//! - Firmware: `probe-rs run --chip STM32H743ZITx stm32h743`.
//! - The page stands at 0x081C0000: `probe-rs download --chip STM32H743ZITx --binary-format bin --base-address 0x081c0000 page`.
//!   The key has the sector after it, the certificate chain the two before it. The banks must not be swapped (option SWAP_BANK,
//!   as delivered).
//! - The light is LD1 (PB0, green).
//!
//! A key takes a second or two: a sector of 128 KB is erased before it is written.
//!
//! The data cache stays off, as after reset and as in embassy's examples: what Ethernet's DMA and the core write is then seen
//! by both, and flash is read afresh. The instruction cache is on.
//!
//! Not sure until somebody has tried: that a torn flash word is seen as [`flash`] says (done as in Zephyr's driver).
#![no_std]
#![no_main]

mod clock;
mod flash;
mod guard;
mod randomness;
mod uart;
mod wire;

use cortex_m::singleton;
use cortex_m_rt::entry;
use embassy_stm32::eth::{self, Ethernet, PacketQueue};
use embassy_stm32::gpio::{Level, Output, Speed};
use embassy_stm32::{Config, bind_interrupts};
use nameplate_mcu::network::{self, Memory};
use nameplate_mcu::{Board, Parts, Signal};

use crate::clock::Clock;
use crate::flash::Flash;
use crate::randomness::Generator;
use crate::uart::{BUFFER, Cable};
use crate::wire::Wire;

/// The last four sectors of the flash's second bank, in bytes from the beginning of the flash, see `memory.x`.
const CHAIN_SLOTS: u32 = 0x18_0000;
const PROVISIONING_SECTOR: u32 = 0x1C_0000;
const KEY_SECTOR: u32 = 0x1E_0000;

bind_interrupts!(struct Interrupts {
    ETH => eth::InterruptHandler;
});

#[entry]
fn main() -> ! {
    let Some(mut core) = cortex_m::Peripherals::take() else {
        halt()
    };
    guard::install(&core.MPU);
    core.SCB.enable_icache();
    let parts = embassy_stm32::init(configuration());
    let mut light = Output::new(parts.PB0, Level::Low, Speed::Low);
    let (Some(sent), Some(received), Some(packets)) = (
        singleton!(: [u8; BUFFER] = [0; BUFFER]),
        singleton!(: [u8; BUFFER] = [0; BUFFER]),
        singleton!(: PacketQueue<4, 4> = PacketQueue::new()),
    ) else {
        halt()
    };
    let Some(mut cable) = Cable::new(parts.USART3, parts.PD9, parts.PD8, sent, received) else {
        halt()
    };
    let mut board = Board::new(Parts {
        randomness: Generator::new(parts.RNG),
        flash: Flash::new(parts.FLASH, core.SCB),
        key_block: KEY_SECTOR,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_SECTOR,
        firmware: concat!("nameplate-stm32h743 ", env!("CARGO_PKG_VERSION")),
        light: move |signal| {
            light.set_level(Level::from(signal != Signal::Identify(0)));
            true
        },
    });
    let mut memory = Memory::new();
    if let Some((mac, bench)) = board.target() {
        let ethernet = Ethernet::new(
            packets,
            parts.ETH,
            Interrupts,
            parts.PA1,
            parts.PA7,
            parts.PC4,
            parts.PC5,
            parts.PG13,
            parts.PB13,
            parts.PG11,
            mac.0,
            parts.ETH_SMA,
            parts.PA2,
            parts.PC1,
        );
        let mut wire = Wire::new(ethernet, Clock::new(core.SYST));
        network::dial(&mut wire, &mut board, &bench, mac, &mut memory, &mut cable)
    }
    // A UART never ends.
    let _ = board.serve(&mut cable);
    halt()
}

/// 400 MHz from the internal oscillator, as in embassy's Ethernet example for this board: Ethernet has the PHY's own crystal,
/// and a UART bears the oscillator's 1 %.
fn configuration() -> Config {
    use embassy_stm32::rcc::{
        AHBPrescaler, APBPrescaler, HSIPrescaler, Pll, PllDiv, PllMul, PllPreDiv, PllSource,
        Sysclk, VoltageScale,
    };
    let mut config = Config::default();
    config.rcc.hsi = Some(HSIPrescaler::DIV1);
    // The generator's clock.
    config.rcc.hsi48 = Some(embassy_stm32::rcc::Hsi48Config::default());
    config.rcc.pll1 = Some(Pll {
        source: PllSource::HSI,
        prediv: PllPreDiv::DIV4,
        mul: PllMul::MUL50,
        fracn: None,
        divp: Some(PllDiv::DIV2),
        divq: None,
        divr: None,
    });
    config.rcc.sys = Sysclk::PLL1_P;
    config.rcc.ahb_pre = AHBPrescaler::DIV2;
    config.rcc.apb1_pre = APBPrescaler::DIV2;
    config.rcc.apb2_pre = APBPrescaler::DIV2;
    config.rcc.apb3_pre = APBPrescaler::DIV2;
    config.rcc.apb4_pre = APBPrescaler::DIV2;
    config.rcc.voltage_scale = VoltageScale::Scale1;
    config
}

fn halt() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    halt()
}
