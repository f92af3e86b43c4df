use std::net::Ipv4Addr;
use std::path::PathBuf;

/// Why a call failed. Codes below 100 are the specification's ("CNI specification 1.0.0, Error"), those from 100 on our own.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller speaks a version that we do not.
    #[error("CNI version {0:?} is not spoken here; use one of {versions}", versions = crate::VERSIONS.join(", "))]
    Version(String),
    /// A variable of the environment is missing or wrong.
    #[error("environment variable {name}: {problem}")]
    Environment {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The configuration could not be read.
    #[error("read the network configuration: {0}")]
    Input(#[source] std::io::Error),
    /// The configuration is no such JSON document.
    #[error("the network configuration cannot be understood: {0}")]
    Decode(#[source] serde_json::Error),
    /// The configuration makes no sense.
    #[error("the network configuration is wrong: {0}")]
    Config(String),
    /// The file of addresses could not be read or written.
    #[error("the address file {path}: {source}")]
    State {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// All addresses are in use.
    #[error(
        "no free address: all {total} of the prefixes {prefixes} are in use; give the instance's network interface another prefix"
    )]
    Exhausted {
        /// How many there are.
        total: u64,
        /// The prefixes.
        prefixes: String,
    },
    /// A host port is another pod's.
    #[error("host port {port}/{protocol} is already taken by the container {owner}")]
    HostPort {
        /// The port.
        port: u16,
        /// `tcp`, `udp` or `sctp`.
        protocol: String,
        /// The container that has it.
        owner: String,
    },
    /// A check found the pod's network not as it was made.
    #[error("container {container}: {problem}")]
    Check {
        /// The container.
        container: String,
        /// What differs.
        problem: String,
    },
    /// A check found another address than the one that the container has.
    #[error("container {container} should have the address {address}")]
    Address {
        /// The container.
        container: String,
        /// Its address.
        address: Ipv4Addr,
    },
    /// The network could not be changed.
    #[error(transparent)]
    Network(#[from] reks_hostnet::Error),
}

impl Error {
    fn code(&self) -> u32 {
        match self {
            Self::Version(_) => 1,
            Self::Environment { .. } => 4,
            Self::Input(_) | Self::State { .. } => 5,
            Self::Decode(_) => 6,
            Self::Config(_) => 7,
            Self::Exhausted { .. } => 100,
            Self::HostPort { .. } => 101,
            Self::Check { .. } | Self::Address { .. } => 102,
            Self::Network(_) => 103,
        }
    }

    /// The error as the runtime wants it, in the version that the configuration named.
    #[must_use]
    pub fn to_json(&self, config: &str) -> serde_json::Value {
        let config: serde_json::Value = serde_json::from_str(config).unwrap_or_default();
        let version = config["cniVersion"].as_str().unwrap_or("1.0.0");
        serde_json::json!({ "cniVersion": version, "code": self.code(), "msg": self.to_string() })
    }
}
