//! What is shown while a bench is at work, for as long as the command lasts: whoever draws it reads the one panel.

use std::sync::Arc;

use crate::bench::Bench;
use crate::cli::args::Views;
use crate::cli::exit::Failure;
use crate::commands::{Session, Setup};
use crate::panel::{Goal, Panel};

/// What is shown of a bench; it ends when this is dropped.
pub struct Show {
    panel: Arc<Panel>,
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
        _views: &Views,
    ) -> Result<&'s Self, Failure> {
        if let Some(show) = session.show.get() {
            return Ok(show);
        }
        let panel = Arc::new(Panel::new(&setup.batch_name()?, Arc::clone(&bench.orders)));
        let show = Self { panel };
        Ok(session.show.get_or_init(|| show))
    }

    /// What stands on the bench.
    pub fn panel(&self) -> &Panel {
        &self.panel
    }

    /// Another phase of the work begins.
    pub fn phase(&self, goal: Goal, words: &str) {
        self.panel.phase(goal, words);
    }
}
