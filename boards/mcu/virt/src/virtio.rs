//! The machine's eight places for virtio devices (virtio 1.1, section 4.2).

use core::ptr::NonNull;

use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceType, Transport};

const FIRST: usize = 0x1000_1000;
const SIZE: usize = 0x1000;

/// Numbers of the places, which are also their interrupts'.
const PLACES: core::ops::RangeInclusive<u8> = 1..=8;

/// The first device of a kind, and the number of its interrupt. To be asked once for each kind.
pub fn find(kind: DeviceType) -> Option<(MmioTransport<'static>, u8)> {
    PLACES.into_iter().find_map(|number| {
        let address = FIRST + SIZE * usize::from(number - 1);
        let header = NonNull::new(address as *mut VirtIOHeader)?;
        // SAFETY: one of the machine's places, each of which has the registers even if nothing is plugged in.
        let transport = unsafe { MmioTransport::new(header, SIZE) }.ok()?;
        (transport.device_type() == kind).then_some((transport, number))
    })
}
