//! `GET …/jobs/{id}/download/…`: the report and the certificates of a job that has ended.

use std::fs::File;
use std::io::{self, Seek};
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use tokio_util::io::ReaderStream;

use super::reading::known;
use super::{Refusal, Service, blocking};
use crate::Error;
use crate::dialect::Dialect;
use crate::jobs::certificates::{self, Packing};
use crate::jobs::{Job, report};
use crate::seal::Recipient;
use crate::switches::Certificates;

pub(super) async fn report(
    State(service): State<Arc<Service>>,
    Extension(dialect): Extension<Dialect>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let file = blocking(move || {
        let job = known(&service, &id, dialect)?;
        made(&service, &job, "report", |folder, file| {
            report::write_report(folder, &service.switches, &file)?;
            Ok(file)
        })
    })
    .await?;
    Ok(send(
        file,
        "text/csv",
        "attachment; filename=\"report.csv\"",
    ))
}

pub(super) async fn certificates(
    State(service): State<Arc<Service>>,
    Extension(dialect): Extension<Dialect>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    if service.switches.certificates == Certificates::Off {
        return Err(Refusal::not_found("there is no such path"));
    }
    let (file, content) = blocking(move || {
        let job = known(&service, &id, dialect)?;
        let packing = Packing::of(&service.switches, &job.order);
        let chain = service.issuer.certificate.as_str();
        let file = made(&service, &job, "certificates", |folder, file| {
            let packed = certificates::write(folder, &packing, chain, file)?;
            match &job.order.recipient {
                None => Ok(packed),
                Some(recipient) => Ok(recipient.seal(packed, &service.switches)?),
            }
        })?;
        let sealed = job.order.recipient.as_ref().map(Recipient::content);
        Ok((file, sealed.unwrap_or_else(|| packing.content())))
    })
    .await?;
    let (kind, name) = content;
    Ok(send(file, kind, name))
}

/// A nameless file with what `make` wrote into it, and its length in bytes.
fn made(
    service: &Service,
    job: &Job,
    what: &str,
    make: impl FnOnce(&FilePath, File) -> io::Result<File>,
) -> Result<(File, u64), Refusal> {
    let id = &job.id;
    if !job.has_ended() {
        return Err(Refusal::invalid(format!(
            "the {what} of job {id} can be downloaded once it is {} or {}; it is {}",
            service.switches.complete_word,
            service.switches.failed_word,
            job.status().word(&service.switches)
        )));
    }
    let folder = service.store.path(id);
    tempfile::tempfile()
        .and_then(|file| make(&folder, file))
        .and_then(|mut file| {
            file.rewind()?;
            let length = file.metadata()?.len();
            Ok((file, length))
        })
        .map_err(|error| Refusal::from(Error::file("read the outcomes in", &folder)(error)))
}

fn send((file, length): (File, u64), kind: &'static str, name: &'static str) -> Response {
    let stream = ReaderStream::new(tokio::fs::File::from_std(file));
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}
