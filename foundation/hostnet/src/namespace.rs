use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::statfs::statfs;

use crate::Error;

/// The file system type of namespaces' files (`NSFS_MAGIC` of linux/magic.h).
const NSFS_MAGIC: i64 = 0x6e73_6673;

/// A folder of named network namespaces: each is a file on which the namespace is mounted, so that it lives without a process.
#[derive(Debug, Clone)]
pub struct Namespaces {
    folder: PathBuf,
}

impl Namespaces {
    /// Where reks keeps its namespaces.
    pub const DEFAULT_FOLDER: &str = "/run/reks/netns";

    /// Namespaces in this folder, which is made when the first of them is.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The file of the namespace of this name, whether it exists or not.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Opens the namespace of this name, making it if it is not there.
    pub fn ensure(&self, name: &str) -> Result<Namespace, Error> {
        let path = self.path(name);
        if is_namespace(&path) {
            return Namespace::open(&path);
        }
        let failed = |action| {
            let path = path.clone();
            move |source: io::Error| Error::Namespace { path, action, source }
        };
        fs::create_dir_all(&self.folder).map_err(failed("make its folder"))?;
        File::create(&path).map_err(failed("make its file"))?;
        // A namespace begins with the thread that unshares; the mount keeps it after the thread ends.
        let made = std::thread::scope(|scope| {
            let thread = scope.spawn(|| -> io::Result<()> {
                unshare(CloneFlags::CLONE_NEWNET)?;
                mount(Some("/proc/thread-self/ns/net"), &path, None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
                Ok(())
            });
            thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread panicked")))
        });
        made.map_err(failed("make (is this root?)"))?;
        Namespace::open(&path)
    }

    /// The namespace of this name, if it is there.
    pub fn open(&self, name: &str) -> Result<Option<Namespace>, Error> {
        let path = self.path(name);
        if is_namespace(&path) { Namespace::open(&path).map(Some) } else { Ok(None) }
    }

    /// The names of all that are there, the remains of half-made ones included, sorted.
    pub fn list(&self) -> Result<Vec<String>, Error> {
        let failed = |source| Error::Namespace { path: self.folder.clone(), action: "list", source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.map_err(failed)?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }

    /// Removes the namespace of this name, and with it its links, unless a process is still in it. That it is gone already is fine.
    pub fn delete(&self, name: &str) -> Result<(), Error> {
        let path = self.path(name);
        // More than one mount can lie on the file when two makers raced.
        while is_namespace(&path) {
            umount2(&path, MntFlags::MNT_DETACH).map_err(|errno| Error::Namespace {
                path: path.clone(),
                action: "unmount",
                source: errno.into(),
            })?;
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::Namespace { path, action: "remove its file", source: error })
            }
            _ => Ok(()),
        }
    }
}

fn is_namespace(path: &Path) -> bool {
    statfs(path).is_ok_and(|file_system| file_system.filesystem_type().0 == NSFS_MAGIC)
}

/// One network namespace, held open.
#[derive(Debug)]
pub struct Namespace {
    path: PathBuf,
    file: File,
}

impl Namespace {
    /// Opens a namespace by its file, such as `/proc/<pid>/ns/net` or a file of [`Namespaces`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        match File::open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(source) => Err(Error::Namespace { path, action: "open", source }),
        }
    }

    /// The namespace that the calling thread is in.
    pub fn current() -> Result<Self, Error> {
        Self::open("/proc/thread-self/ns/net")
    }

    /// The file by which it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves the calling thread into this namespace for good: for a process or thread that is to stay there.
    pub fn enter(&self) -> Result<(), Error> {
        setns(self.file.as_fd(), CloneFlags::CLONE_NEWNET).map_err(|errno| Error::Namespace {
            path: self.path.clone(),
            action: "enter",
            source: errno.into(),
        })
    }

    /// Runs work on a new thread inside this namespace, and waits for it. Sockets that the work opens, and processes that it starts, are and stay
    /// in this namespace.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
        let result = std::thread::scope(|scope| scope.spawn(|| self.enter().map(|()| work())).join());
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
