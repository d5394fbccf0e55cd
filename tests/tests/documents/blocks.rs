//! What a document asks its reader to do: fenced blocks, read as steps.
//!
//! A ```` ```console ```` block holds commands behind `$ ` (on the host) or `board$ ` (on a board), each with what it prints below it; a
//! lone `…` stands for lines that are left out. A block whose language has a path behind it (```` ```toml line-3/bench.toml ````) is that
//! file.

/// A fenced block.
pub struct Block {
    pub language: String,
    /// What stands behind the language: a file's path.
    pub file: Option<String>,
    /// The line of its fence, from 1.
    pub line: usize,
    pub lines: Vec<String>,
}

/// A command, and what is shown of its output.
pub struct Command {
    pub line: usize,
    pub on_board: bool,
    pub text: String,
    pub output: Vec<String>,
}

/// What the reader does next.
pub enum Step {
    Write {
        line: usize,
        file: String,
        text: String,
    },
    Run(Command),
}

impl Step {
    pub fn line(&self) -> usize {
        match self {
            Self::Write { line, .. } => *line,
            Self::Run(command) => command.line,
        }
    }
}

/// Every fenced block of a document.
pub fn blocks(text: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<(Block, &str)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let inner = line.trim_start();
        let indent = &line[..line.len() - inner.len()];
        match &mut open {
            None => {
                if let Some(info) = inner.strip_prefix("```") {
                    let mut words = info.split_whitespace().map(str::to_owned);
                    let block = Block {
                        language: words.next().unwrap_or_default(),
                        file: words.next(),
                        line: number,
                        lines: Vec::new(),
                    };
                    open = Some((block, indent));
                }
            }
            Some((block, indent)) => {
                if inner == "```" {
                    blocks.extend(open.take().map(|(block, _)| block));
                } else {
                    let line = line.strip_prefix(*indent).unwrap_or(line);
                    block.lines.push(line.to_owned());
                }
            }
        }
    }
    match open {
        None => Ok(blocks),
        Some((block, _)) => Err(format!("the block of line {} does not end", block.line)),
    }
}

/// The steps of a document.
pub fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for block in blocks(text)? {
        match (block.language.as_str(), block.file) {
            ("sh" | "bash" | "shell", _) => {
                return Err(format!(
                    "line {}: commands stand in a console block, so that they are run",
                    block.line
                ));
            }
            ("console", _) => steps.extend(
                commands(block.line, &block.lines)?
                    .into_iter()
                    .map(Step::Run),
            ),
            (_, Some(file)) => steps.push(Step::Write {
                line: block.line,
                file,
                text: block.lines.join("\n") + "\n",
            }),
            (_, None) => {}
        }
    }
    Ok(steps)
}

fn commands(fence: usize, lines: &[String]) -> Result<Vec<Command>, String> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (line, text) in (fence + 1..).zip(lines) {
        let prompted = [("$ ", false), ("board$ ", true)]
            .into_iter()
            .find_map(|(prompt, on_board)| Some((text.strip_prefix(prompt)?, on_board)));
        match (commands.last_mut(), prompted) {
            (Some(last), _) if goes_on => {
                last.text.push('\n');
                last.text.push_str(text);
                goes_on = text.ends_with('\\');
            }
            (_, Some((text, on_board))) => {
                goes_on = text.ends_with('\\');
                commands.push(Command {
                    line,
                    on_board,
                    text: text.to_owned(),
                    output: Vec::new(),
                });
            }
            (Some(last), None) => last.output.push(text.clone()),
            (None, None) => return Err(format!("line {line}: no prompt before it")),
        }
    }
    Ok(commands)
}
