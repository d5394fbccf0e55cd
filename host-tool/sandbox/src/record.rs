//! What was asked of the sandbox, for tests to look at: in memory, and in `requests.jsonl` for tests
//! that drive the program from outside. Never holds a key or a body.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, Request};
use serde::Serialize;

use crate::Error;
use crate::http::Shown;

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The method, such as `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Whether it carried the header `x-api-key`, and the right one.
    pub api_key: KeyShown,
    /// The same of the header `x-passcode`.
    pub passcode: KeyShown,
    /// The same of a TLS client certificate.
    pub client_certificate: KeyShown,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// Its `Content-Length`, bytes.
    pub content_length: Option<u64>,
    /// Whether it carried `Expect: 100-continue`.
    pub expect_continue: bool,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// The status it was answered with; none where it was not answered.
    pub status: Option<u16>,
    /// `answered`; or the fault that was played; or `client gone`.
    pub outcome: String,
}

/// What a request showed of a way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyShown {
    /// Nothing.
    Absent,
    /// Not what the sandbox has.
    Wrong,
    /// What the sandbox has.
    Right,
}

/// All requests of this run.
pub(crate) struct Recorder(Mutex<Inner>);

struct Inner {
    seen: Vec<Seen>,
    file: File,
}

impl Recorder {
    /// Appends to the file, which is made where it is missing.
    pub(crate) fn open(path: &Path) -> Result<Arc<Recorder>, Error> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(Error::file("open", path))?;
        let seen = Vec::new();
        Ok(Arc::new(Recorder(Mutex::new(Inner { seen, file }))))
    }

    /// A copy of what was seen so far, oldest first.
    pub(crate) fn list(&self) -> Vec<Seen> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.seen.clone()
    }

    fn add(&self, seen: Seen) {
        tracing::info!(
            method = seen.method,
            path = seen.path,
            status = seen.status,
            outcome = seen.outcome,
            "request"
        );
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(mut line) = serde_json::to_vec(&seen) {
            line.push(b'\n');
            if let Err(error) = inner.file.write_all(&line) {
                tracing::warn!(%error, "requests.jsonl cannot be written");
            }
        }
        inner.seen.push(seen);
    }
}

/// A request in work. It is recorded when it is done, or when it is dropped because its client went away.
pub(crate) struct Entry {
    recorder: Arc<Recorder>,
    seen: Option<Seen>,
}

impl Entry {
    pub(crate) fn new<B>(recorder: &Arc<Recorder>, request: &Request<B>, shown: Shown) -> Entry {
        let headers = request.headers();
        let target = request.uri().path_and_query();
        Entry {
            recorder: Arc::clone(recorder),
            seen: Some(Seen {
                method: request.method().to_string(),
                path: target.map_or_else(String::new, ToString::to_string),
                api_key: shown.api_key,
                passcode: shown.passcode,
                client_certificate: shown.client_certificate,
                content_type: text(headers, &CONTENT_TYPE),
                content_length: text(headers, &CONTENT_LENGTH).and_then(|n| n.parse().ok()),
                expect_continue: text(headers, &EXPECT)
                    .is_some_and(|value| value.eq_ignore_ascii_case("100-continue")),
                user_agent: text(headers, &USER_AGENT),
                status: None,
                outcome: "client gone".into(),
            }),
        }
    }

    pub(crate) fn expects_continue(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.expect_continue)
    }

    /// Records how it ended.
    pub(crate) fn done(mut self, status: Option<u16>, outcome: &str) {
        if let Some(seen) = self.seen.as_mut() {
            seen.status = status;
            outcome.clone_into(&mut seen.outcome);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(seen) = self.seen.take() {
            self.recorder.add(seen);
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
