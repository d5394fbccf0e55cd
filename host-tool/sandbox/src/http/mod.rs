//! The service's HTTP side: routes, and the shared state behind them.

mod access;
mod body;
mod create;
mod door;
mod download;
mod form;
mod form_iot;
mod gate;
mod query;
mod reading;
mod refusal;
mod template;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use axum::{Extension, Router};

pub(crate) use access::Shown;
pub(crate) use door::ClientDoor;
pub(crate) use gate::MakeGate;
pub(crate) use refusal::Refusal;

use crate::ca::issue::DeviceIssuer;
use crate::dialect::Dialect;
use crate::fault::{Faults, Operation};
use crate::jobs::store::Store;
use crate::jobs::worker::Queue;
use crate::record::Recorder;
use crate::switches::Switches;
use crate::tenant::Tenant;

/// What every request can reach.
pub(crate) struct Service {
    pub(crate) tenant: Tenant,
    pub(crate) switches: Arc<Switches>,
    pub(crate) store: Arc<Store>,
    pub(crate) queue: Queue,
    pub(crate) issuer: Arc<DeviceIssuer>,
    pub(crate) faults: Faults,
    pub(crate) recorder: Arc<Recorder>,
}

/// The routes of both services. The gate before them has checked who asks.
pub(crate) fn router(service: &Arc<Service>) -> Router {
    let device = Router::new()
        .route("/jobs", post(create::create).get(reading::list))
        .route("/jobs/{id}", get(reading::status))
        .route("/jobs/{id}/approve", put(reading::approve))
        .route("/jobs/{id}/reject", put(reading::reject))
        .route("/jobs/{id}/download/report", get(download::report))
        .route(
            "/jobs/{id}/download/certificates",
            get(download::certificates),
        )
        .route(
            "/certificate-policies/{id}/csv-template",
            get(template::template),
        )
        .layer(Extension(Dialect::DeviceTrustManager));
    let iot = Router::new()
        .route("/batch-enroll", post(create::create).get(reading::list))
        .route("/batch-enroll/{id}", get(reading::status))
        .route("/batch-enroll/{id}/approve", put(reading::approve))
        .route("/batch-enroll/{id}/reject", put(reading::reject))
        .route("/batch-enroll/{id}/download-report", get(download::report))
        .route(
            "/batch-enroll/{id}/download-certificates",
            get(download::certificates),
        )
        .route(
            "/enrollment-profile/{id}/batch-enroll-csv-template",
            get(template::template),
        )
        .layer(Extension(Dialect::IotTrustManager));
    Router::new()
        .nest(&service.switches.path_prefix, device)
        .nest(&service.switches.iot_path_prefix, iot)
        .fallback(async || Refusal::not_found("there is no such path"))
        .method_not_allowed_fallback(async || Refusal::method())
        // The data file is counted while it is written; nothing holds it in memory.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(service))
}

/// What a request is for, by method and path; `None` for anything that is no route.
fn operation(method: &axum::http::Method, path: &str, switches: &Switches) -> Option<Operation> {
    let parts = |prefix: &str| -> Option<Vec<String>> {
        let rest = path.strip_prefix(prefix)?.strip_prefix('/')?;
        Some(rest.split('/').map(str::to_owned).collect())
    };
    let parts = parts(&switches.path_prefix).or_else(|| parts(&switches.iot_path_prefix))?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["jobs" | "batch-enroll"]) => Some(Operation::Create),
        ("GET", ["jobs" | "batch-enroll"]) => Some(Operation::List),
        ("GET", ["jobs" | "batch-enroll", _]) => Some(Operation::Status),
        ("GET", ["jobs", _, "download", "report"] | ["batch-enroll", _, "download-report"]) => {
            Some(Operation::Report)
        }
        (
            "GET",
            ["jobs", _, "download", "certificates"] | ["batch-enroll", _, "download-certificates"],
        ) => Some(Operation::Certificates),
        ("GET", ["certificate-policies" | "enrollment-profile", _, _]) => Some(Operation::Template),
        ("PUT", ["jobs" | "batch-enroll", _, "approve" | "reject"]) => Some(Operation::Approve),
        _ => None,
    }
}

/// Runs work that blocks, away from the threads that answer.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Refusal::internal(&error)),
    }
}
