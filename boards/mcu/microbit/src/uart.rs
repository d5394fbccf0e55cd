//! UART0 as the cable, asleep while nothing comes.

use core::convert::Infallible;

use cortex_m::peripheral::NVIC;
use embedded_io::{ErrorType, Read, Write};
use nrf51_pac::{Interrupt, UART0};

/// Pins of the micro:bit that lead to its USB interface chip.
const TX_PIN: u32 = 24;
const RX_PIN: u32 = 25;

pub struct Uart(UART0);

impl Uart {
    pub fn new(uart: UART0) -> Self {
        // SAFETY: pin numbers of this board, and the value of the reference manual for 115,200 baud.
        unsafe {
            uart.pseltxd.write(|w| w.bits(TX_PIN));
            uart.pselrxd.write(|w| w.bits(RX_PIN));
        }
        uart.baudrate.write(|w| w.baudrate().baud115200());
        uart.enable.write(|w| w.enable().enabled());
        uart.intenset.write(|w| w.rxdrdy().set());
        // SAFETY: 1 is what the reference manual gives for every task.
        unsafe {
            uart.tasks_startrx.write(|w| w.bits(1));
            uart.tasks_starttx.write(|w| w.bits(1));
        }
        // Interrupts stay masked: a pending one ends `wfi`, and no handler is needed.
        cortex_m::interrupt::disable();
        // SAFETY: with interrupts masked, unmasking this one changes no critical section.
        unsafe { NVIC::unmask(Interrupt::UART0) };
        Self(uart)
    }

    fn receive(&mut self) -> Option<u8> {
        if self.0.events_rxdrdy.read().bits() == 0 {
            return None;
        }
        self.0.events_rxdrdy.reset();
        Some(self.0.rxd.read().rxd().bits())
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
                let Some(byte) = self.receive() else { break };
                *place = byte;
                count += 1;
            }
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            cortex_m::asm::wfi();
            NVIC::unpend(Interrupt::UART0);
        }
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for &byte in bytes {
            self.0.events_txdrdy.reset();
            // SAFETY: every byte can be sent.
            self.0.txd.write(|w| unsafe { w.txd().bits(byte) });
            while self.0.events_txdrdy.read().bits() == 0 {}
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
