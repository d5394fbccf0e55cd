//! The UART as the cable, asleep while nothing comes.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, Write};

use crate::clock::Clock;
use crate::uart::Uart;

pub struct Cable {
    uart: Uart,
    clock: Clock,
    /// Whether there may be room that the emulator has not seen.
    room: bool,
}

impl Cable {
    pub fn new(uart: Uart, clock: Clock) -> Self {
        uart.enable_line();
        Self {
            uart,
            clock,
            room: true,
        }
    }

    /// Sleeps until a byte has come.
    ///
    /// The first sleep after a byte, and after the start, is a short one. QEMU 7.2 looks whether the UART has room when something
    /// happens in the emulator, and the taking of a byte is no such thing to it; an alarm is. Without it a frame stops in its
    /// middle, now and then.
    fn wait(&mut self) {
        self.uart.clear_line();
        // A byte from here on makes the line pending, so that nothing sleeps over it.
        if self.uart.has_byte() {
            return;
        }
        if self.room {
            self.room = false;
            self.clock.sleep(1);
        } else {
            cortex_m::asm::wfi();
        }
    }
}

impl ErrorType for Cable {
    type Error = Infallible;
}

impl Read for Cable {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        loop {
            let mut count = 0;
            for place in &mut *bytes {
                let Some(byte) = self.uart.receive() else {
                    break;
                };
                *place = byte;
                count += 1;
            }
            if count > 0 || bytes.is_empty() {
                self.room = true;
                return Ok(count);
            }
            self.wait();
        }
    }
}

impl Write for Cable {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.uart.write(bytes)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        self.uart.flush()
    }
}
