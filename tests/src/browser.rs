//! A real browser: `scripts/browser.py` with Chromium. What is missing of it stops the test.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Nothing on a page takes longer than this.
const PATIENCE: Duration = Duration::from_secs(45);

/// A browser with one page; ended when dropped.
pub struct Browser {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// The interpreter of the tests' Python environment, which is made where it is missing.
pub fn python() -> &'static str {
    static PYTHON: OnceLock<String> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/python-env");
        let made = Command::new(script).output().expect("python-env");
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout)
            .expect("a path")
            .trim()
            .to_owned()
    })
}

impl Browser {
    /// Starts it.
    pub fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/browser.py");
        let mut command = Command::new(python());
        command.arg(script);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python");
        let mut browser = Self {
            commands: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().expect("its answers")),
            child,
        };
        browser.answer();
        browser
    }

    /// Starts it with this page.
    pub fn at(url: &str) -> Self {
        let mut browser = Self::start();
        browser.open(url);
        browser
    }

    fn ask(&mut self, command: &Value) -> Value {
        let commands = self.commands.as_mut().expect("it listens");
        writeln!(commands, "{command}").expect("the browser listens");
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        let mut answer: Value = serde_json::from_str(&line).expect("the browser's answer");
        assert!(answer.get("error").is_none(), "{answer:#}");
        answer["value"].take()
    }

    /// Goes to a page.
    pub fn open(&mut self, url: &str) {
        self.ask(&json!({ "do": "open", "url": url }));
    }

    /// What this script returns.
    pub fn run(&mut self, script: &str) -> Value {
        self.ask(&json!({ "do": "run", "script": script }))
    }

    /// What this expression is, as text.
    pub fn text(&mut self, expression: &str) -> String {
        let value = self.run(&format!("return String({expression})"));
        value.as_str().expect("text").to_owned()
    }

    /// Waits until this expression is true, or stops the test and says what stands on the page.
    #[track_caller]
    pub fn until(&mut self, expression: &str) {
        let end = Instant::now() + PATIENCE;
        while self.run(&format!("return Boolean({expression})")) != true {
            if Instant::now() > end {
                let page = self.text("document.body.innerText");
                panic!("never: {expression}; on the page:\n{page}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Types into whatever has the focus. Special keys are those of WebDriver, such as U+E007 for Enter.
    pub fn keys(&mut self, keys: &str) {
        self.ask(&json!({ "do": "keys", "keys": keys }));
    }

    /// Clicks on the first of these.
    pub fn click(&mut self, selector: &str) {
        self.ask(&json!({ "do": "click", "on": selector }));
    }

    /// How large the page is.
    pub fn size(&mut self, width: u32, height: u32) {
        self.ask(&json!({ "do": "size", "width": width, "height": height }));
    }

    /// Preferences of the reader, such as `prefers-color-scheme`.
    pub fn media(&mut self, name: &str, value: &str) {
        self.ask(&json!({ "do": "media", "features": { name: value } }));
    }

    /// What axe has against the page.
    pub fn axe(&mut self) -> Vec<Value> {
        let found = self.ask(&json!({ "do": "axe" }));
        found.as_array().expect("a list").clone()
    }

    /// What the browser itself has said of the page: errors, and what its policy forbade.
    pub fn log(&mut self) -> Vec<String> {
        let log = self.ask(&json!({ "do": "log" }));
        let lines = log.as_array().expect("a list").iter();
        lines
            .map(|line| line.as_str().expect("text").to_owned())
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends with its input, and takes Chromium along.
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}
