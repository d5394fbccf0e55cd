//! Secrets: whether each is where the configuration says, and nobody else's to read. None is ever shown.

use std::path::{Path, PathBuf};

use super::{Bench, Finding, words};
use crate::config::{SecretFileError, open_private, read_private_text, read_secret};
use crate::sealed::KeyFile;

/// Makes the checks.
pub(super) fn look(bench: &Bench<'_>) -> Vec<Finding> {
    let config = &bench.setup.config;
    let mut found = Vec::new();
    if let Some(service) = &config.service {
        let variables = [
            ("service.api_key_env", &service.api_key_env),
            ("service.passcode_env", &service.passcode_env),
        ];
        for (setting, name) in variables {
            found.extend(name.as_deref().map(|name| variable(setting, name)));
        }
        let files = [
            ("service.api_key_file", &service.api_key_file),
            ("service.passcode_file", &service.passcode_file),
        ];
        for (setting, path) in files {
            found.extend(each(bench, setting, path.as_ref(), |path| {
                read_secret(path).map(drop)
            }));
        }
        found.extend(each(
            bench,
            "service.client_key",
            service.client_key.as_ref(),
            |path| read_private_text(path).map(drop),
        ));
    }
    if let Some(network) = &config.network {
        let path = network.join_token_file.as_ref();
        found.extend(each(bench, "network.join_token_file", path, |path| {
            read_secret(path).map(drop)
        }));
    }
    let batch = &config.batch;
    let path = batch.decryption_passphrase_file.as_ref();
    found.extend(each(
        bench,
        "batch.decryption_passphrase_file",
        path,
        |path| open_private(path).map(drop),
    ));
    found.extend(each(
        bench,
        "batch.decryption_key",
        batch.decryption_key.as_ref(),
        |path| KeyFile::read(path).map(drop),
    ));
    found
}

fn variable(setting: &'static str, name: &str) -> Finding {
    let is_set = std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let finding = if is_set {
        Finding::fine("secret", format!("the variable {name} is set"))
    } else {
        Finding::wrong("secret", format!("the variable {name} is not set")).remedy(format!(
            "read -rs {name}; export {name}    # type or paste it; it is not shown"
        ))
    };
    finding.about(setting)
}

fn each<E: std::error::Error + 'static>(
    bench: &Bench<'_>,
    setting: &'static str,
    path: Option<&PathBuf>,
    read: impl FnOnce(&Path) -> Result<(), E>,
) -> Option<Finding> {
    let path = bench.setup.config.path(path?);
    let finding = match read(&path) {
        Ok(()) => Finding::fine(
            "secret",
            format!("{}: only you can read it", path.display()),
        ),
        Err(error) => {
            let wrong = Finding::wrong("secret", words(&error));
            let error: &(dyn std::error::Error + 'static) = &error;
            match error.downcast_ref::<SecretFileError>() {
                // The others say themselves what to do.
                Some(SecretFileError::Read { .. }) => wrong.remedy(format!(
                    "(umask 077; cat > {})    # paste the secret, Enter, Ctrl-D",
                    crate::commands::init::shell_word(&path.to_string_lossy())
                )),
                _ => wrong,
            }
        }
    };
    Some(finding.about(setting))
}
