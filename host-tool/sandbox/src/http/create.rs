//! `POST …/jobs`: receives the form, writes the file to disk as it comes, checks it, makes the job.

use std::path::Path;
use std::sync::Arc;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;
use tokio::io::{AsyncWriteExt, BufWriter};

use super::form::{self, DATA, Form, LONGEST_VALUE};
use super::{Refusal, Service, blocking, query};
use crate::Error;
use crate::data::archive::has_extension;
use crate::data::file::Fault;
use crate::data::{self, ROWS, ZIP, made};
use crate::dialect::Dialect;
use crate::jobs::store::Incoming;
use crate::jobs::{Job, Keys, MacSequence};
use crate::seal::{self, Recipient};
use crate::switches::{CreateBody, JobTypePlace, KeyType, Switches, Validate};

/// What a form may hold besides the data file, bytes; more than all its texts together.
const OTHER_PARTS: u64 = 1024 * 1024;
/// How much is gathered before it is written, bytes.
const WRITE_BUFFER: usize = 256 * 1024;

pub(super) async fn create(
    State(service): State<Arc<Service>>,
    Extension(dialect): Extension<Dialect>,
    request: Request,
) -> Result<Response, Refusal> {
    let switches = Arc::new(dialect.switches(&service.switches));
    let job_type = match dialect {
        Dialect::DeviceTrustManager => {
            let [job_type] = query::read(request.uri(), ["job_type"])?;
            if switches.job_type == JobTypePlace::Query {
                form::check_job_type(job_type.as_deref())?;
            }
            job_type
        }
        Dialect::IotTrustManager => {
            let [] = query::read(request.uri(), [])?;
            None
        }
    };
    check_length(request.headers(), switches.data_limit)?;
    let multipart = Multipart::from_request(request, &()).await.map_err(|_| {
        Refusal::invalid("Content-Type: multipart/form-data with a boundary is needed")
    })?;
    let store = Arc::clone(&service.store);
    let upload = blocking(move || Ok(store.receive()?)).await?;
    let form = receive(multipart, &upload, dialect, &switches).await?;
    let policy = &service.tenant.policy;
    let order = match dialect {
        Dialect::DeviceTrustManager => form.order(job_type.as_deref(), policy, &switches)?,
        Dialect::IotTrustManager => form.iot_order(policy)?,
    };
    let rules = Arc::clone(&switches);
    let job = blocking(move || {
        if order.keys == Keys::Server {
            check_key_type(order.key_type.as_deref(), &rules)?;
        }
        if let Some(sequence) = order.sequence {
            count(sequence, upload.path())?;
        }
        if rules.validate == Validate::Upload {
            check_data(upload.path(), &rules, order.keys)?;
        }
        if let Some(recipient) = &order.recipient {
            try_out(recipient, &rules)?;
        }
        let job = service.store.create(upload, order, &rules)?;
        if job.is_queued() {
            service.queue.add(&job.id);
        }
        Ok(job)
    })
    .await?;
    Ok(answer(&job, &switches))
}

/// Refuses what says itself that it is too large, before any of it is sent.
fn check_length(headers: &HeaderMap, limit: u64) -> Result<(), Refusal> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > limit.saturating_add(OTHER_PARTS) => {
            Err(Refusal::too_large(limit))
        }
        _ => Ok(()),
    }
}

async fn receive(
    mut multipart: Multipart,
    upload: &Incoming,
    dialect: Dialect,
    switches: &Switches,
) -> Result<Form, Refusal> {
    let mut form = Form::default();
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| broken(&error))?
    {
        let name = known_name(field.name().unwrap_or_default(), dialect, switches);
        form.admit(&name, dialect, switches)?;
        if name == DATA {
            let file_name = save(field, upload.path(), switches.data_limit).await?;
            form.add_file(file_name);
        } else {
            let value = text(field, &name).await?;
            form.add_text(name, value);
        }
    }
    Ok(form)
}

/// A field's name as this sandbox knows it.
fn known_name(sent: &str, dialect: Dialect, switches: &Switches) -> String {
    if dialect == Dialect::DeviceTrustManager {
        return sent.to_owned();
    }
    let renamed = |name: &str| switches.iot_field.iter().find(|pair| pair.known == name);
    match switches.iot_field.iter().find(|pair| pair.sent == sent) {
        Some(pair) => pair.known.clone(),
        // What has another name now is not taken under its old one.
        None if renamed(sent).is_some() => format!("{sent} (by its guessed name)"),
        None => sent.to_owned(),
    }
}

fn broken(error: &MultipartError) -> Refusal {
    Refusal::invalid(format!(
        "the multipart body is broken: {}",
        error.body_text()
    ))
}

async fn text(mut field: Field<'_>, name: &str) -> Result<String, Refusal> {
    if field.file_name().is_some() {
        return Err(Refusal::invalid(format!("{name}: a text, not a file")));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + chunk.len() > LONGEST_VALUE {
            return Err(Refusal::invalid(format!(
                "{name}: longer than {LONGEST_VALUE} bytes"
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Refusal::invalid(format!("{name}: not UTF-8")))
}

/// Writes the data file under the name that its extension asks for; gives its own name back.
async fn save(mut field: Field<'_>, folder: &Path, limit: u64) -> Result<String, Refusal> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let path = match name.as_str() {
        name if has_extension(name, "csv") => folder.join(ROWS),
        name if has_extension(name, "zip") => folder.join(ZIP),
        _ => {
            return Err(Refusal::invalid(format!(
                "data: the file name {name:?} ends in neither .csv nor .zip"
            )));
        }
    };
    let file = tokio::fs::File::create(&path)
        .await
        .map_err(Error::file("create", &path))?;
    let mut file = BufWriter::with_capacity(WRITE_BUFFER, file);
    let mut length = 0;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        length += chunk.len() as u64;
        if length > limit {
            return Err(Refusal::too_large(limit));
        }
        file.write_all(&chunk)
            .await
            .map_err(Error::file("write", &path))?;
    }
    file.flush().await.map_err(Error::file("write", &path))?;
    Ok(name)
}

/// The policy says which keys the service makes.
fn check_key_type(wanted: Option<&str>, switches: &Switches) -> Result<(), Refusal> {
    match wanted.map(KeyType::of_name) {
        None => Ok(()),
        Some(Some(kind)) if switches.key_types.contains(&kind) => Ok(()),
        _ => Err(Refusal::invalid(
            "key_type: the policy does not allow this type of key",
        )),
    }
}

/// What can't be sealed in the end is refused in the beginning.
fn try_out(recipient: &Recipient, switches: &Switches) -> Result<(), Refusal> {
    recipient.try_out(switches).map_err(|fault| match fault {
        seal::Fault::NoProgram(program) => Refusal::invalid(format!(
            "this sandbox seals keys by the program {program}, which is not installed"
        )),
        seal::Fault::Refused(words) => Refusal::invalid(format!(
            "the encryption certificate can't be encrypted to: {words}"
        )),
        seal::Fault::Io(error) => Refusal::from(Error::file("seal", Path::new(""))(error)),
    })
}

fn count(sequence: MacSequence, folder: &Path) -> Result<(), Refusal> {
    let path = folder.join(ROWS);
    match made::rows(sequence, &path) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::invalid(
            "the MAC sequence runs past ff-ff-ff-ff-ff-ff",
        )),
        Err(error) => Err(Refusal::from(Error::file("write", &path)(error))),
    }
}

fn check_data(folder: &Path, switches: &Switches, keys: Keys) -> Result<(), Refusal> {
    match data::prepare(folder, switches, keys) {
        Ok(_) => Ok(()),
        Err(Fault::File(text)) => Err(Refusal::invalid(format!("data: {text}"))),
        Err(Fault::Read(error)) => Err(Refusal::from(Error::file("read", folder)(error))),
    }
}

fn answer(job: &Job, switches: &Switches) -> Response {
    let status = StatusCode::from_u16(switches.create_status).unwrap_or(StatusCode::OK);
    let id = &job.id;
    match switches.create_body {
        CreateBody::Id => (status, Json(json!({"id": id}))).into_response(),
        CreateBody::JobId => (status, Json(json!({"job_id": id}))).into_response(),
        CreateBody::String => (status, Json(json!(id))).into_response(),
        CreateBody::Bare => (status, id.clone()).into_response(),
    }
}
