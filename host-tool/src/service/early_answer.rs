//! Mends two faults of the HTTP library in waiting for `100 Continue` before an upload.
//!
//! When a whole refusal comes instead, the library waits for more before it looks at what it has; a
//! service that keeps the connection open never sends more, so the refusal would be a time-out. And
//! a `100 Continue` with header lines, which some proxies send, it takes for a refusal.
//!
//! A layer around the connection; knows nothing of HTTP but the shape of a head.

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

const INTERIM: &[u8] = b"HTTP/1.1 1";
const CONTINUE: &[u8] = b"HTTP/1.1 100 ";
const PLAIN_CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Most reads for one `100 Continue`, which is one packet unless somebody plays.
const MOST_PIECES: usize = 32;

/// Puts the layer around whatever connection comes.
#[derive(Debug)]
pub(super) struct EarlyAnswers;

impl<In: Transport> Connector<In> for EarlyAnswers {
    type Out = Layer<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Layer<In>>, Error> {
        Ok(chained.map(|inner| Layer {
            inner,
            shown: false,
            answered: false,
        }))
    }
}

/// The connection inside its layer.
#[derive(Debug)]
pub(super) struct Layer<T> {
    inner: T,
    /// Whether what stands in the buffer was already offered a second time.
    shown: bool,
    /// Whether the answer itself has begun: from then on nothing is touched.
    answered: bool,
}

impl<T: Transport> Layer<T> {
    fn holds_a_head(&mut self) -> bool {
        let input = self.inner.buffers().input();
        input
            .windows(END_OF_HEAD.len())
            .any(|window| window == END_OF_HEAD)
    }

    fn begins_to_continue(&mut self) -> bool {
        let input = self.inner.buffers().input();
        input.starts_with(CONTINUE) || (!input.is_empty() && CONTINUE.starts_with(input))
    }

    fn await_rest_of_continue(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        for _ in 0..MOST_PIECES {
            if !self.begins_to_continue() || self.holds_a_head() {
                break;
            }
            if !self.inner.await_input(timeout)? {
                break;
            }
        }
        if self.begins_to_continue() {
            self.strip_continue();
        }
        Ok(())
    }

    /// Takes the header lines out of a `100 Continue`. Nothing follows it before the body is sent,
    /// so only a buffer that holds it alone is touched.
    fn strip_continue(&mut self) {
        let buffers = self.inner.buffers();
        let length = buffers.input().len();
        if length <= PLAIN_CONTINUE.len() || !buffers.input().ends_with(END_OF_HEAD) {
            return;
        }
        buffers.input_consume(length);
        let plain = buffers.input_append_buf().get_mut(..PLAIN_CONTINUE.len());
        if let Some(plain) = plain {
            plain.copy_from_slice(PLAIN_CONTINUE);
            buffers.input_appended(PLAIN_CONTINUE.len());
        }
    }
}

impl<T: Transport> Transport for Layer<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        // Once only: whoever can make nothing of it needs more after all.
        if !self.shown && self.holds_a_head() {
            self.shown = true;
            return Ok(true);
        }
        self.shown = false;
        let came = self.inner.await_input(timeout)?;
        if !self.answered {
            self.await_rest_of_continue(timeout)?;
            self.answered = !self.inner.buffers().input().starts_with(INTERIM);
        }
        Ok(came)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
