//! Which address of the page is what.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::access::{self, Access};
use super::feed::{Feed, Hall, Told};
use super::{assets, downloads, life, orders};
use crate::panel::Panel;

/// Pages that are told of changes at once.
const MOST_FEEDS: usize = 32;

/// The greatest body of a request, in bytes: an order.
const MOST_BODY: usize = 4096;

/// What answers need.
pub(super) struct Room {
    pub access: Access,
    pub panel: Arc<Panel>,
    pub folder: PathBuf,
    pub source: downloads::Source,
    hall: Arc<Hall>,
    feeds: Arc<Semaphore>,
    /// Whoever reads the store does so one at a time: the bench has the disk.
    pub reading: Semaphore,
}

impl Room {
    pub fn new(
        access: Access,
        panel: &Arc<Panel>,
        feed: &Feed,
        folder: &Path,
        source: downloads::Source,
    ) -> Arc<Self> {
        Arc::new(Self {
            access,
            panel: Arc::clone(panel),
            folder: folder.to_owned(),
            source,
            hall: Arc::clone(feed.hall()),
            feeds: Arc::new(Semaphore::new(MOST_FEEDS)),
            reading: Semaphore::new(1),
        })
    }
}

/// All routes.
pub(super) fn router(room: Arc<Room>) -> Router {
    let mut router = Router::new()
        .route("/events", get(events))
        .route("/board", get(life::board))
        .route("/orders", post(orders::order))
        .route("/files", get(downloads::list))
        .route("/files/{name}", get(downloads::file));
    for asset in &assets::ALL {
        router = router.route(asset.path, get(|| async { asset.into_response() }));
    }
    router
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(from_fn_with_state(Arc::clone(&room), access::guard))
        .with_state(room)
}

/// A sentence as an answer.
pub(super) fn words(status: StatusCode, words: &str) -> Response {
    let kind = (CONTENT_TYPE, "text/plain; charset=utf-8");
    (status, [kind], format!("{words}\n")).into_response()
}

/// The feed, until the bench or the page ends.
async fn events(State(room): State<Arc<Room>>) -> Response {
    let Ok(place) = Arc::clone(&room.feeds).try_acquire_owned() else {
        return words(
            StatusCode::SERVICE_UNAVAILABLE,
            "So many pages are open already that there is no room for another.",
        );
    };
    // One piece is on its way, and one waits: whoever is further behind is told the whole again.
    let (page, pieces) = mpsc::channel(1);
    tokio::spawn(told(Arc::clone(&room.hall), page, place));
    let kind = (CONTENT_TYPE, "text/event-stream");
    ([kind], Body::from_stream(ReceiverStream::new(pieces))).into_response()
}

type Piece = Result<Bytes, std::convert::Infallible>;

async fn told(hall: Arc<Hall>, page: mpsc::Sender<Piece>, _place: OwnedSemaphorePermit) {
    let mut listener = hall.listen();
    let mut known = 0;
    let mut needs_whole = true;
    loop {
        let bytes = if std::mem::take(&mut needs_whole) {
            let hall = Arc::clone(&hall);
            let Ok((version, bytes)) = tokio::task::spawn_blocking(move || hall.whole()).await
            else {
                return;
            };
            known = version;
            bytes
        } else {
            let heard = tokio::select! {
                heard = listener.recv() => heard,
                () = page.closed() => return,
            };
            match heard {
                // It was in the whole. Those of the whole's own version carry pace and time.
                Ok(Told::Change(version, _)) if version < known => continue,
                Ok(Told::Change(version, bytes)) => {
                    known = version;
                    bytes
                }
                Ok(Told::Heartbeat) => Bytes::from_static(b"event: here\ndata: {}\n\n"),
                Ok(Told::End(bytes)) => {
                    let _ = page.send(Ok(bytes)).await;
                    return;
                }
                Err(RecvError::Lagged(_)) => {
                    needs_whole = true;
                    continue;
                }
                Err(RecvError::Closed) => return,
            }
        };
        if page.send(Ok(bytes)).await.is_err() {
            return;
        }
    }
}
