//! The emulating host's randomness, through virtio-rng (virtio 1.1, section 5.4).

use nameplate_agent::{Randomness, RandomnessFault};
use virtio_drivers::PAGE_SIZE;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::mmio::MmioTransport;
use virtio_drivers::transport::{DeviceStatus, DeviceType, Transport};

use crate::pages::{self, Machine};
use crate::virtio;

/// The one feature that is taken: the device keeps to virtio 1.
const VERSION_1: u64 = 1 << 32;

/// Looks at the queue before the device is called broken: some seconds. The host may be busy.
const PATIENCE: u32 = 100_000_000;

/// A device that was found and works.
struct Device {
    transport: MmioTransport<'static>,
    queue: VirtQueue<Machine, 2>,
    bytes: &'static mut [u8; PAGE_SIZE],
}

/// `None` where there is no such device, or where it did not answer: it may still write into its page.
pub struct Generator(Option<Device>);

impl Generator {
    pub fn new() -> Self {
        Self(Device::start())
    }
}

impl Device {
    fn start() -> Option<Self> {
        let (mut transport, _) = virtio::find(DeviceType::EntropySource)?;
        let begun = DeviceStatus::ACKNOWLEDGE | DeviceStatus::DRIVER;
        transport.set_status(DeviceStatus::empty());
        transport.set_status(begun);
        transport.write_driver_features(VERSION_1);
        transport.set_status(begun | DeviceStatus::FEATURES_OK);
        let queue = VirtQueue::new(&mut transport, 0, false, false).ok()?;
        transport.finish_init();
        let [bytes] = pages::take(1)? else {
            return None;
        };
        Some(Self {
            transport,
            queue,
            bytes,
        })
    }

    /// Has up to so many bytes written to the page, and returns how many came; `None` where none came in time.
    fn draw(&mut self, count: usize) -> Option<usize> {
        let wanted = self.bytes.get_mut(..count)?;
        // SAFETY: the page is never given back and not touched before the device is done with it: where that can't be
        // waited for, this device is not used any more.
        let token = unsafe { self.queue.add(&[], &mut [&mut *wanted]) }.ok()?;
        if self.queue.should_notify() {
            self.transport.notify(0);
        }
        let done = (0..PATIENCE).any(|_| self.queue.can_pop());
        if !done {
            return None;
        }
        // SAFETY: the buffer that was added under this token.
        let came = unsafe { self.queue.pop_used(token, &[], &mut [wanted]) }.ok()?;
        usize::try_from(came)
            .ok()
            .filter(|came| (1..=count).contains(came))
    }

    fn fill(&mut self, samples: &mut [u8]) -> Option<()> {
        let mut rest = samples;
        while !rest.is_empty() {
            let came = self.draw(rest.len().min(PAGE_SIZE))?;
            let (filled, left) = rest.split_at_mut_checked(came)?;
            let bytes = self.bytes.get_mut(..came)?;
            filled.copy_from_slice(bytes);
            bytes.fill(0);
            rest = left;
        }
        Some(())
    }
}

impl Randomness for Generator {
    /// The host's operating system conditions what it gives.
    const MIN_ENTROPY_BITS: u8 = 8;

    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        let filled = self.0.as_mut().and_then(|device| device.fill(samples));
        if filled.is_none() {
            // Not dropped: its queue stays the device's.
            core::mem::forget(self.0.take());
        }
        filled.ok_or(RandomnessFault)
    }
}
