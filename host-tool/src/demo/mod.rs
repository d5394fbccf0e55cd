//! to come
use crate::commands::Session; use crate::cli::args; use crate::cli::exit::{Failure, Outcome};
/// x
pub fn run(_: &Session, _: &args::Demo) -> Result<Outcome, Failure> { Err(Failure::new(anyhow::anyhow!("x"))) }
