//! The board's TCP/IP stack: an address from DHCP, and all waiting.

use core::convert::Infallible;
use core::net::Ipv4Addr;

use embedded_io::Write;
use nameplate_wire::Mac;
use smoltcp::iface::{Config, Context, Interface, PollResult, SocketSet, SocketStorage};
use smoltcp::socket::Socket;
use smoltcp::socket::dhcpv4::{Event, Socket as Dhcp};
use smoltcp::socket::tcp::{Socket as Tcp, SocketBuffer};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpCidr};

use super::chance::Chance;
use super::log::Log;
use super::port::Port;
use super::{FRAME, Network, SLEEP, TCP_RECEIVED, TCP_SENT};
use crate::stopwatch::Stopwatch;

/// How long a DHCP server may take before it is asked again (RFC 2131 section 4.1). Short, because the first question is
/// often lost: the cable's link comes up seconds after the board.
const DISCOVER: Duration = Duration::from_secs(4);

/// What the stack keeps frames and bytes in.
pub(super) struct Buffers {
    pub(super) received: [u8; FRAME],
    sent: [u8; FRAME],
    tcp_received: [u8; TCP_RECEIVED],
    tcp_sent: [u8; TCP_SENT],
}

impl Buffers {
    pub(super) const fn new() -> Self {
        Self {
            received: [0; FRAME],
            sent: [0; FRAME],
            tcp_received: [0; TCP_RECEIVED],
            tcp_sent: [0; TCP_SENT],
        }
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
    #[inline(never)]
    pub(super) fn new(
        network: &'a mut N,
        mac: Mac,
        buffers: &'a mut Buffers,
        storage: &'a mut [SocketStorage<'a>; 2],
        stopwatch: &'a Stopwatch,
        chance: &Chance,
    ) -> Self {
        let mut port = Port::new(network, &mut buffers.received, &mut buffers.sent);
        let mut config = Config::new(EthernetAddress(mac.0).into());
        config.random_seed = chance.0;
        let now = instant(port.network.now());
        let interface = Interface::new(config, &mut port, now);
        let mut tcp = Tcp::new(
            SocketBuffer::new(&mut buffers.tcp_received[..]),
            SocketBuffer::new(&mut buffers.tcp_sent[..]),
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
    #[inline(never)]
    pub(super) fn wait_for_address<W: Write>(&mut self, log: &mut Log<'_, W>) {
        let has_one = |stack: &mut Self| stack.address().map(|_| ());
        if has_one(self).is_none() {
            log.line(&["asking the network for an address"]);
            self.wait(u64::MAX, has_one);
            log.line(&["the network gave an address"]);
        }
    }

    /// Waits for so many milliseconds. The address is kept meanwhile.
    #[inline(never)]
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
    #[inline(never)]
    pub(super) fn poll(&mut self) -> bool {
        let now = instant(self.now());
        let polled = self.interface.poll(now, &mut self.port, &mut self.sockets);
        self.configure() || polled == PollResult::SocketStateChanged
    }

    #[inline(never)]
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
    #[inline(never)]
    fn configure(&mut self) -> bool {
        let news = self.sockets.iter_mut().find_map(|(_, socket)| {
            let Socket::Dhcpv4(dhcp) = socket else {
                return None;
            };
            Some(match dhcp.poll()? {
                Event::Configured(config) => Some((IpCidr::Ipv4(config.address), config.router)),
                Event::Deconfigured => None,
            })
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
        // smoltcp 0.14 takes any, and panics when it looks for the router's MAC.
        let is_station = |router: &Ipv4Addr| {
            !router.is_unspecified() && !router.is_multicast() && !router.is_broadcast()
        };
        if let Some(router) = router.flatten().filter(is_station) {
            let _ = routes.add_default_ipv4_route(router);
        }
        true
    }

    fn address(&self) -> Option<IpCidr> {
        self.interface.ip_addrs().first().copied()
    }

    pub(super) fn tcp(&mut self) -> Option<&mut Tcp<'a>> {
        self.tcp_and_context().map(|(tcp, _)| tcp)
    }

    /// The connection, and what is needed to begin it. Looked for instead of kept by its handle: a handle that is none
    /// would be a panic.
    pub(super) fn tcp_and_context(&mut self) -> Option<(&mut Tcp<'a>, &mut Context)> {
        let tcp = self.sockets.iter_mut().find_map(|(_, socket)| {
            let Socket::Tcp(tcp) = socket else {
                return None;
            };
            Some(tcp)
        })?;
        Some((tcp, self.interface.context()))
    }
}

fn instant(milliseconds: u64) -> Instant {
    Instant::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX))
}
