//! Progress on standard error: a bar with counts where that is a terminal, plain lines otherwise, JSON lines on standard
//! output where `--json` asks for them.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

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
}

impl<'s> Progress<'s> {
    /// A drawer. Where the session is quiet, only troubles are told.
    pub fn new(session: &'s Session) -> Self {
        let (output, quiet) = (session.output, session.quiet);
        let draws = std::io::stderr().is_terminal() && !output.json && !quiet;
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
            panel: session.show.get().map(Show::panel),
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
        if !self.quiet {
            self.trouble(text);
        }
    }

    /// A line that stays, also where the command is quiet.
    pub fn trouble(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => {
                let _ = writeln!(std::io::stderr().lock(), "{text}");
            }
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
        self.tell(event);
        if self.output.json {
            self.output.object(&as_json(event));
        }
    }
}

impl Progress<'_> {
    fn tell(&self, event: &Event<'_>) {
        match event {
            Event::Listening { address } => {
                self.line(&format!("listening for boards on {address}"));
            }
            Event::Port { link, slot } => tracing::debug!(link, slot, "a port"),
            Event::Left { link } => tracing::debug!(link, "empty"),
            Event::Skipped { link, who } => {
                self.line(&format!("- {}  left alone  [{link}]", shown(*who)));
            }
            Event::PortTrouble { link, error, code } => {
                let cause = error
                    .source()
                    .map(|cause| format!(" ({cause})"))
                    .unwrap_or_default();
                self.trouble(&format!(
                    "! {link}  trouble[{code}]: {error}{cause}; trying again"
                ));
            }
            Event::Log { link, line } => tracing::info!(link, "board says: {line}"),
            Event::Seen { link, mac, name } => {
                tracing::debug!(link, %mac, name, "seen");
                self.now(format!("{name} on {link}"));
            }
            Event::Collected {
                link,
                mac,
                name,
                already,
                boards,
                ..
            } => {
                let how = if *already {
                    "was recorded before"
                } else {
                    "recorded"
                };
                self.line(&format!("✓ {name}  {mac}  {how}  [{link}]"));
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
                let how = event.how_delivered();
                self.line(&format!("✓ {name}  {mac}  {how}  [{link}]"));
                self.now(format!("{done} of {} done", count(*of, "board")));
            }
            Event::Identified {
                link,
                mac,
                name,
                seconds,
            } => self.line(&format!(
                "✓ {name}  {mac}  shows itself for {seconds} s  [{link}]"
            )),
            Event::Refused {
                link,
                who,
                reason,
                code,
                next_step,
            } => {
                self.trouble(&format!(
                    "✗ {}  refused[{code}]: {reason}  [{link}]",
                    shown(*who)
                ));
                self.trouble(&format!("    {next_step}"));
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
                self.trouble(&format!(
                    "! {}  lost[{code}]: {reason}{rest}  [{link}]",
                    shown(*who)
                ));
            }
            Event::Strangers { link, reason, .. } => self.trouble(&format!("! {reason}  [{link}]")),
            Event::LineStopped => {
                self.trouble("✗ LINE STOPPED: two boards have one key. Their random number generators can't be trusted.");
                self.trouble(
                    "    Set both aside and find out why before any other board is collected.",
                );
            }
        }
    }
}

fn shown(who: Option<(nameplate_wire::Mac, &str)>) -> String {
    match who {
        Some((mac, name)) => format!("{}  {mac}", crate::service::words::printable(name, 64)),
        None => "a board".to_owned(),
    }
}

fn as_json(event: &Event<'_>) -> serde_json::Value {
    let mac = |mac: &nameplate_wire::Mac| mac.to_string();
    match event {
        Event::Listening { address } => {
            json!({"event": "listening", "address": address.to_string()})
        }
        Event::Port { link, slot } => json!({"event": "port", "link": link, "slot": slot}),
        Event::Left { link } => json!({"event": "left", "link": link}),
        Event::Skipped { link, who } => json!({
            "event": "skipped", "link": link, "mac": who.map(|(address, _)| mac(&address)),
            "name": who.map(|(_, name)| name)
        }),
        Event::PortTrouble { link, error, code } => {
            json!({"event": "port-trouble", "link": link, "error": error.to_string(), "code": code})
        }
        Event::Log { link, line } => json!({"event": "log", "link": link, "line": line}),
        Event::Seen {
            link,
            mac: address,
            name,
        } => {
            json!({"event": "seen", "link": link, "mac": mac(address), "name": name})
        }
        Event::Collected {
            link,
            mac: address,
            name,
            already,
            bytes,
            boards,
        } => json!({
            "event": "collected", "link": link, "mac": mac(address), "name": name,
            "already": already, "bytes": bytes, "boards": boards
        }),
        Event::Installed {
            link,
            mac: address,
            name,
        } => json!({"event": "installed", "link": link, "mac": mac(address), "name": name}),
        Event::Delivered {
            link,
            mac: address,
            name,
            already,
            had,
            locked,
            bytes,
            done,
            of,
        } => json!({
            "event": "delivered", "link": link, "mac": mac(address), "name": name, "already": already,
            "had": had, "locked": locked, "bytes": bytes, "done": done, "of": of
        }),
        Event::Identified {
            link,
            mac: address,
            name,
            seconds,
        } => json!({
            "event": "identified", "link": link, "mac": mac(address), "name": name, "seconds": seconds
        }),
        Event::Refused {
            link,
            who,
            reason,
            code,
            next_step,
        } => json!({
            "event": "refused", "link": link, "mac": who.map(|(address, _)| mac(&address)),
            "name": who.map(|(_, name)| name), "error": reason, "code": code, "next_step": next_step
        }),
        Event::Lost {
            link,
            who,
            reason,
            code,
            recorded,
        } => json!({
            "event": "lost", "link": link, "mac": who.map(|(address, _)| mac(&address)),
            "name": who.map(|(_, name)| name), "error": reason, "code": code, "recorded": recorded
        }),
        Event::Strangers {
            link,
            connections,
            reason,
        } => json!({
            "event": "strangers", "link": link, "connections": connections, "error": reason
        }),
        Event::LineStopped => json!({"event": "line-stopped"}),
    }
}
