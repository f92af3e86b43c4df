use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use crate::{Cidr, Table};

/// Everything that a caller wants in one network namespace.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Whose things these are; without an owner nothing is removed.
    pub owner: Option<Owner>,
    /// Links, in the order in which they are made.
    pub links: Vec<Link>,
    /// Addresses on links, the links of others included.
    pub addresses: Vec<Address>,
    /// Routes of every table.
    pub routes: Vec<Route>,
    /// Routing rules.
    pub rules: Vec<Rule>,
    /// Kernel settings by name, such as `net/ipv4/ip_forward`; they are set and never unset.
    pub sysctls: BTreeMap<String, String>,
    /// nftables tables.
    pub tables: Vec<Table>,
}

impl Wanted {
    /// Nothing yet, of this owner.
    #[must_use]
    pub fn of(owner: Owner) -> Self {
        Self { owner: Some(owner), ..Self::default() }
    }

    /// Adds a kernel setting.
    pub fn sysctl(&mut self, key: impl Into<String>, value: impl ToString) {
        self.sysctls.insert(key.into(), value.to_string());
    }
}

/// How an owner's things are told from those of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The start of the names of its links and nftables tables, and the label of its addresses on the links of others.
    /// At most 8 characters, for a label has to fit into an interface's name.
    pub prefix: &'static str,
    /// The protocol number of its routes and rules: one that no routing daemon of the host uses (`/etc/iproute2/rt_protos`).
    pub protocol: u8,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name, at most 15 characters.
    pub name: String,
    /// What it is, and how it is made when it is not there.
    pub kind: LinkKind,
    /// The largest packet in bytes; `None` leaves it as it is.
    pub mtu: Option<u32>,
}

/// What a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkKind {
    /// Made by somebody else (the loopback, the far end of a pair): it is set up if it is there, and an error if it is not.
    Existing,
    /// One end of a veth pair. Both ends are made in one step, so the near end's existence proves the far end's.
    Veth {
        /// The far end's name.
        peer: String,
        /// The namespace's file in which the far end is made.
        peer_namespace: PathBuf,
        /// The far end's hardware address; the kernel chooses one when `None`.
        peer_mac: Option<[u8; 6]>,
    },
}

impl Link {
    /// A link that exists, to be set up.
    #[must_use]
    pub fn existing(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: LinkKind::Existing, mtu: None }
    }
}

/// An address on a link.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The link's name.
    pub link: String,
    /// The address, with its host bits.
    pub address: Cidr,
}

/// What a route does with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RouteKind {
    /// Sends it on.
    Unicast,
    /// Drops it silently.
    Blackhole,
    /// Drops it and tells the sender.
    Unreachable,
    /// Decides nothing: the next rule's table is asked.
    Throw,
}

/// A route of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route {
    /// The table: 254 is the main one.
    pub table: u32,
    /// Where the packet goes to.
    pub destination: Cidr,
    /// What happens with it.
    pub kind: RouteKind,
    /// The link it leaves by.
    pub link: Option<String>,
    /// The next hop; taken as on the link even if no address of ours says so.
    pub via: Option<Ipv4Addr>,
    /// The source address that our own packets get.
    pub source: Option<Ipv4Addr>,
}

impl Route {
    /// The main table's number.
    pub const MAIN: u32 = 254;

    /// A route to neighbours on a link.
    #[must_use]
    pub fn on_link(table: u32, destination: Cidr, link: impl Into<String>) -> Self {
        Self { table, destination, kind: RouteKind::Unicast, link: Some(link.into()), via: None, source: None }
    }

    /// A route through a next hop on a link.
    #[must_use]
    pub fn via(table: u32, destination: Cidr, via: Ipv4Addr, link: impl Into<String>) -> Self {
        Self { via: Some(via), ..Self::on_link(table, destination, link) }
    }

    /// A route that drops.
    #[must_use]
    pub fn dropping(table: u32, destination: Cidr, kind: RouteKind) -> Self {
        Self { table, destination, kind, link: None, via: None, source: None }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RouteKind::Unicast => write!(out, "route {}", self.destination)?,
            RouteKind::Blackhole => write!(out, "route blackhole {}", self.destination)?,
            RouteKind::Unreachable => write!(out, "route unreachable {}", self.destination)?,
            RouteKind::Throw => write!(out, "route throw {}", self.destination)?,
        }
        if let Some(via) = self.via {
            write!(out, " via {via}")?;
        }
        if let Some(link) = &self.link {
            write!(out, " dev {link}")?;
        }
        write!(out, " table {}", self.table)
    }
}

/// A routing rule: which packets look into which table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rule {
    /// Its place: lower goes first; the main table's rule is 32766.
    pub priority: u32,
    /// Only packets that came in by this link.
    pub input: Option<String>,
    /// Only packets from this network.
    pub from: Option<Cidr>,
    /// The table to look into.
    pub table: u32,
}
