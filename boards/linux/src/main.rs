//! The program `nameplate-board`: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use nameplate_board::error::chain;
use nameplate_board::{Args, logging};

fn main() -> ExitCode {
    let args = Args::parse();
    logging::start(args.log.clone());
    if let Some(parent) = args.end_with_parent
        && !follow(parent)
    {
        return ExitCode::SUCCESS;
    }
    match nameplate_board::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nameplate-board: {}", chain(&error));
            eprintln!("  next: {}", error.next_step());
            ExitCode::from(error.exit_code())
        }
    }
}

/// Ties this process to its parent. `false` where that has ended already: nobody would tell any more.
fn follow(parent: Option<i32>) -> bool {
    let signal = Some(rustix::process::Signal::KILL);
    if let Err(error) = rustix::process::set_parent_process_death_signal(signal) {
        tracing::warn!(%error, "cannot tie this process to its parent");
    }
    let now = rustix::process::Pid::as_raw(rustix::process::getppid());
    parent.is_none_or(|parent| parent == now)
}
