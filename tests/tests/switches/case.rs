//! One switch in one setting, what the bench sets for it, and how it ends.

use nameplate_tests::service::Dialect;

use crate::place::Place;
use crate::table::is_flag;

/// A setting to be tried.
pub struct Case {
    /// The switch's name.
    pub switch: String,
    /// As on the command line; `on` and `off` for a flag.
    pub setting: String,
    /// Further switches of the sandbox.
    pub with: Vec<&'static str>,
    /// Which of the two services is used.
    pub dialect: Dialect,
    /// What stands in `bench.toml` behind the section `[service]`'s own settings.
    pub settings: String,
    /// Whether the operator's own keys are made, for keys of the service.
    pub own_key: bool,
    /// What is done, and how it must end.
    pub act: fn(&Place),
}

/// A case of Device Trust Manager that needs no settings.
pub fn case(switch: &str, setting: &str, act: fn(&Place)) -> Case {
    Case {
        switch: switch.to_owned(),
        setting: setting.to_owned(),
        with: Vec::new(),
        dialect: Dialect::DeviceTrustManager,
        settings: String::new(),
        own_key: false,
        act,
    }
}

/// The same way to end for each setting of a switch.
pub fn each(switch: &str, settings: &[&str], act: fn(&Place)) -> Vec<Case> {
    let one = |setting: &&str| case(switch, setting, act);
    settings.iter().map(one).collect()
}

impl Case {
    /// At a service with these switches too.
    pub fn with(mut self, switches: &[&'static str]) -> Self {
        self.with.extend(switches);
        self
    }

    /// With these settings in `bench.toml`.
    pub fn set(mut self, settings: &str) -> Self {
        self.settings.push_str(settings);
        self
    }

    /// At IoT Trust Manager.
    pub fn iot(mut self) -> Self {
        self.dialect = Dialect::IotTrustManager;
        self
    }

    /// With keys of the service.
    pub fn server_keys(mut self) -> Self {
        self.own_key = true;
        self.set(
            "[batch]\nkey_generation = \"server\"\nencryption_certificate = \"own.pem\"\ndecryption_key = \"own.key\"\n",
        )
    }

    /// The sandbox's arguments. A switch that is not there unless it is set has no setting then.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = match self.setting.as_str() {
            "" => vec![],
            _ if is_flag(&self.switch) => match self.setting.as_str() {
                "on" => vec![format!("--{}", self.switch)],
                _ => vec![],
            },
            setting => vec![format!("--{}={setting}", self.switch)],
        };
        arguments.extend(self.with.iter().map(|argument| (*argument).to_owned()));
        if self.switch != "polls" {
            arguments.push("--polls=0".to_owned());
        }
        arguments
    }
}
