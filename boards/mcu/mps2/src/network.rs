//! Ethernet and time, as the shared network code wants them.

use nameplate_mcu::network::Network;

use crate::clock::Clock;
use crate::lan9118::Lan9118;

pub struct Wire {
    pub ethernet: Lan9118,
    pub clock: Clock,
}

impl Network for Wire {
    fn receive(&mut self, frame: &mut [u8]) -> Option<usize> {
        self.ethernet.receive(frame)
    }

    fn send(&mut self, frame: &[u8]) {
        self.ethernet.send(frame);
    }

    fn now(&mut self) -> u64 {
        self.clock.now()
    }

    fn sleep(&mut self, at_most: u64) {
        self.ethernet.clear_line();
        // A frame from here on makes the line pending, so that nothing sleeps over it.
        if !self.ethernet.has_frame() {
            self.clock.sleep(at_most);
        }
    }
}
