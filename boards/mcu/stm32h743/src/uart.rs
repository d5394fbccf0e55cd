//! USART3 as the cable or the log, filled and emptied by its interrupt, asleep while nothing comes.

use core::convert::Infallible;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embassy_stm32::gpio::Pull;
use embassy_stm32::usart::{BufferedInterruptHandler, BufferedUart, Config};
use embassy_stm32::{Peri, bind_interrupts, peripherals};
use embedded_io::{ErrorType, Read, Write};

bind_interrupts!(struct Interrupts {
    USART3 => BufferedInterruptHandler<peripherals::USART3>;
});

/// Size of each buffer in bytes: a whole request that comes while the last one is still being answered is not lost.
pub const BUFFER: usize = 1024;

pub struct Cable(BufferedUart<'static>);

impl Cable {
    /// 115,200 baud, 8N1.
    pub fn new(
        uart: Peri<'static, peripherals::USART3>,
        rx: Peri<'static, peripherals::PD9>,
        tx: Peri<'static, peripherals::PD8>,
        sent: &'static mut [u8],
        received: &'static mut [u8],
    ) -> Option<Self> {
        let mut config = Config::default();
        // A line with nothing on it idles high instead of picking up noise.
        config.rx_pull = Pull::Up;
        BufferedUart::new(uart, rx, tx, sent, received, Interrupts, config)
            .ok()
            .map(Self)
    }
}

impl ErrorType for Cable {
    type Error = Infallible;
}

impl Read for Cable {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            if let Ok(count) = wait(embedded_io_async::Read::read(&mut self.0, bytes)) {
                return Ok(count);
            }
        }
    }
}

impl Write for Cable {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        // More than its buffer at once, and the driver would wait for room before it begins to send.
        let part = bytes.get(..bytes.len().min(BUFFER / 2)).unwrap_or_default();
        if part.is_empty() {
            return Ok(0);
        }
        // Sending can't fail.
        Ok(Write::write(&mut self.0, part).unwrap_or(part.len()))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        let _ = Write::flush(&mut self.0);
        Ok(())
    }
}

/// Waits for what an interrupt brings, asleep. An interrupt between the question and `wfe` is not missed: that it came is
/// an event, and `wfe` returns at once (Armv7-M Architecture Reference Manual, section B1.5.18).
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
