//! What the service's answers say, and how sure that is.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::{Finding, words};
use crate::columns::service_template::{compare, parse};
use crate::columns::{CSR, Plan};
use crate::config::Config;
use crate::service::error::TlsProblem;
use crate::service::words::printable;
use crate::service::{Greeting, JobSummary, ServiceError, Target};

/// From which difference on the clocks are told of, and from which on nothing can be trusted.
const ODD: Duration = Duration::from_mins(1);
const WRONG: Duration = Duration::from_mins(5);

/// The jobs that this batch knows as its own.
pub(super) struct Own {
    /// Their ids.
    pub ids: Vec<String>,
    /// One was begun, and its id is not known.
    pub is_pending: bool,
}

/// It answered.
pub(super) fn reached(greeting: &Greeting) -> Finding {
    const ID: &str = "service-reachable";
    let Greeting { host, status, .. } = greeting;
    if *status >= 500 {
        let found = format!("{host} answers, and has a fault (HTTP {status})");
        return Finding::warning(ID, found).remedy("Try again in a few minutes.");
    }
    Finding::fine(ID, format!("{host} answers, and its certificate is good"))
}

/// It did not.
pub(super) fn unreachable(error: &ServiceError, now: SystemTime) -> Finding {
    let finding = Finding::wrong("service-reachable", words(error)).remedy(error.next_step());
    match error {
        ServiceError::Tls {
            problem: TlsProblem::OutOfDate,
            ..
        } => finding.remedy(format!(
            "It is {} by this machine's clock: where that is wrong, so is this.",
            shown(now)
        )),
        _ => finding,
    }
}

/// The service's clock beside this machine's.
pub(super) fn clock(there: Option<SystemTime>, here: SystemTime) -> Finding {
    const ID: &str = "service-clock";
    let Some(there) = there else {
        return Finding::unchecked(ID, "the service's answer has no date");
    };
    let (apart, word) = match here.duration_since(there) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    let remedy = "timedatectl set-ntp true    # or set the clock by hand";
    let found = format!(
        "this machine's clock is {} s {word} the service's",
        apart.as_secs()
    );
    if apart > WRONG {
        let found = format!("{found}: certificates can't be judged by it");
        Finding::wrong(ID, found).remedy(remedy)
    } else if apart > ODD {
        Finding::warning(ID, found).remedy(remedy)
    } else {
        Finding::fine(ID, "as the service's, within a minute")
    }
}

fn shown(time: SystemTime) -> String {
    OffsetDateTime::from(time)
        .format(&Rfc3339)
        .unwrap_or_default()
}

/// Whether the service takes the secret that stands there.
pub(super) fn credential(
    place: &str,
    errors: [Option<&ServiceError>; 2],
    is_any_good: bool,
) -> Finding {
    const ID: &str = "credential";
    let errors: Vec<_> = errors.into_iter().flatten().collect();
    let find = |is: fn(&ServiceError) -> bool| errors.iter().find(|error| is(error));
    if let Some(error) = find(is_refused) {
        return Finding::wrong(ID, format!("{} (it is from {place})", words(*error)))
            .remedy(error.next_step());
    }
    if is_any_good {
        return Finding::fine(ID, format!("accepted (from {place})"));
    }
    if let Some(error) = find(|error| matches!(error, ServiceError::AccessDenied(_))) {
        return Finding::wrong(ID, format!("{} (it is from {place})", words(*error)))
            .remedy(error.next_step());
    }
    Finding::unchecked(ID, "no question was answered that needs it")
}

fn is_refused(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::KeyRefused(_)
            | ServiceError::PasscodeRefused(_)
            | ServiceError::CertificateRefused(_)
            | ServiceError::ClientCertificateRequired { .. }
            | ServiceError::ClientCertificateDoubted { .. }
    )
}

/// The names of the batch file's columns; none where they can't be used, which is another check's.
pub(super) fn columns(config: &Config) -> Vec<String> {
    let plan = Plan::new(&config.columns, &config.request).ok();
    let ids = plan.iter().flat_map(Plan::column_ids).chain([CSR]);
    ids.map(str::to_owned).collect()
}

/// The policy or profile, by its template.
pub(super) fn policy(
    target: &Target,
    fetched: &Result<Vec<u8>, ServiceError>,
    columns: &[String],
) -> Finding {
    const ID: &str = "policy";
    let what = match target {
        Target::DeviceTrustManager {
            certificate_policy_id: id,
            ..
        } => format!("certificate policy {}", printable(id, 80)),
        Target::IotTrustManager(profile) => {
            format!(
                "enrolment profile {}",
                printable(&profile.enrollment_profile_id, 80)
            )
        }
    };
    let bytes = match fetched {
        Ok(bytes) => bytes,
        Err(error @ ServiceError::NotFound { unverified, .. }) => {
            return match unverified {
                Some(_) => {
                    let found = format!(
                        "no template of {what} where we ask for it, and where that is, is our guess (G): whether the policy is there is not known"
                    );
                    Finding::warning(ID, found).remedy(error.next_step())
                }
                None => Finding::wrong(ID, format!("the service has no template of {what}"))
                    .remedy(error.next_step()),
            };
        }
        Err(error) if is_refused(error) => return Finding::unchecked(ID, "see credential"),
        Err(error) => {
            return Finding::unchecked(ID, words(error)).remedy(error.next_step());
        }
    };
    match parse(bytes) {
        Err(error) => {
            Finding::warning(ID, format!("the template of {what} can't be read: {error}"))
                .remedy("Look at it: `nameplate template` shows it.")
        }
        Ok(template) => {
            let ids: Vec<_> = columns.iter().map(String::as_str).collect();
            let (missing, _) = compare(&ids, &template.columns);
            if missing.is_empty() {
                let count = template.columns.len();
                return Finding::fine(
                    ID,
                    format!("{what} has a template of {count} columns, and [columns] has them"),
                );
            }
            let names: Vec<_> = missing.iter().map(|name| printable(name, 80)).collect();
            let found = format!(
                "the template of {what} has columns that [columns] has not: {}",
                names.join(", ")
            );
            Finding::warning(ID, found)
                .remedy("Give them a value in [columns], where the policy requires them.")
        }
    }
}

/// Whether the name leads to no other's job.
pub(super) fn job_name(
    name: &str,
    listed: &Result<Vec<JobSummary>, ServiceError>,
    own: &Own,
) -> Finding {
    const ID: &str = "job-name";
    let jobs = match listed {
        Ok(jobs) => jobs,
        Err(
            error @ ServiceError::NotFound {
                unverified: Some(_),
                ..
            },
        ) => {
            let found = "there is no list of jobs where we ask for it, and where that is, is our guess (G): \
                         whether the name is free is not known, and an interrupted submission could not be looked for";
            return Finding::warning(ID, found).remedy(error.next_step());
        }
        Err(error) if is_refused(error) => return Finding::unchecked(ID, "see credential"),
        Err(error) => return Finding::unchecked(ID, words(error)).remedy(error.next_step()),
    };
    let is_own = |job: &&JobSummary| own.ids.iter().any(|id| id == job.id.as_str());
    let others: Vec<_> = jobs.iter().filter(|job| !is_own(job)).collect();
    let ids = |jobs: &[&JobSummary]| {
        let ids = jobs.iter().take(5).map(|job| job.id.as_str().to_owned());
        ids.collect::<Vec<_>>().join(", ")
    };
    match others.as_slice() {
        [] if own.ids.is_empty() => {
            Finding::fine(ID, format!("the service lists no job named {name:?}"))
        }
        [] => Finding::fine(ID, format!("{name:?} is this batch's own job")),
        others if own.is_pending => {
            let found = format!(
                "the service lists a job named {name:?} ({}), and a submission of this batch was interrupted: it may be its job",
                ids(others)
            );
            Finding::warning(ID, found)
                .remedy("`nameplate submit` looks, and does not submit twice.")
        }
        others => {
            let found = format!(
                "the service has a job named {name:?} already ({}), which is not this batch's: `submit` would refuse",
                ids(others)
            );
            Finding::wrong(ID, found)
                .remedy("Set another batch.name in the configuration: a name must lead to one job.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use crate::service::error::Refusal;
    use crate::service::words::Words;
    use crate::service::{JobId, Operation};

    fn refusal(status: u16) -> Refusal {
        Refusal {
            operation: Operation::DownloadTemplate,
            status: Some(status),
            words: Words::default(),
        }
    }

    fn not_found(unverified: Option<&'static str>) -> ServiceError {
        ServiceError::NotFound {
            refusal: Box::new(refusal(404)),
            unverified,
        }
    }

    fn target() -> Target {
        Target::DeviceTrustManager {
            device_group_id: "g".to_owned(),
            certificate_policy_id: "IOT_p".to_owned(),
        }
    }

    #[test]
    fn clocks_are_told_of_from_a_minute_on() {
        let here = SystemTime::now();
        let at = |seconds: u64| Duration::from_secs(seconds);
        for (there, level) in [
            (Some(here), Level::Fine),
            (Some(here + at(60)), Level::Fine),
            (Some(here - at(61)), Level::Warning),
            (Some(here + at(300)), Level::Warning),
            (Some(here + at(301)), Level::Wrong),
            (Some(here - at(90_000)), Level::Wrong),
            (None, Level::Unchecked),
        ] {
            assert_eq!(clock(there, here).level, level, "{there:?}");
        }
        assert!(clock(Some(here + at(99)), here).found.contains("behind"));
    }

    #[test]
    fn a_guess_that_is_not_found_is_a_warning_and_what_stands_in_the_documents_is_wrong() {
        let guess = policy(
            &target(),
            &Err(not_found(Some("service.routes.template"))),
            &[],
        );
        assert_eq!(guess.level, Level::Warning);
        assert!(
            guess.found.contains("guess") && guess.remedy[0].contains("service.routes.template")
        );
        assert_eq!(
            policy(&target(), &Err(not_found(None)), &[]).level,
            Level::Wrong
        );
        let own = Own {
            ids: vec![],
            is_pending: false,
        };
        let list = job_name("a", &Err(not_found(Some("service.routes.list"))), &own);
        assert_eq!(list.level, Level::Warning);
    }

    #[test]
    fn a_secret_is_accepted_only_where_a_question_was_answered() {
        let look = |errors, good| credential("the variable K", errors, good);
        let refused = ServiceError::KeyRefused(Box::new(refusal(401)));
        let denied = ServiceError::AccessDenied(Box::new(refusal(403)));
        let nothing = not_found(None);
        for (errors, good, level) in [
            ([Some(&refused), None], true, Level::Wrong),
            ([Some(&denied), None], true, Level::Fine),
            ([Some(&denied), Some(&nothing)], false, Level::Wrong),
            ([Some(&nothing), Some(&nothing)], false, Level::Unchecked),
            ([None, None], true, Level::Fine),
        ] {
            assert_eq!(look(errors, good).level, level, "{errors:?}");
        }
        let found = look([None, Some(&refused)], false).found;
        assert!(found.contains("the variable K"), "{found}");
    }

    #[test]
    fn a_template_is_held_against_the_columns() {
        let columns = ["device_name".to_owned(), "csr".to_owned()];
        let look = |text: &str| policy(&target(), &Ok(text.as_bytes().to_vec()), &columns);
        assert_eq!(look("device_name,csr\n").level, Level::Fine);
        let more = look("device_name,subject.common_name,csr\n");
        assert_eq!(more.level, Level::Warning);
        assert!(more.found.contains("subject.common_name"));
        assert_eq!(look("").level, Level::Warning);
    }

    #[test]
    fn a_job_of_that_name_is_ours_or_in_the_way() {
        let job = |id: &str| JobSummary {
            id: JobId::parse(id).unwrap(),
            ..listed()
        };
        let look = |jobs: &[&str], own: &[&str], is_pending| {
            let own = Own {
                ids: own.iter().map(|id| (*id).to_owned()).collect(),
                is_pending,
            };
            let jobs = jobs.iter().map(|id| job(id)).collect();
            job_name("line-3", &Ok(jobs), &own).level
        };
        assert_eq!(look(&[], &[], false), Level::Fine);
        assert_eq!(look(&["a"], &["a"], false), Level::Fine);
        assert_eq!(look(&["a"], &[], false), Level::Wrong);
        assert_eq!(look(&["a", "b"], &["a"], false), Level::Wrong);
        assert_eq!(look(&["a"], &[], true), Level::Warning);
    }

    fn listed() -> JobSummary {
        JobSummary {
            id: JobId::parse("x").unwrap(),
            name: "line-3".to_owned(),
            status: None,
        }
    }
}
