//! Network namespaces with names: files that hold them, as `ip netns` has them, in a folder of their own.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::statfs::FsType;
use nix::unistd::gettid;
use rtnetlink::LinkUnspec;

use crate::Error;

/// The named network namespaces of one folder.
#[derive(Debug, Clone)]
pub struct Namespaces {
    folder: PathBuf,
}

impl Namespaces {
    /// Those of a folder, which is made when it is needed.
    #[must_use]
    pub fn of(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The file of a namespace.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes a namespace whose loopback is up, unless it is there. A creation that was cut off is done again.
    ///
    /// # Errors
    /// When the kernel refuses, most likely because this is not root.
    pub fn ensure(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.path(name);
        if is_namespace(&path) {
            return Ok(path);
        }
        let failed = |what: &'static str| {
            let path = path.clone();
            move |source: io::Error| Error::Kernel { what, path, source }
        };
        fs::create_dir_all(&self.folder).map_err(failed("cannot make the folder of"))?;
        File::create(&path).map_err(failed("cannot make"))?;
        let target = path.clone();
        // A namespace belongs to a thread; this one goes away, and the file keeps what it made.
        let made = std::thread::spawn(move || make(&target)).join().map_err(|_| Error::Thread)?;
        made.map(|()| path)
    }

    /// Removes a namespace, if it is there. It ends when the last process in it has.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.path(name);
        let failed = |what: &'static str, source: io::Error| Error::Kernel { what, path: path.clone(), source };
        match umount2(&path, MntFlags::MNT_DETACH) {
            // Not mounted: a creation that was cut off.
            Ok(()) | Err(nix::Error::EINVAL | nix::Error::ENOENT) => {}
            Err(error) => return Err(failed("cannot unmount", error.into())),
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("cannot remove", error)),
            _ => Ok(()),
        }
    }

    /// The names of those that are there, also of half-made ones.
    #[must_use]
    pub fn list(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

/// Whether a file holds a namespace: it is then a mount of the kernel's own filesystem of namespaces.
fn is_namespace(path: &Path) -> bool {
    /// `NSFS_MAGIC` of `linux/magic.h`.
    const MAGIC: i64 = 0x6e73_6673;
    nix::sys::statfs::statfs(path).is_ok_and(|found| found.filesystem_type() == FsType(MAGIC))
}

fn make(path: &Path) -> Result<(), Error> {
    let failed = |what: &'static str| {
        move |error: nix::Error| Error::Kernel { what, path: path.to_owned(), source: error.into() }
    };
    unshare(CloneFlags::CLONE_NEWNET).map_err(failed("cannot make the network namespace"))?;
    raise_loopback(path)?;
    let own = format!("/proc/self/task/{}/ns/net", gettid());
    mount(Some(own.as_str()), path, None::<&str>, MsFlags::MS_BIND, None::<&str>)
        .map_err(failed("cannot keep the network namespace"))
}

fn raise_loopback(path: &Path) -> Result<(), Error> {
    let failed =
        |source: io::Error| Error::Kernel { what: "cannot talk to the network of", path: path.to_owned(), source };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let (connection, handle, _) = rtnetlink::new_connection().map_err(failed)?;
        let connection = tokio::spawn(connection);
        let links = handle.link().get().match_name("lo".to_owned()).execute().try_collect::<Vec<_>>().await?;
        for link in links {
            handle.link().set(LinkUnspec::new_with_index(link.header.index).up().build()).execute().await?;
        }
        connection.abort();
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_made_once_and_leaves_nothing() {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("skipped: network namespaces need root; run the tests as root to try this");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let namespaces = Namespaces::of(folder.path());
        let path = namespaces.ensure("one").unwrap();
        let inode = || std::os::unix::fs::MetadataExt::ino(&fs::metadata(&path).unwrap());
        let first = inode();
        namespaces.ensure("one").unwrap();
        assert_eq!(inode(), first);
        assert_ne!(first, std::os::unix::fs::MetadataExt::ino(&fs::metadata("/proc/self/ns/net").unwrap()));
        assert_eq!(namespaces.list(), ["one"]);
        // A creation that was cut off before the mount.
        File::create(namespaces.path("two")).unwrap();
        namespaces.ensure("two").unwrap();
        for name in ["one", "two", "never"] {
            namespaces.remove(name).unwrap();
        }
        assert!(namespaces.list().is_empty());
    }
}
