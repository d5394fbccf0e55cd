//! From the arguments to the exit code.

use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use clap::Parser;

use super::args::{Cli, Command};
use super::exit::{Failure, Outcome};
use super::look::{self, Look};
use super::output::Output;
use super::{colour, log};
use crate::codes::Code;
use crate::commands::{self, Session};

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return look::arguments(&error),
    };
    let output = Output { json: cli.json };
    let look = Look {
        is_verbose: cli.logging.verbose > 0,
        is_coloured: colour::on_stderr(),
    };
    match run(&cli, output) {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(failure) => {
            look.show(&failure, output);
            ExitCode::from(failure.exit)
        }
    }
}

fn run(cli: &Cli, output: Output) -> Result<Outcome, Failure> {
    log::start(&cli.logging)?;
    let session = Session {
        output,
        quiet: cli.quiet,
        interrupt: interrupt()?,
        show: OnceLock::new(),
    };
    match &cli.command {
        Command::Init(args) => commands::init::run(&session, args),
        Command::Doctor(args) => commands::doctor::run(&session, args),
        Command::Demo(args) => crate::demo::run(&session, args),
        Command::Sandbox(args) => commands::sandbox::run(&session, args),
        Command::Collect(args) => commands::collect::run(&session, args),
        Command::List(args) => commands::list::run(&session, args),
        Command::Export(args) => commands::export::run(&session, args),
        Command::Check(args) => commands::check::run(&session, args),
        Command::Submit(args) => commands::submit::run(&session, args),
        Command::Status(args) => commands::status::run(&session, args),
        Command::Report(args) => commands::report::run(&session, args),
        Command::Reconcile(args) => commands::reconcile::run(&session, args),
        Command::Jobs(args) => commands::jobs::run(&session, args),
        Command::Certificates(args) => commands::certificates::run(&session, args),
        Command::Deliver(args) => commands::deliver::run(&session, args),
        Command::Identify(args) => commands::identify::run(&session, args),
        Command::Labels(args) => commands::labels::run(&session, args),
        Command::Scan(args) => commands::scan::run(&session, args),
        Command::Audit(args) => commands::audit::run(&session, args),
        Command::Keys(args) => commands::keys::run(&session, args),
        Command::Template(args) => commands::template::run(&session, args),
        Command::MacSequence(args) => commands::mac_sequence::run(&session, args),
        Command::Decrypt(args) => commands::decrypt::run(&session, args),
        Command::Run(args) => commands::run::run(&session, args),
        Command::Explain(args) => commands::explain::run(&session, args),
        Command::Completions(args) => commands::completions::run(&session, args),
        Command::Man(args) => commands::man::run(&session, args),
    }
}

/// Set by Ctrl-C and by SIGTERM; a second one ends the program at once.
fn interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let register = || {
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&flag))?;
            signal_hook::flag::register(signal, Arc::clone(&flag))
        };
        register().map_err(|error| {
            let error = anyhow::Error::new(error).context("can't watch for signals");
            Failure::new(Code::SystemRefuses, error)
        })?;
    }
    Ok(flag)
}
