//! Where things are at the service: settings, and paths made from them.
//!
//! Each dialect has its own defaults; a route that is a guess says so when the service does not know it. Connects to nothing.

use serde::Deserialize;

use super::address::escape_query;
use super::http::{HttpClient, Route};
use super::settings::SettingsError;

/// Where things are; what is `None` is the dialect's own default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Routes {
    /// The path part before `/v1`, for which `{api}` stands: `api`, or `api-ui` as one sample has it.
    pub api: Option<String>,
    /// Where a job is created.
    pub create: Option<String>,
    /// Where Device Trust Manager is told what kind of job it is.
    pub job_type: JobType,
    /// A job, with the place `{id}`.
    pub status: Option<String>,
    /// The list of jobs, with the places `{name}`, `{limit}` and `{offset}`.
    pub list: Option<String>,
    /// A job's report, with the place `{id}`.
    pub report: Option<String>,
    /// A job's certificates, with the place `{id}`.
    pub certificates: Option<String>,
    /// The CSV template, with the place `{id}` for the policy's or profile's id.
    pub template: Option<String>,
}

/// Where the kind of a job stands in the request that creates it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobType {
    /// In the query, as a sample has it.
    #[default]
    Query,
    /// In the form, and not in the query of the default path.
    Form,
}

/// A dialect's own path, and whether its documents do not name it.
pub(super) struct Own {
    pub(super) path: &'static str,
    pub(super) guessed: bool,
}

/// A dialect's own paths.
pub(super) struct Defaults {
    pub(super) create: Own,
    pub(super) status: Own,
    pub(super) list: Own,
    pub(super) report: Own,
    pub(super) certificates: Own,
    pub(super) template: Own,
}

/// Checked paths.
pub(super) struct Paths {
    pub(super) create: Path,
    pub(super) status: Path,
    pub(super) list: Path,
    pub(super) report: Path,
    pub(super) certificates: Path,
    pub(super) template: Path,
}

/// One checked path with places.
pub(super) struct Path {
    setting: &'static str,
    template: String,
    guessed: bool,
}

const ID: &[&str] = &["{id}"];

impl Paths {
    /// Puts settings over defaults.
    pub(super) fn new(
        routes: &Routes,
        defaults: &Defaults,
        http: &HttpClient,
    ) -> Result<Self, SettingsError> {
        let api = checked_api(routes.api.as_deref().unwrap_or("api"))?;
        let path = |setting, set: &Option<String>, own: &Own, places: &[&str]| {
            let template = set.as_deref().unwrap_or(own.path).replace("{api}", api);
            let guessed = own.guessed;
            let path = Path {
                setting,
                template,
                guessed,
            };
            path.check(places, http).map(|()| path)
        };
        Ok(Self {
            create: path(
                "service.routes.create",
                &routes.create,
                &defaults.create,
                &[],
            )?,
            status: path(
                "service.routes.status",
                &routes.status,
                &defaults.status,
                ID,
            )?,
            list: path(
                "service.routes.list",
                &routes.list,
                &defaults.list,
                &["{name}", "{limit}", "{offset}"],
            )?,
            report: path(
                "service.routes.report",
                &routes.report,
                &defaults.report,
                ID,
            )?,
            certificates: path(
                "service.routes.certificates",
                &routes.certificates,
                &defaults.certificates,
                ID,
            )?,
            template: path(
                "service.routes.template",
                &routes.template,
                &defaults.template,
                ID,
            )?,
        })
    }
}

impl Path {
    /// The path as it is.
    pub(super) fn plain(&self) -> Route {
        self.route(self.template.clone())
    }

    /// The path of one thing.
    pub(super) fn of(&self, id: &str) -> Route {
        self.route(self.template.replace("{id}", &escape_query(id)))
    }

    /// A page of a list: of the jobs of this name, or of all.
    pub(super) fn page(&self, name: Option<&str>, limit: usize, offset: usize) -> Route {
        let template = match name {
            Some(_) => self.template.clone(),
            None => without_name(&self.template),
        };
        self.route(fill_page(
            &template,
            name.unwrap_or_default(),
            limit,
            offset,
        ))
    }

    fn route(&self, path: String) -> Route {
        Route {
            path,
            unverified: self.guessed.then_some(self.setting),
        }
    }

    fn check(&self, places: &[&str], http: &HttpClient) -> Result<(), SettingsError> {
        for place in places {
            if !self.template.contains(place) {
                return Err(SettingsError::value(
                    self.setting,
                    format!("it must have the place {place}"),
                ));
            }
        }
        let mut sample = fill_page(&self.template, "x", 1, 0);
        if places.contains(&"{id}") {
            sample = sample.replace("{id}", "x");
        }
        if sample.contains(['{', '}', '#', '\\'])
            || sample.chars().any(char::is_whitespace)
            || !http.can_reach(&sample)
        {
            return Err(SettingsError::value(
                self.setting,
                "it must be a path on the service, beginning with a slash, with no other places in braces than this route has",
            ));
        }
        Ok(())
    }
}

/// A parameter that is there but empty could mean jobs without a name.
fn without_name(template: &str) -> String {
    let Some((path, query)) = template.split_once('?') else {
        return template.to_owned();
    };
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.contains("{name}"))
        .collect();
    format!("{path}?{}", kept.join("&"))
}

fn fill_page(template: &str, name: &str, limit: usize, offset: usize) -> String {
    template
        .replace("{limit}", &limit.to_string())
        .replace("{offset}", &offset.to_string())
        .replace("{name}", &escape_query(name))
}

fn checked_api(api: &str) -> Result<&str, SettingsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if api.is_empty() || !api.bytes().all(allowed) {
        return Err(SettingsError::value(
            "service.routes.api",
            "it must be one path part such as api or api-ui",
        ));
    }
    Ok(api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_all_jobs_names_none() {
        let template = "/v1/jobs?name={name}&limit={limit}&offset={offset}";
        assert_eq!(
            fill_page(&without_name(template), "", 5, 10),
            "/v1/jobs?limit=5&offset=10"
        );
        assert_eq!(
            fill_page(template, "a b&c", 5, 0),
            "/v1/jobs?name=a%20b%26c&limit=5&offset=0"
        );
    }

    #[test]
    fn a_configuration_may_set_some_and_leave_the_rest() {
        let routes: Routes = toml::from_str("api = \"api-ui\"").unwrap();
        assert_eq!(
            routes,
            Routes {
                api: Some("api-ui".to_owned()),
                ..Routes::default()
            }
        );
        assert!(toml::from_str::<Routes>("lists = \"/x\"").is_err());
    }
}
