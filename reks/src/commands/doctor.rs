//! `reks doctor`: what this machine has and lacks, and what to do about it.

use std::path::Path;

use nix::sched::{CloneFlags, unshare};

use crate::serve::Settings;

struct Finding {
    fine: bool,
    what: String,
    advice: &'static str,
}

/// Prints what it finds; fails when something is missing that the region cannot do without.
pub fn main(settings: &Settings) -> anyhow::Result<()> {
    let findings = [root(), namespaces(), port(settings), folder(&settings.places.state)];
    for finding in &findings {
        println!("{} {}", if finding.fine { "ok     " } else { "missing" }, finding.what);
        if !finding.fine {
            println!("        {}", finding.advice);
        }
    }
    anyhow::ensure!(findings.iter().all(|finding| finding.fine), "this machine lacks something: see above");
    Ok(())
}

fn root() -> Finding {
    Finding {
        fine: nix::unistd::geteuid().is_root(),
        what: "root".to_owned(),
        advice: "run reks as root: it makes networks, and processes of other users",
    }
}

fn namespaces() -> Finding {
    // Tried on a thread of its own, which ends at once and takes the namespace along.
    let made = std::thread::spawn(|| unshare(CloneFlags::CLONE_NEWNET).is_ok()).join().unwrap_or(false);
    Finding {
        fine: made,
        what: "network namespaces".to_owned(),
        advice: "the kernel makes no network namespace: run on the machine itself, or in a container that is privileged",
    }
}

fn port(settings: &Settings) -> Finding {
    let running = reks_host::Process::read(&settings.places.run.join("region.pid")).is_some();
    let free = std::net::TcpListener::bind(settings.listen).is_ok();
    Finding {
        fine: running || free,
        what: format!("{} for the region's APIs", settings.listen),
        advice: "another program listens there: stop it, or choose another address with --listen",
    }
}

fn folder(state: &Path) -> Finding {
    Finding {
        fine: std::fs::create_dir_all(state).is_ok(),
        what: format!("{} for the region's state", state.display()),
        advice: "the folder cannot be made: choose another with --home",
    }
}
