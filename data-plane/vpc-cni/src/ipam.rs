use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use reks_hostnet::Cidr;
use serde::{Deserialize, Serialize};

use crate::{Error, PortMapping};

/// Which address is whose: the file's content.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    /// By container id and interface, joined by a slash.
    allocations: BTreeMap<String, Allocation>,
    /// The last address that was given out: the search goes on behind it, so that an address is used again as late as possible and
    /// nobody's old connections reach a new pod.
    last: Option<Ipv4Addr>,
}

/// What one container has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Its address.
    pub address: Ipv4Addr,
    /// The name of the node's end of its veth pair.
    pub link: String,
    /// The node's ports that lead to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<PortMapping>,
}

/// The address file, locked: one call at a time changes addresses, links and host ports.
#[derive(Debug)]
pub struct Ipam {
    file: PathBuf,
    state: State,
    _lock: Flock<File>,
}

impl Ipam {
    /// Opens the address file of this folder, waiting until no other call has it.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let file = folder.join("addresses.json");
        let failed = |source| Error::State { path: file.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        let lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, errno)| failed(errno.into()))?;
        let state = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(io::Error::other(error)))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::default(),
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { file, state, _lock: lock })
    }

    /// What the container has, if anything.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Allocation> {
        self.state.allocations.get(key)
    }

    /// Every container's, by key.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Allocation)> {
        self.state.allocations.iter().map(|(key, allocation)| (key.as_str(), allocation))
    }

    /// Gives the container an address of the prefixes, or says which one it has, and remembers its link and ports.
    pub fn allocate(
        &mut self,
        key: &str,
        prefixes: &[Cidr],
        link: &str,
        ports: &[PortMapping],
    ) -> Result<Allocation, Error> {
        for port in ports {
            let same = |(other, allocation): &(&str, &Allocation)| {
                *other != key && allocation.ports.iter().any(|theirs| collide(theirs, port))
            };
            if let Some((owner, _)) = self.all().find(same) {
                let (port, protocol) = (port.host_port, port.protocol.clone());
                return Err(Error::HostPort { port, protocol, owner: owner.into() });
            }
        }
        let kept = self.get(key).map(|allocation| allocation.address);
        let address = match kept.filter(|address| prefixes.iter().any(|prefix| prefix.contains(*address))) {
            Some(address) => address,
            None => self.free_address(prefixes)?,
        };
        let allocation = Allocation { address, link: link.into(), ports: ports.to_vec() };
        if self.get(key) != Some(&allocation) {
            self.state.allocations.insert(key.into(), allocation.clone());
            self.state.last = Some(address);
            self.save()?;
        }
        Ok(allocation)
    }

    fn free_address(&self, prefixes: &[Cidr]) -> Result<Ipv4Addr, Error> {
        let used: BTreeSet<_> = self.state.allocations.values().map(|allocation| allocation.address).collect();
        let all: Vec<_> =
            prefixes.iter().flat_map(|prefix| (0..prefix.size() as u32).map(|at| prefix.nth(at))).collect();
        let start = all.iter().position(|address| Some(*address) == self.state.last).map_or(0, |at| at + 1);
        let free = all[start..].iter().chain(&all[..start]).find(|address| !used.contains(address));
        free.copied().ok_or_else(|| {
            let prefixes: Vec<_> = prefixes.iter().map(ToString::to_string).collect();
            Error::Exhausted { total: all.len() as u64, prefixes: prefixes.join(", ") }
        })
    }

    /// Takes the container's address back.
    pub fn release(&mut self, key: &str) -> Result<(), Error> {
        if self.state.allocations.remove(key).is_some() { self.save() } else { Ok(()) }
    }

    /// Replaces the file whole, and returns when that is on the disk.
    fn save(&self) -> Result<(), Error> {
        let failed = |source| Error::State { path: self.file.clone(), source };
        let next = self.file.with_extension("next");
        let bytes = serde_json::to_vec(&self.state).map_err(|error| failed(io::Error::other(error)))?;
        let mut file = File::create(&next).map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&next, &self.file).map_err(failed)
    }
}

fn collide(one: &PortMapping, other: &PortMapping) -> bool {
    let same_address = match (one.address(), other.address()) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    same_address && (&one.protocol, one.host_port) == (&other.protocol, other.host_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_given_once_remembered_and_used_again_last() {
        let folder = tempfile::tempdir().unwrap();
        let prefixes: Vec<Cidr> = vec!["10.0.1.16/30".parse().unwrap(), "10.0.1.32/31".parse().unwrap()];
        let open = || Ipam::open(folder.path()).unwrap();
        let give =
            |key: &str| open().allocate(key, &prefixes, "eni", &[]).map(|allocation| allocation.address.octets()[3]);
        assert_eq!(give("a").unwrap(), 16);
        assert_eq!(give("b").unwrap(), 17);
        assert_eq!(give("a").unwrap(), 16, "the same call again");
        open().release("a").unwrap();
        open().release("a").unwrap();
        let rest: Vec<_> = ["c", "d", "e", "f"].into_iter().map(|key| give(key).unwrap()).collect();
        assert_eq!(rest, [18, 19, 32, 33]);
        assert_eq!(give("g").unwrap(), 16);
        let error = give("h").unwrap_err();
        assert!(matches!(error, Error::Exhausted { total: 6, .. }), "{error}");
    }

    #[test]
    fn a_host_port_has_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let prefixes = ["10.0.1.16/28".parse().unwrap()];
        let port = |host_ip: Option<&str>| PortMapping {
            host_port: 80,
            container_port: 8080,
            protocol: "tcp".into(),
            host_ip: host_ip.map(Into::into),
        };
        let mut ipam = Ipam::open(folder.path()).unwrap();
        ipam.allocate("a", &prefixes, "eni", &[port(Some("10.0.0.5"))]).unwrap();
        ipam.allocate("b", &prefixes, "eni", &[port(Some("10.0.0.6"))]).unwrap();
        let error = ipam.allocate("c", &prefixes, "eni", &[port(Some("0.0.0.0"))]).unwrap_err();
        assert!(matches!(error, Error::HostPort { port: 80, .. }));
    }
}
