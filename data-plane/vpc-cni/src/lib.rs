//! Pod addresses from the VPC: the CNI plugin that a container runtime calls for every pod.
//!
//! A pod gets one address out of the /28 prefixes of its instance's network interface. The instance routes: a veth pair joins pod and node, the
//! node has a /32 route for the pod, and the pod sends everything to 169.254.1.1, for which the node answers ARP. No bridge, no overlay.
//! (Amazon VPC CNI plugin, "prefix delegation" and "pod networking".)
//!
//! Which address is whose is kept in one file, changed under a lock and replaced whole, so a plugin killed at any instant leaves either the old
//! or the new truth; links, routes and host ports are then made to agree with it. The same call repeated changes nothing.

mod call;
mod conflist;
mod error;
mod hostports;
mod ipam;
mod loopback;
mod pod;

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

pub use call::{Call, Command, NetworkConfig, PortMapping};
pub use conflist::{Conflist, PLUGIN};
pub use error::Error;
pub use ipam::{Allocation, Ipam};

/// The versions of the CNI specification that are spoken, oldest first.
pub const VERSIONS: &[&str] = &["0.3.1", "0.4.0", "1.0.0"];

/// The most that is read of a network configuration, in bytes.
const CONFIG_LIMIT: u64 = 1 << 20;

/// Runs one call: environment and standard input in, standard output and exit code out, as the CNI specification says. Started under the
/// name `loopback` it is the loopback plugin, which only sets `lo` up.
#[must_use]
pub fn main() -> ExitCode {
    let mut text = String::new();
    let read = std::io::stdin().take(CONFIG_LIMIT).read_to_string(&mut text);
    let started_as = std::env::args_os().next().unwrap_or_default();
    let answer = read.map_err(Error::Input).and_then(|_| {
        let call = Call::parse(|name| std::env::var(name).ok(), &text)?;
        let loopback = Path::new(&started_as).file_name() == Some(OsStr::new("loopback"));
        if loopback { loopback::run(&call) } else { run(&call) }
    });
    let (answer, code) = match answer {
        Ok(answer) => (answer, ExitCode::SUCCESS),
        Err(error) => (Some(error.to_json(&text)), ExitCode::FAILURE),
    };
    if let Some(answer) = answer {
        // A runtime that no longer listens cannot be told so.
        let _ = writeln!(std::io::stdout(), "{answer}");
    }
    code
}

/// Carries out a call; the answer is what goes to standard output.
pub fn run(call: &Call) -> Result<Option<serde_json::Value>, Error> {
    match call.command {
        Command::Version => Ok(Some(versions(call))),
        Command::Add => pod::add(call).map(Some),
        Command::Del => pod::del(call).map(|()| None),
        Command::Check => pod::check(call).map(|()| None),
    }
}

fn versions(call: &Call) -> serde_json::Value {
    serde_json::json!({ "cniVersion": call.config.cni_version, "supportedVersions": VERSIONS })
}
