//! The certificates of a job that has ended, packed as they were asked for.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use super::process::CERTIFICATES;
use super::report::outcomes;
use super::{Keys, Order};
use crate::data::archive::Packer;
use crate::switches::{Certificates, Switches};

/// How certificates are packed.
pub(crate) struct Packing {
    form: Form,
    chain: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Pem,
    Der,
    /// Of certificates only: in which form it would have encrypted keys is not known.
    Json,
}

impl Packing {
    /// The switch goes before what the job asked for.
    pub(crate) fn of(switches: &Switches, order: &Order) -> Packing {
        let asked = match order.certificate_format.as_deref() {
            Some("der") => Form::Der,
            Some("json") => Form::Json,
            _ => Form::Pem,
        };
        Packing {
            form: match switches.certificates {
                _ if order.keys == Keys::Server && asked != Form::Der => Form::Pem,
                Certificates::ZipPem => Form::Pem,
                Certificates::ZipDer => Form::Der,
                Certificates::Json => Form::Json,
                Certificates::AsAsked | Certificates::Off => asked,
            },
            chain: switches.certificate_chain || order.full_chain,
        }
    }

    /// Media type and disposition.
    pub(crate) fn content(&self) -> (&'static str, &'static str) {
        match self.form {
            Form::Json => (
                "application/json",
                "attachment; filename=\"certificates.json\"",
            ),
            Form::Pem | Form::Der => (
                "application/zip",
                "attachment; filename=\"certificates.zip\"",
            ),
        }
    }
}

/// Writes the certificates of the job in this folder.
pub(crate) fn write(
    folder: &Path,
    packing: &Packing,
    chain: &str,
    target: File,
) -> io::Result<File> {
    let text = |der: &[u8]| {
        let own = pem(der);
        if packing.chain { own + chain } else { own }
    };
    if packing.form == Form::Json {
        return write_json(folder, text, target);
    }
    let mut packer = Packer::new(target);
    for outcome in outcomes(folder)? {
        let outcome = outcome?;
        let Some(file) = outcome.file else { continue };
        let der = std::fs::read(folder.join(CERTIFICATES).join(&file))?;
        let stem = file.trim_end_matches(".der");
        if packing.form == Form::Der {
            packer.add(&file, &der)?;
        } else {
            packer.add(&format!("{stem}.pem"), text(&der).as_bytes())?;
        }
        if !outcome.private_key.is_empty() {
            packer.add(&format!("{stem}.key"), outcome.private_key.as_bytes())?;
        }
        if let Some(file) = outcome.beside {
            let der = std::fs::read(folder.join(CERTIFICATES).join(&file))?;
            packer.add(&file, &der)?;
        }
    }
    packer.finish()
}

/// That it is a list is found elsewhere; what is in it is a guess.
fn write_json(folder: &Path, text: impl Fn(&[u8]) -> String, mut target: File) -> io::Result<File> {
    let mut separator = "[";
    for outcome in outcomes(folder)? {
        let outcome = outcome?;
        let Some(file) = outcome.file else { continue };
        let der = std::fs::read(folder.join(CERTIFICATES).join(&file))?;
        let entry = json!({
            "common_name": outcome.common_name,
            "serial_number": outcome.serial,
            "certificate": text(&der),
        });
        write!(target, "{separator}{entry}")?;
        separator = ",";
        if let Some(file) = outcome.beside {
            let der = std::fs::read(folder.join(CERTIFICATES).join(&file))?;
            write!(target, ",{}", json!({"certificate": text(&der)}))?;
        }
    }
    let end = if separator == "[" { "[]" } else { "]" };
    target.write_all(end.as_bytes())?;
    Ok(target)
}

/// RFC 7468 §5: lines of 64 characters.
fn pem(der: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (index, c) in Base64::encode_string(der).chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(c);
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}
