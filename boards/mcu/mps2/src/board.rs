//! A board: an FPGA image's map, and what runs on it.

use nameplate_mcu::network::{Memory, dial};
use nameplate_mcu::{Board, Parts, Signal};

use crate::cable::Cable;
use crate::clock::Clock;
use crate::flash::{CHAIN_SLOTS, HostFlash, KEY_BLOCK, PROVISIONING_PAGE};
use crate::halt::halt;
use crate::lan9118::Lan9118;
use crate::network::Wire;
use crate::randomness::HostGenerator;
use crate::registers::{Line, Registers};
use crate::uart::Uart;

/// Where an FPGA image has what this crate drives.
pub struct Machine {
    /// The firmware's name and version.
    pub firmware: &'static str,
    /// The peripheral clock, in hertz.
    pub hertz: u32,
    /// UART 0.
    pub uart: usize,
    /// Its receiver's interrupt.
    pub uart_interrupt: u16,
    /// The CMSDK dual timer.
    pub timer: usize,
    /// Its interrupt.
    pub timer_interrupt: u16,
    /// The Ethernet controller.
    pub ethernet: usize,
    /// Its interrupt.
    pub ethernet_interrupt: u16,
    /// The FPGA system control and I/O block, whose first register is the two lights for users.
    pub lights: usize,
}

/// Runs the board.
///
/// # Safety
/// The peripherals must stand where `machine` says, and nothing else may drive them or unmask interrupts.
pub unsafe fn run(machine: &Machine) -> ! {
    // A pending interrupt ends `wfi` all the same, and no handler is needed.
    cortex_m::interrupt::disable();
    // SAFETY: what this function asks for.
    let [uart, timer, ethernet, lights] = unsafe {
        [
            Registers::new(machine.uart),
            Registers::new(machine.timer),
            Registers::new(machine.ethernet),
            Registers::new(machine.lights),
        ]
    };
    let mut uart = Uart::new(uart, Line::new(machine.uart_interrupt), machine.hertz);
    let mut network = Wire {
        ethernet: Lan9118::new(ethernet, Line::new(machine.ethernet_interrupt)),
        clock: Clock::new(timer, Line::new(machine.timer_interrupt), machine.hertz),
    };
    let mut memory = Memory::new();
    let mut board = assemble(machine.firmware, lights);
    if let Some((mac, bench)) = board.target() {
        network.ethernet.start(mac.0);
        dial(
            &mut network,
            &mut board,
            &bench,
            mac,
            &mut memory,
            &mut uart,
        )
    }
    // A UART never ends.
    let _ = board.serve(&mut Cable::new(uart, network.clock));
    halt()
}

/// Apart, because it reads the provisioning page into its frame, which is gone when the work begins.
#[inline(never)]
fn assemble(
    firmware: &'static str,
    lights: Registers,
) -> Board<HostGenerator, HostFlash, impl FnMut(Signal) -> bool> {
    lights.write(0, 0);
    Board::new(Parts {
        randomness: HostGenerator::new(),
        flash: HostFlash::new(),
        key_block: KEY_BLOCK,
        chain_slots: CHAIN_SLOTS,
        page: PROVISIONING_PAGE,
        firmware,
        light: move |signal| {
            lights.write(0, u32::from(signal != Signal::Identify(0)));
            true
        },
        #[cfg(feature = "test-faults")]
        counter: crate::clock::counter(),
    })
}
