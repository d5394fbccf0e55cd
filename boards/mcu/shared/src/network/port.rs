//! A board's [`Network`] as smoltcp's device: one buffer for the frame that came, one for the frame that goes.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

use super::{FRAME, Network};

pub(super) struct Port<'a, N> {
    pub(super) network: &'a mut N,
    received: &'a mut [u8; FRAME],
    sent: &'a mut [u8; FRAME],
}

impl<'a, N> Port<'a, N> {
    pub(super) fn new(
        network: &'a mut N,
        received: &'a mut [u8; FRAME],
        sent: &'a mut [u8; FRAME],
    ) -> Self {
        Self {
            network,
            received,
            sent,
        }
    }
}

impl<N: Network> Device for Port<'_, N> {
    type RxToken<'t>
        = Received<'t>
    where
        Self: 't;
    type TxToken<'t>
        = Sending<'t, N>
    where
        Self: 't;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Sending<'_, N>)> {
        let length = loop {
            let length = self.network.receive(self.received)?;
            if !is_from_nobody(self.received) {
                break length;
            }
        };
        let frame = self.received.get(..length)?;
        Some((
            Received(frame),
            Sending {
                network: self.network,
                frame: self.sent,
            },
        ))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_, N>> {
        Some(Sending {
            network: self.network,
            frame: self.sent,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }
}

/// Whether a frame is an IPv4 packet without a sender. Only who has no address yet sends such, to a DHCP server, and no board is
/// one. smoltcp 0.14 would take the sender of an offer for the server's address, and panic where it is to renew the lease there.
fn is_from_nobody(frame: &[u8; FRAME]) -> bool {
    frame.get(12..14) == Some(&[0x08, 0x00]) && frame.get(26..30) == Some(&[0; 4])
}

pub(super) struct Received<'t>(&'t [u8]);

impl RxToken for Received<'_> {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, take: F) -> T {
        take(self.0)
    }
}

pub(super) struct Sending<'t, N> {
    network: &'t mut N,
    frame: &'t mut [u8; FRAME],
}

impl<N: Network> TxToken for Sending<'_, N> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, length: usize, write: F) -> T {
        // Never longer: smoltcp holds to the greatest frame above.
        let (frame, _) = self.frame.split_at_mut(length.min(FRAME));
        let written = write(frame);
        self.network.send(frame);
        written
    }
}
