//! The other end of the board's cable: a DHCP server, TCP and TLS as a bench has them, without threads.

use std::boxed::Box;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::vec::Vec;
use std::{format, vec};

use nameplate_wire::{Reader, Request, limits, request};
use rustls::{ServerConfig, ServerConnection};
use smoltcp::iface::{Config, Interface, PollResult, SocketSet, SocketStorage};
use smoltcp::socket::Socket;
use smoltcp::socket::{tcp, udp};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{
    DhcpMessageType, DhcpPacket, DhcpRepr, EthernetAddress, IpAddress, IpCidr, Ipv4Address,
};

use super::wire::Wire;

pub(super) const PORT: u16 = 7443;
const ADDRESS: Ipv4Address = Ipv4Address::new(10, 0, 0, 1);
/// A mask that holds both, and a router.
pub(super) const WAY: (Ipv4Address, Ipv4Address) = (Ipv4Address::new(255, 255, 255, 0), ADDRESS);
const BOARDS: Ipv4Address = Ipv4Address::new(10, 0, 0, 9);

/// What the bench does once a board has connected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Says nothing, not even TLS.
    Mute,
    /// Opens the session, then says nothing.
    Silent,
    /// Asks who is there, hears the answer, says goodbye.
    Ask,
    /// Sends half a question and says goodbye.
    Half,
}

pub(super) struct Bench {
    pub(super) wire: Wire,
    pub(super) plan: Plan,
    /// Seconds for which a board gets its address; none without.
    pub(super) lease: Option<u32>,
    /// The mask and the router that it gets with it.
    pub(super) way: (Ipv4Address, Ipv4Address),
    /// When boards connected, in milliseconds.
    pub(super) connected: Vec<u64>,
    /// Frames from boards.
    pub(super) heard: Vec<Vec<u8>>,
    /// How TLS failed.
    pub(super) failures: Vec<rustls::Error>,
    interface: Interface,
    sockets: SocketSet<'static>,
    config: Arc<ServerConfig>,
    session: Option<(ServerConnection, Reader, bool)>,
}

fn leak(size: usize) -> &'static mut [u8] {
    Box::leak(vec![0; size].into_boxed_slice())
}

impl Bench {
    pub(super) fn new(config: Arc<ServerConfig>) -> Self {
        let mut wire = Wire::default();
        let mac = EthernetAddress([2, 0, 0, 0, 0, 1]).into();
        let mut interface = Interface::new(Config::new(mac), &mut wire, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(ADDRESS.into(), 24)).unwrap();
        });
        let packets = || {
            let metadata = Box::leak(Box::new([udp::PacketMetadata::EMPTY; 4]));
            udp::PacketBuffer::new(&mut metadata[..], leak(4096))
        };
        let mut dhcp = udp::Socket::new(packets(), packets());
        dhcp.bind(67).unwrap();
        let bytes = || tcp::SocketBuffer::new(leak(4096));
        let storage = Box::leak(Box::new([SocketStorage::EMPTY; 2]));
        let mut sockets = SocketSet::new(&mut storage[..]);
        sockets.add(dhcp);
        let mut door = tcp::Socket::new(bytes(), bytes());
        // A board that lost its address can't say that it is gone.
        door.set_keep_alive(Some(Duration::from_secs(10)));
        door.set_timeout(Some(Duration::from_secs(30)));
        sockets.add(door);
        Self {
            wire,
            plan: Plan::Ask,
            lease: Some(86_400),
            way: WAY,
            connected: Vec::new(),
            heard: Vec::new(),
            failures: Vec::new(),
            interface,
            sockets,
            config,
            session: None,
        }
    }

    /// Does everything that can be done at this moment.
    pub(super) fn poll(&mut self, now: u64) {
        let at = Instant::from_millis(i64::try_from(now).unwrap());
        loop {
            let polled = self.interface.poll(at, &mut self.wire, &mut self.sockets);
            let mut sockets = core::mem::replace(&mut self.sockets, SocketSet::new(&mut [][..]));
            for (_, socket) in sockets.iter_mut() {
                match socket {
                    Socket::Udp(udp) => self.give_addresses(udp),
                    Socket::Tcp(tcp) => self.serve(tcp, now),
                    Socket::Dhcpv4(_) => {}
                }
            }
            self.sockets = sockets;
            if polled == PollResult::None {
                return;
            }
        }
    }

    fn give_addresses(&self, socket: &mut udp::Socket<'_>) {
        while let Ok((packet, _)) = socket.recv() {
            let packet = DhcpPacket::new_checked(packet).unwrap();
            let asked = DhcpRepr::parse(&packet).unwrap();
            let Some(lease) = self.lease else { continue };
            let answer = DhcpRepr {
                message_type: match asked.message_type {
                    DhcpMessageType::Discover => DhcpMessageType::Offer,
                    _ => DhcpMessageType::Ack,
                },
                your_ip: BOARDS,
                subnet_mask: Some(self.way.0),
                router: Some(self.way.1),
                server_identifier: Some(ADDRESS),
                lease_duration: Some(lease),
                client_identifier: None,
                requested_ip: None,
                parameter_request_list: None,
                max_size: None,
                ..asked
            };
            let mut bytes = vec![0; answer.buffer_len()];
            answer
                .emit(&mut DhcpPacket::new_unchecked(&mut bytes[..]))
                .unwrap();
            let everybody = (IpAddress::Ipv4(Ipv4Address::BROADCAST), 68);
            socket.send_slice(&bytes, everybody).unwrap();
        }
    }

    fn serve(&mut self, tcp: &mut tcp::Socket<'_>, now: u64) {
        if !tcp.is_open() {
            self.session = None;
            tcp.listen(PORT).unwrap();
        }
        if tcp.state() == tcp::State::Established && self.session.is_none() {
            let session = ServerConnection::new(self.config.clone()).unwrap();
            self.session = Some((session, Reader::new(), false));
            self.connected.push(now);
        }
        let Some((tls, reader, asked)) = &mut self.session else {
            return;
        };
        if self.plan == Plan::Mute {
            return;
        }
        let _ = tcp.recv(|bytes| {
            let length = bytes.len();
            let mut bytes = &*bytes;
            while !bytes.is_empty() {
                tls.read_tls(&mut bytes).unwrap();
                if let Err(failure) = tls.process_new_packets() {
                    self.failures.push(failure);
                }
            }
            (length, ())
        });
        if !tls.is_handshaking() && !*asked && self.plan != Plan::Silent {
            *asked = true;
            let question = hello();
            let sent = if self.plan == Plan::Half {
                20
            } else {
                question.len()
            };
            tls.writer().write_all(&question[..sent]).unwrap();
            if self.plan == Plan::Half {
                tls.send_close_notify();
            }
        }
        let mut bytes = [0; 4096];
        let count = tls.reader().read(&mut bytes).unwrap_or(0);
        for byte in &bytes[..count] {
            if let Some(nameplate_wire::Event::Frame(frame)) = reader.push(*byte) {
                self.heard.push(frame.to_vec());
                tls.send_close_notify();
            }
        }
        let mut out = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut out).unwrap();
        }
        if tcp.can_send() {
            assert_eq!(tcp.send_slice(&out), Ok(out.len()));
        }
        if !tcp.may_recv() {
            tcp.close();
        }
    }
}

fn hello() -> Vec<u8> {
    let versions = [1, 1];
    let mut out = [0; limits::FRAME];
    let request = Request::Hello(request::Hello { versions });
    request.write(7, &mut out).unwrap().to_vec()
}

/// The configuration of a bench with a fresh key, and that key as a page's line has it.
pub(super) fn config() -> (Arc<ServerConfig>, std::string::String) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["bench".into()])
        .and_then(|parameters| parameters.self_signed(&key))
        .unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(
        vec![certificate.der().clone()],
        key.serialize_der().try_into().unwrap(),
    )
    .unwrap();
    let pin = key
        .public_key_raw()
        .iter()
        .map(|byte| format!("{byte:02x}"));
    (Arc::new(config), pin.collect())
}
