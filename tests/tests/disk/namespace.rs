//! Mounts of a test's own, which nobody else sees and which are gone with it: by root, or by a user in a namespace of its own. Where the
//! system allows neither, a test says so.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Commands in it see its mounts.
pub struct Namespace {
    holder: Child,
    /// What `nsenter` needs for it.
    enter: &'static [&'static str],
}

impl Namespace {
    /// Has a shell do the mounts: `script` finds the folder in `$1`.
    fn new(script: &str, folder: &Path) -> Result<Self, String> {
        const WAYS: [(&[&str], &[&str]); 2] = [
            (&[], &[]),
            (&["--map-root-user"], &["--user", "--preserve-credentials"]),
        ];
        let mut why = String::new();
        for (unshare, enter) in WAYS {
            // It ends with its standard input.
            let script = format!("set -e; {script}; echo ready; read -r _");
            let mut holder = Command::new("unshare");
            holder.arg("--mount").args(unshare);
            holder.args(["sh", "-c", &script, "sh"]).arg(folder);
            holder
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut holder = holder
                .spawn()
                .map_err(|error| format!("unshare: {error}"))?;
            let mut line = String::new();
            let stdout = holder.stdout.take().unwrap();
            BufReader::new(stdout).read_line(&mut line).unwrap();
            if line.trim() == "ready" {
                return Ok(Self { holder, enter });
            }
            let output = holder.wait_with_output().unwrap();
            String::from_utf8_lossy(&output.stderr)
                .trim()
                .clone_into(&mut why);
        }
        Err(why)
    }

    /// The same; where nothing can be mounted it says so, loudly, and there is none.
    pub fn unless_forbidden(script: &str, folder: &Path) -> Option<Self> {
        Self::new(script, folder)
            .inspect_err(|why| println!("NOT CHECKED, since nothing can be mounted here: {why}"))
            .ok()
    }

    /// The same command, in it.
    pub fn enter(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.arg("--target").arg(self.holder.id().to_string());
        inside.arg("--mount").args(self.enter).arg("--");
        inside.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside.stdin(Stdio::null());
        inside
    }

    /// A shell's command in it, which must succeed; it finds the folder in `$1`.
    pub fn shell(&self, script: &str, folder: &Path) {
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh"]).arg(folder);
        let output = self.enter(&shell).output().unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
