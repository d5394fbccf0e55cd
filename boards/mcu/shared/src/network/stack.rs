//! The board's TCP/IP stack: an address from DHCP, one TCP connection, and all waiting.

use core::convert::Infallible;
use core::net::SocketAddrV4;

use embedded_io::{ErrorKind, Write};
use embedded_storage::nor_flash::NorFlash;
use nameplate_agent::Randomness;
use nameplate_wire::Mac;
use smoltcp::iface::{Config, Interface, PollResult, SocketSet, SocketStorage};
use smoltcp::socket::Socket;
use smoltcp::socket::dhcpv4::{Event, Socket as Dhcp};
use smoltcp::socket::tcp::{RecvError, Socket as Tcp, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpCidr};

use super::log::Log;
use super::port::Port;
use super::{FRAME, Final, Network, SLEEP, TCP_BUFFER};
use crate::stopwatch::Stopwatch;
use crate::{Board, Signal};

/// How long the bench may take to answer the first packet, in milliseconds.
const CONNECT: u64 = 10_000;
/// How long the bench may take to end its side once this board has ended its own, in milliseconds.
const LINGER: u64 = 5_000;
/// How long a DHCP server may take before it is asked again (RFC 2131 section 4.1). Short, because the first question is
/// often lost: the cable's link comes up seconds after the board.
const DISCOVER: Duration = Duration::from_secs(4);

/// What is left to chance in one session, or in the stack: from the health-tested generator.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn draw<R, F, L>(board: &mut Board<R, F, L>) -> Result<Self, Final>
    where
        R: Randomness,
        F: NorFlash,
        L: FnMut(Signal) -> bool,
    {
        let seed = board.exchange.agent().seed().map_err(Final::Randomness)?;
        let [a, b, c, d, e, f, g, h, ..] = *seed;
        Ok(Self(u64::from_le_bytes([a, b, c, d, e, f, g, h])))
    }

    /// A local port for TCP out of the 16,384 that are free for this (RFC 6335 section 6): a board that was restarted must
    /// not look like the connection that it had before.
    pub(super) fn port(&self) -> u16 {
        let [low, high, ..] = self.0.to_le_bytes();
        u16::from_le_bytes([low, high]) | 0xC000
    }

    pub(super) fn jitter(&self) -> u32 {
        let [.., a, b, c, d] = self.0.to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}

pub(super) struct Stack<'a, N> {
    port: Port<'a, N>,
    interface: Interface,
    sockets: SocketSet<'a>,
    stopwatch: &'a Stopwatch,
}

impl<'a, N: Network> Stack<'a, N> {
    /// A stack without an address. The MAC must be one station's.
    pub(super) fn new(
        network: &'a mut N,
        mac: Mac,
        frames: &'a mut [[u8; FRAME]; 2],
        tcp: &'a mut [[u8; TCP_BUFFER]; 2],
        storage: &'a mut [SocketStorage<'a>; 2],
        stopwatch: &'a Stopwatch,
        chance: Chance,
    ) -> Self {
        let mut port = Port::new(network, frames);
        let mut config = Config::new(EthernetAddress(mac.0).into());
        config.random_seed = chance.0;
        let now = instant(port.network.now());
        let interface = Interface::new(config, &mut port, now);
        let [received, sent] = tcp;
        let mut tcp = Tcp::new(
            SocketBuffer::new(&mut received[..]),
            SocketBuffer::new(&mut sent[..]),
        );
        // An answer goes out at once, and so does the news that there is room again: the buffers are small.
        tcp.set_nagle_enabled(false);
        tcp.set_ack_delay(None);
        let mut dhcp = Dhcp::new();
        let mut retries = dhcp.get_retry_config();
        retries.discover_timeout = DISCOVER;
        dhcp.set_retry_config(retries);
        let mut sockets = SocketSet::new(&mut storage[..]);
        sockets.add(dhcp);
        sockets.add(tcp);
        Self {
            port,
            interface,
            sockets,
            stopwatch,
        }
    }

    pub(super) fn now(&mut self) -> u64 {
        self.port.network.now()
    }

    /// What counts the board's work between sleeps.
    pub(super) fn stopwatch(&self) -> &'a Stopwatch {
        self.stopwatch
    }

    /// Returns once the board has an address.
    pub(super) fn wait_for_address<W: Write>(&mut self, log: &mut Log<'_, W>) {
        let has_one = |stack: &mut Self| stack.address().map(|_| ());
        if has_one(self).is_none() {
            log.line(&["asking the network for an address"]);
            self.wait(u64::MAX, has_one);
            log.line(&["the network gave an address"]);
        }
    }

    /// Connects from a local port; `None` where nobody answers in time.
    pub(super) fn connect(&mut self, bench: SocketAddrV4, port: u16) -> Option<()> {
        let tcp = self.sockets.iter_mut().find_map(as_tcp)?;
        tcp.connect(self.interface.context(), bench, port).ok()?;
        let until = self.now().saturating_add(CONNECT);
        self.wait(until, |stack| match stack.tcp()?.state() {
            State::SynSent | State::SynReceived => None,
            State::Established => Some(Some(())),
            _ => Some(None),
        })?
    }

    /// Takes bytes that have come; none at all where the bench has ended its side. `None` where there is nothing yet.
    pub(super) fn receive(&mut self, bytes: &mut [u8]) -> Option<Result<usize, ErrorKind>> {
        match self.tcp()?.recv_slice(bytes) {
            Ok(0) => None,
            Ok(count) => Some(Ok(count)),
            Err(RecvError::Finished) => Some(Ok(0)),
            Err(RecvError::InvalidState) => Some(Err(ErrorKind::ConnectionReset)),
        }
    }

    /// Puts as many bytes as there is room for on their way; `None` where there is none yet.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Option<Result<usize, ErrorKind>> {
        match self.tcp()?.send_slice(bytes) {
            Ok(0) => None,
            Ok(count) => Some(Ok(count)),
            Err(_) => Some(Err(ErrorKind::BrokenPipe)),
        }
    }

    /// Ends the connection so that what was sent last arrives: this side first, then what comes is read to the end.
    pub(super) fn hang_up(&mut self) {
        if let Some(tcp) = self.tcp() {
            tcp.close();
        }
        let until = self.now().saturating_add(LINGER);
        let ended = self.wait(until, |stack| {
            let tcp = stack.tcp()?;
            while tcp.can_recv() && tcp.recv(|bytes| (bytes.len(), ())).is_ok() {}
            (!tcp.is_open()).then_some(())
        });
        if ended.is_none() {
            if let Some(tcp) = self.tcp() {
                tcp.abort();
            }
            // The reset goes out.
            self.poll();
        }
    }

    /// Waits for so many milliseconds. The address is kept meanwhile.
    pub(super) fn pause(&mut self, wait: u64) {
        let until = self.now().saturating_add(wait);
        self.wait(until, |_| None::<Infallible>);
    }

    /// Returns what `ready` gives as soon as it gives something; `None` once it is `until`.
    pub(super) fn wait<T>(
        &mut self,
        until: u64,
        mut ready: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<T> {
        loop {
            if let Some(result) = ready(self) {
                return Some(result);
            }
            let changed = self.poll();
            let left = until.saturating_sub(self.now());
            if left == 0 {
                return None;
            }
            if !changed {
                self.sleep(left);
            }
        }
    }

    /// Takes all that came and sends all that is due. Whether anything changed by that.
    pub(super) fn poll(&mut self) -> bool {
        let now = instant(self.now());
        let polled = self.interface.poll(now, &mut self.port, &mut self.sockets);
        self.configure() || polled == PollResult::SocketStateChanged
    }

    fn sleep(&mut self, at_most: u64) {
        let now = instant(self.now());
        let due = self.interface.poll_delay(now, &self.sockets);
        let at_most = due
            .map_or(SLEEP, |due| due.total_millis())
            .min(SLEEP)
            .min(at_most);
        if at_most > 0 {
            self.stopwatch.pause();
            self.port.network.sleep(at_most);
            self.stopwatch.resume();
        }
    }

    /// Takes over what DHCP has to say. A connection does not outlive its address.
    fn configure(&mut self) -> bool {
        let news = self
            .sockets
            .iter_mut()
            .find_map(|(_, socket)| match socket {
                Socket::Dhcpv4(dhcp) => dhcp.poll().map(|event| match event {
                    Event::Configured(config) => {
                        Some((IpCidr::Ipv4(config.address), config.router))
                    }
                    Event::Deconfigured => None,
                }),
                Socket::Tcp(_) => None,
            });
        let Some(lease) = news else { return false };
        let (address, router) = lease.unzip();
        if self.address() != address
            && let Some(tcp) = self.tcp()
        {
            tcp.abort();
        }
        self.interface.update_ip_addrs(|addresses| {
            addresses.clear();
            if let Some(address) = address {
                let _ = addresses.push(address);
            }
        });
        let routes = self.interface.routes_mut();
        routes.remove_default_ipv4_route();
        if let Some(router) = router.flatten() {
            let _ = routes.add_default_ipv4_route(router);
        }
        true
    }

    fn address(&self) -> Option<IpCidr> {
        self.interface.ip_addrs().first().copied()
    }

    fn tcp(&mut self) -> Option<&mut Tcp<'a>> {
        self.sockets.iter_mut().find_map(as_tcp)
    }
}

/// Looked for instead of kept by its handle: a handle that is none would be a panic.
fn as_tcp<'s, 'a, H>((_, socket): (H, &'s mut Socket<'a>)) -> Option<&'s mut Tcp<'a>> {
    match socket {
        Socket::Tcp(tcp) => Some(tcp),
        Socket::Dhcpv4(_) => None,
    }
}

fn instant(milliseconds: u64) -> Instant {
    Instant::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX))
}
