//! Writes replies from what a board has at hand, without a copy of it: on a small board's stack each would cost hundreds of
//! bytes. [`crate::Reply::write`] writes through these functions too.
//!
//! Each writes a frame into `out`, in version [`version::CURRENT`], and returns it; `None` where it does not fit into `out` or is
//! over [`crate::limits::FRAME`]. `re` is the request that is answered.

use crate::message::Kind;
use crate::writer::Writer;
use crate::{Bytes, ErrorNumber, Fixed, Mac, version};

/// A frame, where it fits.
type Written<'o> = Option<&'o [u8]>;

/// What a board says of itself; the fields are those of [`crate::reply::Hello`].
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "they are described there")]
pub struct Hello<'a> {
    pub version: u8,
    pub mac: Mac,
    pub name: &'a str,
    pub firmware: &'a str,
    pub agent: &'a str,
    pub key: bool,
    pub chain: Option<Fixed<32>>,
    pub locked: bool,
    pub token: Option<&'a str>,
}

/// Who the board is.
pub fn hello<'o>(out: &'o mut [u8], re: u32, board: &Hello<'_>) -> Written<'o> {
    let mut out = begin(out, re, Kind::Hello);
    out.field("version").number(board.version.into());
    out.field("mac").mac(board.mac);
    out.field("name").string(board.name);
    out.field("firmware").string(board.firmware);
    out.field("agent").string(board.agent);
    out.field("key").flag(board.key);
    if let Some(chain) = &board.chain {
        out.field("chain").bytes(&chain.0);
    }
    if board.locked {
        out.field("locked").flag(true);
    }
    if let Some(token) = board.token {
        out.field("token").string(token);
    }
    out.finish()
}

/// The certificate request and the proof that it is this board's.
pub fn csr<'o>(
    out: &'o mut [u8],
    re: u32,
    mac: Mac,
    name: &str,
    csr: Bytes<'_>,
    proof: &Fixed<64>,
) -> Written<'o> {
    let mut out = begin(out, re, Kind::Csr);
    out.field("mac").mac(mac);
    out.field("name").string(name);
    out.field("csr").base64(csr);
    out.field("proof").bytes(&proof.0);
    out.finish()
}

/// The proof that the board holds its key.
pub fn prove<'o>(out: &'o mut [u8], re: u32, proof: &Fixed<64>) -> Written<'o> {
    let mut out = begin(out, re, Kind::Prove);
    out.field("proof").bytes(&proof.0);
    out.finish()
}

/// How much of its certificate chain the board has.
pub fn install(out: &mut [u8], re: u32, have: u16, current: bool) -> Written<'_> {
    let mut out = begin(out, re, Kind::Install);
    out.field("have").number(have.into());
    out.field("current").flag(current);
    out.finish()
}

/// The board shows which one it is.
pub fn identify(out: &mut [u8], re: u32) -> Written<'_> {
    begin(out, re, Kind::Identify).finish()
}

/// The board knows that it is recorded.
pub fn recorded(out: &mut [u8], re: u32) -> Written<'_> {
    begin(out, re, Kind::Recorded).finish()
}

/// Provisioning is over.
pub fn lock(out: &mut [u8], re: u32) -> Written<'_> {
    begin(out, re, Kind::Lock).finish()
}

/// The key is gone.
pub fn erase(out: &mut [u8], re: u32) -> Written<'_> {
    begin(out, re, Kind::Erase).finish()
}

/// It could not be done.
pub fn error(out: &mut [u8], re: u32, error: ErrorNumber) -> Written<'_> {
    let versions = versions_beside(error);
    error_as_told(out, re, error.number(), error.text(), versions)
}

/// The same, with what another side said or a later version may say.
#[inline(never)]
pub(crate) fn error_as_told<'o>(
    out: &'o mut [u8],
    re: u32,
    code: u16,
    text: &str,
    versions: Option<[u8; 2]>,
) -> Written<'o> {
    let mut out = begin(out, re, Kind::Error);
    out.field("code").number(code.into());
    out.field("text").string(text);
    if let Some(versions) = versions {
        out.field("versions").versions(versions);
    }
    out.finish()
}

/// What a board that shares no version with the host says beside it.
pub(crate) fn versions_beside(error: ErrorNumber) -> Option<[u8; 2]> {
    (error == ErrorNumber::NoCommonVersion).then_some([version::MIN, version::CURRENT])
}

fn begin(out: &mut [u8], re: u32, kind: Kind) -> Writer<'_> {
    Writer::new(out, "re", re, kind.word())
}
