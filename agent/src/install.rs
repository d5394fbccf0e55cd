//! What is done with a certificate chain: gathered in pieces, checked, made current; and the lock behind it.
//!
//! Knows nothing of what a certificate is made of.

use nameplate_wire::request::{self, Asked};
use nameplate_wire::{ErrorNumber, Fixed, limits};
use sha2::{Digest, Sha256};

use crate::hash::{finish, update};
use crate::{
    Agent, CertificateStore, Chain, ChainPlace, Identity, KeyStore, PrivateKey, Randomness, chain,
};

/// Bytes read at once where a chain is hashed.
const CHUNK: u16 = 64;

/// The chain that is being gathered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Staged {
    chain: Chain,
    /// How many bytes of it are there, without a gap from its beginning.
    have: u16,
}

impl<R: Randomness, S: KeyStore + CertificateStore, I: Identity> Agent<R, S, I> {
    /// Takes a piece of a chain, and with the last one the chain; how much of it is there, and whether it is current.
    #[inline(never)]
    pub(crate) fn install(&mut self, asked: &Asked<'_>) -> Result<(u16, bool), ErrorNumber> {
        supported::<S>()?;
        unlocked(&mut self.store)?;
        let piece = asked.install()?;
        let chain = Chain {
            length: piece.length,
            sha256: piece.chain_sha256,
        };
        if chain.length == 0 || chain.length > S::CHAIN {
            return Err(ErrorNumber::ChainLength);
        }
        if !PrivateKey::is_stored(&mut self.store)? {
            return Err(ErrorNumber::NoKey);
        }
        if current_chain(&mut self.store)? == Some(chain) {
            return Ok((chain.length, true));
        }
        let have = self.gather(&chain, &piece)?;
        let whole = have == chain.length;
        if whole {
            self.make_current(&chain)?;
        }
        Ok((have, whole))
    }

    /// Writes what is new of a piece beside what is there; how much that is then.
    fn gather(&mut self, chain: &Chain, piece: &request::Install<'_>) -> Result<u16, ErrorNumber> {
        let staged = self.staged.filter(|staged| staged.chain == *chain);
        // Of any other chain nothing is there: only its beginning follows that.
        let have = staged.map_or(0, |staged| staged.have);
        // Nothing is answered yet: the answer's place is free.
        let (room, _) = self.out.split_at_mut(limits::INSTALL_PIECE);
        let bytes = piece.piece.decode(room);
        let bytes = bytes.map_err(|_| ErrorNumber::BadField)?;
        let end = u16::try_from(bytes.len()).ok();
        let end = end.and_then(|length| piece.offset.checked_add(length));
        let end = end.filter(|end| *end <= chain.length);
        let end = end.ok_or(ErrorNumber::BadField)?;
        let known = have.checked_sub(piece.offset);
        let known = known.ok_or(ErrorNumber::PieceGap)?;
        let new = bytes.get(usize::from(known)..).unwrap_or_default();
        if !new.is_empty() {
            // Until it is written, nothing is: a store that failed may hold half of it.
            self.staged = None;
            let staged = self.store.stage(have, new, end == chain.length);
            staged.map_err(|_| ErrorNumber::CertificateWrite)?;
        }
        let have = have.max(end);
        self.staged = Some(Staged {
            chain: *chain,
            have,
        });
        Ok(have)
    }

    /// Checks the chain that is there as a whole, and makes it the board's.
    #[inline(never)]
    fn make_current(&mut self, chain: &Chain) -> Result<(), ErrorNumber> {
        if !is_there(&mut self.store, ChainPlace::Staged, chain)? {
            self.staged = None;
            return Err(ErrorNumber::WrongChain);
        }
        // Before the chain is read: no copy of the key stands on the stack meanwhile.
        let public = PrivateKey::load(&mut self.store)?.public();
        chain::check(&mut self.store, chain.length, &public)?;
        self.staged = None;
        let committed = self.store.commit(chain);
        committed.map_err(|_| ErrorNumber::CertificateWrite)?;
        // What counts is what the store gives back.
        let kept = current_chain(&mut self.store)? == Some(*chain);
        kept.then_some(()).ok_or(ErrorNumber::CertificateWrite)
    }

    /// Ends provisioning. Nothing is read of a board whose end it is not.
    #[inline(never)]
    pub(crate) fn lock(&mut self, asked: &Asked<'_>) -> Result<(), ErrorNumber> {
        supported::<S>()?;
        self.named(asked)?;
        if is_locked(&mut self.store)? {
            return Ok(());
        }
        if current_chain(&mut self.store)?.is_none() {
            return Err(ErrorNumber::NoCertificate);
        }
        let locked = self.store.lock();
        locked.map_err(|_| ErrorNumber::CertificateWrite)?;
        let kept = is_locked(&mut self.store)?;
        kept.then_some(()).ok_or(ErrorNumber::CertificateWrite)
    }
}

fn supported<S: CertificateStore>() -> Result<(), ErrorNumber> {
    (S::CHAIN != 0)
        .then_some(())
        .ok_or(ErrorNumber::NotSupported)
}

/// Whether provisioning is over.
#[inline(never)]
pub(crate) fn is_locked(store: &mut impl CertificateStore) -> Result<bool, ErrorNumber> {
    store.is_locked().map_err(|_| ErrorNumber::CertificateRead)
}

/// Refuses what is over with provisioning.
pub(crate) fn unlocked(store: &mut impl CertificateStore) -> Result<(), ErrorNumber> {
    if is_locked(store)? {
        return Err(ErrorNumber::Locked);
    }
    Ok(())
}

/// The current chain, if its bytes are still what they were. One that is damaged is none: the next takes its place.
#[inline(never)]
pub(crate) fn current_chain(
    store: &mut impl CertificateStore,
) -> Result<Option<Chain>, ErrorNumber> {
    let found = store.current().map_err(|_| ErrorNumber::CertificateRead)?;
    let Some(chain) = found else { return Ok(None) };
    let whole = is_there(store, ChainPlace::Current, &chain)?;
    Ok(whole.then_some(chain))
}

/// Whether the bytes in a place are this chain's.
#[inline(never)]
fn is_there(
    store: &mut impl CertificateStore,
    place: ChainPlace,
    chain: &Chain,
) -> Result<bool, ErrorNumber> {
    let mut hash = Sha256::new();
    let mut chunk = [0; CHUNK as usize];
    let mut offset: u16 = 0;
    while let Some(rest) = chain.length.checked_sub(offset)
        && rest > 0
    {
        let length = rest.min(CHUNK);
        let bytes = chunk.get_mut(..length.into()).unwrap_or_default();
        let read = store.read(place, offset, bytes);
        read.map_err(|_| ErrorNumber::CertificateRead)?;
        update(&mut hash, bytes);
        offset = offset.saturating_add(CHUNK);
    }
    let mut digest = Fixed([0; 32]);
    finish(hash, &mut digest.0);
    Ok(digest == chain.sha256)
}
