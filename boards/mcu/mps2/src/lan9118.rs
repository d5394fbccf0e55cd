//! The LAN9118 Ethernet controller (on the board itself a LAN9220, which is driven in the same way). SMSC's application note
//! AN 12.12, LAN9118 Family Programmer Reference Guide.

use crate::registers::{Line, Registers};

const RX_DATA: usize = 0x00;
const TX_DATA: usize = 0x20;
const RX_STATUS: usize = 0x40;
const IRQ_CFG: usize = 0x54;
/// Line enabled, active high, driven both ways.
const IRQ_HIGH: u32 = 1 << 8 | 1 << 4 | 1 << 0;
const INT_STS: usize = 0x58;
const INT_EN: usize = 0x5C;
/// A frame has come.
const INT_FRAME: u32 = 1 << 3;
const BYTE_TEST: usize = 0x64;
const BYTES_RIGHT: u32 = 0x8765_4321;
const FIFO_INT: usize = 0x68;
const TX_CFG: usize = 0x70;
/// On, and what became of each frame need not be fetched.
const TX_ON: u32 = 1 << 1 | 1 << 2;
const HW_CFG: usize = 0x74;
const HW_RESET: u32 = 1 << 0;
/// 5 KB of the memory for frames to be sent, and the bit that must be set.
const HW_SPLIT: u32 = 5 << 16 | 1 << 20;
const RX_INFO: usize = 0x7C;
const TX_INFO: usize = 0x80;
const MAC_COMMAND: usize = 0xA4;
const MAC_BUSY: u32 = 1 << 31;
const MAC_DATA: usize = 0xA8;

/// Registers of the MAC, behind the two above.
const MAC_CR: u32 = 1;
/// Full duplex, transmitter and receiver on; frames for other addresses are dropped.
const MAC_ON: u32 = 1 << 20 | 1 << 3 | 1 << 2;
const MAC_ADDRH: u32 = 2;
const MAC_ADDRL: u32 = 3;

/// How often a register is asked before the controller is called broken.
const PATIENCE: u32 = 100_000;
/// How often it is asked for room before a frame is dropped: less than a millisecond.
const PATIENCE_SENDING: u32 = 1_000;

/// Least length of a frame without its check sequence (IEEE 802.3 section 3.2.8), in bytes.
const LEAST: usize = 60;

pub struct Lan9118 {
    registers: Registers,
    line: Line,
}

impl Lan9118 {
    /// Touches nothing yet: the controller may be missing where no cable is plugged in.
    pub const fn new(registers: Registers, line: Line) -> Self {
        Self { registers, line }
    }

    /// Resets the controller and gives it its address. Frames come from now on.
    pub fn start(&mut self, mac: [u8; 6]) {
        self.wait(BYTE_TEST, u32::MAX, BYTES_RIGHT);
        self.registers.write(HW_CFG, HW_RESET);
        self.wait(HW_CFG, HW_RESET, 0);
        self.registers.write(HW_CFG, HW_SPLIT);
        let [a, b, c, d, e, f] = mac;
        self.write_mac(MAC_ADDRL, u32::from_le_bytes([a, b, c, d]));
        self.write_mac(MAC_ADDRH, u32::from_le_bytes([e, f, 0, 0]));
        self.registers.write(FIFO_INT, 0);
        self.registers.write(INT_STS, u32::MAX);
        self.registers.write(INT_EN, INT_FRAME);
        self.registers.write(IRQ_CFG, IRQ_HIGH);
        self.registers.write(TX_CFG, TX_ON);
        self.write_mac(MAC_CR, MAC_ON);
        self.line.enable();
    }

    fn write_mac(&mut self, register: u32, value: u32) {
        self.registers.write(MAC_DATA, value);
        self.registers.write(MAC_COMMAND, MAC_BUSY | register);
        self.wait(MAC_COMMAND, MAC_BUSY, 0);
    }

    /// Waits until a register holds `value` under `mask`. A controller that does not answer is no network, which is seen
    /// soon enough.
    fn wait(&self, register: usize, mask: u32, value: u32) {
        for _ in 0..PATIENCE {
            if self.registers.read(register) & mask == value {
                return;
            }
        }
    }

    /// Whether a frame waits.
    pub fn has_frame(&self) -> bool {
        self.registers.read(RX_INFO) >> 16 & 0xFF != 0
    }

    /// Forgets frames that were announced. Whoever goes to sleep asks for waiting frames after this, so as to miss none.
    pub fn clear_line(&mut self) {
        self.registers.write(INT_STS, INT_FRAME);
        self.line.clear();
    }

    /// Takes the next frame that was received whole and fits; its length.
    pub fn receive(&mut self, frame: &mut [u8]) -> Option<usize> {
        while self.has_frame() {
            let status = self.registers.read(RX_STATUS);
            let length = usize::try_from(status >> 16 & 0x3FFF).ok()?;
            let bad = status >> 15 & 1 != 0;
            // Every frame is read to its end, also one that is thrown away: the model's way of skipping loses count.
            let mut places = frame.chunks_mut(4);
            for _ in 0..length.div_ceil(4) {
                let word = self.registers.read(RX_DATA).to_le_bytes();
                for (place, byte) in places.next().into_iter().flatten().zip(word) {
                    *place = byte;
                }
            }
            // The check sequence is counted, and not wanted.
            let length = length.saturating_sub(4);
            if !bad && length <= frame.len() {
                return Some(length);
            }
        }
        None
    }

    /// Sends a frame, or drops it where the controller has no room for it.
    pub fn send(&mut self, frame: &[u8]) {
        let length = frame.len().max(LEAST);
        let Ok(words) = u32::try_from(length) else {
            return;
        };
        for _ in 0..PATIENCE_SENDING {
            // What is free, in bytes; two words of commands come first.
            if self.registers.read(TX_INFO) & 0xFFFF >= words.saturating_add(16) {
                return self.put(frame, length, words);
            }
        }
    }

    fn put(&mut self, frame: &[u8], length: usize, size: u32) {
        // The first and the last segment of a frame, so long; then the frame's length.
        self.registers.write(TX_DATA, 1 << 13 | 1 << 12 | size);
        self.registers.write(TX_DATA, size);
        let mut bytes = frame.iter().copied();
        for _ in 0..length.div_ceil(4) {
            let word = [(); 4].map(|()| bytes.next().unwrap_or(0));
            self.registers.write(TX_DATA, u32::from_le_bytes(word));
        }
    }
}
