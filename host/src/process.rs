//! Processes that outlive whoever started them, known by their id and the moment of their start, which no later process shares.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, setsid};
use serde::{Deserialize, Serialize};

/// How long a process may take to end when it is asked to, before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// How often to look whether it has.
const STEP: Duration = Duration::from_millis(10);

/// A process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub pid: i32,
    /// When it was started, in the kernel's ticks since boot.
    pub started: u64,
}

impl Process {
    /// Starts a program in a session of its own, with its output at the end of a file.
    ///
    /// # Errors
    /// When the file cannot be opened or the program not be started.
    pub fn start(command: &mut Command, log: &Path) -> io::Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // SAFETY: between fork and exec only `setsid` is called, which is async-signal-safe (signal-safety(7)).
        #[allow(unsafe_code, reason = "the only way to start a session of its own")]
        unsafe {
            command.pre_exec(|| setsid().map(|_| ()).map_err(io::Error::from));
        }
        let child = command.spawn()?;
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        let started = started(pid).ok_or_else(|| io::Error::other("the process ended at once"))?;
        Ok(Self { pid, started })
    }

    /// The process that runs this.
    #[must_use]
    pub fn own() -> Self {
        let pid = nix::unistd::getpid().as_raw();
        Self { pid, started: started(pid).unwrap_or(0) }
    }

    /// Reads what [`Process::write`] wrote; none where nothing was, or the process is no more.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        let process: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        process.is_alive().then_some(process)
    }

    /// Writes down which process it is, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let new = path.with_extension("new");
        fs::write(&new, serde_json::to_vec(self)?)?;
        fs::rename(new, path)
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        // Ours, when it has ended, stays as a zombie until it is waited for. Of others this is an error and says nothing.
        let _ = waitpid(Pid::from_raw(self.pid), Some(WaitPidFlag::WNOHANG));
        started(self.pid) == Some(self.started)
    }

    /// Asks it to end, and kills it if it does not in time. Returns when it is gone.
    pub async fn stop(&self) {
        if !self.is_alive() {
            return;
        }
        let _ = kill(Pid::from_raw(self.pid), Signal::SIGTERM);
        let asked = std::time::Instant::now();
        while self.is_alive() {
            if asked.elapsed() > GRACE {
                let _ = kill(Pid::from_raw(self.pid), Signal::SIGKILL);
            }
            tokio::time::sleep(STEP).await;
        }
    }
}

/// When a process was started; none where there is none, or it has ended and nobody has waited for it.
fn started(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may have anything in it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_is_known_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let (log, file) = (folder.path().join("log"), folder.path().join("pid"));
        let process = Process::start(Command::new("sleep").arg("100"), &log).unwrap();
        process.write(&file).unwrap();
        assert_eq!(Process::read(&file), Some(process));
        let impostor = Process { started: process.started + 1, ..process };
        assert!(!impostor.is_alive());
        process.stop().await;
        assert_eq!(Process::read(&file), None);
    }

    #[tokio::test]
    async fn a_process_that_does_not_listen_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' TERM; while :; do sleep 1; done"]);
        let process = Process::start(&mut command, &folder.path().join("log")).unwrap();
        process.stop().await;
        assert!(!process.is_alive());
    }
}
