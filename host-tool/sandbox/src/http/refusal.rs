//! Errors as the service words them: a status, a code and a message.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::Error;
use crate::fault::RetryAfter;
use crate::switches::ErrorShape;

/// A request that was not carried out, and why.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    code: &'static str,
    message: String,
    retry_after: Option<RetryAfter>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    /// 400: the request itself is wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// 401: no key, or a wrong one.
    pub(crate) fn key() -> Refusal {
        let message = "the header x-api-key is missing or its key is not valid";
        Refusal::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
    }

    /// 401: another way to sign in failed.
    pub(crate) fn signed_in(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
    }

    /// 403: it is known who asks, and it is not allowed.
    pub(crate) fn denied(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, "access_denied", message)
    }

    /// 404: what the request names does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "resource_not_found", message)
    }

    /// 405.
    pub(crate) fn method() -> Refusal {
        let message = "this path does not take this method";
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", message)
    }

    /// 413: the data file is too large.
    pub(crate) fn too_large(limit: u64) -> Refusal {
        let message = format!("data: the file is larger than {limit} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", message)
    }

    /// 500: the sandbox itself failed. The log says why.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Refusal {
        tracing::error!(error, "the sandbox failed");
        let message = "the sandbox failed; its log says why";
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }

    /// A played fault.
    pub(crate) fn played(status: u16, retry_after: Option<RetryAfter>) -> Refusal {
        let code = match status {
            400 | 413 => "invalid_request",
            401 => "invalid_api_key",
            403 => "access_denied",
            404 => "resource_not_found",
            429 => "too_many_requests",
            503 => "service_unavailable",
            _ => "internal_error",
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Refusal {
            retry_after,
            ..Refusal::new(status, code, format!("this fault was asked for: {status}"))
        }
    }

    /// The answer, in the shape that the switch asks for.
    pub(crate) fn render(&self, shape: ErrorShape) -> Response {
        let error = json!({"code": self.code, "message": self.message});
        let body = match shape {
            ErrorShape::Errors => json!({"errors": [error]}),
            ErrorShape::Error => json!({"error": error}),
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(value) = self.retry_after.and_then(retry_after) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::internal(&error)
    }
}

/// The refusal travels as an extension to the gate, which knows the shape and renders it.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// RFC 9110 §10.2.3 and §5.6.7 (IMF-fixdate).
fn retry_after(after: RetryAfter) -> Option<HeaderValue> {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let text = match after {
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::Date(seconds) => {
            let then = OffsetDateTime::now_utc() + time::Duration::seconds(seconds.into());
            then.format(format).ok()?
        }
    };
    HeaderValue::from_str(&text).ok()
}
