//! The `nameplate` program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    nameplate::cli::main()
}
