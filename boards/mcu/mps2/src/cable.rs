//! The UART as the cable, asleep while nothing comes.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, Write};

use crate::clock::Clock;
use crate::uart::Uart;

pub struct Cable {
    uart: Uart,
    clock: Clock,
    /// Bytes were taken since the last sleep.
    taken: bool,
}

impl Cable {
    pub fn new(uart: Uart, clock: Clock) -> Self {
        uart.enable_line();
        Self {
            uart,
            clock,
            taken: true,
        }
    }

    /// Sleeps until a byte has come.
    ///
    /// The first sleep after a byte is a short one. QEMU 7.2 hands over one byte, looks at once whether the next may follow,
    /// and, where this one was not taken yet, forgets about it until anything else happens in the emulator: setting an alarm
    /// does. Without it a frame stops in its middle, now and then.
    fn wait(&mut self) {
        self.uart.clear_line();
        // A byte from here on makes the line pending, so that nothing sleeps over it.
        if self.uart.has_byte() {
            return;
        }
        if self.taken {
            self.taken = false;
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
                self.taken = true;
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
