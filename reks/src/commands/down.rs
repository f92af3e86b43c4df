//! `reks down`: stops everything, and leaves nothing behind but the state.

use reks_host::Process;
use reks_hostnet::Namespaces;

use super::block_on;
use crate::serve::Settings;

/// Stops the region first, so that it restarts nothing, then every control plane.
pub fn main(settings: &Settings, purge: bool) -> anyhow::Result<()> {
    let places = &settings.places;
    block_on(async {
        if let Some(region) = Process::read(&places.run.join("region.pid")) {
            region.stop().await;
            println!("stopped the region");
        }
        let clusters = std::fs::read_dir(places.run.join("clusters")).into_iter().flatten().flatten();
        for cluster in clusters {
            if let Some(process) = Process::read(&cluster.path().join("pid")) {
                process.stop().await;
                println!("stopped a control plane, process {}", process.pid);
            }
        }
        Ok(())
    })?;
    let networks = Namespaces::new(places.networks());
    for name in networks.list()? {
        networks.delete(&name)?;
    }
    remove(&places.run)?;
    if purge {
        remove(&places.state)?;
        println!("removed the region's state");
    }
    Ok(())
}

fn remove(folder: &std::path::Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(anyhow::anyhow!("cannot remove {}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}
