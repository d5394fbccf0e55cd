//! Where a document is worked through: a folder, the real programs first in the path, boards on ptys.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use nameplate::demo::Cable;
use nameplate_tests::board::{Board, mac};
use nameplate_tests::processes::until;
use nameplate_tests::programs;

use crate::blocks;
use crate::compare;
use crate::meaning::{Meaning, PASSPHRASE};
use crate::scenes::Scene;

/// For how many seconds a command, and what goes on beside it, may run: less than a test waits, so that nothing is left behind.
const LONGEST: [&str; 2] = ["100", "600"];

/// Who stands at the bench.
const OPERATOR: &str = "anna";

/// A document's folder and all that it needs; everything ends when it is dropped.
pub struct Stage {
    scene: Scene,
    home: tempfile::TempDir,
    meaning: Meaning,
    boards: Vec<Board>,
    cables: Vec<Cable>,
    background: Vec<(String, Child)>,
    /// Where the reader is, below the document's folder: what `cd` was told.
    place: PathBuf,
    /// Which of the scene's entries were of use.
    used: Vec<&'static str>,
}

impl Stage {
    /// A new folder with the scene's boards plugged in.
    pub fn new(scene: Scene) -> Self {
        let home = tempfile::Builder::new()
            .prefix("nameplate-document-")
            .tempdir()
            .unwrap();
        for folder in ["work", "dev", "bin", "var/lib", "tmp"] {
            fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        for program in ["nameplate", "nameplate-board"] {
            symlink(
                programs::folder().join(program),
                home.path().join("bin").join(program),
            )
            .unwrap();
        }
        let mut stage = Self {
            scene,
            meaning: Meaning::new(home.path(), scene.switches),
            home,
            boards: Vec::new(),
            cables: Vec::new(),
            background: Vec::new(),
            place: PathBuf::new(),
            used: Vec::new(),
        };
        for number in 0..scene.cables {
            let cable = stage.cable(&format!("ttyACM{number}"));
            let arguments = ["--serial".to_owned(), cable.display().to_string()];
            stage.board(number + 1, &arguments);
        }
        // A cable without a board: the document has its reader start one.
        let board_end = stage.cable("ttyUSB0");
        symlink(board_end, stage.dev().join("ttyS0")).unwrap();
        for (file, text) in scene.files {
            stage.write(file, text).expect("a file of the scene");
        }
        stage
    }

    /// A cable whose host's end is called so; gives the board's end.
    fn cable(&mut self, name: &str) -> PathBuf {
        let cable = Cable::new().expect("a pty");
        symlink(cable.host_end(), self.dev().join(name)).unwrap();
        let board_end = cable.board_end().to_owned();
        self.cables.push(cable);
        board_end
    }

    fn board(&mut self, number: u16, arguments: &[String]) {
        let name = format!("sensor-{number:04}");
        let state = self.home.path().join("boards").join(&name);
        self.boards
            .push(Board::start(&state, &mac(number), &name, arguments));
    }

    fn dev(&self) -> PathBuf {
        self.home.path().join("dev")
    }

    fn work(&self) -> PathBuf {
        self.home.path().join("work").join(&self.place)
    }

    fn real(&self, text: &str) -> String {
        self.meaning.real(text, &self.work())
    }

    /// Writes a file of the document.
    pub fn write(&self, file: &str, text: &str) -> Result<(), String> {
        let path = self.work().join(file);
        let folder = path.parent().expect("it is below the folder");
        fs::create_dir_all(folder).map_err(|error| format!("{file}: {error}"))?;
        fs::write(&path, self.real(text)).map_err(|error| format!("{file}: {error}"))
    }

    /// Does what a command of the document says, and before it what the scene has.
    pub fn run(&mut self, command: &blocks::Command) -> Result<(), String> {
        let text = &command.text;
        if let Some(folder) = text.strip_prefix("cd ") {
            self.place.push(folder);
            let is_there = self.work().is_dir();
            return is_there.then_some(()).ok_or(format!("no folder {folder}"));
        }
        if let Some(before) = self.of_scene(self.scene.before, text) {
            let ran = programs::run(&mut self.bash(&self.real(before), LONGEST[0]));
            if ran.code != Some(0) {
                return Err(format!("before it, `{before}`: {ran:?}"));
            }
        }
        if let Some(ready) = self.of_scene(self.scene.stays, text) {
            self.start(text, ready)
        } else if let Some(text) = text.strip_suffix(" &") {
            self.start(text, "")
        } else if command.on_board {
            self.start(text, "")
        } else {
            self.finish(text, &command.output)
        }
    }

    /// What the scene has for a command that begins so; for the first such command only.
    fn of_scene<T: Copy>(&mut self, table: &[(&'static str, T)], text: &str) -> Option<T> {
        let of_command =
            |(begin, _): &&(&'static str, T)| text.starts_with(begin) && !self.used.contains(begin);
        let (begin, what) = *table.iter().find(of_command)?;
        self.used.push(begin);
        Some(what)
    }

    /// Runs a command to its end, and holds what it said against what is shown.
    fn finish(&mut self, text: &str, shown: &[String]) -> Result<(), String> {
        let code = self.of_scene(self.scene.ends, text).unwrap_or(0);
        let typed = self.of_scene(self.scene.typed, text).unwrap_or_default();
        let file = self.home.path().join("typed");
        fs::write(&file, typed).unwrap();
        let mut bash = self.bash(&self.real(text), LONGEST[0]);
        let ran = programs::run(bash.stdin(fs::File::open(file).unwrap()));
        if ran.code != Some(code) {
            return Err(format!(
                "`{text}`: exit code {:?} and not {code}\n{}",
                ran.code, ran.stdout
            ));
        }
        // A terminal shows what is typed as well.
        let is_said = |line: &&String| !typed.lines().any(|typed| typed == line.as_str());
        let expected: Vec<_> = shown.iter().filter(is_said).cloned().collect();
        let said = self.meaning.shown(&ran.stdout, &self.work());
        let fault = compare::fault(&expected, &said).filter(|_| !shown.is_empty());
        fault.map_or(Ok(()), |fault| Err(format!("`{text}`: {fault}")))
    }

    /// Starts what goes on until the document ends, and waits until it has made this file.
    fn start(&mut self, text: &str, ready: &str) -> Result<(), String> {
        let real = self.real(text);
        let log = fs::File::create(self.home.path().join("background.log")).unwrap();
        let mut bash = self.bash(&real, LONGEST[1]);
        bash.stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0);
        let mut child = bash.spawn().map_err(|error| error.to_string())?;
        let path = self.work().join(ready);
        let mut ended = None;
        until(&format!("{ready} is there, by `{text}`"), || {
            ended = child.try_wait().expect("its state");
            ended.is_some() || path.exists()
        });
        self.background.push((text.to_owned(), child));
        match ended {
            Some(status) => Err(format!("`{text}` ended: {status}\n{}", self.log())),
            None => Ok(()),
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("background.log")).unwrap_or_default()
    }

    /// A shell in the document's folder. What it prints on standard error comes on standard output, as on a terminal.
    fn bash(&self, script: &str, longest: &str) -> Command {
        let home = self.home.path();
        let path = std::env::var("PATH").expect("a path");
        let mut command = Command::new("timeout");
        command
            .args(["--kill-after=5", longest, "bash", "-c"])
            .arg(format!("set -o pipefail; exec 2>&1\n{script}"))
            .current_dir(self.work())
            .env("PATH", format!("{}:{path}", home.join("bin").display()))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("TMPDIR", home.join("tmp"))
            .env("NAMEPLATE_API_KEY", self.api_key())
            .env("NAMEPLATE_OPERATOR", OPERATOR)
            .env("NAMEPLATE_KEY_PASSPHRASE", PASSPHRASE)
            // What documents have built comes from what is here, and stays for the next time.
            .env("CARGO_TARGET_DIR", programs::folder().join("documents"))
            .env("CARGO_NET_OFFLINE", "true")
            .stdin(Stdio::null());
        command
    }

    fn api_key(&self) -> String {
        let text = fs::read_to_string(self.meaning.service.dir.join("api-key"))
            .expect("the sandbox's key");
        text.trim().to_owned()
    }

    /// What is wrong at the end: something that was to go on did not, or the scene has what nobody needs.
    pub fn end(mut self) -> Vec<String> {
        let mut faults = Vec::new();
        for (text, child) in &mut self.background {
            if let Some(status) = child
                .try_wait()
                .expect("its state")
                .filter(|status| !status.success())
            {
                faults.push(format!("`{text}` ended before the document: {status}"));
            }
        }
        let unused = self
            .scene
            .begins()
            .filter(|begin| !self.used.contains(begin));
        faults.extend(
            unused.map(|begin| format!("no command begins with `{begin}`, and the scene has it")),
        );
        faults
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for (_, child) in &mut self.background {
            let group = rustix::process::Pid::from_child(child);
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            let _ = child.wait();
        }
    }
}
