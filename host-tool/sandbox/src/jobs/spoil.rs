//! Certificates as a service with a fault would hand them out ([`RowFault`]).

use std::fs;
use std::path::Path;

use x509_cert::name::RdnSequence;

use crate::ca::issue::{DeviceIssuer, Issued, Manner, Request};
use crate::data::made;
use crate::data::names::with_common_name;
use crate::switches::{KeyType, RowFault, RowFaultKind};

/// The row before, for faults that are between two.
pub(crate) struct Before {
    /// Its certificate's file.
    pub(crate) file: String,
    pub(crate) request: Request,
}

/// The faults of one row.
pub(crate) struct Spoil<'a> {
    faults: &'a [RowFault],
    row: u64,
}

impl<'a> Spoil<'a> {
    pub(crate) fn of(faults: &'a [RowFault], row: u64) -> Self {
        Spoil { faults, row }
    }

    pub(crate) fn is(&self, kind: RowFaultKind) -> bool {
        let mut faults = self.faults.iter();
        faults.any(|fault| fault.kind == kind && fault.rows.contains(&self.row))
    }

    /// Issues what was asked for, or something else.
    pub(crate) fn issue(&self, issuer: &DeviceIssuer, request: &Request) -> Result<Issued, String> {
        let mut request = request.clone();
        if self.is(RowFaultKind::OtherName) {
            request.subject = with_common_name(&request.subject, "somebody else")?;
        }
        if self.is(RowFaultKind::NoSan) {
            request.names.clear();
        }
        if self.is(RowFaultKind::OtherKey) {
            request.key = made::key(KeyType::P256)?.1.info.public_key;
        }
        let manner = Manner {
            expired: self.is(RowFaultKind::Expired),
            stranger: self.is(RowFaultKind::OtherIssuer),
        };
        issuer
            .issue(request, manner)
            .map_err(|error| error.to_string())
    }

    /// What comes beside it, if anything.
    pub(crate) fn beside(
        &self,
        issuer: &DeviceIssuer,
        request: &Request,
    ) -> Result<Option<Issued>, String> {
        let request = if self.is(RowFaultKind::Extra) {
            Request {
                subject: with_common_name(&RdnSequence::default(), "nobody")?,
                names: Vec::new(),
                key: made::key(KeyType::P256)?.1.info.public_key,
            }
        } else if self.is(RowFaultKind::Twice) {
            request.clone()
        } else {
            return Ok(None);
        };
        let issued = issuer.issue(request, Manner::default());
        issued.map(Some).map_err(|error| error.to_string())
    }

    /// Lets it and the row before change places, in the folder of certificates.
    pub(crate) fn swap(
        &self,
        issuer: &DeviceIssuer,
        folder: &Path,
        before: &Before,
        now: &Before,
    ) -> Result<(), String> {
        let [first, second] = [before, now].map(|one| folder.join(&one.file));
        let write =
            |path: &Path, der: &[u8]| fs::write(path, der).map_err(|error| error.to_string());
        let read = |path: &Path| fs::read(path).map_err(|error| error.to_string());
        if self.is(RowFaultKind::SwappedFiles) {
            let (one, other) = (read(&first)?, read(&second)?);
            write(&first, &other)?;
            write(&second, &one)?;
        }
        if self.is(RowFaultKind::Swapped) {
            for (path, names, key) in [(&first, before, now), (&second, now, before)] {
                let request = Request {
                    key: key.request.key.clone(),
                    ..names.request.clone()
                };
                let issued = issuer
                    .issue(request, Manner::default())
                    .map_err(|error| error.to_string())?;
                write(path, &issued.der)?;
            }
        }
        Ok(())
    }
}
