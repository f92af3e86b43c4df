//! An instance: a machine made of namespaces and a control group.
//!
//! One process, the machine's init, enters the instance's network, makes a mount namespace with private folders, and keeps the machine's programs
//! running. It does nothing else and needs nobody: the region's process can be killed and started again without any of it noticing.
//!
//! Everything else is the host's: kernel, root file system, programs. What a machine writes goes to its own folder, for the folders in which container
//! runtimes and nodes write are private ([`PRIVATE_FOLDERS`]).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use reks_hostnet::Namespace;

/// The folders that each machine has for itself. Those under `/run` are empty after each start, as on any machine.
pub const PRIVATE_FOLDERS: &[&str] = &[
    "/etc/cni",
    "/etc/containerd",
    "/etc/reks",
    "/opt/cni",
    "/run/containerd",
    "/run/netns",
    "/run/reks",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/lib/reks",
    "/var/log/containers",
    "/var/log/pods",
];

/// The longest wait before a program that ended is started again.
const LAST_BACK_OFF: Duration = Duration::from_secs(10);

/// What a machine is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Its host name.
    pub hostname: String,
    /// The file of its network namespace.
    pub network: PathBuf,
    /// The folder that holds its private folders.
    pub folder: PathBuf,
    /// Files that differ from the host's, or lie in private folders, with their content.
    pub files: BTreeMap<PathBuf, String>,
    /// Symbolic links in private folders, with their targets.
    pub symlinks: BTreeMap<PathBuf, PathBuf>,
    /// The programs that it keeps running, in the order in which they start, with their command lines.
    pub programs: Vec<(String, Vec<String>)>,
    /// The file that remembers which folders of the host were made only to be mounted on.
    pub mount_points: PathBuf,
    /// Variables of the programs' environment.
    pub environment: BTreeMap<String, String>,
}

/// Why a machine did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its description could not be read.
    #[error("read the machine's description {path}: {source}")]
    Description {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Its network could not be entered.
    #[error(transparent)]
    Network(#[from] reks_hostnet::Error),
    /// A step of its start failed.
    #[error("{action} {path}: {source}")]
    Step {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// Is a machine: the main function of the process that the agent starts for each instance, with the file of the description. Has to be
/// called before the process has a second thread, for a thread's namespaces are its own. Returns only when the machine is told to stop.
#[must_use]
pub fn main(description: &Path) -> ExitCode {
    match start(description) {
        Ok(machine) => supervise(&machine),
        Err(error) => {
            eprintln!("machine: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(path: &Path) -> Result<Machine, Error> {
    let read = fs::read(path).and_then(|bytes| serde_json::from_slice::<Machine>(&bytes).map_err(io::Error::other));
    let machine = read.map_err(|source| Error::Description { path: path.into(), source })?;
    Namespace::open(&machine.network)?.enter()?;
    let step = |action, path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| Error::Step { action, path, source }
    };
    let slash = Path::new("/");
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS)
        .map_err(|e| step("make namespaces at", slash)(e.into()))?;
    nix::unistd::sethostname(&machine.hostname).map_err(|e| step("set the host name of", slash)(e.into()))?;
    // Mounts of the machine stay its own, and the host's later ones stay the host's.
    mount(None::<&str>, slash, None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)
        .map_err(|e| step("make private", slash)(e.into()))?;
    for target in PRIVATE_FOLDERS {
        let source = machine.folder.join(&target[1..]);
        if target.starts_with("/run/") && source.exists() {
            fs::remove_dir_all(&source).map_err(step("empty", &source))?;
        }
        fs::create_dir_all(&source).map_err(step("make", &source))?;
        let target = Path::new(target);
        make_mount_point(target, &machine.mount_points).map_err(step("make", target))?;
    }
    // All mount points are made before the first mount hides a folder in which a source lies.
    let sources: Vec<_> = PRIVATE_FOLDERS.iter().map(|target| machine.folder.join(&target[1..])).collect();
    let held: Vec<_> =
        sources.iter().map(|source| fs::File::open(source).map_err(step("open", source))).collect::<Result<_, _>>()?;
    let file_sources = prepare_files(&machine)?;
    for (file, target) in held.iter().zip(PRIVATE_FOLDERS) {
        bind(file, Path::new(target))?;
    }
    for (file, target) in &file_sources {
        bind(file, target)?;
    }
    for (path, target) in &machine.symlinks {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(step("make", parent))?;
        }
        let _ = fs::remove_file(path);
        std::os::unix::fs::symlink(target, path).map_err(step("link", path))?;
    }
    for (path, content) in machine.files.iter().filter(|(path, _)| is_private(path)) {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(step("make", parent))?;
        }
        fs::write(path, content).map_err(step("write", path))?;
    }
    Ok(machine)
}

fn is_private(path: &Path) -> bool {
    PRIVATE_FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// The files that hide the host's own, opened while their sources can still be seen.
fn prepare_files(machine: &Machine) -> Result<Vec<(fs::File, PathBuf)>, Error> {
    let mut files = Vec::new();
    for (target, content) in machine.files.iter().filter(|(path, _)| !is_private(path)) {
        let source = machine.folder.join("files").join(target.strip_prefix("/").unwrap_or(target));
        let failed = |source_error| Error::Step { action: "write", path: source.clone(), source: source_error };
        fs::create_dir_all(source.parent().unwrap_or(&source)).map_err(failed)?;
        fs::write(&source, content).map_err(failed)?;
        if target.exists() {
            files.push((fs::File::open(&source).map_err(failed)?, target.clone()));
        }
    }
    Ok(files)
}

/// Mounts what is open at a path, by its descriptor: its own path may be hidden by now.
fn bind(source: &fs::File, target: &Path) -> Result<(), Error> {
    use std::os::fd::AsRawFd as _;
    let from = format!("/proc/self/fd/{}", source.as_raw_fd());
    let result = mount(Some(from.as_str()), target, None::<&str>, MsFlags::MS_BIND, None::<&str>);
    result.map_err(|errno| Error::Step { action: "mount on", path: target.into(), source: errno.into() })
}

/// Makes a folder of the host if it is not there, and remembers that, so that it can be removed with everything else.
fn make_mount_point(path: &Path, list: &Path) -> io::Result<()> {
    use std::io::Write as _;
    if path.exists() {
        return Ok(());
    }
    let missing: Vec<_> = path.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    fs::create_dir_all(list.parent().unwrap_or(list))?;
    let mut list = fs::OpenOptions::new().create(true).append(true).open(list)?;
    for folder in &missing {
        writeln!(list, "{}", folder.display())?;
    }
    fs::create_dir_all(path)
}

/// Removes the folders of the host that were made only to be mounted on, by the file that remembers them. One that somebody else has put
/// something into stays.
pub fn remove_mount_points(list: &Path) {
    let made = fs::read_to_string(list).unwrap_or_default();
    let mut made: Vec<_> = made.lines().collect();
    // The deepest first.
    made.sort_unstable_by_key(|path| std::cmp::Reverse(path.len()));
    for path in made {
        let _ = fs::remove_dir(path);
    }
}

/// One program of the machine.
struct Kept<'a> {
    name: &'a str,
    command: &'a [String],
    pid: Option<Pid>,
    started: Instant,
    wait: Duration,
}

/// Keeps the machine's programs running, and collects every process that loses its parent, until a signal says stop.
fn supervise(machine: &Machine) -> ExitCode {
    let _ = nix::sys::prctl::set_child_subreaper(true);
    let mut signals = SigSet::empty();
    signals.extend([Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT]);
    let _ = signals.thread_block();
    let now = Instant::now();
    let first = Duration::from_millis(100);
    let mut kept: Vec<_> = machine
        .programs
        .iter()
        .map(|(name, command)| Kept { name, command, pid: None, started: now, wait: Duration::ZERO })
        .collect();
    loop {
        while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            let Some(pid) = status.pid() else { break };
            if status == WaitStatus::StillAlive {
                break;
            }
            for program in kept.iter_mut().filter(|program| program.pid == Some(pid)) {
                eprintln!("machine: {} ended ({status:?}); it is started again", program.name);
                let healthy = program.started.elapsed() > Duration::from_secs(60);
                program.wait = if healthy { first } else { (program.wait * 2).clamp(first, LAST_BACK_OFF) };
                (program.pid, program.started) = (None, Instant::now());
            }
        }
        for program in
            kept.iter_mut().filter(|program| program.pid.is_none() && program.started.elapsed() >= program.wait)
        {
            program.started = Instant::now();
            match spawn(machine, program.command) {
                Ok(pid) => program.pid = Some(pid),
                Err(error) => {
                    eprintln!("machine: {} cannot be started: {error}", program.name);
                    program.wait = (program.wait * 2).clamp(first, LAST_BACK_OFF);
                }
            }
        }
        let next = kept.iter().filter(|program| program.pid.is_none());
        let next = next.map(|program| program.wait.saturating_sub(program.started.elapsed())).min();
        let signal = wait_signal(&signals, next.unwrap_or(Duration::from_secs(3600)));
        if matches!(signal, Some(Signal::SIGTERM | Signal::SIGINT)) {
            break;
        }
    }
    for program in kept.iter().rev() {
        let _ = program.pid.map(|pid| kill(pid, Signal::SIGTERM));
    }
    ExitCode::SUCCESS
}

fn spawn(machine: &Machine, command: &[String]) -> io::Result<Pid> {
    use std::os::unix::process::CommandExt as _;
    let (program, arguments) = command.split_first().ok_or_else(|| io::Error::other("an empty command line"))?;
    let mut command = Command::new(program);
    command.args(arguments).envs(&machine.environment).current_dir("/").stdin(Stdio::null());
    // SAFETY: between fork and exec only one system call is made: the init blocks signals, its programs must not.
    unsafe {
        command.pre_exec(|| SigSet::empty().thread_set_mask().map_err(io::Error::from));
    }
    Ok(Pid::from_raw(command.spawn()?.id().cast_signed()))
}

/// Waits for one of the blocked signals.
fn wait_signal(signals: &SigSet, longest: Duration) -> Option<Signal> {
    let longest =
        nix::libc::timespec { tv_sec: longest.as_secs().cast_signed(), tv_nsec: i64::from(longest.subsec_nanos()) };
    // SAFETY: both structures live through the call, and no information is asked for.
    let number = unsafe { nix::libc::sigtimedwait(signals.as_ref(), std::ptr::null_mut(), &raw const longest) };
    Signal::try_from(number).ok()
}
