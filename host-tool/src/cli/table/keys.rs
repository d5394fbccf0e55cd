//! What each key does.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::view::View;
use crate::bench::Order;
use crate::panel::Panel;

/// What a key asks of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    GoOn,
    /// To end.
    Quit,
}

/// Takes a key.
pub fn press(view: &mut View, panel: &Panel, key: KeyEvent) -> Wish {
    if key.kind == KeyEventKind::Release {
        return Wish::GoOn;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if control && matches!(key.code, KeyCode::Char('c' | 'C')) {
        return Wish::Quit;
    }
    if control {
        return Wish::GoOn;
    }
    view.said = None;
    if std::mem::take(&mut view.is_asking) {
        if matches!(key.code, KeyCode::Char('y' | 'Y')) {
            panel.orders().enough();
            view.said = Some("No further board is waited for.".to_owned());
        }
        return Wish::GoOn;
    }
    if view.is_typing {
        typed(view, key.code);
        return Wish::GoOn;
    }
    match key.code {
        KeyCode::Char('q' | 'Q') => return Wish::Quit,
        KeyCode::Char('/') => view.is_typing = true,
        KeyCode::Char('e' | 'E') => view.is_asking = true,
        KeyCode::Esc => view.clear(),
        KeyCode::Down | KeyCode::Char('j') => view.step(1),
        KeyCode::Up | KeyCode::Char('k') => view.step(-1),
        KeyCode::PageDown => view.step(view.page()),
        KeyCode::PageUp => view.step(-view.page()),
        KeyCode::Home => view.choose(0),
        KeyCode::End => view.choose(usize::MAX),
        KeyCode::Char('p' | 'P') => view.said.clone_from(&view.page_url),
        KeyCode::Char('i' | 'I') => order(view, panel, Order::Identify),
        KeyCode::Char('r' | 'R') => order(view, panel, Order::Retry),
        KeyCode::Char('s' | 'S') => order(view, panel, Order::Skip),
        _ => {}
    }
    Wish::GoOn
}

fn typed(view: &mut View, key: KeyCode) {
    /// Names have 64 characters at the most.
    const LONGEST: usize = 64;
    match key {
        KeyCode::Enter => view.is_typing = false,
        KeyCode::Esc => view.clear(),
        KeyCode::Backspace => {
            view.search.pop();
        }
        KeyCode::Char(char) if view.search.chars().count() < LONGEST => view.search.push(char),
        _ => {}
    }
    view.sort();
}

fn order(view: &mut View, panel: &Panel, order: Order) {
    let Some(row) = view.chosen() else {
        view.said = Some("Choose a board first, with ↑ and ↓.".to_owned());
        return;
    };
    let who = row.name.clone().unwrap_or_else(|| row.place.clone());
    let Some(target) = row.target() else {
        view.said = Some("It is not known which board that is.".to_owned());
        return;
    };
    let when = if row.is_port {
        ""
    } else {
        " when it calls next"
    };
    view.said = Some(match order {
        Order::Identify => format!("{who} is asked to show itself{when}"),
        Order::Retry => format!("{who} is tried again{when}"),
        Order::Skip => format!("{who} is left alone; r takes it up again"),
    });
    panel.orders().give(target, order);
}
