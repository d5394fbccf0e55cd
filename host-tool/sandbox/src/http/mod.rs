//! The service's HTTP side: routes, and the shared state behind them.

mod body;
mod create;
mod download;
mod form;
mod gate;
mod query;
mod reading;
mod refusal;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};

pub(crate) use gate::MakeGate;
pub(crate) use refusal::Refusal;

use crate::ca::issue::DeviceIssuer;
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

/// The routes. The gate before them has checked the key.
pub(crate) fn router(service: &Arc<Service>) -> Router {
    let jobs = Router::new()
        .route("/jobs", post(create::create).get(reading::list))
        .route("/jobs/{id}", get(reading::status))
        .route("/jobs/{id}/approve", put(reading::approve))
        .route("/jobs/{id}/reject", put(reading::reject))
        .route("/jobs/{id}/download/report", get(download::report))
        .route(
            "/jobs/{id}/download/certificates",
            get(download::certificates),
        );
    Router::new()
        .nest(&service.switches.path_prefix, jobs)
        .fallback(async || Refusal::not_found("there is no such path"))
        .method_not_allowed_fallback(async || Refusal::method())
        // The data file is counted while it is written; nothing holds it in memory.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(service))
}

/// What a request is for, by method and path; `None` for anything that is no route.
fn operation(method: &axum::http::Method, path: &str, prefix: &str) -> Option<Operation> {
    let rest = path.strip_prefix(prefix)?.strip_prefix("/jobs")?;
    let parts: Vec<&str> = rest.split('/').skip(1).collect();
    match (method.as_str(), parts.as_slice()) {
        ("POST", []) => Some(Operation::Create),
        ("GET", []) => Some(Operation::List),
        ("GET", [_]) => Some(Operation::Status),
        ("GET", [_, "download", "report"]) => Some(Operation::Report),
        ("GET", [_, "download", "certificates"]) => Some(Operation::Certificates),
        ("PUT", [_, "approve" | "reject"]) => Some(Operation::Approve),
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
