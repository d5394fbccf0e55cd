//! A whole bench on this machine: `nameplate-board` processes on ptys and over TLS, the sandbox as the service, all steps.
//!
//! Everything is real but the silicon and the cloud. What it makes stays in the batch's folder, and run again with the same
//! folder it goes on where it was.

mod boards;
mod cable;
mod door;
mod files;
mod watch;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Instant;

use nameplate_sandbox::Running;
use serde_json::json;

pub use boards::BOARD_PROGRAM;
pub use cable::Cable;

use crate::cli::args::{self, Batch, Links};
use crate::cli::exit::{Failure, Outcome};
use crate::commands::{self, Session, Setup};
use crate::store::{DATABASE, Reader};

/// A bench that does not come to an end is a fault to be seen, not to be waited for.
const TIMEOUT_SECONDS: u64 = 300;

/// A demo that is going to be run.
struct Demo<'a> {
    session: &'a Session,
    folder: &'a Path,
    /// The board's program.
    program: &'a Path,
    /// How many boards were asked for.
    count: u16,
}

/// Runs the command.
///
/// # Errors
/// Where a step failed.
pub fn run(session: &Session, args: &args::Demo) -> Result<Outcome, Failure> {
    let begun = Instant::now();
    // Before anything is made.
    let program = boards::program()?;
    let folder = folder(args)?;
    files::claim(&folder)?;
    let bench = Demo {
        session,
        folder: &folder,
        program: &program,
        count: args.boards,
    };
    let ended = bench.run(begun);
    // A new folder each time: "the same command again" would begin another bench.
    let go_on = |failure: Failure| match args.batch {
        None => failure.next(format!(
            "Run `nameplate demo --boards {} --batch {}`: it goes on from here.",
            args.boards,
            folder.display()
        )),
        Some(_) => failure,
    };
    ended.map_err(go_on)
}

/// The folder as it can be used from anywhere.
fn folder(args: &args::Demo) -> Result<PathBuf, Failure> {
    let made = match &args.batch {
        Some(folder) => std::path::absolute(folder),
        None => tempfile::Builder::new()
            .prefix("nameplate-demo-")
            .tempdir()
            .map(tempfile::TempDir::keep),
    };
    made.map_err(|error| {
        Failure::new(anyhow::Error::new(error).context("can't use the batch's folder"))
    })
}

fn start_service(folder: &Path) -> Result<Running, Failure> {
    let started = nameplate_sandbox::start(nameplate_sandbox::Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        dir: folder.join("service"),
        switches: nameplate_sandbox::Switches::default(),
    });
    started.map_err(|error| match error {
        nameplate_sandbox::Error::InUse { .. } => Failure::new(anyhow::anyhow!(
            "another demo is running in {}",
            folder.display()
        ))
        .next("Wait until it has ended, or give --batch another folder."),
        other => Failure::new(other),
    })
}

/// How many boards an earlier demo in this folder has submitted already; none can be added to them.
fn boards_submitted(folder: &Path) -> Result<Option<u64>, Failure> {
    if !folder.join(DATABASE).exists() {
        return Ok(None);
    }
    match Reader::open(folder) {
        Ok(reader) if reader.current_job()?.is_some() => Ok(Some(reader.counts()?.boards())),
        // Whatever is wrong with it, whoever opens it to write will mend or tell.
        Ok(_) | Err(_) => Ok(None),
    }
}

impl Demo<'_> {
    fn run(&self, begun: Instant) -> Result<Outcome, Failure> {
        let service = start_service(self.folder)?;
        let submitted = boards_submitted(self.folder)?;
        self.introduce(&service, submitted);
        // A batch that is submitted needs its boards no more.
        let count = if submitted.is_some() { 0 } else { self.count };
        let ended = door::with_free(|door| self.bench(&service, door, count));
        service.stop();
        let (outcome, setup) = ended?;
        show(self.session, &setup, begun)?;
        Ok(outcome)
    }

    /// What a newcomer is about to see.
    fn introduce(&self, service: &Running, submitted: Option<u64>) {
        let Self {
            session,
            folder,
            count,
            ..
        } = *self;
        let line = |text: String| session.output.line(text);
        match submitted {
            None => {
                let cables = boards::on_cables(count);
                let network = count - cables;
                line(format!(
                    "{count} simulated boards: {cables} on serial cables (ptys), {network} on TLS; each makes its own key"
                ));
            }
            Some(boards) => {
                line(format!(
                    "{boards} boards are in this batch from an earlier demo"
                ));
                if boards != u64::from(count) {
                    line(format!("for {count} boards give --batch a new folder"));
                }
            }
        }
        line(format!(
            "service  {} (the sandbox: local, real HTTPS, throw-away CA)",
            service.url()
        ));
        line(format!("batch    {}\n", folder.display()));
        session
            .output
            .object(&json!({"event": "demo-begun", "batch": folder, "service": service.url()}));
    }

    fn bench(
        &self,
        service: &Running,
        door: SocketAddr,
        count: u16,
    ) -> Result<(Outcome, Setup), Failure> {
        files::write(self.folder, service, door)?;
        let setup = Setup::load(&Batch {
            batch: self.folder.to_owned(),
            config: None,
        })?;
        let boards = boards::start(self.program, self.folder, door, count)?;
        let links = Links {
            serial: boards.ports(),
            listen: Some(door),
            expect: Some(u64::from(count)),
            timeout: Some(TIMEOUT_SECONDS),
        };
        let interrupt = &self.session.interrupt;
        let (outcome, ended) = watch::while_watched(boards.processes(), interrupt, || {
            commands::run::steps(self.session, &setup, &links)
        });
        match (outcome, ended) {
            (Ok(outcome), _) => Ok((outcome, setup)),
            (Err(_), Some(why)) => {
                let error = anyhow::anyhow!("a board's program ended by itself: {why}");
                Err(Failure::new(error).next("Mend that, then run the demo again."))
            }
            (Err(failure), None) => Err(failure),
        }
    }
}

fn show(session: &Session, setup: &Setup, begun: Instant) -> Result<(), Failure> {
    const FILES: [(&str, &str); 3] = [
        (
            "batch file",
            "what was sent, a row and a certificate request a board",
        ),
        ("report", "what the service says of each row"),
        ("store", "every board, the job, and a log of each step"),
    ];
    session.output.line("");
    commands::list::table(session, setup)?;
    session.output.line("");
    let files = commands::report::files(setup);
    for ((what, meaning), path) in FILES.iter().zip(&files) {
        session
            .output
            .line(format!("{what:10}  {}  ({meaning})", path.display()));
    }
    let folder = setup.folder().display();
    session.output.line(format!(
        "\nDone in {:.1} s. Nothing runs any more; the folder stays until you remove it.",
        begun.elapsed().as_secs_f64()
    ));
    session
        .output
        .line(format!("Look again:  nameplate list --batch {folder}"));
    session.output.line("The certificates stay at the service: this version does not take them back to the boards yet.");
    session
        .output
        .object(&json!({"event": "demo-ended", "files": files}));
    Ok(())
}
