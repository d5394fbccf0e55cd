//! One session with the bench, from dialling to its end.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use embedded_io::{Read as _, Write as _};
use nameplate_agent::Link;
use nameplate_tls::{Buffers, READ_BUFFER, WRITE_BUFFER};
use nameplate_wire::Reader;

use super::link::{Deadline, TcpLink};
use super::{Options, SessionFault};
use crate::Board;
use crate::client_identity::Identity;
use crate::exchange::feed;
use crate::join_token::JoinToken;

/// How long one address of the bench may take to answer.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the whole handshake may take: a bench that hundreds of boards dial at once is slow.
const HANDSHAKE: Duration = Duration::from_mins(1);
/// How long the bench may be silent, or take for one frame, before it is taken for dead.
const IDLE: Duration = Duration::from_mins(2);

/// Greatest number of bytes taken from the session at once.
const CHUNK: usize = 512;

/// How a session ended that had begun.
pub(super) enum Ended {
    /// The bench said goodbye.
    Goodbye {
        /// How many frames were answered.
        answered: usize,
    },
    /// The link or TLS failed, or the bench was silent for too long.
    Broken {
        /// How many frames were answered.
        answered: usize,
        /// How it failed.
        error: nameplate_tls::Error,
    },
}

/// Dials the bench and answers it until the session ends.
///
/// The buffers are those of the smallest boards, so that a bench that sends what such a board could not take fails here
/// as well.
pub(super) fn dial(agent: &mut Board, options: &Options) -> Result<Ended, SessionFault> {
    let stream = connect(&options.address)?;
    stream.set_nodelay(true).map_err(SessionFault::Socket)?;
    let mut seed = agent.seed().map_err(SessionFault::Randomness)?;
    let deadline = Deadline::after(HANDSHAKE);
    let mut buffers = Buffers::<READ_BUFFER, WRITE_BUFFER>::new();
    let link = TcpLink::new(stream, &deadline);
    let identity = options.identity.as_ref().map(Identity::shown);
    let mut session = nameplate_tls::open(
        link,
        &options.pins,
        identity.as_ref(),
        &mut seed,
        &mut buffers,
    )
    .map_err(SessionFault::Tls)?;
    tracing::info!(address = options.address, "the bench has proved its key");
    let mut answered = 0;
    let join_token = options.join_token.as_ref().map(JoinToken::secret);
    let link = Link::Authenticated { join_token };
    if let Err(error) = answer(agent, &mut session, link, &deadline, &mut answered) {
        return Ok(Ended::Broken { answered, error });
    }
    // The bench has gone already; whether it hears our goodbye changes nothing.
    let _ = session.close();
    Ok(Ended::Goodbye { answered })
}

/// Every address of the name is tried; the last one's failure is told.
fn connect(address: &str) -> Result<TcpStream, SessionFault> {
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for address in address.to_socket_addrs().map_err(SessionFault::Lookup)? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(SessionFault::Connect(failure))
}

fn answer(
    agent: &mut Board,
    session: &mut nameplate_tls::Session<'_, TcpLink<'_>>,
    link: Link<'_>,
    deadline: &Deadline,
    answered: &mut usize,
) -> Result<(), nameplate_tls::Error> {
    let mut reader = Reader::new();
    let mut chunk = [0; CHUNK];
    deadline.extend(IDLE);
    loop {
        let count = session.read(&mut chunk)?;
        if count == 0 {
            return Ok(());
        }
        let bytes = chunk.get(..count).unwrap_or_default();
        *answered += feed(agent, &mut reader, bytes, link, |answer| {
            // Only whole frames count as life.
            deadline.extend(IDLE);
            session.write_all(answer)?;
            session.flush()
        })?;
    }
}
