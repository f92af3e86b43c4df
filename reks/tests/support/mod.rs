//! A region of its own for each test, and real clients of it.
#![allow(clippy::unwrap_used, dead_code, reason = "tests, each of which uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take before a test gives up. Nothing should come near it.
const DEADLINE: Duration = Duration::from_secs(60);

/// A region of its own, below a folder of its own, at a port of its own.
pub struct Region {
    pub folder: tempfile::TempDir,
    listen: String,
}

impl Region {
    /// Starts one by `reks up`; none where this is not root.
    pub fn up() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("skipped: a region needs root; run the tests as root to try this");
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let region = Self { folder: tempfile::tempdir().unwrap(), listen: format!("127.0.0.1:{port}") };
        region.reks(&["up"]);
        Some(region)
    }

    fn reks_command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reks"));
        command.arg("--home").arg(self.folder.path()).args(["--listen", &self.listen]).args(words);
        command
    }

    pub fn reks(&self, words: &[&str]) -> String {
        succeed(self.reks_command(words).output().unwrap(), words)
    }

    /// A client with the environment that `reks env` gives.
    pub fn client(&self, program: impl AsRef<Path>, words: &[&str]) -> Output {
        let mut command = Command::new(program.as_ref());
        command.args(words).env("AWS_PAGER", "");
        for line in self.reks(&["env"]).lines() {
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            command.env(name, value);
        }
        let folder = Path::new(env!("CARGO_BIN_EXE_reks")).parent().unwrap().display().to_string();
        command.env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap()));
        command.output().unwrap()
    }

    pub fn aws(&self, line: &str) -> Value {
        let words: Vec<&str> = line.split_whitespace().collect();
        let text = succeed(self.client("aws", &words), &words);
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub fn aws_fails(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = self.client("aws", &words);
        assert!(!output.status.success(), "aws {line} succeeds");
        String::from_utf8(output.stderr).unwrap()
    }

    pub fn kubectl(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        succeed(self.client(kubectl(), &words), &words)
    }

    /// Whether kubectl gets an answer.
    pub fn answers(&self) -> bool {
        self.client(kubectl(), &["get", "--raw", "/readyz"]).status.success()
    }

    pub fn control_plane(&self) -> i32 {
        let clusters = self.folder.path().join("run/clusters");
        let file = std::fs::read_dir(clusters).unwrap().next().unwrap().unwrap().path().join("pid");
        pid(&file)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        let _ = self.reks_command(&["down", "--purge"]).status();
    }
}

/// kubectl as the project's tools have it, or the system's.
pub fn kubectl() -> PathBuf {
    std::env::var_os("REKS_TEST_KUBECTL").map_or_else(|| "kubectl".into(), PathBuf::from)
}

pub fn succeed(output: Output, words: &[&str]) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{words:?} fails: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

pub fn pid(file: &Path) -> i32 {
    let value: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    i32::try_from(value["pid"].as_i64().unwrap()).unwrap()
}

pub fn kill(pid: i32) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
}

pub fn until(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < DEADLINE, "not in {DEADLINE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
