//! What is shown while a bench is at work, for as long as the command lasts: whoever draws it reads the one panel.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use crate::bench::Bench;
use crate::cli::args::Views;
use crate::cli::exit::Failure;
use crate::cli::table::{self, Table};
use crate::commands::{Session, Setup, order};
use crate::page::{Page, Source};
use crate::panel::Panel;

/// What is shown of a bench; it ends when this is dropped.
pub struct Show {
    panel: Arc<Panel>,
    table: Mutex<Option<Table>>,
    has_table: bool,
    page: Option<Page>,
}

impl Show {
    /// Begins to show a bench, unless this command does so already.
    ///
    /// # Errors
    /// Where what was asked for can't be shown.
    pub fn begin<'s>(
        session: &'s Session,
        setup: &Setup,
        bench: &Bench,
        views: &Views,
    ) -> Result<&'s Self, Failure> {
        if let Some(show) = session.show.get() {
            return Ok(show);
        }
        let panel = Arc::new(Panel::new(&setup.batch_name()?, Arc::clone(&bench.orders)));
        // Before the terminal is full of the table: its address is printed.
        let page = match views.page {
            Some(address) => Some(page(session, setup, address, &panel)?),
            None => None,
        };
        let is_plain = views.plain || session.quiet || session.output.json;
        let table = (!is_plain && table::fits())
            .then(|| {
                let url = page.as_ref().map(|page| page.whole_url().to_owned());
                Table::start(Arc::clone(&panel), Arc::clone(&session.interrupt), url)
            })
            .transpose()
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "this terminal can't show the table");
                None
            });
        let show = Self {
            panel,
            has_table: table.is_some(),
            table: Mutex::new(table),
            page,
        };
        Ok(session.show.get_or_init(|| show))
    }

    /// What stands on the bench.
    pub fn panel(&self) -> &Panel {
        &self.panel
    }

    /// What the page is opened with, where there is one: with its token in it, so for the operator's eyes alone.
    pub fn page_url(&self) -> Option<&str> {
        self.page.as_ref().map(Page::whole_url)
    }

    /// Gives the terminal back; the page stays.
    pub fn end_table(&self) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        drop(table.take());
    }

    /// Whether the terminal is full of it: then lines about single boards are not printed.
    pub fn has_table(&self) -> bool {
        self.has_table
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        self.panel.end("ended");
    }
}

/// Serves the page, and says where it is.
fn page(
    session: &Session,
    setup: &Setup,
    address: SocketAddr,
    panel: &Arc<Panel>,
) -> Result<Page, Failure> {
    let source = Source {
        batch: setup.batch_name()?,
        cell: setup.config.batch.csr_cell_sent(),
        // A template that can't be read is told of where it is needed.
        order: order::of_batch(None, setup).unwrap_or_default(),
    };
    let page = Page::start(address, panel, setup.folder(), source)?;
    if !session.quiet {
        let mut text = format!("page  {}\n", page.whole_url());
        if let Some(fingerprint) = page.fingerprint() {
            text.push_str("      its certificate is its own; the browser asks once. SHA-256 ");
            text.push_str(fingerprint);
            text.push('\n');
        }
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
    panel.message(&format!("page on {}", page.url()));
    // Where programs listen, and in what is kept, the token has no place.
    session.output.object(
        &json!({ "event": "page", "url": page.url(), "certificate_sha256": page.fingerprint() }),
    );
    Ok(page)
}
