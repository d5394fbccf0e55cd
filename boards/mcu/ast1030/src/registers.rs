//! The chip's registers that this board uses: the table of their addresses, and the only place that reaches them.

/// A register of 32 bits. There are no others than those below.
#[derive(Clone, Copy)]
pub struct Register(usize);

impl Register {
    pub fn read(self) -> u32 {
        // SAFETY: a register of this chip, of this size and aligned; none of them is memory that Rust uses.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    pub fn write(self, value: u32) {
        // SAFETY: as above. None of them makes the chip touch memory by itself.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }
}

/// The byte that stands at the beginning of the flash controller's window: in user mode it is the SPI bus itself.
#[derive(Clone, Copy)]
pub struct Window(());

impl Window {
    pub fn read(self) -> u8 {
        // SAFETY: the window of chip select 0, which the controller serves byte by byte; no memory that Rust uses.
        unsafe { (0x8000_0000 as *const u8).read_volatile() }
    }

    pub fn write(self, byte: u8) {
        // SAFETY: as above.
        unsafe { (0x8000_0000 as *mut u8).write_volatile(byte) }
    }
}

/// Flash memory controller: configuration (bit 16: chip select 0 may be written) and control of chip select 0.
pub const FMC_CONFIGURATION: Register = Register(0x7E62_0000);
pub const FMC_CONTROL: Register = Register(0x7E62_0010);
pub const FMC_WINDOW: Window = Window(());

/// System control unit: the random number generator's control and data (SCU530, SCU534).
pub const RNG_CONTROL: Register = Register(0x7E6E_2530);
pub const RNG_DATA: Register = Register(0x7E6E_2534);
/// Where QEMU has its generator. The chip documents nothing there.
pub const QEMU_RNG_DATA: Register = Register(0x7E6E_2540);
/// System control unit: the chip's id (SCU5B0, SCU5B4).
pub const CHIP_ID: [Register; 2] = [Register(0x7E6E_25B0), Register(0x7E6E_25B4)];

/// UART5, a 16550 with its registers 4 bytes apart.
pub const UART_DATA: Register = Register(0x7E78_4000);
pub const UART_INTERRUPTS: Register = Register(0x7E78_4004);
pub const UART_FIFOS: Register = Register(0x7E78_4008);
pub const UART_LINE: Register = Register(0x7E78_400C);
pub const UART_MODEM: Register = Register(0x7E78_4010);
pub const UART_STATUS: Register = Register(0x7E78_4014);
