//! USB Serial/JTAG as the cable, asleep while nothing comes (ESP32-C3 technical reference manual, chapter "USB Serial/JTAG
//! Controller").
//!
//! Each packet raises an interrupt, which ends `wfi`. Whether this core also wakes with interrupts masked is not written down
//! anywhere, and Zephyr and RIOT unmask them first; but then one that comes just before `wfi` ends no sleep. So a timer ends it
//! ten times a second, and such a packet waits that long.

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use esp_hal::handler;
use esp_hal::interrupt::wait_for_interrupt;
use esp_hal::peripherals::{SYSTIMER, USB_DEVICE};
use esp_hal::time::{Duration, Instant};
use esp_hal::timer::PeriodicTimer;
use esp_hal::timer::systimer::SystemTimer;
use esp_hal::usb::usb_serial_jtag::UsbSerialJtag;

/// Bytes in a packet, and in the controller's FIFOs.
const PACKET: usize = 64;

/// How long the host may take to fetch a packet. Where nobody has the port open, an answer is thrown away.
const PATIENCE: Duration = Duration::from_millis(500);

const TICK: Duration = Duration::from_millis(100);

pub struct Cable {
    usb: UsbSerialJtag<'static, esp_hal::Blocking>,
    _tick: PeriodicTimer<'static, esp_hal::Blocking>,
}

impl Cable {
    pub fn new(usb: USB_DEVICE<'static>, timer: SYSTIMER<'static>) -> Self {
        let mut tick = PeriodicTimer::new(SystemTimer::new(timer).alarm0);
        tick.set_interrupt_handler(ticked);
        tick.listen();
        // Only a period of 0 is refused.
        let _ = tick.start(TICK);
        let mut usb = UsbSerialJtag::new(usb);
        usb.set_interrupt_handler(received);
        usb.listen_rx_packet_recv_interrupt();
        Self { usb, _tick: tick }
    }
}

#[handler]
fn received() {
    USB_DEVICE::regs()
        .int_clr()
        .write(|w| w.serial_out_recv_pkt().clear_bit_by_one());
}

#[handler]
fn ticked() {
    SYSTIMER::regs()
        .int_clr()
        .write(|w| w.target0().clear_bit_by_one());
}

/// Whether the controller takes bytes: the host has fetched what was handed over before.
fn wait_until_free() -> Result<(), ErrorKind> {
    let begun = Instant::now();
    while USB_DEVICE::regs()
        .ep1_conf()
        .read()
        .serial_in_ep_data_free()
        .bit_is_clear()
    {
        if begun.elapsed() > PATIENCE {
            return Err(ErrorKind::TimedOut);
        }
    }
    Ok(())
}

/// Hands over what was written as one packet; an empty one where nothing was.
fn hand_over() {
    USB_DEVICE::regs()
        .ep1_conf()
        .modify(|_, w| w.wr_done().set_bit());
}

impl ErrorType for Cable {
    type Error = ErrorKind;
}

impl Read for Cable {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        loop {
            let mut count = 0;
            for place in &mut *bytes {
                let Ok(byte) = self.usb.read_byte() else {
                    break;
                };
                *place = byte;
                count += 1;
            }
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            wait_for_interrupt();
        }
    }
}

impl Write for Cable {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        for part in bytes.chunks(PACKET) {
            wait_until_free()?;
            for &byte in part {
                // There is room for a whole packet.
                let _ = self.usb.write_byte_nb(byte);
            }
            hand_over();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        // After a full packet, an empty one says that no more is to come.
        wait_until_free()?;
        hand_over();
        wait_until_free()
    }
}
