//! A terminal that remembers what stands on it, for output that moves the cursor.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A pty that a program can be shown on, and what came out of it.
pub struct Terminal {
    master: File,
}

impl Terminal {
    /// A terminal of this width, and the end that a program gets.
    pub fn new(columns: u16) -> (Self, OwnedFd) {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pty");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let path = ptsname(&master, Vec::new()).expect("its name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(&path, flags, Mode::empty()).expect("its other end");
        let size = Winsize {
            ws_row: 50,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&slave, size).expect("its size");
        let master = File::from(master);
        (Self { master }, slave)
    }

    /// The terminal as a file: what is written is typed.
    pub fn into_file(self) -> File {
        self.master
    }

    /// Everything that came, until nobody has the other end any more.
    pub fn read_to_end(&mut self) -> String {
        let mut all = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = self.master.read(&mut chunk) {
            all.extend_from_slice(&chunk[..count]);
        }
        String::from_utf8(all).expect("text")
    }
}

/// The lines that stand on an endlessly high terminal of this width after this output.
///
/// Knows the controls that a progress bar uses; another one stops the test.
pub fn lines_after(output: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<Vec<char>> = vec![Vec::new()];
    let (mut row, mut column) = (0_usize, 0_usize);
    let mut rest = output.chars();
    while let Some(character) = rest.next() {
        match character {
            '\r' => column = 0,
            '\n' => row += 1,
            '\u{1b}' => {
                let sequence: String = take_sequence(&mut rest);
                let (number, command) = sequence.split_at(sequence.len() - 1);
                let number = number.parse().unwrap_or(1);
                match command {
                    "A" => row = row.saturating_sub(number),
                    "B" => row += number,
                    // The whole line; to the end of the line.
                    "K" if number == 2 => lines[row].clear(),
                    "K" | "J" => lines[row].truncate(column),
                    "m" => {}
                    _ => panic!("an unknown control: {sequence:?}"),
                }
            }
            _ => {
                if column == columns {
                    (row, column) = (row + 1, 0);
                    lines.resize(lines.len().max(row + 1), Vec::new());
                }
                let line = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = character;
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), Vec::new());
    }
    let text = |line: &Vec<char>| line.iter().collect::<String>().trim_end().to_owned();
    lines.iter().map(text).collect()
}

/// What follows an escape: `[`, parameters, and the letter that ends them; given without the bracket.
fn take_sequence(rest: &mut std::str::Chars<'_>) -> String {
    assert_eq!(rest.next(), Some('['), "only control sequences are known");
    let mut sequence = String::new();
    for character in rest {
        sequence.push(character);
        if character.is_ascii_alphabetic() {
            break;
        }
    }
    sequence
}
