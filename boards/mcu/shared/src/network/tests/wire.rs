//! The cable itself: frames on their way, and the bench's end of it as smoltcp's device.

use std::collections::VecDeque;
use std::vec;
use std::vec::Vec;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

#[derive(Default)]
pub(super) struct Wire {
    pub(super) to_bench: VecDeque<Vec<u8>>,
    pub(super) to_board: VecDeque<Vec<u8>>,
}

impl Device for Wire {
    type RxToken<'t> = Frame;
    type TxToken<'t> = Sending<'t>;

    fn receive(&mut self, _: Instant) -> Option<(Frame, Sending<'_>)> {
        let frame = self.to_bench.pop_front()?;
        Some((Frame(frame), Sending(&mut self.to_board)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        Some(Sending(&mut self.to_board))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

pub(super) struct Frame(Vec<u8>);

impl RxToken for Frame {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, take: F) -> T {
        take(&self.0)
    }
}

pub(super) struct Sending<'t>(&'t mut VecDeque<Vec<u8>>);

impl TxToken for Sending<'_> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, length: usize, write: F) -> T {
        let mut frame = vec![0; length];
        let written = write(&mut frame);
        self.0.push_back(frame);
        written
    }
}
