//! From the arguments to the exit code.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use super::args::{Cli, Command};
use super::exit::{Failure, Outcome};
use super::output::Output;
use crate::commands::{self, Session};

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    match run(&cli, output) {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(failure) => {
            show(&failure, output);
            ExitCode::from(failure.code)
        }
    }
}

fn run(cli: &Cli, output: Output) -> Result<Outcome, Failure> {
    start_log(&cli.log)?;
    let session = Session {
        output,
        quiet: cli.quiet,
        interrupt: interrupt()?,
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
    }
}

fn start_log(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::usage(error).next("Give --log a level, such as info, or a filter as in RUST_LOG.")
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(
            std::io::IsTerminal::is_terminal(&std::io::stderr())
                && std::env::var_os("NO_COLOR").is_none(),
        )
        .init();
    Ok(())
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
            Failure::new(anyhow::Error::new(error).context("can't watch for signals"))
        })?;
    }
    Ok(flag)
}

/// The chain, once, and what to do next.
fn show(failure: &Failure, output: Output) {
    let mut text = format!("error: {}", failure.error);
    for cause in failure.error.chain().skip(1) {
        let cause = cause.to_string();
        // Some libraries repeat their source in their own text.
        if !text.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(cause.trim_end());
        }
    }
    if let Some(step) = &failure.next_step {
        text.push_str("\n  next: ");
        text.push_str(step);
    }
    let _ = writeln!(std::io::stderr().lock(), "{text}");
    let chain: Vec<_> = failure.error.chain().map(ToString::to_string).collect();
    output.object(&json!({
        "event": "error", "code": failure.code, "error": chain, "next_step": failure.next_step
    }));
}
