//! A whole bench on this machine: boards on ptys and over TLS, the sandbox as the service, all steps.
//!
//! The boards are `nameplate-board` processes or [`emulated`]. Everything is real but the silicon and the cloud. What it makes stays in the batch's folder, and run again with the same
//! folder it goes on where it was.

mod asked;
mod boards;
mod cable;
mod door;
pub mod emulated;
mod files;
mod watch;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use nameplate_sandbox::Running as Service;
use serde_json::json;

pub use boards::BOARD_PROGRAM;
pub use cable::Cable;

use self::asked::{Asked, Running};
use crate::cli::args::{self, Batch, Links, Places, Views};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::table;
use crate::codes::{Code, of_io};
use crate::commands::{self, Session, Setup};
use crate::store::{DATABASE, Reader};

/// How often it is looked whether the operator has seen enough.
const MOMENT: Duration = Duration::from_millis(100);

/// A demo that is going to be run.
struct Demo<'a> {
    session: &'a Session,
    folder: &'a Path,
    /// The boards that were asked for.
    asked: &'a Asked,
    /// How the bench is shown.
    views: &'a Views,
}

/// Runs the command.
///
/// # Errors
/// Where a step failed.
pub fn run(session: &Session, args: &args::Demo) -> Result<Outcome, Failure> {
    let begun = Instant::now();
    // Before anything is made.
    let asked = Asked::find(args)?;
    let folder = folder(args)?;
    files::claim(&folder)?;
    let bench = Demo {
        session,
        folder: &folder,
        asked: &asked,
        views: &args.views,
    };
    let ended = bench.run(begun);
    // A new folder each time: "the same command again" would begin another bench.
    let go_on = |failure: Failure| match args.batch {
        None => failure.next(format!(
            "Run `nameplate demo {} --batch {}`: it goes on from here.",
            boards_arguments(args),
            folder.display()
        )),
        Some(_) => failure,
    };
    ended.map_err(go_on)
}

/// The arguments that ask for the same boards.
fn boards_arguments(args: &args::Demo) -> String {
    match (&args.emulated, &args.images) {
        (None, _) => format!("--boards {}", args.boards),
        (Some(list), None) => format!("--emulated {list}"),
        (Some(list), Some(images)) => format!("--emulated {list} --images {}", images.display()),
    }
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
        Failure::new(
            of_io(&error),
            anyhow::Error::new(error).context("can't use the batch's folder"),
        )
    })
}

fn start_service(folder: &Path) -> Result<Service, Failure> {
    let started = nameplate_sandbox::start(nameplate_sandbox::Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        dir: folder.join("service"),
        switches: nameplate_sandbox::Switches::default(),
    });
    started.map_err(|error| match error {
        nameplate_sandbox::Error::InUse { .. } => Failure::new(
            Code::BatchInUse,
            anyhow::anyhow!("another demo is running in {}", folder.display()),
        )
        .next("Wait until it has ended, or give --batch another folder."),
        other => Failure::of(other),
    })
}

/// The boards of an earlier demo in this folder, once they are submitted; none can be added to them.
#[derive(Clone, Copy)]
struct Earlier {
    boards: u64,
    /// Each of them is done.
    done: bool,
}

fn earlier(folder: &Path) -> Result<Option<Earlier>, Failure> {
    if !folder.join(DATABASE).exists() {
        return Ok(None);
    }
    match Reader::open(folder) {
        Ok(reader) if reader.current_job()?.is_some() => {
            let delivered = reader.delivered(false)?;
            Ok(Some(Earlier {
                boards: delivered.boards,
                done: delivered.done == delivered.boards,
            }))
        }
        // Whatever is wrong with it, whoever opens it to write will mend or tell.
        Ok(_) | Err(_) => Ok(None),
    }
}

impl Demo<'_> {
    fn run(&self, begun: Instant) -> Result<Outcome, Failure> {
        let service = start_service(self.folder)?;
        let earlier = earlier(self.folder)?;
        self.introduce(&service, earlier);
        // A batch in which each board is done needs them no more.
        let needs_boards = !earlier.is_some_and(|earlier| earlier.done);
        if needs_boards {
            self.asked.refuse_others(self.folder)?;
            self.refuse_other_count(earlier)?;
        }
        let ended = door::with_free(|door| self.bench(&service, door, needs_boards));
        service.stop();
        let (outcome, setup) = ended?;
        show(self.session, &setup, begun)?;
        self.leave_page();
        Ok(outcome)
    }

    /// Whoever asked for the page wants to look at it, and a demo is over in seconds.
    fn leave_page(&self) {
        let session = self.session;
        let show = session.show.get();
        let Some(show) = show.filter(|show| show.page_url().is_some()) else {
            return;
        };
        if !table::fits() || session.output.json {
            return;
        }
        show.end_table();
        session
            .output
            .line("\nThe page stays until you press Ctrl-C.");
        while !session.interrupt.load(Ordering::Relaxed) {
            std::thread::sleep(MOMENT);
        }
    }

    /// What a newcomer is about to see.
    fn introduce(&self, service: &Service, earlier: Option<Earlier>) {
        let Self {
            session,
            folder,
            asked,
            ..
        } = *self;
        let line = |text: String| session.output.line(text);
        match earlier {
            None => line(asked.introduction()),
            Some(Earlier { boards, .. }) => {
                line(format!(
                    "{boards} boards are in this batch from an earlier demo"
                ));
                if boards != asked.count() {
                    let count = asked.count();
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

    /// Boards that are more than the batch has can't join it, and of fewer not all would ever come.
    fn refuse_other_count(&self, earlier: Option<Earlier>) -> Result<(), Failure> {
        let count = self.asked.count();
        match earlier {
            Some(earlier) if earlier.boards != count => {
                let boards = earlier.boards;
                let error =
                    anyhow::anyhow!("this batch was begun with {boards} boards, not with {count}");
                Err(Failure::usage(Code::DemoFolder, error)
                    .next("Ask for as many as it was begun with, or give --batch a new folder."))
            }
            _ => Ok(()),
        }
    }

    fn bench(
        &self,
        service: &Service,
        door: SocketAddr,
        needs_boards: bool,
    ) -> Result<(Outcome, Setup), Failure> {
        files::write(self.folder, service, door)?;
        let setup = Setup::load(&Batch {
            batch: self.folder.to_owned(),
            config: None,
        })?;
        let (boards, count) = if needs_boards {
            (self.asked.start(self.folder, door)?, self.asked.count())
        } else {
            (Running::None, 0)
        };
        let links = Links {
            places: Places {
                serial: boards.ports(),
                listen: Some(door),
                timeout: Some(self.asked.timeout().as_secs()),
            },
            expect: Some(count),
        };
        let interrupt = &self.session.interrupt;
        let (outcome, ended) = watch::while_watched(
            || boards.ended(),
            interrupt,
            || commands::run::steps(self.session, &setup, (&links, self.views), false),
        );
        match (outcome, ended) {
            (Ok(outcome), _) => Ok((outcome, setup)),
            (Err(_), Some(why)) => {
                let error = anyhow::anyhow!("a board's program ended by itself: {why}");
                Err(Failure::new(Code::DemoBoardFailed, error)
                    .next("Mend that, then run the demo again."))
            }
            (Err(failure), None) => {
                for words in self.asked.missing(self.folder) {
                    self.session.output.line(words);
                }
                Err(failure)
            }
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
    session.output.line(format!(
        "Look again:  nameplate list --batch {folder}, or nameplate reconcile --batch {folder}"
    ));
    session
        .output
        .object(&json!({"event": "demo-ended", "files": files}));
    Ok(())
}
