//! The bench in a terminal: a table by place, with whoever needs somebody on top, and keys to act on a board.
//!
//! It has the whole terminal for as long as the work lasts; lines that are printed meanwhile wait ([`super::held`]). What is
//! drawn is the panel's ([`crate::panel`]); what is asked for goes to the bench by its orders.

mod ages;
mod draw;
mod keys;
mod looks;
mod view;

use std::io::{self, BufWriter, IsTerminal, Stderr, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{self, Event};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::held;
use crate::panel::Panel;
use looks::Looks;
use view::View;

/// At least so much time is between two drawings: an eye sees no more, and a bench has better to do.
const FRAME: Duration = Duration::from_millis(100);

/// Times are shown in seconds, so it is drawn at least as often.
const SECOND: Duration = Duration::from_secs(1);

/// The table; the terminal is as before when this is dropped.
pub struct Table {
    thread: Option<JoinHandle<()>>,
    over: Arc<AtomicBool>,
}

/// Whether there is a terminal that can show it: it is drawn on standard error, and reads keys from standard input.
pub fn fits() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    !dumb && stderr().is_terminal() && io::stdin().is_terminal() && !is_in_background()
}

/// Begun with `&`, a program that takes the terminal is stopped by the system.
fn is_in_background() -> bool {
    let foreground = rustix::termios::tcgetpgrp(io::stdin());
    foreground.is_ok_and(|group| group != rustix::process::getpgrp())
}

impl Table {
    /// Takes the terminal. `interrupt` is set where the operator wants to end; `page_url` is shown when it is asked for.
    ///
    /// # Errors
    /// Where the terminal can't be used like this; it is as before then.
    pub fn start(
        panel: Arc<Panel>,
        interrupt: Arc<AtomicBool>,
        page_url: Option<String>,
    ) -> io::Result<Self> {
        restore_on_panic();
        let terminal = take_terminal().inspect_err(|_| give_back())?;
        held::begin();
        let over = Arc::new(AtomicBool::new(false));
        let (panel_of_thread, over_of_thread) = (panel, Arc::clone(&over));
        let thread = std::thread::Builder::new()
            .name("table".to_owned())
            .spawn(move || {
                let view = View::new(page_url);
                let fault = show(
                    terminal,
                    view,
                    &panel_of_thread,
                    &interrupt,
                    &over_of_thread,
                )
                .err();
                if let Some(error) = fault {
                    // The work goes on without being seen, and lines are printed again.
                    give_back();
                    held::end();
                    tracing::warn!(%error, "the terminal can't be drawn on any more");
                }
            });
        let thread = thread.inspect_err(|_| {
            give_back();
            held::end();
        })?;
        Ok(Self {
            thread: Some(thread),
            over,
        })
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        give_back();
        held::end();
    }
}

type Screen = Terminal<CrosstermBackend<BufWriter<Stderr>>>;

fn take_terminal() -> io::Result<Screen> {
    enable_raw_mode()?;
    // Not the library's own way to clear it, which asks the terminal where its cursor is: not every terminal answers.
    execute!(stderr(), EnterAlternateScreen, Hide, Clear(ClearType::All))?;
    let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, stderr()));
    let options = TerminalOptions {
        viewport: Viewport::Fullscreen,
    };
    Terminal::with_options(backend, options)
}

/// The terminal as it was; harmless where it is so already.
fn give_back() {
    if matches!(
        ratatui::crossterm::terminal::is_raw_mode_enabled(),
        Ok(true)
    ) {
        let _ = execute!(stderr(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

fn restore_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |what| {
            give_back();
            held::end();
            before(what);
        }));
    });
}

fn show(
    mut screen: Screen,
    mut view: View,
    panel: &Panel,
    interrupt: &AtomicBool,
    over: &AtomicBool,
) -> io::Result<()> {
    let looks = Looks::of_environment();
    let mut drawn: Option<Instant> = None;
    while !over.load(Ordering::Relaxed) {
        let mut changed = view.take(panel);
        while event::poll(Duration::ZERO)? {
            changed = true;
            if let Event::Key(key) = event::read()? {
                let wish = keys::press(&mut view, panel, key);
                if wish == keys::Wish::Quit && interrupt.swap(true, Ordering::Relaxed) {
                    give_back();
                    held::end();
                    // Asked for twice. What boards were told is durable, and a rerun goes on.
                    std::process::exit(1);
                }
            }
        }
        view.ending = interrupt.load(Ordering::Relaxed);
        let is_due = drawn.is_none_or(|at| changed || at.elapsed() >= SECOND);
        if is_due {
            screen.draw(|frame| draw::draw(frame, &mut view, looks))?;
            drawn = Some(Instant::now());
        }
        // Wakes up for keys at once, and for the bench by the next frame.
        event::poll(FRAME)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
