//! The sandbox's own table of switches, and that each of them and each of its settings is expected to end somehow.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use clap::builder::ArgAction;
use nameplate_sandbox::{Fault, RowFaultKind, Switches};

use crate::case::Case;

/// A switch, and the settings that it has.
pub struct Switch {
    name: String,
    settings: Settings,
}

enum Settings {
    /// On or off.
    Flag,
    /// These and no others.
    Closed(BTreeSet<String>),
    /// Whatever its reader takes: the default and one other at least are tried.
    Open { default: String },
    /// A fault: each operation and each kind.
    Faults,
    /// A fault of single rows: each kind, and none.
    RowFaults,
}

/// Every switch of the sandbox.
pub fn switches() -> Vec<Switch> {
    let command = <Switches as clap::Args>::augment_args(clap::Command::new("sandbox"));
    command.get_arguments().map(switch).collect()
}

/// Whether a switch is on or off.
pub fn is_flag(name: &str) -> bool {
    let is = |switch: &Switch| switch.name == name && matches!(switch.settings, Settings::Flag);
    switches().iter().any(is)
}

fn switch(argument: &clap::Arg) -> Switch {
    let name = argument
        .get_long()
        .expect("a switch has a long name")
        .to_owned();
    let closed =
        |words: &[&str]| Settings::Closed(words.iter().map(|word| (*word).to_owned()).collect());
    let values: BTreeSet<_> = argument
        .get_possible_values()
        .into_iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let settings = match argument.get_action() {
        ArgAction::SetTrue => Settings::Flag,
        _ if name == "fault" => Settings::Faults,
        _ if name == "row-fault" => Settings::RowFaults,
        // Its reader takes three numbers.
        _ if name == "create-status" => closed(&["200", "201", "202"]),
        _ if name == "approval" => closed(&["none", "manual", "2"]),
        _ if !values.is_empty() => Settings::Closed(values),
        _ => {
            let defaults = argument.get_default_values().iter();
            let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
            Settings::Open {
                default: defaults.join(","),
            }
        }
    };
    Switch { name, settings }
}

/// What is wanting: switches and settings without a case, and cases without a switch or setting.
pub fn wanting(switches: &[Switch], cases: &[Case]) -> Vec<String> {
    let mut tried: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in cases {
        tried.entry(&case.switch).or_default().insert(&case.setting);
    }
    let mut wanting = Vec::new();
    for switch in switches {
        let tried = tried.remove(switch.name.as_str()).unwrap_or_default();
        wanting.extend(switch.wanting(&tried));
    }
    let unknown = tried.into_keys();
    wanting.extend(unknown.map(|name| format!("there is no switch --{name}")));
    wanting
}

impl Switch {
    fn wanting(&self, tried: &BTreeSet<&str>) -> Vec<String> {
        let name = &self.name;
        let differing = |settings: &mut dyn Iterator<Item = &str>| {
            let settings: BTreeSet<_> = settings.collect();
            let differing = settings.symmetric_difference(tried);
            let words = "a setting without a case, or the other way round";
            differing
                .map(|setting| format!("--{name}={setting}: {words}"))
                .collect()
        };
        match &self.settings {
            Settings::Flag => differing(&mut ["off", "on"].into_iter()),
            Settings::Closed(settings) => differing(&mut settings.iter().map(String::as_str)),
            Settings::Open { default } => {
                let mut wanting = Vec::new();
                if !tried.contains(default.as_str()) {
                    wanting.push(format!("--{name}: no case with its default {default:?}"));
                }
                if tried.len() < 2 {
                    wanting.push(format!("--{name}: no case beside its default"));
                }
                wanting
            }
            Settings::Faults => faults_wanting(tried),
            Settings::RowFaults => row_faults_wanting(tried),
        }
    }
}

fn faults_wanting(tried: &BTreeSet<&str>) -> Vec<String> {
    let (operations, kinds): (Vec<_>, Vec<_>) = tried
        .iter()
        .filter_map(|fault| fault.split_once('='))
        .unzip();
    let is_tried = |kind: &str| {
        kinds.iter().any(|tried| match kind {
            "status" => tried.starts_with(|c: char| c.is_ascii_digit()),
            kind => tried.starts_with(kind),
        })
    };
    let operations = Fault::operations().filter(|name| !operations.contains(name));
    let kinds = Fault::KINDS.into_iter().filter(|kind| !is_tried(kind));
    operations
        .chain(kinds)
        .map(|word| format!("--fault: no case with {word}"))
        .collect()
}

fn row_faults_wanting(tried: &BTreeSet<&str>) -> Vec<String> {
    let kinds: BTreeSet<_> = tried
        .iter()
        .map(|fault| {
            fault
                .split_once('=')
                .map_or("", |(kind, _)| kind)
                .to_owned()
        })
        .collect();
    let all = RowFaultKind::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value);
    let all = all.map(|value| value.get_name().to_owned());
    let all: BTreeSet<_> = all.chain([String::new()]).collect();
    all.difference(&kinds)
        .map(|kind| format!("--row-fault: no case with {kind:?}"))
        .collect()
}
