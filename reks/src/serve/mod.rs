//! `reks serve`: the region in one process. Its own API server holds its objects; the façades speak AWS over them; the reconcilers
//! and the agent of this machine make them real.

mod facade;
mod tokens;

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use nix::sys::stat::{Mode, umask};
use reks_apiserver::access::Access;
use reks_apiserver::{Catalog, Options, Server};
use reks_client::Credentials;
use reks_eks::Region;
use reks_host::{Agent, Places, Process};
use reks_objects::{Objects, ids};
use tokio::signal::unix::{SignalKind, signal};

use crate::credentials;
use crate::local_client;

/// The region's name where none is chosen: one that every client of AWS knows.
pub const REGION: &str = "us-east-1";
/// The user that is made at the first start.
const FIRST_USER: &str = "admin";
/// The cache of the region's own store, in bytes.
const CACHE: usize = 8 << 20;

/// What `reks serve` is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folders.
    pub places: Places,
    /// Where the AWS-shaped APIs listen.
    pub listen: SocketAddr,
}

/// Serves until it gets SIGTERM or SIGINT. Clusters go on running.
pub fn main(settings: &Settings) -> anyhow::Result<()> {
    anyhow::ensure!(nix::unistd::geteuid().is_root(), "a region makes networks and users' processes: run it as root");
    // What is made here is nobody else's to read.
    umask(Mode::from_bits_truncate(0o077));
    for folder in [&settings.places.state, &settings.places.run] {
        make_passable(folder)?;
    }
    let pid_file = settings.places.run.join("region.pid");
    if let Some(other) = Process::read(&pid_file).filter(|other| *other != Process::own()) {
        anyhow::bail!("the region runs already, as process {}: `reks down` stops it", other.pid);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(settings, &pid_file))
}

fn make_passable(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?;
    Ok(())
}

async fn run(settings: &Settings, pid_file: &Path) -> anyhow::Result<()> {
    let Settings { places, listen } = settings;
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: does another program (an AWS emulator?) have it"))?;
    let account = account(places)?;
    let file = places.state.join("region.store");
    let store = reks_store::Store::open(&file, reks_store::Options { cache_bytes: CACHE })
        .with_context(|| format!("cannot open {}", file.display()))?;
    let kinds = [reks_iam::objects::kinds(), reks_ec2::objects::kinds(), reks_eks::objects::kinds()].concat();
    let options = Options {
        address: listen.to_string(),
        service_network: None,
        kubelets: None,
        version: "v1.36.0-reks".to_owned(),
    };
    let server = Server::new(store, Catalog::new(kinds), Access::new(None, None), options);
    let client = local_client::local(&server, "system:reks");
    let objects = Objects::new(client.clone(), &account);
    let region = Region { account: account.clone(), name: REGION.to_owned() };
    let (access_key, secret) = reks_iam::first_credentials(&objects, FIRST_USER).await?;
    let endpoint = format!("http://{listen}");
    let first = Credentials { account: account.clone(), region: region.name.clone(), endpoint, access_key, secret };
    credentials::write(&first, places)?;
    Process::own().write(pid_file)?;

    tokio::spawn(crate::housekeeping::run(server.clone()));
    tokio::spawn(reks_eks::reconcile::run(client.clone(), region.clone()));
    let token_server = tokens::server(objects.clone());
    let binary = std::env::current_exe()?;
    tokio::spawn(Agent::new(client, &account, places.clone(), binary, token_server).run());
    tokio::spawn(facade::serve(listener, Arc::new(facade::Facade { region, objects })));
    tracing::info!(%listen, account, "the region serves");

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = std::fs::remove_file(pid_file);
    tracing::info!("the region stops; its clusters go on");
    Ok(())
}

/// The account, made at the first start.
fn account(places: &Places) -> anyhow::Result<String> {
    let file = places.state.join("account");
    if let Ok(account) = std::fs::read_to_string(&file) {
        return Ok(account.trim().to_owned());
    }
    let account = ids::account();
    let new = file.with_extension("new");
    std::fs::write(&new, &account)?;
    std::fs::rename(&new, &file)?;
    Ok(account)
}
