//! The boards that were asked for: Linux programs or emulated ones.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::boards;
use super::emulated::bench::{Boards as Emulated, Ready};
use super::files::fault;
use crate::cli::args;
use crate::cli::exit::Failure;
use crate::codes::Code;
use crate::store::Reader;

/// A bench that does not come to an end is a fault to be seen, not to be waited for.
const TIMEOUT: Duration = Duration::from_mins(5);
/// Emulators of slow boards, many on few cores, take their time.
const EMULATED_TIMEOUT: Duration = Duration::from_mins(10);

/// What boards, and where their programs are.
pub(super) enum Asked {
    Linux { program: PathBuf, count: u16 },
    Emulated(Ready),
}

/// Boards that run until this is dropped.
pub(super) enum Running {
    None,
    Linux(boards::Boards),
    Emulated(Emulated),
}

impl Asked {
    /// Finds what the boards need, before anything is made.
    pub fn find(args: &args::Demo) -> Result<Self, Failure> {
        Ok(match &args.emulated {
            None => Self::Linux {
                program: boards::program()?,
                count: args.boards,
            },
            Some(list) => Self::Emulated(Ready::find(list, args.images.as_deref())?),
        })
    }

    /// How many.
    pub fn count(&self) -> u64 {
        match self {
            Self::Linux { count, .. } => u64::from(*count),
            Self::Emulated(ready) => ready.list.boards().len() as u64,
        }
    }

    /// How long to wait for them.
    pub fn timeout(&self) -> Duration {
        match self {
            Self::Linux { .. } => TIMEOUT,
            Self::Emulated(_) => EMULATED_TIMEOUT,
        }
    }

    /// What a newcomer is about to see.
    pub fn introduction(&self) -> String {
        match self {
            Self::Linux { count, .. } => {
                let cables = boards::on_cables(*count);
                format!(
                    "{count} simulated boards: {cables} on serial cables (ptys), {} on TLS; each makes its own key",
                    count - cables
                )
            }
            Self::Emulated(ready) => ready.introduction(),
        }
    }

    /// Their names, by position.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Linux { count, .. } => (1..=*count).map(boards::name).collect(),
            Self::Emulated(ready) => ready.names(),
        }
    }

    /// Refuses a folder in which other boards have these boards' places: they would never all come.
    pub fn refuse_others(&self, folder: &Path) -> Result<(), Failure> {
        let folder = folder.join("boards");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(fault("read", &folder))?,
        };
        let names = self.names();
        for entry in entries {
            let there = entry.map_err(fault("read", &folder))?.file_name();
            let there = there.to_string_lossy();
            let place = |name: &str| name.split('-').nth(1).map(str::to_owned);
            let same_place = |name: &&String| place(name) == place(&there);
            let Some(name) = names.iter().find(same_place) else {
                continue;
            };
            if *name != *there {
                let error = anyhow::anyhow!("this batch was begun with {there}, not with {name}");
                return Err(Failure::usage(Code::DemoFolder, error).next(
                    "Ask for the boards that it was begun with, or give --batch a new folder.",
                ));
            }
        }
        Ok(())
    }

    /// What to say of those that are not in the batch.
    pub fn missing(&self, folder: &Path) -> Vec<String> {
        const MOST: usize = 10;
        let Ok(reader) = Reader::open(folder) else {
            return Vec::new();
        };
        let names = self.names().into_iter();
        let missing = names.filter(|name| matches!(reader.board(name), Ok(None)));
        let logs = |name: String| {
            let logs = folder.join("boards").join(&name);
            format!(
                "{name} is not in the batch; what it said is in {}",
                logs.display()
            )
        };
        missing.take(MOST).map(logs).collect()
    }

    /// Starts them. What they keep is under `boards/` in the folder.
    pub fn start(&self, folder: &Path, door: SocketAddr) -> Result<Running, Failure> {
        Ok(match self {
            Self::Linux { program, count } => {
                Running::Linux(boards::start(program, folder, door, *count)?)
            }
            Self::Emulated(ready) => Running::Emulated(Emulated::start(ready, folder, door)?),
        })
    }
}

impl Running {
    /// The host's ends of the cables.
    pub fn ports(&self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::Linux(boards) => boards.ports(),
            Self::Emulated(boards) => boards.ports(),
        }
    }

    /// Why one of them has ended by itself, if one has.
    pub fn ended(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Linux(boards) => boards.ended(),
            Self::Emulated(boards) => boards.ended(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linux(count: u16) -> Asked {
        Asked::Linux {
            program: PathBuf::new(),
            count,
        }
    }

    #[test]
    fn other_boards_in_these_boards_places_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let asked = linux(2);
        asked.refuse_others(folder.path()).unwrap();
        let put = |name| fs::create_dir_all(folder.path().join("boards").join(name)).unwrap();
        for fits in ["demo-0001", "demo-0002", "demo-0003", "demo-0004-virt"] {
            put(fits);
            asked.refuse_others(folder.path()).unwrap();
        }
        let refused = linux(4).refuse_others(folder.path()).unwrap_err();
        assert_eq!(
            (refused.exit, refused.error.to_string().as_str()),
            (
                2,
                "this batch was begun with demo-0004-virt, not with demo-0004"
            )
        );
    }
}
