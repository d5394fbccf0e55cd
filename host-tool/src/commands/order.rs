//! The service's CSV template as a batch uses it: its order of columns, and which of them are missing.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use super::{Session, Setup};
use crate::cli::exit::Failure;
use crate::columns::service_template::{self, MAX_TEMPLATE, ServiceTemplate};
use crate::columns::{CSR, Plan, service_template::compare};
use crate::config::ConfigError;
use crate::service::words::printable;

/// The setting.
const SETTING: &str = "batch.template";

/// The columns' order by the template that the configuration names; none where it names none. What is odd about it is told to the
/// session, where there is one.
///
/// A template that marks columns as required (G) is taken by its word, and of the others the operator is told. One that marks none
/// is taken to want them all: nobody may find out from a failed job.
///
/// # Errors
/// The template can't be read, or a column that it wants is missing, as wrong configuration.
pub fn of_batch(session: Option<&Session>, setup: &Setup) -> Result<Option<Vec<String>>, Failure> {
    let config = &setup.config;
    let Some(path) = &config.batch.template else {
        return Ok(None);
    };
    let template = read(&config.path(path))?;
    let plan = Plan::new(&config.columns, &config.request)?;
    let ids: Vec<_> = plan.column_ids().chain([CSR]).collect();
    let (missing, extra) = compare(&ids, &template.columns);
    let optional = &config.batch.template_optional;
    let borne = |name: &&&str| optional.iter().any(|optional| optional == **name);
    let missing: Vec<_> = missing.iter().filter(|name| !borne(name)).collect();
    let is_wanted = |name: &str| {
        template.required.is_empty() || template.required.iter().any(|required| required == name)
    };
    let (wanted, others): (Vec<_>, Vec<_>) = missing.into_iter().partition(|name| is_wanted(name));
    if !wanted.is_empty() {
        let why = format!(
            "[columns] has no {}, which the template wants; give a value, or name it in batch.template_optional",
            listed(wanted)
        );
        return Err(ConfigError::value(SETTING, why).into());
    }
    if !others.is_empty() {
        tell(
            session,
            &format!(
                "! the template has columns that [columns] has not: {}",
                listed(others)
            ),
        );
    }
    if !extra.is_empty() {
        tell(
            session,
            &format!(
                "! [columns] has columns that the template has not, they go behind its own: {}",
                listed(&extra)
            ),
        );
    }
    Ok(Some(template.columns))
}

fn listed<'a>(names: impl IntoIterator<Item = &'a &'a str>) -> String {
    let quoted = |name: &&str| format!("{:?}", printable(name, 80));
    let names: Vec<_> = names.into_iter().map(quoted).collect();
    names.join(", ")
}

fn read(path: &Path) -> Result<ServiceTemplate, Failure> {
    let refused = |why: String| ConfigError::value(SETTING, format!("{}: {why}", path.display()));
    let mut bytes = Vec::new();
    let most = MAX_TEMPLATE as u64 + 1;
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| refused(error.to_string()))?;
    Ok(service_template::parse(&bytes).map_err(|error| refused(error.to_string()))?)
}

fn tell(session: Option<&Session>, line: &str) {
    if session.is_some_and(|session| !session.quiet) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}
