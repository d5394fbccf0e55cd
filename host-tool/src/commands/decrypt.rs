//! `nameplate decrypt`: opens one file that the service encrypted to the operator's key.

use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use super::{Session, own_key};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::codes::{Code, Coded, of_io};
use crate::sealed::{
    self, Contents, DecryptionKey, EncryptionKey, MAX_SEALED, Opened, SealedError,
};
use crate::whole_file::WholeFile;

/// Runs the command.
///
/// # Errors
/// Where nothing was written.
pub fn run(session: &Session, args: &args::Decrypt) -> Result<Outcome, Failure> {
    let exists = || {
        Failure::new(
            Code::FileExists,
            anyhow::anyhow!("{} is there already", args.output.display()),
        )
        .next("Give another --output, or --force to replace it.")
    };
    if !args.force && args.output.exists() {
        return Err(exists());
    }
    let certificate = args
        .certificate
        .as_deref()
        .map(own_key::certificate)
        .transpose()?;
    let key = own_key::key(&args.key, args.passphrase_file.as_deref())?;
    if let Some(certificate) = &certificate {
        sealed::matches(certificate, &key).map_err(|error| {
            Failure::usage_of(error).next("Give the key and the certificate that belong together.")
        })?;
    }
    let opened = open(&args.file, &key, certificate.as_ref())?;
    write(&opened, &args.output, args.force).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(),
        _ => unwritten(error, &args.output),
    })?;
    report(session, args, &opened);
    Ok(Outcome::Done)
}

fn open(
    path: &Path,
    key: &DecryptionKey,
    certificate: Option<&EncryptionKey>,
) -> Result<Opened, Failure> {
    let wrong = |error: SealedError| {
        let step = error.next_step();
        let code = error.code();
        let error = anyhow::Error::new(error);
        Failure::new(
            code,
            error.context(format!("can't decrypt {}", path.display())),
        )
        .next(step)
    };
    let bytes = own_key::read(path, MAX_SEALED)?.ok_or_else(|| wrong(SealedError::TooLarge))?;
    sealed::open(bytes, key, certificate).map_err(wrong)
}

fn write(opened: &Opened, path: &Path, overwrite: bool) -> io::Result<()> {
    // Readable by its owner only from its first byte on.
    let mut whole = WholeFile::begin(path)?;
    whole.file().write_all(&opened.bytes)?;
    if overwrite {
        whole.finish()
    } else {
        whole.finish_new()
    }
}

fn report(session: &Session, args: &args::Decrypt, opened: &Opened) {
    let what = match opened.contents {
        Contents::Zip => "a ZIP",
        Contents::Json => "JSON",
        Contents::Pem => "PEM",
        Contents::Other => "neither ZIP nor JSON",
    };
    let bytes = opened.bytes.len();
    session.output.line(format!(
        "{bytes} bytes written to {}: {what}; only you may read it",
        args.output.display()
    ));
    if !opened.intact && !session.quiet {
        let _ = writeln!(
            io::stderr().lock(),
            "note: this encryption (CBC) does not show whether the file was changed on its way"
        );
    }
    session.output.object(&json!({
        "event": "decrypted", "file": args.output, "bytes": bytes,
        "contents": opened.contents.name(), "intact": opened.intact,
    }));
}

fn unwritten(error: io::Error, path: &Path) -> Failure {
    let text = format!("can't write {}", path.display());
    Failure::new(of_io(&error), anyhow::Error::new(error).context(text))
}
