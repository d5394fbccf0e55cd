//! The program `nameplate-board`: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use nameplate_board::error::chain;
use nameplate_board::{Args, logging};

fn main() -> ExitCode {
    let args = Args::parse();
    logging::start(args.log.clone());
    if args.end_with_parent {
        let signal = Some(rustix::process::Signal::KILL);
        if let Err(error) = rustix::process::set_parent_process_death_signal(signal) {
            tracing::warn!(%error, "cannot tie this process to its parent");
        }
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
