//! A request's body that can still be emptied after its handler has refused the request.
//!
//! A server that answers and closes while the client is still sending makes the system reset the
//! connection, and the client loses the answer. Small rests are read and thrown away; large ones are
//! not, as with the real service: who sends 200 MB uses `Expect: 100-continue`.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};

/// How much of a refused request is still read, bytes.
const GREATEST_REST: usize = 4 * 1024 * 1024;
/// How long a refused client may take to send it.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A body with two holders: the handler that reads it, and the gate that empties it.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Inner>>);

struct Inner {
    body: Body,
    touched: bool,
    ended: bool,
}

impl Shared {
    pub(super) fn new(body: Body) -> Shared {
        let ended = http_body::Body::is_end_stream(&body);
        Shared(Arc::new(Mutex::new(Inner {
            body,
            touched: false,
            ended,
        })))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads a small rest, so that the client gets its answer. A client that waits for
    /// `100 Continue` and was not told to go on is not sending anything.
    pub(super) async fn empty(mut self, expects_continue: bool) {
        let waiting = self.with(|inner| inner.ended || (expects_continue && !inner.touched));
        if waiting {
            return;
        }
        let rest = async {
            let mut length = 0;
            while let Some(Ok(frame)) =
                std::future::poll_fn(|cx| http_body::Body::poll_frame(Pin::new(&mut self), cx))
                    .await
            {
                length += frame.data_ref().map_or(0, Bytes::len);
                if length > GREATEST_REST {
                    break;
                }
            }
        };
        // Whether it ended or took too long, the answer goes out.
        let _ = tokio::time::timeout(LONGEST_WAIT, rest).await;
    }
}

impl http_body::Body for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.with(|inner| {
            inner.touched = true;
            let polled = Pin::new(&mut inner.body).poll_frame(cx);
            if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
                inner.ended = true;
            }
            polled
        })
    }

    fn is_end_stream(&self) -> bool {
        self.with(|inner| inner.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|inner| inner.body.size_hint())
    }
}
