use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The controllers that are asked for where the host has them.
const CONTROLLERS: &[&str] = &["cpu", "memory", "pids"];

/// The period of a processor limit in microseconds: the kernel's default.
const PERIOD_US: u64 = 100_000;

/// How long processes may take to die after they were killed.
const DEATH: Duration = Duration::from_secs(10);

/// How much of the host a group may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Processors, in thousandths.
    pub cpu_milli: Option<u64>,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
}

/// The control group of one machine or process, in all hierarchies that the host has: version 2 alone, version 1, or both side by side.
///
/// It is also the truth about what runs: a process joins it before it runs its program, so nothing that was started can be lost, and killing
/// the group kills everything that ever came of it.
#[derive(Debug, Clone)]
pub struct Cgroup {
    top: String,
    name: String,
    /// The folder of this group in each hierarchy; the version 2 one first.
    folders: Vec<PathBuf>,
    unified: bool,
}

impl Cgroup {
    /// The group of this name, below the group `top` that all of one region have, whether it exists or not.
    #[must_use]
    pub fn new(top: &str, name: &str) -> Self {
        let root = Path::new("/sys/fs/cgroup");
        let unified = root.join("cgroup.controllers").exists();
        let mut roots = Vec::new();
        if unified {
            roots.push(root.to_owned());
        } else {
            roots.extend([root.join("unified")].into_iter().filter(|hybrid| hybrid.join("cgroup.procs").exists()));
            roots.extend(CONTROLLERS.iter().map(|name| root.join(name)).filter(|v1| v1.join("cgroup.procs").exists()));
        }
        let folders = roots.into_iter().map(|root| root.join(top).join(name)).collect();
        Self { top: top.into(), name: name.into(), folders, unified }
    }

    /// Its path as container runtimes take it for a pod's parent, such as `/reks/i-0123`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/{}/{}", self.top, self.name)
    }

    /// Makes the group and sets its limits; a controller that the host lacks limits nothing. Processes go to its leaf `init`, for a version 2
    /// group with processes of its own cannot have limited groups below it.
    pub fn ensure(&self, limits: Limits) -> io::Result<()> {
        for folder in &self.folders {
            fs::create_dir_all(folder.join("init"))?;
        }
        if self.unified {
            let mut folder = PathBuf::from("/sys/fs/cgroup");
            for part in ["", &self.top, &self.name] {
                folder.push(part);
                for controller in CONTROLLERS {
                    // Missing in the kernel, or kept by the host's manager: then there is no such limit.
                    let _ = fs::write(folder.join("cgroup.subtree_control"), format!("+{controller}"));
                }
            }
        }
        let quota = limits.cpu_milli.map(|milli| milli * PERIOD_US / 1000);
        for folder in &self.folders {
            if let Some(quota) = quota {
                write_if_there(&folder.join("cpu.max"), &format!("{quota} {PERIOD_US}"));
                write_if_there(&folder.join("cpu.cfs_quota_us"), &quota.to_string());
            }
            if let Some(memory) = limits.memory_bytes {
                write_if_there(&folder.join("memory.max"), &memory.to_string());
                write_if_there(&folder.join("memory.limit_in_bytes"), &memory.to_string());
            }
        }
        Ok(())
    }

    /// The files to which a process writes its number to join: all of them, before it runs its program.
    #[must_use]
    pub fn procs_files(&self) -> Vec<PathBuf> {
        self.folders.iter().map(|folder| folder.join("init/cgroup.procs")).collect()
    }

    /// The processes of the group and of all groups below it.
    #[must_use]
    pub fn processes(&self) -> Vec<Pid> {
        let mut pids = Vec::new();
        for folder in &self.folders {
            visit(folder, &mut |folder| {
                let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
                pids.extend(text.lines().filter_map(|line| line.parse().ok()).map(Pid::from_raw));
            });
        }
        pids.sort_unstable();
        pids.dedup();
        pids
    }

    /// Kills everything in the group and removes it. That it is not there is fine.
    pub fn destroy(&self) -> io::Result<()> {
        let deadline = Instant::now() + DEATH;
        loop {
            for folder in &self.folders {
                write_if_there(&folder.join("cgroup.kill"), "1");
            }
            let left = self.processes();
            if left.is_empty() {
                break;
            }
            if Instant::now() > deadline {
                let message = format!("cgroup {}: processes {left:?} do not die", self.path());
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            for pid in left.iter().filter(|pid| pid.as_raw() > 1) {
                // It may have died meanwhile.
                let _ = kill(*pid, Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        for folder in &self.folders {
            let mut result = Ok(());
            visit(folder, &mut |folder| match fs::remove_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => result = Err(error),
                _ => {}
            });
            result?;
        }
        Ok(())
    }

    /// The names of all groups that there are below `top`.
    #[must_use]
    pub fn list(top: &str) -> Vec<String> {
        let top = Self::new(top, "").folders;
        let mut names: Vec<_> = top
            .iter()
            .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Removes `top` itself, if nothing is below it.
    pub fn remove_top(top: &str) {
        for folder in Self::new(top, "").folders {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Visits the groups below a folder, then the folder itself.
fn visit(folder: &Path, work: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            visit(&entry.path(), work);
        }
    }
    if folder.exists() {
        work(folder);
    }
}

/// Writes a setting that not every kernel has.
fn write_if_there(path: &Path, value: &str) {
    if path.exists()
        && let Err(error) = fs::write(path, value)
    {
        tracing::debug!(path = %path.display(), value, %error, "a control group's setting is not taken");
    }
}
