//! The CSV template of the certificate policy or enrolment profile: a header row.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::{Refusal, Service};
use crate::dialect::Dialect;
use crate::switches::Template;

pub(super) async fn template(
    State(service): State<Arc<Service>>,
    Extension(dialect): Extension<Dialect>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let policy = &service.tenant.policy;
    let ours = match dialect {
        Dialect::DeviceTrustManager => &policy.certificate_policy_id,
        Dialect::IotTrustManager => &policy.enrollment_profile_id,
    };
    let csr = match service.switches.template {
        Template::WithCsr => Some("csr"),
        Template::WithoutCsr => None,
        Template::Off => return Err(Refusal::not_found("there is no such path")),
    };
    if !id.eq_ignore_ascii_case(ours) {
        return Err(Refusal::not_found(format!("there is no {id}")));
    }
    let switches = dialect.switches(&service.switches);
    let columns = switches
        .required_columns
        .iter()
        .chain(&switches.template_columns)
        .map(String::as_str)
        .chain(csr);
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    writer
        .write_record(columns)
        .map_err(|error| Refusal::internal(&error))?;
    let text = writer
        .into_inner()
        .map_err(|error| Refusal::internal(error.error()))?;
    let kind = [
        (header::CONTENT_TYPE, "text/csv"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"template.csv\"",
        ),
    ];
    Ok((kind, text).into_response())
}
