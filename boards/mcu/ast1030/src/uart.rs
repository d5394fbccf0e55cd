//! UART5 as the cable, asleep while nothing comes.

use core::convert::Infallible;

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use embedded_io::{ErrorType, Read, Write};

use crate::registers::{
    UART_DATA, UART_FIFOS, UART_INTERRUPTS, UART_LINE, UART_MODEM, UART_STATUS,
};

/// UART_STATUS: a byte has come; the transmitter takes one.
const RECEIVED: u32 = 1;
const ROOM: u32 = 1 << 5;

#[derive(Clone, Copy)]
struct Interrupt;

// SAFETY: UART5 has interrupt 8, of 256.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        8
    }
}

pub struct Uart(());

impl Uart {
    pub fn new() -> Self {
        const EIGHT_BITS: u32 = 0b11;
        const DIVISOR: u32 = 1 << 7;
        UART_INTERRUPTS.write(0);
        // After reset the UART's clock is 24 MHz / 13, which is 16 times 115,200 within 0.2 %: divide it by 1.
        UART_LINE.write(EIGHT_BITS | DIVISOR);
        UART_DATA.write(1);
        UART_INTERRUPTS.write(0);
        UART_LINE.write(EIGHT_BITS);
        // FIFOs of 16 bytes on and empty, an interrupt with the first byte; RTS and DTR.
        UART_FIFOS.write(0b111);
        UART_MODEM.write(0b11);
        // Interrupts stay masked: a pending one ends `wfi`, and no handler is needed.
        cortex_m::interrupt::disable();
        UART_INTERRUPTS.write(RECEIVED);
        // SAFETY: with interrupts masked, unmasking this one changes no critical section.
        unsafe { NVIC::unmask(Interrupt) };
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
                if UART_STATUS.read() & RECEIVED == 0 {
                    break;
                }
                // The register has 32 bits, and the byte is the lowest of them.
                [*place, ..] = UART_DATA.read().to_le_bytes();
                count += 1;
            }
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            cortex_m::asm::wfi();
            NVIC::unpend(Interrupt);
        }
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for &byte in bytes {
            while UART_STATUS.read() & ROOM == 0 {}
            UART_DATA.write(byte.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
