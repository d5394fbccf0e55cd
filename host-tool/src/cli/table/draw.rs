//! Draws what is looked at, for a terminal of any size.

use std::fmt::Write;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Row as Cells, Table};

use super::ages;
use super::looks::{self, Looks};
use super::view::View;
use crate::panel::{Goal, Head, Notice, Row, Stage, Tone};

/// Two columns are so far apart.
const SPACE: u16 = 2;

/// Draws all of it.
pub fn draw(frame: &mut Frame<'_>, view: &mut View, looks: Looks) {
    let Some(head) = view.head.clone() else {
        return;
    };
    let area = frame.area();
    let notices = notice_lines(view, looks, area.height / 3);
    let rows = u16::try_from(view.shown().len()).unwrap_or(u16::MAX);
    let has_target = head.target.is_some();
    let messages = if area.height >= 20 { 2 } else { 0 };
    let [title, counts, bar, needs, table, said, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(u16::from(has_target)),
        Constraint::Length(u16::try_from(notices.len()).unwrap_or(0)),
        Constraint::Min(rows.min(3) + 1),
        Constraint::Length(messages),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(title_line(&head, title.width), title);
    frame.render_widget(count_line(&head, looks), counts);
    if let Some(target) = head.target {
        draw_progress(frame, &head, target, looks, bar);
    }
    frame.render_widget(Paragraph::new(notices), needs);
    draw_rows(frame, view, &head, looks, table);
    frame.render_widget(message_lines(view, messages), said);
    frame.render_widget(key_line(view, looks), keys);
}

fn title_line(head: &Head, width: u16) -> Line<'static> {
    let left = format!(" {}  {}", head.batch, head.phase);
    let right = format!("{} ", ages::age(head.now_ms.saturating_sub(head.begun_ms)));
    let used = left.chars().count() + right.chars().count();
    let gap = " ".repeat(usize::from(width).saturating_sub(used));
    let text = format!("{left}{gap}{right}");
    Line::from(text).style(looks::strong().add_modifier(Modifier::REVERSED))
}

fn count_line(head: &Head, looks: Looks) -> Line<'static> {
    let badge = |tone: Tone, number: usize, words: &str| {
        let style = if number == 0 {
            looks::quiet()
        } else {
            looks.badge(tone)
        };
        Span::styled(format!(" {} {number} {words} ", tone.sign()), style)
    };
    let mut spans = vec![
        Span::raw(" "),
        badge(Tone::Ready, head.ready, "ready"),
        Span::raw(" "),
        badge(Tone::Busy, head.busy, "at work"),
        Span::raw(" "),
        badge(Tone::Trouble, head.trouble, needs_words(head.trouble)),
    ];
    if head.target.is_none() && head.done > 0 {
        let words = match head.goal {
            Goal::Collect => "in the batch",
            Goal::Deliver => "done",
        };
        spans.push(Span::raw(format!("   {} {words}", head.done)));
    }
    if head.line_stopped {
        let words = " LINE STOPPED: two boards have one key ";
        spans.extend([
            Span::raw(" "),
            Span::styled(words, looks.badge(Tone::Trouble)),
        ]);
    }
    Line::from(spans)
}

fn needs_words(number: usize) -> &'static str {
    if number == 1 { "needs you" } else { "need you" }
}

/// How many are done in words, and beside them as a bar: words on a bar can't be read on every terminal.
fn draw_progress(frame: &mut Frame<'_>, head: &Head, target: u64, looks: Looks, area: Rect) {
    let mut words = format!("  {} of {target}", head.done);
    if head.pace >= 1.0 && head.done < target {
        let _ = write!(words, " · {:.0} a minute", head.pace);
        if let Some(left) = head.left_s {
            let _ = write!(words, " · {}", ages::left(left));
        }
    }
    let width = u16::try_from(words.chars().count()).unwrap_or(u16::MAX);
    let [said, _, bar, _] = Layout::horizontal([
        Constraint::Length(width),
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(Line::from(words).style(looks::strong()), said);
    #[expect(clippy::cast_precision_loss, reason = "it is drawn")]
    let ratio = head.done as f64 / (target as f64).max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between nothing and the bar's width"
    )]
    let full = (ratio.clamp(0.0, 1.0) * f64::from(bar.width)) as usize;
    let rest = usize::from(bar.width).saturating_sub(full);
    let spans = [
        Span::styled("█".repeat(full), looks.words(Tone::Ready)),
        Span::styled("░".repeat(rest), looks::quiet()),
    ];
    frame.render_widget(Line::from_iter(spans), bar);
}

/// Who needs somebody, two lines each, as far as there is room.
fn notice_lines(view: &View, looks: Looks, room: u16) -> Vec<Line<'static>> {
    let room = usize::from(room);
    if view.notices.is_empty() || room < 3 {
        return Vec::new();
    }
    let fit = (room - 1) / 2;
    let mut lines: Vec<_> = view
        .notices
        .iter()
        .take(fit)
        .flat_map(|notice| notice_line(notice, looks))
        .collect();
    let more = view.notices.len().saturating_sub(fit);
    if more > 0 {
        let words = format!(" … and {more} more; they stand first in the table");
        lines.push(Line::from(words).style(looks::quiet()));
    }
    lines
}

fn notice_line(notice: &Notice, looks: Looks) -> [Line<'static>; 2] {
    let sign = if notice.refused { '✗' } else { '!' };
    let place = Span::styled(
        format!(" {sign} {} ", notice.place),
        looks.badge(Tone::Trouble),
    );
    let who = if notice.who == notice.place {
        String::new()
    } else {
        format!("{}: ", notice.who)
    };
    let what = Span::styled(format!(" {who}{}", notice.what), looks.words(Tone::Trouble));
    let next = Span::styled(format!("   → {}", notice.next), looks::strong());
    let code = Span::styled(format!("  [{}]", notice.code), looks::quiet());
    [Line::from(vec![place, what]), Line::from(vec![next, code])]
}

fn draw_rows(frame: &mut Frame<'_>, view: &mut View, head: &Head, looks: Looks, area: Rect) {
    view.fit(usize::from(area.height.saturating_sub(1)));
    let seen: Vec<&Row> = view
        .shown()
        .skip(view.top)
        .take(view.height)
        .flatten()
        .collect();
    if seen.is_empty() {
        let words = if view.search.is_empty() {
            " No board yet. Plug one in, or switch it on."
        } else {
            " Nothing is found."
        };
        frame.render_widget(Line::from(words).style(looks::quiet()), area);
        return;
    }
    // Of all rows, so that nothing moves while they are looked through.
    let widest = |text: &dyn Fn(&Row) -> usize, least: usize, most: usize| {
        let widest = view.shown().flatten().map(text).max().unwrap_or(0);
        u16::try_from(widest.clamp(least, most)).unwrap_or(u16::MAX)
    };
    let place = widest(&|row| row.place.chars().count() + 1, 6, 24);
    let name = widest(&|row| name_of(row).chars().count(), 4, 28);
    let has_mac = area.width >= 90;
    let mut columns = vec![
        Constraint::Length(12),
        Constraint::Length(place),
        Constraint::Length(name),
    ];
    let mut header = vec![" STATE", "PLACE", "NAME"];
    if has_mac {
        columns.push(Constraint::Length(17));
        header.push("MAC");
    }
    columns.extend([Constraint::Length(7), Constraint::Min(10)]);
    header.extend(["SINCE", "LAST WORD"]);
    let rows = seen
        .iter()
        .map(|row| cells(row, head, view.is_chosen(row), has_mac, looks));
    let table = Table::new(rows, columns)
        .column_spacing(SPACE)
        .header(Cells::new(header).style(looks::quiet()));
    frame.render_widget(table, area);
}

fn name_of(row: &Row) -> &str {
    row.name.as_deref().unwrap_or("")
}

fn cells<'r>(row: &'r Row, head: &Head, chosen: bool, has_mac: bool, looks: Looks) -> Cells<'r> {
    let tone = row.tone;
    let state = format!(" {} {}", tone.sign(), row.stage.words());
    let mut cells = vec![
        Line::from(Span::styled(format!("{state:<12}"), looks.badge(tone))),
        Line::from(Span::styled(row.place.as_str(), looks::strong())),
        Line::from(name_of(row)),
    ];
    if has_mac {
        let mac = row.mac.map(|mac| mac.to_string()).unwrap_or_default();
        cells.push(Line::from(mac));
    }
    let age = if row.stage == Stage::Empty {
        String::new()
    } else {
        ages::age(head.now_ms.saturating_sub(row.since_ms))
    };
    cells.push(Line::from(Span::styled(age, looks::quiet())));
    cells.push(Line::from(Span::styled(
        row.word.as_str(),
        looks.words(tone),
    )));
    let style = if chosen {
        Style::new().add_modifier(Modifier::REVERSED)
    } else {
        Style::new()
    };
    Cells::new(cells).style(style)
}

fn message_lines(view: &View, room: u16) -> Paragraph<'static> {
    let skip = view.messages.len().saturating_sub(usize::from(room));
    let lines = view.messages.iter().skip(skip);
    let lines: Vec<_> = lines
        .map(|message| Line::from(format!(" {}", message.text)).style(looks::quiet()))
        .collect();
    Paragraph::new(lines)
}

fn key_line(view: &View, looks: Looks) -> Line<'static> {
    if view.ending {
        let words = " Ending: boards that are at work are finished. q again ends at once.";
        return Line::from(words).style(looks.badge(Tone::Busy));
    }
    if view.is_asking {
        let words = " Are these all? y: go on with them, and wait for no other. Any other key: no.";
        return Line::from(words).style(looks.badge(Tone::Busy));
    }
    if view.is_typing {
        let words = format!(" Search: {}▏ Enter shows, Esc ends", view.search);
        return Line::from(words).style(looks::strong());
    }
    if let Some(said) = &view.said {
        return Line::from(format!(" {said}")).style(looks::strong());
    }
    let key = |key: &'static str| Span::styled(key, looks::strong());
    let word = |word: &'static str| Span::styled(word, looks::quiet());
    let mut spans = vec![
        key(" ↑↓"),
        word(" choose   "),
        key("i"),
        word(" show which   "),
        key("r"),
        word(" try again   "),
        key("s"),
        word(" leave alone   "),
        key("/"),
        word(" search   "),
        key("e"),
        word(" enough   "),
        key("q"),
        word(" stop"),
    ];
    if view.page_url.is_some() {
        spans.extend([key("   p"), word(" page")]);
    }
    if !view.search.is_empty() {
        spans.push(Span::styled(
            format!("   found by {:?}, Esc shows all", view.search),
            looks::strong(),
        ));
    }
    Line::from(spans)
}
