//! `nameplate jobs`: the service's jobs, whichever batch they are of.

use serde_json::json;

use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::Table;
use crate::service::words::printable;
use crate::service::{JobStatus, JobSummary};

/// Longest name that is shown, in characters.
const NAME_SHOWN: usize = 80;

/// Runs the command.
///
/// # Errors
/// Where the service does not list them.
pub fn run(session: &Session, args: &args::Jobs) -> Result<Outcome, Failure> {
    let service = Setup::load(&args.batch)?.service()?;
    let jobs = match &args.name {
        Some(name) => service.find_jobs(name)?,
        None => service.list_jobs(args.most)?,
    };
    if session.output.json {
        for job in &jobs {
            session.output.object(&json!({
                "event": "job", "job_id": job.id.as_str(), "name": job.name,
                "status": job.status.as_ref().map(JobStatus::raw),
            }));
        }
        return Ok(Outcome::Done);
    }
    match (&args.name, jobs.len()) {
        (Some(name), 0) => session.output.line(format!(
            "the service has no job named {:?}",
            printable(name, NAME_SHOWN)
        )),
        (None, 0) => session.output.line("the service lists no job"),
        _ => show(session, &jobs),
    }
    if args.name.is_none() && jobs.len() == args.most {
        session.output.line(format!(
            "only the first {} are shown; --most N shows more, --name NAME finds one",
            args.most
        ));
    }
    Ok(Outcome::Done)
}

fn show(session: &Session, jobs: &[JobSummary]) {
    const HEADER: [&str; 3] = ["JOB", "STATUS", "NAME"];
    let cells = |job: &JobSummary| {
        let status = job.status.as_ref().map_or("?", |status| status.raw());
        [
            job.id.to_string(),
            status.to_owned(),
            printable(&job.name, NAME_SHOWN),
        ]
    };
    let mut table = Table::new(HEADER);
    for job in jobs {
        table.fit(&cells(job));
    }
    session.output.line(table.line(&HEADER.map(str::to_owned)));
    for job in jobs {
        session.output.line(table.line(&cells(job)));
    }
}
