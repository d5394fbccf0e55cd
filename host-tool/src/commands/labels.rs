//! `nameplate labels`: a label for each board, as SVG files or as PDF pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use nameplate_wire::Mac;
use serde_json::json;

use super::{Session, Setup};
use crate::batch::stem;
use crate::cli::args::{self, LabelForm};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::codes::{Code, of_io};
use crate::labels::{Label, LabelError, Sheets, layout, svg};
use crate::service::words::printable;
use crate::store::{Board, Reader};
use crate::whole_file;

/// A PDF that is larger than this ends with its page, and the labels go on in another: memory does not grow with the batch.
const PDF_BYTES: usize = 16 * 1024 * 1024;

/// Runs the command.
///
/// # Errors
/// Where a label can't be made, or not written.
pub fn run(session: &Session, args: &args::Labels) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let reader = setup.reader()?;
    // Nothing is written before it is known that each label can be.
    each(&reader, args, drop)?;
    let made = match args.format {
        LabelForm::Svg => files(&setup, &reader, args)?,
        LabelForm::Pdf => pages(&setup, &reader, args)?,
    };
    for file in &made.files {
        session.output.line(format!("written: {}", file.display()));
    }
    let labels = count(made.labels, "label");
    session.output.line(format!("{labels} of {}", args.size));
    if made.replaced > 0 {
        let some = count(made.replaced, "label");
        session.output.line(format!(
            "{some} with ? for characters that the PDF's font does not have; the QR codes carry the whole names, and SVG has all"
        ));
    }
    session.output.object(&json!({
        "event": "labels", "files": made.files, "labels": made.labels, "size": args.size.to_string(),
        "with_replaced_characters": made.replaced,
    }));
    Ok(Outcome::Done)
}

#[derive(Debug, Default)]
struct Made {
    /// The files; of SVG their folder.
    files: Vec<PathBuf>,
    labels: u64,
    /// Labels on which characters were replaced.
    replaced: u64,
}

/// Calls `visit` with the label of each board that is wanted; says how many there were.
fn each(
    reader: &Reader,
    args: &args::Labels,
    mut visit: impl FnMut(Label),
) -> Result<u64, Failure> {
    try_each(reader, args, |_, label| {
        visit(label);
        Ok(())
    })
}

fn try_each(
    reader: &Reader,
    args: &args::Labels,
    mut visit: impl FnMut(&Board, Label) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let mut labels = 0;
    let mut one = |board: Board| -> Result<(), Failure> {
        visit(&board, label(args, &board)?)?;
        labels += 1;
        Ok(())
    };
    if args.names.is_empty() {
        reader.boards(one)?;
    } else {
        for name in &args.names {
            let by_name = reader.board(name)?;
            let board = match Mac::parse(name) {
                Ok(mac) if by_name.is_none() => reader.board_of_mac(&mac.to_string())?,
                _ => by_name,
            };
            let board = board.ok_or_else(|| unknown(name))?;
            one(board)?;
        }
    }
    if labels == 0 {
        let error = anyhow::anyhow!("there are no boards in the batch yet");
        return Err(Failure::new(Code::BatchEmpty, error).next("Run `nameplate collect` first."));
    }
    Ok(labels)
}

fn unknown(name: &str) -> Failure {
    let error = anyhow::anyhow!("no board of the batch is {:?}", printable(name, 120));
    Failure::usage(Code::UnknownBoard, error)
        .next("`nameplate list` shows the names and MAC addresses.")
}

fn label(args: &args::Labels, board: &Board) -> Result<Label, Failure> {
    let mac = Mac::parse(&board.what.mac)
        .with_context(|| format!("the store has no MAC address but {:?}", board.what.mac))
        .map_err(|error| {
            Failure::new(Code::StoreDamaged, error)
                .next("The store was changed by another program; put a copy back.")
        })?;
    let label = layout(args.size, mac, &board.what.name);
    label.map_err(|error| {
        let next = match error {
            LabelError::Long { .. } => "Leave this board out: name the others.",
            LabelError::Code { .. } | LabelError::Text { .. } => "Take a larger --size.",
        };
        Failure::usage_of(error).next(next)
    })
}

/// One SVG file a board.
fn files(setup: &Setup, reader: &Reader, args: &args::Labels) -> Result<Made, Failure> {
    let default = || setup.file("labels");
    let folder = args.output.clone().unwrap_or_else(default);
    if !args.force {
        try_each(reader, args, |board, _| {
            refuse_there(&svg_path(&folder, board))
        })?;
    }
    fs::create_dir_all(&folder).map_err(|error| failed("make", &folder, error))?;
    let labels = try_each(reader, args, |board, label| {
        write(&svg_path(&folder, board), svg(&label).as_bytes())
    })?;
    Ok(Made {
        files: vec![folder],
        labels,
        replaced: 0,
    })
}

fn svg_path(folder: &Path, board: &Board) -> PathBuf {
    folder.join(stem(&board.what.name) + ".svg")
}

/// Pages of labels, in one PDF or in as many as it takes.
fn pages(setup: &Setup, reader: &Reader, args: &args::Labels) -> Result<Made, Failure> {
    let default = || setup.file("labels.pdf");
    let path = args.output.clone().unwrap_or_else(default);
    let skip = usize::from(args.start.saturating_sub(1));
    if skip >= args.size.on_a_page() {
        let error = anyhow::anyhow!(
            "a page of {} has {} labels",
            args.size,
            args.size.on_a_page()
        );
        return Err(Failure::usage(Code::BadArguments, error)
            .next("Give --start the first free place of the sheet."));
    }
    let mut made = Made::default();
    let mut sheets = Sheets::new(args.size, skip);
    let put = |sheets: Sheets, files: &mut Vec<PathBuf>| {
        let path = numbered(&path, files.len());
        if !args.force {
            refuse_there(&path)?;
        }
        write(&path, &sheets.finish())?;
        files.push(path);
        Ok::<(), Failure>(())
    };
    made.labels = try_each(reader, args, |_, label| {
        if sheets.bytes() > PDF_BYTES && sheets.is_at_page_end() {
            let full = std::mem::replace(&mut sheets, Sheets::new(args.size, 0));
            put(full, &mut made.files)?;
        }
        if !sheets.add(&label) {
            made.replaced += 1;
        }
        Ok(())
    })?;
    put(sheets, &mut made.files)?;
    Ok(made)
}

/// `labels.pdf`, `labels-2.pdf`, `labels-3.pdf`, …
fn numbered(path: &Path, before: usize) -> PathBuf {
    if before == 0 {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{}", before + 1));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn refuse_there(path: &Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let error = anyhow::anyhow!("{} is there already", path.display());
    Err(Failure::usage(Code::FileExists, error)
        .next("Give another --output, or --force to replace it."))
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    whole_file::write(path, content).map_err(|error| failed("write", path, error))
}

fn failed(what: &str, path: &Path, error: std::io::Error) -> Failure {
    let path = path.display();
    let code = of_io(&error);
    let error = anyhow::Error::new(error).context(format!("can't {what} {path}"));
    Failure::new(code, error)
        .next("Mend that, or give another --output, then run the same command again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_files_have_numbers() {
        let path = Path::new("a/labels.pdf");
        assert_eq!(numbered(path, 0), Path::new("a/labels.pdf"));
        assert_eq!(numbered(path, 1), Path::new("a/labels-2.pdf"));
        assert_eq!(numbered(Path::new("x"), 2), Path::new("x-3"));
    }
}
