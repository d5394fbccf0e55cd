//! UART0 as the cable, filled and emptied by its interrupt, asleep while nothing comes.

use core::convert::Infallible;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embassy_rp::pac::PADS_BANK0;
use embassy_rp::uart::{BufferedInterruptHandler, BufferedUart, Config};
use embassy_rp::{Peri, bind_interrupts, peripherals};
use embedded_io::{ErrorType, Read, Write};

bind_interrupts!(struct Interrupts {
    UART0_IRQ => BufferedInterruptHandler<peripherals::UART0>;
});

/// Size of each buffer in bytes: a whole request that comes while the last one is still being answered is not lost.
pub const BUFFER: usize = 1024;

pub struct Cable(BufferedUart);

impl Cable {
    /// 115,200 baud, 8N1.
    pub fn new(
        uart: Peri<'static, peripherals::UART0>,
        tx: Peri<'static, peripherals::PIN_0>,
        rx: Peri<'static, peripherals::PIN_1>,
        sent: &'static mut [u8],
        received: &'static mut [u8],
    ) -> Self {
        let uart = BufferedUart::new(uart, tx, rx, Interrupts, sent, received, Config::default());
        // A line with nothing on it idles high instead of picking up noise.
        PADS_BANK0.gpio(1).modify(|w| w.set_pue(true));
        Self(uart)
    }
}

impl ErrorType for Cable {
    type Error = Infallible;
}

impl Read for Cable {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        loop {
            // A broken byte is left out: the frame's checksum misses it.
            if let Ok(count) = wait(embedded_io_async::Read::read(&mut self.0, bytes)) {
                return Ok(count);
            }
        }
    }
}

impl Write for Cable {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        // Sending can't fail.
        Ok(self.0.blocking_write(bytes).unwrap_or(bytes.len()))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        let _ = self.0.blocking_flush();
        Ok(())
    }
}

/// Waits for what an interrupt brings, asleep. An interrupt between the question and `wfe` is not missed: that it came is
/// an event, and `wfe` returns at once (Armv8-M Architecture Reference Manual, "Wait for Event").
fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        cortex_m::asm::wfe();
    }
}
