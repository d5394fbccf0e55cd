//! `nameplate sandbox`: the local batch service, until it is interrupted.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use super::Session;
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::codes::of_io;

/// Runs the command.
///
/// # Errors
/// Where the service can't be served.
pub fn run(session: &Session, args: &args::Sandbox) -> Result<Outcome, Failure> {
    // Kept until the end: the folder is gone with it.
    let temporary = tempfile::tempdir().map_err(|error| {
        let words = "can't make a temporary folder for the sandbox";
        Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
            .next("Give --dir a folder, or set TMPDIR to one that can be written.")
    })?;
    let dir = args
        .dir
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    let running = nameplate_sandbox::start(nameplate_sandbox::Options {
        listen: args.listen,
        dir,
        switches: args.switches.clone(),
    })
    .map_err(Failure::of)?;
    // For whoever started it, whether --json was given or not: the contract has this line.
    let ready = json!({
        "url": running.url(), "api_key": running.api_key(), "ca_file": running.ca_file(),
        "device_group_id": running.device_group_id(), "certificate_policy_id": running.certificate_policy_id(),
        "enrollment_profile_id": running.enrollment_profile_id(), "passcode": running.passcode(),
        "client_auth_url": running.client_auth_url(), "client_certificate": running.client_certificate_file(),
        "client_key": running.client_key_file(), "device_root_file": running.device_root_file(),
        "issuing_ca_file": running.issuing_ca_file(),
    });
    let mut stdout = std::io::stdout().lock();
    std::io::Write::write_all(&mut stdout, format!("{ready}\n").as_bytes())
        .and_then(|()| std::io::Write::flush(&mut stdout))
        .map_err(|error| {
            let words = "can't write the ready line to standard output";
            Failure::new(of_io(&error), anyhow::Error::new(error).context(words))
                .next("Start it with a standard output that somebody reads.")
        })?;
    drop(stdout);
    while !session.interrupt.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
    }
    running.stop();
    Ok(Outcome::Done)
}
