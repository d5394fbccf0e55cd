//! A client of QEMU's GDB stub, as small as cutting the power at a chosen write needs it.
//!
//! The protocol: `$<packet>#<sum>`, where the sum is that of the packet's bytes modulo 256 in two hex digits; each side
//! acknowledges with `+` (GDB manual, "GDB Remote Serial Protocol").

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// The longest that a stub takes to answer, or a board to get to a breakpoint.
const PATIENCE: Duration = Duration::from_mins(2);

/// A machine that stands still, and goes on as it is told.
pub struct Gdb {
    stream: UnixStream,
}

impl Gdb {
    /// Connects to the stub at this socket, as soon as it is there. The machine stands still from then on.
    pub fn connect(socket: &Path) -> Self {
        let end = Instant::now() + PATIENCE;
        let stream = loop {
            match UnixStream::connect(socket) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > end => panic!("{}: {error}", socket.display()),
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut gdb = Self { stream };
        assert!(gdb.ask("?").starts_with('T'), "the machine stands still");
        gdb
    }

    /// Stops the machine whenever it is about to run what stands at this address. `length` is that of an instruction.
    pub fn break_at(&mut self, address: u64, length: u8) {
        assert_eq!(self.ask(&format!("Z0,{address:x},{length}")), "OK");
    }

    /// Goes on past a breakpoint, to the next one.
    pub fn go_on(&mut self) {
        // A step first: from a breakpoint the machine would not get away.
        self.run("s", "one instruction");
        self.run("c", "the next breakpoint");
    }

    /// Lets the machine run until the stub itself stops it. Others may hold it for a moment meanwhile (T02), when its flash is
    /// saved.
    fn run(&mut self, packet: &str, until: &str) {
        let mut answer = self.ask(packet);
        while answer.starts_with("T02") {
            answer = self.answer();
        }
        assert!(answer.starts_with("T05"), "{until}: {answer}");
    }

    fn ask(&mut self, packet: &str) -> String {
        let sum = packet.bytes().fold(0u8, u8::wrapping_add);
        write!(self.stream, "${packet}#{sum:02x}").expect("the stub listens");
        self.answer()
    }

    fn answer(&mut self) -> String {
        let mut answer = String::new();
        while self.byte() != b'$' {}
        loop {
            match self.byte() {
                b'#' => break,
                byte => answer.push(char::from(byte)),
            }
        }
        let _sum = [self.byte(), self.byte()];
        self.stream.write_all(b"+").expect("the stub listens");
        answer
    }

    fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.stream.read_exact(&mut byte).expect("the stub answers");
        byte[0]
    }
}
