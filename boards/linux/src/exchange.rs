//! Bytes in, answers out: the one place where a link and the agent meet.

use nameplate_agent::{Agent, CertificateStore, Identity, KeyStore, Link, Randomness};
use nameplate_wire::{Event, Reader};

/// Gives bytes from a link to the reader, its frames to the agent, and each answer to `send`. Returns how many
/// frames were answered.
///
/// # Errors
/// What `send` returns; the rest of the bytes is lost then, as the link is.
pub(crate) fn feed<R: Randomness, S: KeyStore + CertificateStore, I: Identity, E>(
    agent: &mut Agent<R, S, I>,
    reader: &mut Reader,
    bytes: &[u8],
    link: Link<'_>,
    mut send: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<usize, E> {
    let mut answered: usize = 0;
    for &byte in bytes {
        let answer = match reader.push(byte) {
            Some(Event::Frame(frame)) => agent.handle(frame, link),
            Some(Event::Refused(error)) => {
                tracing::debug!(%error, "refused a frame");
                agent.refuse(error)
            }
            Some(Event::Outside(_)) | None => continue,
        };
        if !answer.is_empty() {
            answered = answered.saturating_add(1);
            send(answer)?;
        }
    }
    Ok(answered)
}
