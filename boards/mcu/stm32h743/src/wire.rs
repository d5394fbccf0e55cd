//! Ethernet as the link to the bench.

use core::task::{Context, Waker};

use embassy_net_driver::{Driver, RxToken, TxToken};
use embassy_stm32::eth::{Ethernet, GenericPhy, Sma};
use embassy_stm32::peripherals::{ETH, ETH_SMA};
use nameplate_mcu::network::Network;

use crate::clock::Clock;

type Controller = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;

/// The frame check sequence, in bytes. The driver leaves it behind most frames.
const CHECK: usize = 4;

pub struct Wire {
    ethernet: Controller,
    clock: Clock,
}

impl Wire {
    pub fn new(ethernet: Controller, clock: Clock) -> Self {
        Self { ethernet, clock }
    }
}

/// The driver wakes nobody: its interrupt ends a sleep, and then it is asked again.
fn nobody() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

impl Network for Wire {
    fn receive(&mut self, frame: &mut [u8]) -> Option<usize> {
        loop {
            let (received, _) = self.ethernet.receive(&mut nobody())?;
            let taken = received.consume(|bytes| {
                let length = bytes.len().min(frame.len());
                if bytes.len() > length.saturating_add(CHECK) {
                    return None;
                }
                frame
                    .get_mut(..length)?
                    .copy_from_slice(bytes.get(..length)?);
                Some(length)
            });
            if taken.is_some() {
                return taken;
            }
        }
    }

    fn send(&mut self, frame: &[u8]) {
        // The controller pads what is short.
        if let Some(place) = self.ethernet.transmit(&mut nobody()) {
            place.consume(frame.len(), |bytes| {
                if bytes.len() == frame.len() {
                    bytes.copy_from_slice(frame);
                }
            });
        }
    }

    fn now(&mut self) -> u64 {
        self.clock.now()
    }

    fn sleep(&mut self, at_most: u64) {
        let until = self.clock.now().saturating_add(at_most);
        while self.clock.now() < until && self.ethernet.receive(&mut nobody()).is_none() {
            // An interrupt since the question is not missed: that it came is an event, and `wfe` returns at once (Armv7-M
            // Architecture Reference Manual, section B1.5.18).
            cortex_m::asm::wfe();
        }
    }
}
