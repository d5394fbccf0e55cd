//! Programs that end with this one, however it ends: `kill -9` included.
//!
//! No emulator has an option for it, and Rust has no safe way to run code of ours in a child before its program starts. So
//! the child starts as `setpriv` (util-linux), which asks the kernel for a SIGKILL when its parent ends; then as a shell,
//! which looks whether the parent ended before that; and then becomes the emulator. It is one process all the way: no
//! watcher stays, and what is killed by its process id is the emulator.
//!
//! The kernel counts the thread that started it as the parent: that one must live as long as the emulator is wanted.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::error::Error;
use super::installed::find_program;
use super::machine::Program;

pub(super) const SETPRIV: Program = Program {
    name: "setpriv",
    package: "util-linux",
};

/// Becomes the program in its arguments unless the parent is another process than the one that its first argument names.
const SCRIPT: &str = r#"[ "$PPID" = "$1" ] || exit 0; shift; exec "$@""#;

/// A command that runs `program` until the calling thread ends.
///
/// # Errors
/// [`Error::Program`].
pub(super) fn command(program: &Path) -> Result<Command, Error> {
    let mut command = Command::new(find_program(SETPRIV)?);
    command
        .args(["--pdeathsig", "KILL", "/bin/sh", "-c", SCRIPT, "sh"])
        .arg(std::process::id().to_string())
        .arg(program)
        // Ctrl-C is for the bench, which ends its boards when it is done with them.
        .process_group(0);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    #[test]
    fn it_runs_with_its_arguments() {
        let mut command = command(Path::new("/bin/echo")).unwrap();
        let output = command.args(["a b", "$c"]).output().unwrap();
        assert_eq!(output.stdout, b"a b $c\n");
    }

    #[test]
    fn it_ends_with_the_thread_that_started_it() {
        let (send, started) = channel();
        let thread = std::thread::spawn(move || {
            let child = command(Path::new("/bin/sleep")).unwrap().arg("60").spawn();
            send.send(child.unwrap()).unwrap();
            std::thread::sleep(Duration::from_millis(200));
        });
        let mut child = started.recv().unwrap();
        assert_eq!(child.try_wait().unwrap(), None);
        let begun = Instant::now();
        thread.join().unwrap();
        assert!(!child.wait().unwrap().success());
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn it_does_not_start_for_another_parent() {
        // As if the parent had ended before: the process that it finds is another one.
        let output = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh", "1", "/bin/echo", "started"])
            .output()
            .unwrap();
        assert_eq!(output.stdout, b"");
    }
}
