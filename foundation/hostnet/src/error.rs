use std::path::PathBuf;

/// Why the machine's network could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A namespace's file could not be made, opened, entered or removed.
    #[error("network namespace {path}: {action} failed: {source}")]
    Namespace {
        /// The namespace's file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The kernel refused a netlink request.
    #[error("{action}: {source}")]
    Netlink {
        /// What was tried, and on what.
        action: String,
        /// The kernel's answer.
        source: rtnetlink::Error,
    },
    /// A netlink socket could not be opened.
    #[error("open a netlink socket: {0}")]
    Socket(#[source] std::io::Error),
    /// A link that an address, route or rule names does not exist.
    #[error("{wanted} names the link {link}, which does not exist here; ask for the link too, or make it first")]
    NoLink {
        /// The value that names the link.
        wanted: String,
        /// The link's name.
        link: String,
    },
    /// A kernel setting could not be read or written.
    #[error("kernel setting {key}: {source}")]
    Sysctl {
        /// Its name, such as `net/ipv4/ip_forward`.
        key: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// `nft` could not be run.
    #[error("run nft: {0}; is the package nftables installed?")]
    NftMissing(#[source] std::io::Error),
    /// `nft` refused a script.
    #[error("nft refused the rules: {message}")]
    Nft {
        /// What `nft` said, with the line at fault.
        message: String,
    },
    /// A value that is no IPv4 network in CIDR notation.
    #[error("{0:?} is no IPv4 network such as 10.0.1.0/24")]
    Cidr(String),
}

impl Error {
    /// Whether the kernel said that the thing is there already.
    pub(crate) fn is_exists(error: &rtnetlink::Error) -> bool {
        Self::errno(error) == Some(nix::errno::Errno::EEXIST as i32)
    }

    /// Whether the kernel said that the thing is not there (any more).
    pub(crate) fn is_gone(error: &rtnetlink::Error) -> bool {
        use nix::errno::Errno::{EADDRNOTAVAIL, ENODEV, ENOENT, ESRCH};
        [ENODEV, ESRCH, ENOENT, EADDRNOTAVAIL].into_iter().any(|errno| Self::errno(error) == Some(errno as i32))
    }

    fn errno(error: &rtnetlink::Error) -> Option<i32> {
        match error {
            rtnetlink::Error::NetlinkError(message) => message.code.map(|code| code.get().abs()),
            _ => None,
        }
    }
}
