//! `reks control-plane`: API server, scheduler and controllers of one cluster in one process.
//!
//! It begins as root in the host's network, opens its public port there, enters the network namespace of the cluster, opens
//! the ports of its interfaces, and gives up root before it opens a file of the cluster or reads a byte from a client.

mod config;

mod privileges;
mod signer;
mod tls;

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use reks_apiserver::access::{self, Access};
use reks_apiserver::services::Network;
use reks_apiserver::{Catalog, Options, Server, bootstrap, serve};
use reks_auth::service_account::Tokens;
use reks_auth::webhook::Webhook;
use tokio::signal::unix::{SignalKind, signal};

use crate::local_client;
use config::Config;

/// Threads that serve. Two are enough to keep a busy cluster's requests apart, and cost an idle one little.
const THREADS: usize = 2;

/// Runs a replica until it gets SIGTERM or SIGINT.
pub fn main(path: &Path) -> anyhow::Result<()> {
    let config = Config::read(path)?;
    let mut listeners = listen(&config.public)?;
    if let Some(namespace) = &config.network_namespace {
        privileges::enter_network(namespace)?;
    }
    listeners.extend(listen(&config.private)?);
    if let Some(user) = config.user {
        privileges::drop_root(user)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    runtime.block_on(run(config, listeners))
}

fn listen(addresses: &[std::net::SocketAddr]) -> anyhow::Result<Vec<TcpListener>> {
    addresses
        .iter()
        .map(|address| {
            let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        })
        .collect()
}

async fn run(config: Config, listeners: Vec<TcpListener>) -> anyhow::Result<()> {
    let key = Arc::new(config.token_key()?);
    let tokens = Tokens::new(key, config.issuer.clone(), vec![config.issuer.clone()]);
    let access = Access::new(Some(tokens), config.token_webhook.clone().map(Webhook::new));
    let tls = tls::config(&config)?;
    let options = Options {
        address: config.public.first().map(ToString::to_string).unwrap_or_default(),
        service_network: Some(
            Network::parse(&config.service_cidr)
                .with_context(|| format!("service_cidr {} is not a network like 10.100.0.0/16", config.service_cidr))?,
        ),
        kubelets: Some(tls::kubelets(&config)?),
        version: config.version.clone(),
    };
    let store = reks_store::Store::open(&config.store, reks_store::Options { cache_bytes: config.cache_bytes })
        .with_context(|| format!("cannot open the store {}", config.store.display()))?;
    let catalog = Catalog::new(reks_kinds::all().iter().copied());
    let server = Server::new(store, catalog, access, options);
    let fail = |status: reks_apiserver::Status| anyhow::anyhow!(status.message);
    bootstrap::bootstrap(&server).await.map_err(fail)?;
    access::bootstrap(&server).await.map_err(fail)?;
    access::follow(&server).map_err(fail)?;
    tokio::spawn(crate::housekeeping::run(server.clone()));

    for listener in listeners {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::spawn(serve::tls(server.clone(), listener, tls.clone()));
    }
    let signer = signer::of(&config)?;
    let root_ca = config.ca_certificate.clone();
    let controllers = local_client::local(&server, "system:kube-controller-manager");
    tokio::spawn(reks_controllers::run(controllers, reks_controllers::Options { root_ca, signer }));
    tokio::spawn(reks_scheduler::run(local_client::local(&server, "system:kube-scheduler")));
    tracing::info!(cluster = config.cluster, "the control plane serves");

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!(cluster = config.cluster, "the control plane stops");
    Ok(())
}
