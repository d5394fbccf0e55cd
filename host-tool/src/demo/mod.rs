//! A whole bench on this machine: `nameplate-board` processes on ptys and over TLS, the sandbox as the service, all steps.
//!
//! Everything is real but the silicon and the cloud. What it makes stays in the batch's folder, and run again with the same
//! folder it goes on where it was.

mod boards;
mod cable;
mod files;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;

pub use boards::BOARD_PROGRAM;
pub use cable::Cable;

use crate::cli::args::{self, Batch, Links};
use crate::cli::exit::{Failure, Outcome};
use crate::commands::{self, Session, Setup};

/// A bench that does not come to an end is a fault to be seen, not to be waited for.
const TIMEOUT_SECONDS: u64 = 300;

/// Runs the command.
///
/// # Errors
/// Where a step failed.
pub fn run(session: &Session, args: &args::Demo) -> Result<Outcome, Failure> {
    let begun = Instant::now();
    let folder = folder(args)?;
    files::claim(&folder)?;
    session.output.line(format!("bench in {}", folder.display()));
    let service = nameplate_sandbox::start(nameplate_sandbox::Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        dir: folder.join("service"),
        switches: nameplate_sandbox::Switches::default(),
    })
    .map_err(Failure::new)?;
    session.output.line(format!("service (sandbox) at {}", service.url()));
    let door = free_address()?;
    files::write(&folder, &service, door)?;
    let setup = Setup::load(&Batch {
        batch: folder.clone(),
        config: None,
    })?;
    let ended = bench(session, &setup, door, args.boards);
    service.stop();
    let outcome = ended?;
    show(session, &setup, begun)?;
    Ok(outcome)
}

fn folder(args: &args::Demo) -> Result<PathBuf, Failure> {
    match &args.batch {
        Some(folder) => Ok(folder.clone()),
        None => tempfile::Builder::new()
            .prefix("nameplate-demo-")
            .tempdir()
            .map(tempfile::TempDir::keep)
            .map_err(Failure::new),
    }
}

/// A port that is free now. Boards must know it before the bench listens.
fn free_address() -> Result<SocketAddr, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(Failure::new)
}

fn bench(
    session: &Session,
    setup: &Setup,
    door: SocketAddr,
    count: u16,
) -> Result<Outcome, Failure> {
    let boards = boards::start(setup.folder(), door, count)?;
    let links = Links {
        serial: boards.ports(),
        listen: Some(door),
        expect: Some(u64::from(count)),
        timeout: Some(TIMEOUT_SECONDS),
    };
    commands::run::steps(session, setup, &links)
}

fn show(session: &Session, setup: &Setup, begun: Instant) -> Result<(), Failure> {
    session.output.line("");
    commands::list::table(session, setup)?;
    session.output.line("");
    let files = commands::report::files(setup);
    for (what, path) in ["batch file", "report", "store"].iter().zip(&files) {
        session.output.line(format!("{what:10}  {}", path.display()));
    }
    session.output.line(format!(
        "done in {:.1} s. The certificates stay at the service: this version does not take them back to the boards yet.",
        begun.elapsed().as_secs_f64()
    ));
    session.output.object(&json!({"event": "demo-ended", "files": files}));
    Ok(())
}
