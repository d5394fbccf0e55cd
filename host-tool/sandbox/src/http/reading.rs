//! `GET …/jobs`, `GET …/jobs/{id}`, and a person's decision on a job that waits for approval.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Map, Value, json};

use super::form::JOB_TYPE;
use super::{Refusal, Service, blocking, query};
use crate::dialect::Dialect;
use crate::jobs::{Job, Status};
use crate::switches::{JsonCase, ListMatch, ListShape, Switches};

/// How many jobs a list has where the request does not say.
const DEFAULT_PAGE: usize = 20;
/// How many it has at most.
const GREATEST_PAGE: usize = 1000;

pub(super) async fn status(
    State(service): State<Arc<Service>>,
    Extension(dialect): Extension<Dialect>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    blocking(move || {
        known(&service, &id, dialect)?;
        let (status, job) = service
            .store
            .change(&id, |job| (job.poll(), job.clone()))?
            .ok_or_else(|| unknown(&id))?;
        // The last request that waited may have been the one that approved it.
        if status == Status::PendingApproval && job.is_queued() {
            service.queue.add(&job.id);
        }
        Ok(Json(to_json(&job, status, &service.switches)).into_response())
    })
    .await
}

pub(super) async fn approve(
    service: State<Arc<Service>>,
    dialect: Extension<Dialect>,
    id: Path<String>,
) -> Result<Response, Refusal> {
    decide(service, dialect, id, Job::approve).await
}

pub(super) async fn reject(
    service: State<Arc<Service>>,
    dialect: Extension<Dialect>,
    id: Path<String>,
) -> Result<Response, Refusal> {
    decide(service, dialect, id, Job::reject).await
}

async fn decide(
    State(service): State<Arc<Service>>,
    Extension(dialect): Extension<Dialect>,
    Path(id): Path<String>,
    decision: fn(&mut Job) -> bool,
) -> Result<Response, Refusal> {
    blocking(move || {
        known(&service, &id, dialect)?;
        let (waited, queued) = service
            .store
            .change(&id, |job| (decision(job), job.is_queued()))?
            .ok_or_else(|| unknown(&id))?;
        if !waited {
            return Err(Refusal::invalid(format!(
                "job {id} does not wait for approval"
            )));
        }
        if queued {
            service.queue.add(&id);
        }
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Extension(dialect): Extension<Dialect>,
    request: Request,
) -> Result<Response, Refusal> {
    let switches = &service.switches;
    if switches.no_list {
        return Err(Refusal::not_found("there is no such path"));
    }
    let [name, limit, offset] = query::read(request.uri(), ["name", "limit", "offset"])?;
    let limit = query::number("limit", limit.as_deref(), DEFAULT_PAGE, 1..=GREATEST_PAGE)?;
    let offset = query::number("offset", offset.as_deref(), 0, 0..=usize::MAX)?;
    let mut jobs = service.store.list();
    jobs.retain(|job| job.order.dialect == dialect);
    if let Some(name) = name {
        jobs.retain(|job| match switches.list_match {
            ListMatch::Exact => job.order.name == name,
            ListMatch::Contains => job.order.name.contains(&name),
        });
    }
    let records: Vec<Value> = jobs
        .iter()
        .skip(offset)
        .take(limit)
        .map(|job| to_json(job, job.status(), switches))
        .collect();
    let body = match switches.list_shape {
        ListShape::Records => json!({
            "total": jobs.len(), "offset": offset, "limit": limit, "records": records,
        }),
        ListShape::Jobs => json!({"jobs": records}),
        ListShape::Array => Value::Array(records),
    };
    Ok(Json(body).into_response())
}

/// A job of this service; those of the other one are not there.
pub(super) fn known(service: &Service, id: &str, dialect: Dialect) -> Result<Job, Refusal> {
    let job = service.store.get(id);
    job.filter(|job| job.order.dialect == dialect)
        .ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Refusal {
    Refusal::not_found(format!("there is no job {id}"))
}

fn to_json(job: &Job, status: Status, switches: &Switches) -> Value {
    let order = &job.order;
    let mut fields = vec![
        ("id", json!(job.id)),
        ("name", json!(order.name)),
        ("status", json!(status.word(switches))),
    ];
    match order.dialect {
        Dialect::DeviceTrustManager => fields.extend([
            ("job_type", json!(JOB_TYPE)),
            ("device_group_id", json!(order.device_group_id)),
            ("certificate_policy_id", json!(order.certificate_policy_id)),
        ]),
        Dialect::IotTrustManager => fields.extend([
            ("enrollment_profile_id", json!(order.enrollment_profile_id)),
            ("certificate_format", json!(order.certificate_format)),
        ]),
    }
    fields.extend([
        ("file_name", json!(order.file_name)),
        ("created_at", json!(job.created_at)),
        ("total_count", json!(job.counts.total)),
        ("successful_count", json!(job.counts.successful)),
        ("failed_count", json!(job.counts.failed)),
    ]);
    let spell = |name: &str| match switches.json_case {
        JsonCase::Snake => name.to_owned(),
        JsonCase::Camel => camel(name),
    };
    let map: Map<String, Value> = fields
        .into_iter()
        .map(|(name, value)| (spell(name), value))
        .collect();
    Value::Object(map)
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}
