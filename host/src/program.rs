use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::libc;
use serde::{Deserialize, Serialize};
use tokio::io::unix::AsyncFd;

use crate::cgroup::{Cgroup, Limits};

/// The first wait before a process that ended is started again; it doubles up to [`LAST_BACK_OFF`].
const FIRST_BACK_OFF: Duration = Duration::from_millis(100);

/// The longest wait before a process is started again.
const LAST_BACK_OFF: Duration = Duration::from_secs(30);

/// A process that ran this long is taken for healthy: the next wait is the first one again.
const HEALTHY: Duration = Duration::from_secs(60);

/// The most sockets that a program is given.
const LISTENERS: usize = 8;

/// A program that is to run for as long as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its name: that of its control group, log and record.
    pub name: String,
    /// The command line; the first word is the program's file.
    pub command: Vec<String>,
    /// Variables of its environment, beside those of the agent.
    pub environment: BTreeMap<String, String>,
    /// The file of the network namespace in which it runs; the host's when absent.
    pub network: Option<PathBuf>,
    /// Addresses on which it accepts connections although it does not run in the host's network: the sockets are opened on the host and given to it
    /// as descriptors 3 and following, with `LISTEN_FDS` (sd_listen_fds(3)). So they need no relay, and live as long as the process does.
    pub listen: Vec<SocketAddr>,
    /// The user and group that it runs as; the agent's when absent.
    pub user: Option<(u32, u32)>,
}

/// Where records, logs and control groups are kept.
#[derive(Debug, Clone)]
pub struct Folders {
    /// Records of what runs: gone after a boot, as the processes are.
    pub records: PathBuf,
    /// Logs.
    pub logs: PathBuf,
    /// The control group below which each program has its own.
    pub group: String,
}

/// What is remembered of a process, to know it again after the agent was restarted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    pid: i32,
    /// The start time in ticks since boot: a number that is used again has another.
    start: u64,
    program: Program,
}

/// A process that runs.
#[derive(Debug)]
pub struct Running {
    /// Its number.
    pub pid: i32,
    handle: AsyncFd<OwnedFd>,
}

impl Running {
    /// Waits until it ends.
    pub async fn wait(&self) {
        // A process's descriptor becomes readable when the process ends (pidfd_open(2)).
        let _ = self.handle.readable().await;
        reap(self.pid);
    }
}

impl Program {
    /// Runs the program until this is dropped, starting it again whenever it ends. A process that an agent before this one started is adopted if
    /// it was started from the same description; otherwise it is replaced. Dropping leaves it running.
    pub async fn keep(&self, folders: &Folders, limits: Limits) {
        let mut wait = FIRST_BACK_OFF;
        loop {
            let started = Instant::now();
            match self.ensure(folders, limits).await {
                Ok(running) => {
                    running.wait().await;
                    tracing::warn!(program = self.name, pid = running.pid, "ended; it is started again");
                }
                Err(error) => tracing::error!(program = self.name, %error, "cannot be started; it is tried again"),
            }
            if started.elapsed() > HEALTHY {
                wait = FIRST_BACK_OFF;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LAST_BACK_OFF);
        }
    }

    /// Adopts the process of this program, or starts it.
    pub async fn ensure(&self, folders: &Folders, limits: Limits) -> io::Result<Running> {
        let (program, folders) = (self.clone(), folders.clone());
        let (pid, handle) = tokio::task::spawn_blocking(move || program.ensure_blocking(&folders, limits))
            .await
            .map_err(io::Error::other)??;
        // SAFETY: the descriptor is the process handle's own, and stays open for as long as it is registered.
        let handle = unsafe { AsyncFd::register_with_interest(handle, tokio::io::Interest::READABLE) };
        Ok(Running { pid, handle: handle.map_err(io::Error::other)? })
    }

    fn ensure_blocking(&self, folders: &Folders, limits: Limits) -> io::Result<(i32, OwnedFd)> {
        let record_file = folders.records.join(format!("{}.json", self.name));
        let cgroup = Cgroup::new(&folders.group, &self.name);
        let record: Option<Record> = fs::read(&record_file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(record) = record.filter(|record| record.program == *self) {
            // First the handle, then the look at who has it: the number cannot change its owner in between.
            if let Ok(handle) = open_pid(record.pid)
                && start_time(record.pid) == Some(record.start)
            {
                return Ok((record.pid, handle));
            }
        }
        // Whatever is in the group is of an older description, or was started and never recorded, or is the remains of one that died.
        cgroup.destroy()?;
        cgroup.ensure(limits)?;
        fs::create_dir_all(&folders.records)?;
        fs::create_dir_all(&folders.logs)?;
        let log = OpenOptions::new().create(true).append(true).open(folders.logs.join(format!("{}.log", self.name)))?;
        let pid = self.spawn(&cgroup, log)?;
        let handle = open_pid(pid)?;
        let start = start_time(pid).ok_or_else(|| io::Error::other("the process ended at once; see its log"))?;
        write_whole(&record_file, &serde_json::to_vec(&Record { pid, start, program: self.clone() })?)?;
        Ok((pid, handle))
    }

    fn spawn(&self, cgroup: &Cgroup, log: File) -> io::Result<i32> {
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| io::Error::other("an empty command line"))?;
        let mut command = Command::new(program);
        command.args(arguments).envs(&self.environment).current_dir("/");
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let listeners = self.listen.iter().map(TcpListener::bind).collect::<io::Result<Vec<_>>>()?;
        if listeners.len() > LISTENERS {
            return Err(io::Error::other(format!("{} wants more than {LISTENERS} listening sockets", self.name)));
        }
        if !listeners.is_empty() {
            command.env("LISTEN_FDS", listeners.len().to_string());
        }
        let network = self.network.as_ref().map(File::open).transpose()?;
        let groups = cgroup
            .procs_files()
            .iter()
            .map(|path| OpenOptions::new().write(true).open(path))
            .collect::<io::Result<Vec<_>>>()?;
        let user = self.user;
        // The sockets are first moved far up, so that none is overwritten before it is at its place.
        let sockets: Vec<i32> = listeners.iter().map(|listener| listener.as_raw_fd()).collect();
        let networks = network.as_ref().map(|file| file.as_raw_fd());
        let joins: Vec<i32> = groups.iter().map(|file| file.as_raw_fd()).collect();
        // SAFETY: between fork and exec only system calls are made; nothing allocates.
        unsafe {
            command.pre_exec(move || {
                for descriptor in &joins {
                    check(libc::write(*descriptor, b"0".as_ptr().cast(), 1) as libc::c_int)?;
                }
                if let Some(descriptor) = networks {
                    check(libc::setns(descriptor, libc::CLONE_NEWNET))?;
                }
                check(libc::setsid())?;
                let mut high = [0; LISTENERS];
                for (at, socket) in sockets.iter().enumerate() {
                    high[at] = check(libc::fcntl(*socket, libc::F_DUPFD_CLOEXEC, 200))?;
                }
                for (at, socket) in high[..sockets.len()].iter().enumerate() {
                    check(libc::dup2(*socket, 3 + at as libc::c_int))?;
                }
                if let Some((user, group)) = user {
                    check(libc::setgroups(0, std::ptr::null()))?;
                    check(libc::setgid(group))?;
                    check(libc::setuid(user))?;
                }
                Ok(())
            });
        }
        Ok(command.spawn()?.id().cast_signed())
    }

    /// Ends the program for good, with everything that came of it, and removes its record.
    pub fn end(name: &str, folders: &Folders) -> io::Result<()> {
        Cgroup::new(&folders.group, name).destroy()?;
        let pid = fs::read(folders.records.join(format!("{name}.json"))).ok();
        if let Some(record) = pid.and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok()) {
            reap(record.pid);
        }
        match fs::remove_file(folders.records.join(format!("{name}.json"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Collects a process that ended, if it was our child.
fn reap(pid: i32) {
    use nix::sys::wait::{WaitPidFlag, waitpid};
    let _ = waitpid(nix::unistd::Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
}

fn open_pid(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes two numbers; what it returns is a descriptor that nobody else has.
    unsafe {
        let descriptor = check(libc::syscall(libc::SYS_pidfd_open, pid, libc::O_NONBLOCK) as libc::c_int)?;
        Ok(OwnedFd::from_raw_fd(descriptor))
    }
}

/// When the process was started, in ticks since boot; `None` when it is not there or is only waiting to be collected.
fn start_time(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets, which can hold anything (proc_pid_stat(5)).
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if state == "Z" { None } else { fields.nth(18)?.parse().ok() }
}

/// Replaces a file whole, so that a reader never sees half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = path.with_extension("next");
    let mut file = File::create(&next)?;
    file.write_all(bytes)?;
    fs::rename(&next, path)
}
