//! Many connections to the network door from one address of this machine, each kept open until it is dropped.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, ipproto, socket_with};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

use crate::load::network::Host;

/// Where strangers come from. Boards of these tests come from 127.0.0.1; both are this machine.
pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// Files that a test needs besides a crowd's.
const OWN_FILES: u64 = 1500;

/// As many connections as wanted, or as this process may open, which is then told loudly. The limit is raised first.
pub fn as_many(wanted: usize) -> usize {
    let limit = nameplate::bench::raise_open_files().unwrap_or(u64::MAX);
    let most = usize::try_from(limit.saturating_sub(OWN_FILES)).unwrap_or(usize::MAX);
    if most < wanted {
        println!(
            "ONLY {most} CONNECTIONS INSTEAD OF {wanted}: the hard limit of open files is {limit}"
        );
    }
    let count = wanted.min(most);
    assert!(count > 500, "a limit of {limit} open files shows nothing");
    count
}

/// Dials from this address.
///
/// # Errors
/// Where the system refuses.
pub fn dial(from: Ipv4Addr, door: SocketAddr) -> io::Result<TcpStream> {
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        flags,
        Some(ipproto::TCP),
    )?;
    bind(&socket, &SocketAddrV4::new(from, 0))?;
    connect(&socket, &door)?;
    Ok(socket.into())
}

/// Connections that each have said this, and say nothing more.
pub fn saying(from: Ipv4Addr, door: SocketAddr, count: usize, words: &[u8]) -> Vec<TcpStream> {
    let connections = (0..count).map(|number| {
        let mut socket = dial(from, door).unwrap_or_else(|error| panic!("{number}: {error}"));
        // One that was put out meanwhile is as good as one that holds on.
        let _ = socket.write_all(words);
        socket
    });
    connections.collect()
}

/// What a board of this host says first.
pub fn client_hello(host: &Host) -> Vec<u8> {
    let name = ServerName::try_from("bench.local").expect("a name");
    let mut tls = ClientConnection::new(host.tls(), name).expect("a client");
    let mut bytes = Vec::new();
    tls.write_tls(&mut bytes).expect("in memory");
    bytes
}

/// Connections between two pauses of a driver.
const AT_ONCE: usize = 50;

/// A driver that keeps connections open and says the same words on each, a byte a turn, but never the last; what is closed
/// is opened again. Ended when dropped.
pub struct Drip {
    ended: Arc<AtomicBool>,
    bytes: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Drip {
    /// Begins to drip; returns once all are open. A turn takes about so long for all of them.
    pub fn start(
        from: Ipv4Addr,
        door: SocketAddr,
        count: usize,
        words: Vec<u8>,
        turn: Duration,
    ) -> Self {
        let groups = u32::try_from(count.div_ceil(AT_ONCE)).expect("a number of groups");
        let pause = turn / groups.max(1);
        let ended = Arc::new(AtomicBool::new(false));
        let bytes = Arc::new(AtomicU64::new(0));
        let (flag, written) = (Arc::clone(&ended), Arc::clone(&bytes));
        let mut all: Vec<_> = saying(from, door, count, &[])
            .into_iter()
            .map(|socket| (socket, 0))
            .collect();
        let drip = move || {
            while !flag.load(Ordering::Relaxed) {
                for group in all.chunks_mut(AT_ONCE) {
                    for (socket, said) in group {
                        if *said + 1 >= words.len() {
                            continue;
                        }
                        if socket.write_all(&words[*said..=*said]).is_ok() {
                            *said += 1;
                            written.fetch_add(1, Ordering::Relaxed);
                        } else if let Ok(again) = dial(from, door) {
                            (*socket, *said) = (again, 0);
                        }
                    }
                    // A crowd is slow: its packets must not be all that this machine works on.
                    std::thread::sleep(pause);
                }
            }
        };
        Self {
            ended,
            bytes,
            thread: Some(std::thread::spawn(drip)),
        }
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Drip {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
