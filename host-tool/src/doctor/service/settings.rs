//! What `[service]` says, before anybody is asked.

use super::super::{Bench, Finding, words};
use crate::config::{Kind, Service};
use crate::service::{self, Credential, Settings, Target};

const ID: &str = "service-settings";

/// Settings with which the service can be reached.
pub(super) struct Reached {
    /// Where it is.
    pub settings: Settings,
    /// Whether they can sign in too; otherwise no secret is in them.
    pub is_complete: bool,
    /// Where the secret is, in words.
    pub sign_in: String,
}

/// Makes the checks that need no answer.
pub(super) fn look(bench: &Bench<'_>) -> (Vec<Finding>, Option<Reached>) {
    let config = &bench.setup.config;
    let Some(service) = &config.service else {
        let found = "there is no [service]: boards can be collected, and nothing can be submitted";
        let finding = Finding::wrong(ID, found)
            .remedy("Set it in the configuration; CONFIGURATION.md begins with it.");
        return (vec![finding], None);
    };
    let mut found: Vec<_> = missing(service)
        .into_iter()
        .map(|(setting, what)| {
            Finding::wrong(ID, format!("service.{setting} is missing"))
                .remedy(format!("Set {setting} in [service] to {what}."))
        })
        .collect();
    let checked = match config.service_settings() {
        // Missing ids are named above, each of them.
        Err(_) if !found.is_empty() => None,
        Err(error) => {
            found.push(
                Finding::wrong(ID, words(&error)).remedy("Mend [service] in the configuration."),
            );
            None
        }
        Ok(settings) => match service::connect(&settings) {
            Ok(_) => Some(settings),
            Err(error) => {
                found.push(
                    Finding::wrong(ID, words(&error))
                        .remedy("Mend [service] in the configuration."),
                );
                None
            }
        },
    };
    if found.is_empty() {
        let text = format!(
            "complete, for the {} at {}",
            service.kind.as_str(),
            service.url
        );
        found.push(Finding::fine(ID, text));
    }
    let reached = Reached {
        is_complete: checked.is_some(),
        settings: checked.unwrap_or_else(|| without_secret(bench, service)),
        sign_in: sign_in(service),
    };
    (found, Some(reached))
}

/// The ids that its kind needs, and what each is.
fn missing(service: &Service) -> Vec<(&'static str, &'static str)> {
    let ids: &[_] = match service.kind {
        Kind::DeviceTrustManager => &[
            (
                "device_group_id",
                "the id of the group that the devices join",
                &service.device_group_id,
            ),
            (
                "certificate_policy_id",
                "the id of their policy, IOT_…",
                &service.certificate_policy_id,
            ),
        ],
        Kind::IotTrustManager => &[(
            "enrollment_profile_id",
            "the id of the enrolment profile",
            &service.enrollment_profile_id,
        )],
    };
    let missing = ids.iter().filter(|(_, _, id)| id.is_none());
    missing
        .map(|(setting, what, _)| (*setting, *what))
        .collect()
}

/// Enough to say hello, which sends no secret: so it is known that the service is there, although the key is not.
fn without_secret(bench: &Bench<'_>, service: &Service) -> Settings {
    let nobody = Credential::ApiKey("nobody".into());
    let target = Target::DeviceTrustManager {
        device_group_id: String::new(),
        certificate_policy_id: String::new(),
    };
    let mut settings = Settings::new(&service.url, nobody, target);
    let ca_file = service.ca_file.as_deref();
    settings.ca_file = ca_file.map(|path| bench.setup.config.path(path));
    settings.timeouts = service.timeouts.clone();
    settings
}

fn sign_in(service: &Service) -> String {
    let variables = [&service.api_key_env, &service.passcode_env];
    if let Some(name) = variables.into_iter().flatten().next() {
        return format!("the variable {name}");
    }
    let files = [
        &service.api_key_file,
        &service.passcode_file,
        &service.client_certificate,
    ];
    match files.into_iter().flatten().next() {
        Some(path) => format!("the file {}", path.display()),
        None => "[service]".to_owned(),
    }
}
