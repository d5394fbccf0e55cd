//! What is shown while a bench is at work, for as long as the command lasts: whoever draws it reads the one panel.

use std::sync::Arc;

use crate::bench::Bench;
use crate::cli::args::Views;
use crate::cli::exit::Failure;
use crate::cli::table::{self, Table};
use crate::commands::{Session, Setup};
use crate::panel::Panel;

/// What is shown of a bench; it ends when this is dropped.
pub struct Show {
    panel: Arc<Panel>,
    table: Option<Table>,
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
        let is_plain = views.plain || session.quiet || session.output.json;
        let table = (!is_plain && table::fits())
            .then(|| Table::start(Arc::clone(&panel), Arc::clone(&session.interrupt)))
            .transpose()
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "this terminal can't show the table");
                None
            });
        let show = Self { panel, table };
        Ok(session.show.get_or_init(|| show))
    }

    /// What stands on the bench.
    pub fn panel(&self) -> &Panel {
        &self.panel
    }

    /// Whether the terminal is full of it: then lines about single boards are not printed.
    pub fn has_table(&self) -> bool {
        self.table.is_some()
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        self.panel.end("ended");
    }
}
