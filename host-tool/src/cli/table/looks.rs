//! How things look: colours where they are wanted, and signs and weight that say the same without.

use ratatui::style::{Color, Modifier, Style};

use crate::cli::colour;
use crate::panel::Tone;

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    colours: bool,
}

impl Looks {
    /// As everywhere on standard error.
    pub fn of_environment() -> Self {
        let colours = colour::on_stderr();
        Self { colours }
    }

    #[cfg(test)]
    pub fn plain() -> Self {
        Self { colours: false }
    }

    /// A place's state, to be seen from afar.
    pub fn badge(self, tone: Tone) -> Style {
        let style = Style::new().add_modifier(Modifier::BOLD);
        match (self.colours, tone) {
            (_, Tone::Idle) => Style::new().add_modifier(Modifier::DIM),
            (false, Tone::Trouble) => style.add_modifier(Modifier::REVERSED),
            (false, _) => style,
            // Bright on dark and dark on bright differ for any eye.
            (true, Tone::Trouble) => style.fg(Color::White).bg(Color::Red),
            (true, Tone::Busy) => style.fg(Color::Black).bg(Color::Yellow),
            (true, Tone::Ready) => style.fg(Color::Black).bg(Color::Green),
        }
    }

    /// Words of that tone.
    pub fn words(self, tone: Tone) -> Style {
        match (self.colours, tone) {
            (_, Tone::Idle) | (false, _) => Style::new(),
            (true, Tone::Trouble) => Style::new().fg(Color::LightRed),
            (true, Tone::Busy) => Style::new().fg(Color::Yellow),
            (true, Tone::Ready) => Style::new().fg(Color::Green),
        }
    }
}

/// What stands back.
pub fn quiet() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// What stands out.
pub fn strong() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}
