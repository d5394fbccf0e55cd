//! Progress on standard error: a bar with counts where that is a terminal, plain lines otherwise, JSON lines on standard
//! output where `--json` asks for them.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::events;
use super::held::{self, To};
use super::output::{Output, count};
use super::show::Show;
use crate::bench::{Event, Observer};
use crate::commands::Session;
use crate::panel::{Goal, Panel};

/// Draws progress.
pub struct Progress<'s> {
    output: Output,
    quiet: bool,
    bar: Option<ProgressBar>,
    panel: Option<&'s Panel>,
    /// Single boards are told of in the table.
    has_table: bool,
}

impl<'s> Progress<'s> {
    /// A drawer. Where the session is quiet, only troubles are told.
    pub fn new(session: &'s Session) -> Self {
        let (output, quiet) = (session.output, session.quiet);
        let show = session.show.get();
        let has_table = show.is_some_and(Show::has_table);
        let draws = std::io::stderr().is_terminal() && !output.json && !quiet && !has_table;
        let bar = draws.then(|| {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self {
            output,
            quiet,
            bar,
            panel: show.map(Show::panel),
            has_table,
        }
    }

    /// Another phase of the work begins.
    pub fn phase(&self, goal: Goal, words: &str) {
        if let Some(panel) = self.panel {
            panel.phase(goal, words);
        }
    }

    /// For how many boards it is done, and for how many it is to be.
    pub fn target(&self, done: u64, target: Option<u64>) {
        if let Some(panel) = self.panel {
            panel.progress(done, target);
        }
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        self.message(text);
        self.say(text);
    }

    /// A line that stays, also where the command is quiet.
    pub fn trouble(&self, text: &str) {
        self.message(text);
        self.print(text);
    }

    /// What is being done now, of the phase that goes on.
    pub fn step(&self, words: &str) {
        if let Some(panel) = self.panel {
            panel.now(words);
        }
    }

    fn message(&self, text: &str) {
        if let Some(panel) = self.panel {
            panel.message(text);
        }
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            self.print(text);
        }
    }

    fn print(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => held::put(To::Progress, text),
        }
    }

    /// What is going on now; shown only where a bar is drawn.
    pub fn now(&self, text: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.into());
        }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Observer for Progress<'_> {
    fn event(&self, event: &Event<'_>) {
        if let Some(panel) = self.panel {
            panel.event(event);
        }
        if !self.has_table {
            self.tell(event);
        }
        if self.output.json {
            let mut object = events::as_json(event);
            if let (Some(panel), Some(fields)) = (self.panel, object.as_object_mut()) {
                let slot = fields
                    .get("link")
                    .and_then(|link| panel.slot(link.as_str()?));
                if let Some(slot) = slot {
                    fields.insert("slot".to_owned(), slot.into());
                }
            }
            self.output.object(&object);
        }
    }
}

impl Progress<'_> {
    fn tell(&self, event: &Event<'_>) {
        match event {
            Event::Listening { address } => {
                self.say(&format!("listening for boards on {address}"));
            }
            Event::Port { link, slot } => tracing::debug!(link, slot, "a port"),
            Event::Left { link } => tracing::debug!(link, "empty"),
            Event::Skipped { link, who } => {
                self.say(&format!("- {}  left alone  [{link}]", shown(*who)));
            }
            Event::PortTrouble {
                link, error, code, ..
            } => {
                let cause = error
                    .source()
                    .map(|cause| format!(" ({cause})"))
                    .unwrap_or_default();
                self.print(&format!(
                    "! {link}  trouble[{code}]: {error}{cause}; trying again"
                ));
            }
            Event::Log { link, line } => tracing::info!(link, "board says: {line}"),
            Event::Seen { .. }
            | Event::Collected { .. }
            | Event::Installed { .. }
            | Event::Delivered { .. }
            | Event::Identified { .. }
            | Event::NotIdentified { .. }
            | Event::Refused { .. }
            | Event::Lost { .. } => self.tell_of_board(event),
            Event::Strangers { link, reason, .. } => self.print(&format!("! {reason}  [{link}]")),
            Event::Ending { at_work } => {
                let first = match *at_work {
                    0 => String::new(),
                    boards => {
                        let boards = count(boards as u64, "board");
                        format!("; {boards} at work first (Ctrl-C again ends at once)")
                    }
                };
                self.say(&format!("ending, as you wanted{first}"));
            }
            Event::LineStopped => {
                self.print("✗ LINE STOPPED: two boards have one key. Their random number generators can't be trusted.");
                self.print(
                    "    Set both aside and find out why before any other board is collected.",
                );
            }
        }
    }

    fn tell_of_board(&self, event: &Event<'_>) {
        match event {
            Event::Seen { link, mac, name } => {
                tracing::debug!(link, %mac, name, "seen");
                self.now(format!("{name} on {link}"));
            }
            Event::Collected {
                link,
                mac,
                name,
                boards,
                ..
            } => {
                let how = event.how_done();
                self.say(&format!("✓ {name}  {mac}  {how}  [{link}]"));
                self.now(format!("{} recorded", count(*boards, "board")));
            }
            Event::Installed { link, mac, name } => {
                tracing::debug!(link, %mac, name, "installed");
                self.now(format!("{name} has its certificate"));
            }
            Event::Delivered {
                link,
                mac,
                name,
                done,
                of,
                ..
            } => {
                let how = event.how_done();
                self.say(&format!("✓ {name}  {mac}  {how}  [{link}]"));
                self.now(format!("{done} of {} done", count(*of, "board")));
            }
            Event::Identified {
                link,
                mac,
                name,
                seconds,
            } => self.say(&format!(
                "✓ {name}  {mac}  shows itself for {seconds} s  [{link}]"
            )),
            Event::NotIdentified { link, reason, .. } => {
                self.print(&format!("! it can't show itself: {reason}  [{link}]"));
            }
            Event::Refused {
                link,
                who,
                reason,
                code,
                next_step,
            } => {
                self.print(&format!(
                    "✗ {}  refused[{code}]: {reason}  [{link}]",
                    shown(*who)
                ));
                self.print(&format!("    {next_step}"));
            }
            Event::Lost {
                link,
                who,
                reason,
                code,
                recorded,
            } => {
                let rest = if *recorded {
                    "; it is recorded, plug it in again to see it confirmed"
                } else {
                    "; plug it in again"
                };
                self.print(&format!(
                    "! {}  lost[{code}]: {reason}{rest}  [{link}]",
                    shown(*who)
                ));
            }
            _ => {}
        }
    }
}

fn shown(who: Option<(nameplate_wire::Mac, &str)>) -> String {
    match who {
        Some((mac, name)) => format!("{}  {mac}", crate::service::words::printable(name, 64)),
        None => "a board".to_owned(),
    }
}
