use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use reks_hostnet::Cidr;
use serde_json::json;

/// The name under which the runtime starts the plugin.
pub const PLUGIN: &str = "reks-vpc-cni";

/// The network configuration list of a node, which the runtime reads from its configuration folder.
#[derive(Debug, Clone)]
pub struct Conflist {
    /// The prefixes of the instance's network interface.
    pub prefixes: Vec<Cidr>,
    /// The largest packet in bytes.
    pub mtu: u32,
    /// The folder of the address file.
    pub state_folder: PathBuf,
}

impl Conflist {
    /// The file in which a runtime expects it.
    pub const DEFAULT_FILE: &str = "/etc/cni/net.d/10-reks.conflist";

    /// The configuration as the runtime reads it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let prefixes: Vec<_> = self.prefixes.iter().map(ToString::to_string).collect();
        json!({
            "cniVersion": "1.0.0",
            "name": "reks",
            "plugins": [{
                "type": PLUGIN,
                "prefixes": prefixes,
                "mtu": self.mtu,
                "stateFolder": self.state_folder,
                "capabilities": { "portMappings": true },
            }],
        })
    }

    /// Writes the file, whole or not at all: a runtime that watches the folder never sees half of it.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Runtimes read `.conf`, `.conflist` and `.json`, and so not this one.
        let next = path.with_extension("next");
        let mut file = File::create(&next)?;
        file.write_all(&serde_json::to_vec_pretty(&self.to_json())?)?;
        file.sync_all()?;
        fs::rename(&next, path)
    }
}
