//! The CMSDK APB UART, 115,200 baud, 8N1. Cortex-M System Design Kit, technical reference manual (Arm DDI 0479).

use core::convert::Infallible;

use embedded_io::{ErrorType, Write};

use crate::registers::{Line, Registers};

const DATA: usize = 0x0;
const STATE: usize = 0x4;
const STATE_SENDING: u32 = 1 << 0;
const STATE_RECEIVED: u32 = 1 << 1;
const CONTROL: usize = 0x8;
/// Transmitter and receiver on, interrupt where a byte has come.
const CONTROL_ON: u32 = 1 << 0 | 1 << 1 | 1 << 3;
const INTERRUPT: usize = 0xC;
const INTERRUPT_RECEIVED: u32 = 1 << 1;
const DIVIDER: usize = 0x10;

const BAUD: u32 = 115_200;

pub struct Uart {
    registers: Registers,
    line: Line,
}

impl Uart {
    /// `hertz`: the peripheral clock.
    pub fn new(registers: Registers, line: Line, hertz: u32) -> Self {
        registers.write(DIVIDER, hertz / BAUD);
        registers.write(CONTROL, CONTROL_ON);
        Self { registers, line }
    }

    /// Lets a byte that comes end `wfi`.
    pub fn enable_line(&self) {
        self.line.enable();
    }

    /// Forgets bytes that were announced. Whoever goes to sleep asks for waiting bytes after this, so as to miss none.
    pub fn clear_line(&mut self) {
        self.registers.write(INTERRUPT, INTERRUPT_RECEIVED);
        self.line.clear();
    }

    pub fn has_byte(&self) -> bool {
        self.registers.read(STATE) & STATE_RECEIVED != 0
    }

    pub fn receive(&mut self) -> Option<u8> {
        if !self.has_byte() {
            return None;
        }
        let [byte, ..] = self.registers.read(DATA).to_le_bytes();
        Some(byte)
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for &byte in bytes {
            while self.registers.read(STATE) & STATE_SENDING != 0 {}
            self.registers.write(DATA, u32::from(byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while self.registers.read(STATE) & STATE_SENDING != 0 {}
        Ok(())
    }
}
