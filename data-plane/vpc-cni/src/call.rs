use std::net::IpAddr;
use std::path::PathBuf;

use reks_hostnet::Cidr;
use serde::Deserialize;

use crate::Error;

/// What the runtime wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Join a container to the network.
    Add,
    /// Take it off again.
    Del,
    /// See whether it still is as it was made.
    Check,
    /// Say which versions are spoken.
    Version,
}

/// One call: what is wanted, for which container, with which configuration.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is wanted.
    pub command: Command,
    /// The container's (pod sandbox's) id; empty for `VERSION`.
    pub container: String,
    /// The file of its network namespace; a `DEL` may come without one.
    pub namespace: Option<PathBuf>,
    /// The name that the interface gets in the container.
    pub interface: String,
    /// The configuration from standard input.
    pub config: NetworkConfig,
}

/// The network configuration, of which each plugin reads its own part.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkConfig {
    /// The version of the specification.
    #[serde(default)]
    pub cni_version: String,
    /// The prefixes out of which pods get addresses.
    #[serde(default)]
    prefixes: Vec<String>,
    /// The largest packet in bytes.
    #[serde(default = "default_mtu")]
    pub mtu: u32,
    /// The folder of the address file.
    #[serde(default = "default_state_folder")]
    pub state_folder: PathBuf,
    /// What the runtime adds for this container.
    #[serde(default)]
    pub runtime_config: RuntimeConfig,
}

/// What the runtime adds for one container.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeConfig {
    /// Ports of the node that lead to the container.
    #[serde(default)]
    pub port_mappings: Vec<PortMapping>,
}

/// A port of the node that leads to one of the container.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortMapping {
    /// The node's port; 0 asks for none.
    #[serde(default)]
    pub host_port: u16,
    /// The container's port.
    pub container_port: u16,
    /// `tcp`, `udp` or `sctp`.
    #[serde(default = "default_protocol")]
    pub protocol: String,
    /// The node's address on which it listens; all when absent, empty or unspecified.
    #[serde(default, rename = "hostIP", skip_serializing_if = "Option::is_none")]
    pub host_ip: Option<String>,
}

impl PortMapping {
    /// The one address on which the port listens, if not on all.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        let address: IpAddr = self.host_ip.as_deref()?.parse().ok()?;
        (!address.is_unspecified()).then_some(address)
    }
}

/// Ethernet frames of a VPC carry up to 9001 bytes (Amazon EC2, "Network MTU").
const fn default_mtu() -> u32 {
    9001
}

fn default_state_folder() -> PathBuf {
    "/var/lib/cni/reks".into()
}

fn default_protocol() -> String {
    "tcp".into()
}

impl Call {
    /// Understands a call from its environment and configuration.
    pub fn parse(environment: impl Fn(&str) -> Option<String>, config: &str) -> Result<Self, Error> {
        let need = |name: &'static str| match environment(name) {
            Some(value) if !value.is_empty() => Ok(value),
            _ => Err(Error::Environment { name, problem: "is not set; the runtime has to set it".into() }),
        };
        let command = match need("CNI_COMMAND")?.as_str() {
            "ADD" => Command::Add,
            "DEL" => Command::Del,
            "CHECK" => Command::Check,
            "VERSION" => Command::Version,
            other => {
                return Err(Error::Environment { name: "CNI_COMMAND", problem: format!("{other:?} is not known") });
            }
        };
        let mut config: NetworkConfig = serde_json::from_str(config).map_err(Error::Decode)?;
        if config.cni_version.is_empty() {
            config.cni_version = "0.3.1".into();
        }
        let version = config.cni_version.clone();
        if command == Command::Version {
            return Ok(Self { command, container: String::new(), namespace: None, interface: String::new(), config });
        }
        if !crate::VERSIONS.contains(&version.as_str()) {
            return Err(Error::Version(version));
        }
        let namespace = match need("CNI_NETNS") {
            Ok(path) => Some(PathBuf::from(path)),
            Err(_) if command == Command::Del => None,
            Err(error) => return Err(error),
        };
        Ok(Self { command, container: need("CNI_CONTAINERID")?, namespace, interface: need("CNI_IFNAME")?, config })
    }
}

impl NetworkConfig {
    /// The prefixes, understood.
    pub fn prefixes(&self) -> Result<Vec<Cidr>, Error> {
        if self.prefixes.is_empty() {
            return Err(Error::Config("it has no `prefixes`, out of which pods get addresses".into()));
        }
        self.prefixes.iter().map(|text| text.parse().map_err(Error::Network)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(command: &str, netns: Option<&str>, config: &str) -> Result<Call, Error> {
        let environment = |name: &str| match name {
            "CNI_COMMAND" => Some(command.to_owned()),
            "CNI_CONTAINERID" => Some("c1".into()),
            "CNI_NETNS" => netns.map(Into::into),
            "CNI_IFNAME" => Some("eth0".into()),
            _ => None,
        };
        Call::parse(environment, config)
    }

    #[test]
    fn calls() {
        let check = |result: Result<Call, Error>, code: Option<u64>| {
            let got = result.err().map(|error| error.to_json("{}")["code"].as_u64().unwrap());
            assert_eq!(got, code);
        };
        let config = r#"{"cniVersion":"1.0.0","prefixes":["10.0.1.16/28"]}"#;
        check(parse("ADD", Some("/x"), config), None);
        check(parse("ADD", None, config), Some(4));
        check(parse("DEL", None, config), None);
        check(parse("GC", Some("/x"), config), Some(4));
        check(parse("ADD", Some("/x"), "{"), Some(6));
        check(parse("ADD", Some("/x"), r#"{"cniVersion":"9.9.9"}"#), Some(1));
        check(parse("VERSION", None, r#"{"cniVersion":"9.9.9"}"#), None);
    }
}
