//! A JSON list of certificates, one at a time. That it is a list is documented (F); what its objects have is a guess (G).

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{MAX_ENTRIES, MAX_ENTRY, Put, UnpackError};
use crate::store::sha256;

/// Most bytes that are read for one object: its certificate, its key, and what is read ahead.
const BUDGET: u64 = 4 * MAX_ENTRY;

/// What is looked for in an object.
#[derive(Deserialize)]
struct Item {
    #[serde(alias = "certificate_pem", alias = "pem")]
    certificate: Option<String>,
    #[serde(alias = "encrypted_private_key", alias = "key")]
    private_key: Option<String>,
    common_name: Option<String>,
    unique_identifier: Option<String>,
    serial_number: Option<String>,
}

/// Gives every certificate and key of the list, under names made of their common names.
pub(super) fn each(file: &File, put: &mut Put<'_>) -> Result<(), UnpackError> {
    let budget = Rc::new(Cell::new(BUDGET));
    let bounded = Bounded {
        file,
        left: Rc::clone(&budget),
    };
    let mut list = List {
        put,
        budget,
        names: HashSet::new(),
        count: 0,
        fault: None,
    };
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(bounded));
    let read = json.deserialize_seq(&mut list).and_then(|()| json.end());
    match (list.fault.take(), read) {
        (Some(fault), _) => Err(fault),
        (None, Err(error)) if error.is_io() => Err(UnpackError::Read(error.into())),
        (None, Err(error)) => Err(UnpackError::Json(error)),
        (None, Ok(())) => Ok(()),
    }
}

/// Ends where one object alone is too long.
struct Bounded<'f> {
    file: &'f File,
    left: Rc<Cell<u64>>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let left = self.left.get().checked_sub(count as u64);
        self.left
            .set(left.ok_or_else(|| io::Error::other("one certificate of the list is too long"))?);
        Ok(count)
    }
}

struct List<'a, 'p> {
    put: &'a mut Put<'p>,
    budget: Rc<Cell<u64>>,
    names: HashSet<[u8; 32]>,
    count: u64,
    fault: Option<UnpackError>,
}

impl<'de> Visitor<'de> for &mut List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of certificates")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element::<Item>()? {
            self.budget.set(BUDGET);
            if let Err(fault) = self.item(&item) {
                self.fault = Some(fault);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl List<'_, '_> {
    fn item(&mut self, item: &Item) -> Result<(), UnpackError> {
        self.count += 1;
        if self.count > MAX_ENTRIES / 2 {
            return Err(UnpackError::refused(
                "it has more than 500,000 certificates",
            ));
        }
        let Some(text) = &item.certificate else {
            let what = format!("object {} of the list has no \"certificate\"", self.count);
            return Err(UnpackError::refused(what));
        };
        let is_pem = text.trim_start().starts_with("-----BEGIN ");
        let bytes = if is_pem {
            text.clone().into_bytes()
        } else {
            let packed: String = text.split_ascii_whitespace().collect();
            Base64::decode_vec(&packed).map_err(|_| {
                let what = format!(
                    "the certificate of object {} is neither PEM nor base64",
                    self.count
                );
                UnpackError::refused(what)
            })?
        };
        let stem = self.stem(item, &bytes);
        let extension = if is_pem { "pem" } else { "der" };
        (self.put)(&format!("{stem}.{extension}"), &bytes)?;
        if let Some(key) = &item.private_key {
            (self.put)(&format!("{stem}.key"), key.as_bytes())?;
        }
        Ok(())
    }

    /// The common name, else the unique identifier, else the serial number, else a number: the first that is free.
    fn stem(&mut self, item: &Item, certificate: &[u8]) -> String {
        let from_certificate = || common_name(certificate);
        let common = item.common_name.clone().or_else(from_certificate);
        let number = format!("certificate-{}", self.count);
        let names = [
            common,
            item.unique_identifier.clone(),
            item.serial_number.clone(),
        ];
        let safe = names.into_iter().flatten().map(|name| safe(&name));
        let free = safe
            .filter(|name| !name.is_empty())
            .chain([number.clone()])
            .find(|name| self.names.insert(sha256(name.to_lowercase().as_bytes())));
        free.unwrap_or_else(|| format!("{number}-"))
    }
}

/// As a file's name: no folder, no hidden file, nothing that a shell takes for its own.
fn safe(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            c
        } else {
            '_'
        }
    };
    let safe: String = name.chars().take(100).map(plain).collect();
    safe.trim_start_matches('.').to_owned()
}

fn common_name(certificate: &[u8]) -> Option<String> {
    let block = pem::parse_many(certificate).ok()?.into_iter().next();
    let der = block.map_or_else(|| certificate.to_vec(), pem::Pem::into_contents);
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let name = certificate.subject().iter_common_name().next()?;
    name.as_str().ok().map(str::to_owned)
}
