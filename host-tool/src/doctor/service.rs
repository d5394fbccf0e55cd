//! The service: whether it is there, knows who we are, and knows what the configuration names. Asks three harmless questions, and says
//! of a route that is a guess no more than that.

mod answers;
mod settings;

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use super::{Bench, Finding};
use crate::service::{self, Settings};
use crate::store::Reader;

/// What needs an answer of the service.
const ASKED: [&str; 5] = [
    "service-reachable",
    "service-clock",
    "credential",
    "policy",
    "job-name",
];

/// For all questions together; nobody waits longer for a doctor.
const LONGEST: Duration = Duration::from_secs(20);
/// For one question and its answer.
const ONE: Duration = Duration::from_secs(6);

/// Makes the checks; with `offline` only those for which nobody is asked.
pub(super) fn look(bench: &Bench<'_>, offline: bool) -> Vec<Finding> {
    let unchecked = |because: &str| ASKED.map(|id| Finding::unchecked(id, because));
    let (mut found, settings) = settings::look(bench);
    if offline {
        found.extend(unchecked("you said --offline"));
        return found;
    }
    let Some(settings) = settings else {
        found.extend(unchecked(
            "there is no [service] whose address could be asked",
        ));
        return found;
    };
    let questions = Questions {
        settings,
        name: bench.setup.batch_name().ok(),
        own: own_jobs(bench),
        columns: answers::columns(&bench.setup.config),
    };
    found.extend(waited(LONGEST, move |to| ask(&questions, to)));
    found
}

/// What is asked, by a thread of its own.
struct Questions {
    settings: settings::Reached,
    /// The batch's name.
    name: Option<String>,
    /// The batch's own jobs.
    own: answers::Own,
    /// The columns of the batch file.
    columns: Vec<String>,
}

fn own_jobs(bench: &Bench<'_>) -> answers::Own {
    let jobs = Reader::open_for_boards(bench.setup.folder()).and_then(|reader| reader.jobs());
    let jobs = jobs.unwrap_or_default();
    answers::Own {
        is_pending: jobs.iter().any(|job| job.service_id.is_none()),
        ids: jobs.into_iter().filter_map(|job| job.service_id).collect(),
    }
}

/// Has a thread ask, and waits no longer than this for it, however slowly a service drips.
fn waited(longest: Duration, ask: impl FnOnce(&Sender<Finding>) + Send + 'static) -> Vec<Finding> {
    let (sender, answers) = channel();
    let end = Instant::now() + longest;
    let started = std::thread::Builder::new()
        .name("doctor".to_owned())
        .spawn(move || ask(&sender));
    if let Err(error) = started {
        return ASKED.map(|id| Finding::unchecked(id, &error)).to_vec();
    }
    let mut found: Vec<Finding> = Vec::new();
    let because = loop {
        match answers.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(finding) => found.push(finding),
            Err(RecvTimeoutError::Disconnected) => break "the questions were not asked".to_owned(),
            Err(RecvTimeoutError::Timeout) => {
                break format!("the service took longer than {} seconds", longest.as_secs());
            }
        }
    };
    // What has no answer is not forgotten.
    for id in ASKED {
        if !found.iter().any(|finding| finding.id == id) {
            found.push(Finding::unchecked(id, &because));
        }
    }
    found
}

/// Whoever waited may be gone.
fn ask(questions: &Questions, to: &Sender<Finding>) {
    let tell = |finding| {
        let _ = to.send(finding);
    };
    let mut settings = questions.settings.settings.clone();
    hurry(&mut settings);
    let greeting = match service::greet(&settings) {
        Ok(Ok(greeting)) => greeting,
        Ok(Err(error)) => {
            tell(answers::unreachable(&error, SystemTime::now()));
            for id in &ASKED[1..] {
                tell(Finding::unchecked(id, "the service was not reached"));
            }
            return;
        }
        Err(error) => {
            let because = super::words(&error);
            for id in ASKED {
                tell(Finding::unchecked(id, &because));
            }
            return;
        }
    };
    tell(answers::reached(&greeting));
    tell(answers::clock(greeting.date, SystemTime::now()));
    let is_complete = questions.settings.is_complete;
    let client = is_complete
        .then(|| service::connect(&settings).ok())
        .flatten();
    let Some(client) = client else {
        let because = "[service] lacks something, see service-settings and secret";
        for id in &ASKED[2..] {
            tell(Finding::unchecked(id, because));
        }
        return;
    };
    let mut template = Vec::new();
    let fetched = client.download_template(&mut template);
    let listed = questions.name.as_deref().map(|name| client.find_jobs(name));
    let errors = [
        fetched.as_ref().err(),
        listed.as_ref().and_then(|listed| listed.as_ref().err()),
    ];
    let is_any_good = fetched.is_ok() || matches!(listed, Some(Ok(_)));
    tell(answers::credential(
        &questions.settings.sign_in,
        errors,
        is_any_good,
    ));
    tell(answers::policy(
        &settings.target,
        &fetched.map(|_| template),
        &questions.columns,
    ));
    tell(match (questions.name.as_deref(), listed) {
        (Some(name), Some(listed)) => answers::job_name(name, &listed, &questions.own),
        _ => Finding::unchecked("job-name", "the batch has no name"),
    });
}

/// A doctor waits less than a submission does.
fn hurry(settings: &mut Settings) {
    let times = &mut settings.timeouts;
    for time in [
        &mut times.connect,
        &mut times.answer,
        &mut times.idle,
        &mut times.transfer,
    ] {
        *time = (*time).min(ONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn who_answers_too_slowly_is_left_and_what_is_missing_is_told() {
        let (release, held) = channel::<()>();
        let found = waited(Duration::from_millis(20), move |to| {
            let _ = to.send(Finding::fine(ASKED[0], "there"));
            // Until the test is over.
            let _ = held.recv();
        });
        let levels: Vec<_> = found.iter().map(|finding| finding.level).collect();
        // On a machine that is slow enough not even the first answer comes.
        assert_eq!(found.len(), ASKED.len());
        assert!(levels[1..].iter().all(|level| *level == Level::Unchecked));
        assert!(found[4].found.contains("took longer"), "{found:?}");
        drop(release);
        let found = waited(Duration::from_mins(1), |to| {
            let _ = to.send(Finding::fine(ASKED[0], "there"));
        });
        assert_eq!(found.len(), ASKED.len());
        assert!(found[1].found.contains("were not asked"));
    }
}
