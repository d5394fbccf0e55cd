//! What `bench.toml` says: whether it fits together. That it can be read, is known before.

use super::{Bench, Finding, words};
use crate::columns::Plan;
use crate::commands::order;
use crate::config::FILE;

/// Makes the checks.
pub(super) fn look(bench: &Bench<'_>) -> Vec<Finding> {
    vec![
        file(bench),
        columns(bench),
        batch(bench),
        template(bench),
        slots(bench),
    ]
}

/// What places are called.
fn slots(bench: &Bench<'_>) -> Finding {
    match bench.setup.config.named_slots() {
        Err(error) => {
            Finding::wrong("slots", words(&error)).remedy("Mend [slots] in the configuration.")
        }
        Ok(named) if named.is_empty() => Finding::fine(
            "slots",
            "none has a name: places are called by their USB port or path",
        ),
        Ok(named) => {
            let names: Vec<_> = named.values().map(String::as_str).collect();
            Finding::fine("slots", names.join(", "))
        }
    }
}

fn file(bench: &Bench<'_>) -> Finding {
    if bench.configured {
        return Finding::fine("config", "read; every setting in it exists");
    }
    let found = format!(
        "there is no {FILE} in {}: without it boards can be collected, and nothing can be submitted",
        bench.setup.folder().display()
    );
    Finding::wrong("config", found).remedy(format!("nameplate init {}", bench.arguments))
}

fn columns(bench: &Bench<'_>) -> Finding {
    let config = &bench.setup.config;
    match Plan::new(&config.columns, &config.request) {
        Err(error) => Finding::wrong("columns", words(&error))
            .remedy("Mend [columns] or [request] in the configuration."),
        Ok(plan) => {
            let names: Vec<_> = plan.column_ids().collect();
            Finding::fine("columns", format!("{}, csr", names.join(", ")))
        }
    }
}

/// What is left of `[batch]`.
fn batch(bench: &Bench<'_>) -> Finding {
    let config = &bench.setup.config;
    let checked = config
        .server_keys()
        .and_then(|_| config.batch.upload_limit())
        .and_then(|_| config.batch.ranges());
    match (checked, bench.setup.batch_name()) {
        (Err(error), _) => Finding::wrong("batch-settings", words(&error))
            .remedy("Mend [batch] in the configuration."),
        (Ok(_), Err(failure)) => Finding::wrong("batch-settings", words(failure.error.as_ref()))
            .remedy("Set batch.name in the configuration."),
        (Ok(ranges), Ok(name)) => {
            let macs = match ranges.len() {
                0 => "boards with any MAC address may come".to_owned(),
                1 => "boards of 1 range of MAC addresses may come".to_owned(),
                many => format!("boards of {many} ranges of MAC addresses may come"),
            };
            Finding::fine("batch-settings", format!("batch {name:?}; {macs}"))
        }
    }
}

fn template(bench: &Bench<'_>) -> Finding {
    if bench.setup.config.batch.template.is_none() {
        let found = "no batch.template is set: [columns] are held against none here";
        return Finding::fine("template", found);
    }
    match order::of_batch(None, bench.setup) {
        Ok(_) => Finding::fine("template", "[columns] have what it wants"),
        Err(failure) => Finding::wrong("template", words(failure.error.as_ref()))
            .remedy("Mend [columns], or set batch.template_optional."),
    }
}
