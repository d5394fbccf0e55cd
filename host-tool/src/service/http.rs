//! Asks, submits and downloads over HTTP: routes in, bounded answers or typed errors out.
//!
//! Signs every request in and lets the secret out nowhere else: not to another host, not into an
//! error. Always asks for `100 Continue` before an upload, because without it an early refusal
//! would be a broken pipe. Knows no route and no field of any service.

use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use ureq::{Body, SendBody};

use super::address::{self, Address};
use super::agents::Agents;
use super::credential::Credential;
use super::error::{Operation, Refusal, ServiceError};
use super::fault::{self, Answered, Sent};
use super::job::Downloaded;
use super::multipart;
use super::retry_after;
use super::settings::{Settings, SettingsError};
use super::sign_in::SignIn;
use super::words::{MAX_QUOTE, Words, printable};

/// Greatest answer to a question, in bytes; after decompression.
pub(super) const MAX_ANSWER: u64 = 8 * 1024 * 1024;
/// Greatest body of a refusal that is read for the service's words, in bytes.
const MAX_REFUSAL: u64 = 64 * 1024;
const EXPECTATION_FAILED: u16 = 417;

/// A path below the service's address.
pub(super) struct Route {
    /// With its query, beginning with a slash.
    pub(super) path: String,
    /// The setting that holds it, if it is a guess.
    pub(super) unverified: Option<&'static str>,
}

/// A 2xx answer.
pub(super) struct Success {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) retry_after: Option<Duration>,
}

/// What a service answers to somebody who asks for nothing and shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Its host.
    pub host: String,
    /// The HTTP status, whatever it is.
    pub status: u16,
    /// What time it is there.
    pub date: Option<SystemTime>,
}

/// A client of one service with one credential.
pub(super) struct HttpClient {
    address: Address,
    sign_in: SignIn,
    agents: Agents,
}

impl HttpClient {
    /// Checks what it is given; connects to nothing yet.
    pub(super) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let address = address_of(settings)?;
        let sign_in = SignIn::of(&settings.credential)?;
        let agents = Agents::new(settings, address.is_loopback())?;
        Ok(Self {
            address,
            sign_in,
            agents,
        })
    }

    /// Whether `path` is one that this client can ask for.
    pub(super) fn can_reach(&self, path: &str) -> bool {
        self.address.at(path).is_some()
    }

    /// Asks for the service's address itself, without signing in. Any answer is one.
    pub(super) fn greet(&self) -> Result<Greeting, ServiceError> {
        let operation = Operation::Greet;
        let uri = self
            .address
            .at("/")
            .ok_or_else(|| ServiceError::Unsendable {
                what: "the request's address",
                why: "it can't be put together".to_owned(),
            })?;
        let request = Request::builder().method(Method::GET).uri(uri);
        let response = self.agents.small.run(build(request, ())?);
        let response = response
            .map_err(|error| fault::no_answer(operation, self.address.authority(), error))?;
        let date = response.headers().get(header::DATE);
        let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        Ok(Greeting {
            host: self.address.authority().to_owned(),
            status: response.status().as_u16(),
            date,
        })
    }

    /// Asks a question.
    pub(super) fn get(&self, operation: Operation, route: &Route) -> Result<Success, ServiceError> {
        let request = self
            .request(Method::GET, route)?
            .header(header::ACCEPT, "application/json");
        let response = self.agents.small.run(build(request, ())?);
        let response = response
            .map_err(|error| fault::no_answer(operation, self.address.authority(), error))?;
        let response = self.accepted(operation, route, response, false)?;
        let (status, retry_after) = (response.status().as_u16(), wait_in(response.headers()));
        let body = read_up_to(response, MAX_ANSWER);
        let body =
            body.map_err(|error| fault::no_answer(operation, self.address.authority(), error))?;
        let success = Success {
            status,
            body,
            retry_after,
        };
        self.whole(operation, success, false)
    }

    /// Submits a form. An error says whether the service may have acted upon it.
    pub(super) fn upload<R: Read>(
        &self,
        route: &Route,
        form: &mut multipart::Body<'_, R>,
    ) -> Result<Success, ServiceError> {
        let operation = Operation::CreateJob;
        let mut answer = self.send_form(route, form, true);
        // RFC 9110 §10.1.1: who does not know `Expect` is asked again without it.
        let misunderstood =
            |response: &Response<Body>| response.status().as_u16() == EXPECTATION_FAILED;
        if form.sent() == 0 && answer.as_ref().is_ok_and(misunderstood) {
            answer = self.send_form(route, form, false);
        }
        let sent = Sent {
            bytes: form.sent(),
            total: form.total(),
        };
        let lost = |error| fault::no_answer_to_upload(self.address.authority(), error, sent);
        let response = self.accepted(operation, route, answer.map_err(lost)?, sent.whole())?;
        let (status, retry_after) = (response.status().as_u16(), wait_in(response.headers()));
        // It said yes: whatever breaks now, the job may be there.
        let sent = Sent {
            bytes: sent.total,
            ..sent
        };
        let body = read_up_to(response, MAX_ANSWER)
            .map_err(|error| fault::no_answer_to_upload(self.address.authority(), error, sent))?;
        self.whole(
            operation,
            Success {
                status,
                body,
                retry_after,
            },
            true,
        )
    }

    fn send_form<R: Read>(
        &self,
        route: &Route,
        form: &mut multipart::Body<'_, R>,
        expect: bool,
    ) -> Result<Response<Body>, ureq::Error> {
        let Some(uri) = self.address.at(&route.path) else {
            return Err(ureq::Error::BadUri(route.path.clone()));
        };
        let mut request = self
            .sign_in
            .sign(Request::builder().method(Method::POST).uri(uri))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, form.content_type())
            .header(header::CONTENT_LENGTH, form.total());
        if expect {
            request = request.header(header::EXPECT, "100-continue");
        }
        self.agents
            .upload
            .run(request.body(SendBody::from_reader(form))?)
    }

    /// Downloads into `to`.
    pub(super) fn download(
        &self,
        operation: Operation,
        route: &Route,
        to: &mut dyn Write,
        limit: u64,
    ) -> Result<Downloaded, ServiceError> {
        let request = self
            .request(Method::GET, route)?
            .header(header::ACCEPT_ENCODING, "identity");
        let response = self.agents.download.run(build(request, ())?);
        let response = response
            .map_err(|error| fault::no_answer(operation, self.address.authority(), error))?;
        let mut response = self.accepted(operation, route, response, false)?;
        let declared = response.body().content_length();
        if declared.is_some_and(|length| length > limit) {
            return Err(ServiceError::Oversized { operation, limit });
        }
        let content_type = media_type(response.headers());
        let mut body = response.body_mut().as_reader();
        let mut buffer = vec![0; 64 * 1024];
        let mut length = 0_u64;
        loop {
            let read = body.read(&mut buffer).map_err(|error| {
                fault::no_answer(
                    operation,
                    self.address.authority(),
                    ureq::Error::from(error),
                )
            })?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
                return Ok(Downloaded {
                    bytes: length,
                    content_type,
                });
            };
            length = length.saturating_add(read as u64);
            if length > limit {
                return Err(ServiceError::Oversized { operation, limit });
            }
            to.write_all(bytes)
                .map_err(|source| ServiceError::Output { operation, source })?;
        }
    }

    /// An error for a success whose contents make no sense.
    pub(super) fn unreadable(
        &self,
        operation: Operation,
        success: &Success,
        why: String,
        maybe_done: bool,
    ) -> ServiceError {
        let words = Words::read(&self.sign_in.without_secret(&success.body));
        let refusal = Box::new(Refusal {
            operation,
            status: Some(success.status),
            words,
        });
        ServiceError::Unreadable {
            refusal,
            why,
            maybe_done,
        }
    }

    fn request(
        &self,
        method: Method,
        route: &Route,
    ) -> Result<ureq::http::request::Builder, ServiceError> {
        let uri = self
            .address
            .at(&route.path)
            .ok_or_else(|| ServiceError::Unsendable {
                what: "the request's address",
                why: printable(&route.path, MAX_QUOTE),
            })?;
        Ok(self
            .sign_in
            .sign(Request::builder().method(method).uri(uri)))
    }

    fn whole(
        &self,
        operation: Operation,
        success: Success,
        maybe_done: bool,
    ) -> Result<Success, ServiceError> {
        if success.body.len() as u64 > MAX_ANSWER {
            let why = format!("it is longer than {MAX_ANSWER} bytes");
            return Err(self.unreadable(operation, &success, why, maybe_done));
        }
        Ok(success)
    }

    /// Lets a 2xx through and turns anything else into its error.
    fn accepted(
        &self,
        operation: Operation,
        route: &Route,
        response: Response<Body>,
        maybe_done: bool,
    ) -> Result<Response<Body>, ServiceError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = wait_in(response.headers());
        let to = self.target_in(response.headers());
        // The status alone is an answer: a body that breaks off only costs its words.
        let body = read_up_to(response, MAX_REFUSAL).unwrap_or_default();
        let words = Words::read(&self.sign_in.without_secret(&body));
        let answer = Answered {
            refusal: Refusal {
                operation,
                status: Some(status.as_u16()),
                words,
            },
            retry_after,
            to,
            maybe_done,
        };
        if status.as_u16() == 401 {
            return Err(self.sign_in.refused(Box::new(answer.refusal)));
        }
        Err(fault::refused(status.as_u16(), answer, route.unverified))
    }

    fn target_in(&self, headers: &HeaderMap) -> String {
        let target = headers
            .get(header::LOCATION)
            .map(HeaderValue::as_bytes)
            .unwrap_or_default();
        let target = printable(
            &String::from_utf8_lossy(&self.sign_in.without_secret(target)),
            MAX_QUOTE,
        );
        if target.is_empty() {
            "which it does not name".to_owned()
        } else {
            target
        }
    }
}

fn build<T>(request: ureq::http::request::Builder, body: T) -> Result<Request<T>, ServiceError> {
    request
        .body(body)
        .map_err(|error| ServiceError::Unsendable {
            what: "the request",
            why: error.to_string(),
        })
}

fn wait_in(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    retry_after::parse(
        text(header::RETRY_AFTER)?,
        text(header::DATE),
        SystemTime::now(),
    )
}

/// Reads one byte more than `limit`, so that the caller can tell that there was more.
fn read_up_to(mut response: Response<Body>, limit: u64) -> Result<Vec<u8>, ureq::Error> {
    let mut body = Vec::new();
    response
        .body_mut()
        .as_reader()
        .take(limit + 1)
        .read_to_end(&mut body)?;
    Ok(body)
}

/// Client certificates are shown to a host of their own (S).
fn address_of(settings: &Settings) -> Result<Address, SettingsError> {
    match &settings.credential {
        Credential::ClientCertificate(certificate) => match &certificate.url {
            Some(url) => Address::parse("service.client_auth_url", url),
            None => Address::parse(address::SETTING, &settings.url)?.for_client_certificates(),
        },
        Credential::ApiKey(_) | Credential::Passcode(_) => {
            Address::parse(address::SETTING, &settings.url)
        }
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, _) = value.split_once(';').unwrap_or((value, ""));
    let kind = printable(kind.trim(), MAX_QUOTE).to_ascii_lowercase();
    (!kind.is_empty()).then_some(kind)
}
