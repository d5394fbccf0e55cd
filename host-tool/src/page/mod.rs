//! The live page: the bench in a browser, for as long as a command lasts.
//!
//! A thread reads the [`Panel`] and writes each change once for all pages (`feed`); a server with its own threads hands it out. The
//! bench never waits for a page: whoever reads too slowly is given the whole again, or is dropped. What a page asks for goes through
//! the panel's orders and through a reader of the store; nothing here writes to a batch.
//!
//! `PAGE.md` is the contract of routes and events.

mod access;
mod assets;
mod certificate;
mod downloads;
mod error;
mod feed;
mod life;
mod line;
mod orders;
mod routes;
mod server;
mod url;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

pub use downloads::Source;
pub use error::PageError;

use crate::panel::Panel;
use access::Access;
use feed::Feed;
use routes::Room;
use server::Server;

/// A page that is served. Dropped, it tells every browser that the bench has ended, and stops.
pub struct Page {
    url: String,
    /// With the token in it.
    whole_url: SecretString,
    fingerprint: Option<String>,
    feed: Option<Feed>,
    server: Option<Server>,
}

impl Page {
    /// Serves the page at this address; on return it answers. `folder` is the batch's.
    ///
    /// # Errors
    /// [`PageError`]; then nothing is served.
    pub fn start(
        address: SocketAddr,
        panel: &Arc<Panel>,
        folder: &Path,
        source: Source,
    ) -> Result<Self, PageError> {
        let (listener, address) = server::listen(address)?;
        let (access, pair) = if address.ip().is_loopback() {
            (Access::Loopback, None)
        } else {
            let token = certificate::token(folder)?;
            let pair = certificate::pair(folder, &url::names(address))?;
            (Access::with_token(token, address.port()), Some(pair))
        };
        let feed = Feed::start(panel).map_err(PageError::Threads)?;
        let url = url::of(address, pair.is_some());
        let whole_url = access.whole_url(&url);
        let fingerprint = pair.as_ref().map(|pair| pair.fingerprint.clone());
        let room = Room::new(access, panel, &feed, folder, source);
        let server = Server::start(listener, address, pair, room)?;
        Ok(Self {
            url,
            whole_url,
            fingerprint,
            feed: Some(feed),
            server: Some(server),
        })
    }

    /// Where it is, without the token.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to open it with: with the token, where there is one. For the operator's eyes alone.
    pub fn whole_url(&self) -> &str {
        self.whole_url.expose_secret()
    }

    /// The SHA-256 of its certificate, as browsers show it; `None` on loopback.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The last word first; then the server waits a moment until it has been read.
        drop(self.feed.take());
        drop(self.server.take());
    }
}
