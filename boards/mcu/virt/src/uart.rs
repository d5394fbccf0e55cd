//! The machine's 16550 as cable or log, asleep while nothing comes. The emulator heeds no baud rate.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, Write};

use crate::interrupts;
use crate::register::Register;

const INTERRUPT: u8 = 10;

// SAFETY (all): registers of the 16550 (National Semiconductor PC16550D, section 8). They change no memory.
const DATA: Register<u8> = unsafe { Register::at(0x1000_0000) };
const INTERRUPTS: Register<u8> = unsafe { Register::at(0x1000_0001) };
const FIFO: Register<u8> = unsafe { Register::at(0x1000_0002) };
const LINE_CONTROL: Register<u8> = unsafe { Register::at(0x1000_0003) };
const LINE_STATUS: Register<u8> = unsafe { Register::at(0x1000_0005) };

const RECEIVED: u8 = 1 << 0;
const CAN_SEND: u8 = 1 << 5;

pub struct Uart(());

impl Uart {
    /// Sets the UART up: 8 data bits, FIFOs on and emptied, an interrupt for what comes.
    pub fn start() -> Self {
        LINE_CONTROL.write(0b11);
        FIFO.write(0b111);
        INTERRUPTS.write(1);
        interrupts::enable(INTERRUPT);
        Self(())
    }

    /// The UART that was started before, to write on. One core without interrupt handlers: writers take turns.
    pub fn again() -> Self {
        Self(())
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        loop {
            let mut count = 0;
            for place in &mut *bytes {
                if LINE_STATUS.read() & RECEIVED == 0 {
                    break;
                }
                *place = DATA.read();
                count += 1;
            }
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            interrupts::wait();
        }
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while LINE_STATUS.read() & CAN_SEND == 0 {}
            DATA.write(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
