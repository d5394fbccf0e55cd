//! The machine's network card, virtio-net (virtio 1.1, section 5.1), asleep while nothing comes.

use nameplate_mcu::network::{FRAME, Network};
use virtio_drivers::PAGE_SIZE;
use virtio_drivers::device::net::VirtIONetRaw;
use virtio_drivers::transport::DeviceType;
use virtio_drivers::transport::mmio::MmioTransport;

use crate::pages::{self, Machine};
use crate::{interrupts, virtio};

/// A whole frame with the device's header, as the device wants it.
const RECEIVED: usize = 1536;
/// What stands before a frame: at most 12 bytes.
const SENT: usize = 12 + FRAME;

/// Looks at the queue before a frame is dropped: well under a millisecond.
const PATIENCE: u32 = 10_000;

/// A buffer; while it is the device's, its token and how much of it the device was given.
struct Slot<const SIZE: usize> {
    bytes: &'static mut [u8; SIZE],
    given: Option<(u16, usize)>,
}

impl<const SIZE: usize> Slot<SIZE> {
    fn has(&self, token: u16) -> bool {
        self.given.is_some_and(|(given, _)| given == token)
    }
}

pub struct Ethernet {
    card: Card,
    received: [Slot<RECEIVED>; 2],
    sent: [Slot<SENT>; 2],
}

impl Ethernet {
    /// The network card, if there is one.
    pub fn start() -> Option<Self> {
        let (transport, interrupt) = virtio::find(DeviceType::Network)?;
        let card = VirtIONetRaw::new(transport).ok()?;
        let [received, sent] = pages::take(2)? else {
            return None;
        };
        let mut ethernet = Self {
            card,
            received: slots(received)?,
            sent: slots(sent)?,
        };
        for slot in &mut ethernet.received {
            give(&mut ethernet.card, slot);
        }
        interrupts::enable(interrupt);
        Some(ethernet)
    }

    /// Copies the frame under this token, and gives its buffer back to the device; `Err` where it is too long.
    fn take(&mut self, token: u16, frame: &mut [u8]) -> Option<Result<usize, ()>> {
        let slot = self.received.iter_mut().find(|slot| slot.has(token))?;
        // SAFETY: the buffer that was given to the device under this token.
        let (from, length) = unsafe { self.card.receive_complete(token, slot.bytes) }.ok()?;
        slot.given = None;
        let came = slot.bytes.get(from..)?.get(..length)?;
        let taken = frame.get_mut(..length).map(|to| to.copy_from_slice(came));
        give(&mut self.card, slot);
        Some(taken.map(|()| length).ok_or(()))
    }

    /// Takes back the buffers that the device has sent.
    fn take_back(&mut self) -> Option<()> {
        while let Some(token) = self.card.poll_transmit() {
            let slot = self.sent.iter_mut().find(|slot| slot.has(token))?;
            let (_, length) = slot.given?;
            let sent = slot.bytes.get(..length)?;
            // SAFETY: the buffer that was given to the device under this token.
            unsafe { self.card.transmit_complete(token, sent) }.ok()?;
            slot.given = None;
        }
        Some(())
    }

    /// `None` where the frame is dropped.
    fn begin(&mut self, frame: &[u8]) -> Option<()> {
        for _ in 0..PATIENCE {
            self.take_back()?;
            if self.sent.iter().any(|slot| slot.given.is_none()) {
                break;
            }
        }
        let slot = self.sent.iter_mut().find(|slot| slot.given.is_none())?;
        let header = self.card.fill_buffer_header(slot.bytes).ok()?;
        let length = header.checked_add(frame.len())?;
        slot.bytes.get_mut(header..length)?.copy_from_slice(frame);
        // SAFETY: a slot's bytes are not touched while they are given to the device.
        let token = unsafe { self.card.transmit_begin(slot.bytes.get(..length)?) }.ok()?;
        slot.given = Some((token, length));
        Some(())
    }
}

type Card = VirtIONetRaw<Machine, MmioTransport<'static>, 4>;

/// Gives a free buffer to the device, to be written to.
fn give(card: &mut Card, slot: &mut Slot<RECEIVED>) {
    // SAFETY: a slot's bytes are not touched while they are given to the device.
    let token = unsafe { card.receive_begin(slot.bytes) }.ok();
    slot.given = token.map(|token| (token, RECEIVED));
}

fn slots<const SIZE: usize>(page: &'static mut [u8; PAGE_SIZE]) -> Option<[Slot<SIZE>; 2]> {
    let (buffers, _) = page.as_chunks_mut::<SIZE>();
    let [first, second, ..] = buffers else {
        return None;
    };
    Some([first, second].map(|bytes| Slot { bytes, given: None }))
}

impl Network for Ethernet {
    fn receive(&mut self, frame: &mut [u8]) -> Option<usize> {
        loop {
            let Some(token) = self.card.poll_receive() else {
                // What comes from here on raises the interrupt anew.
                self.card.ack_interrupt();
                self.card.poll_receive()?;
                continue;
            };
            if let Ok(length) = self.take(token, frame)? {
                return Some(length);
            }
        }
    }

    fn send(&mut self, frame: &[u8]) {
        let _ = self.begin(frame);
    }

    fn now(&mut self) -> u64 {
        interrupts::now()
    }

    fn sleep(&mut self, at_most: u64) {
        if self.card.poll_receive().is_none() {
            interrupts::wait_at_most(at_most);
        }
    }
}
