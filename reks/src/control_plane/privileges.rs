//! Giving up what a control plane does not need. Called before any thread is started: both count for one thread alone.

use std::fs::File;
use std::path::Path;

use anyhow::Context;
use nix::sched::{CloneFlags, setns};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};

/// Enters a network namespace, and no other.
pub fn enter_network(namespace: &Path) -> anyhow::Result<()> {
    let file = File::open(namespace).with_context(|| format!("cannot open the network {}", namespace.display()))?;
    setns(file, CloneFlags::CLONE_NEWNET).with_context(|| format!("cannot enter the network {}", namespace.display()))
}

/// Becomes an unprivileged user for good.
pub fn drop_root(user: u32) -> anyhow::Result<()> {
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
    anyhow::ensure!(!uid.is_root(), "a control plane does not run as root: choose another user");
    setgroups(&[]).context("cannot give up root's groups")?;
    setresgid(gid, gid, gid).with_context(|| format!("cannot become group {gid}"))?;
    setresuid(uid, uid, uid).with_context(|| format!("cannot become user {uid}"))
}
