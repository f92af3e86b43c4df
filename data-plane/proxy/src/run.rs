use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use reks_hostnet::{Namespace, Wanted};

use crate::script::TABLE;
use crate::{Rules, change, replace, service_ports};

/// How long changes are gathered before they are applied: a rollout moves many endpoints at once.
const GATHER: Duration = Duration::from_millis(10);

/// How long after a refusal of the kernel the table is made anew.
const RETRY: Duration = Duration::from_secs(1);

/// Why the proxy ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The network could not be prepared.
    #[error("prepare the node's network for Services: {0}")]
    Network(#[from] reks_hostnet::Error),
    /// The watches of Services and EndpointSlices ended, which they do only when the program does.
    #[error("the watches of Services and EndpointSlices ended")]
    WatchEnded,
}

/// Serves the cluster's Services in the network namespace of the calling process, as the node of this name, until it is dropped.
pub async fn run(client: Client, node_name: String) -> Result<(), Error> {
    let mut wanted = Wanted::default();
    wanted.sysctl("net/ipv4/ip_forward", 1);
    blocking(move || Namespace::current()?.apply(&wanted)).await?;

    let (services, services_writer) = reflector::store();
    let (slices, slices_writer) = reflector::store();
    let config = watcher::Config::default;
    let service_events = watcher(Api::<Service>::all(client.clone()), config()).default_backoff();
    let slice_events = watcher(Api::<EndpointSlice>::all(client), config()).default_backoff();
    let mut events = stream::select(
        reflector::reflector(services_writer, service_events).map(|event| event.map(drop)).boxed(),
        reflector::reflector(slices_writer, slice_events).map(|event| event.map(drop)).boxed(),
    );
    let mut table = Table { applied: None };
    let mut complete = false;
    let mut due: Option<tokio::time::Instant> = None;
    loop {
        let wake = async {
            match due {
                Some(instant) => tokio::time::sleep_until(instant).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = events.next() => match event {
                None => return Err(Error::WatchEnded),
                Some(Err(error)) => tracing::warn!(%error, "watch Services and EndpointSlices; it is tried again"),
                Some(Ok(())) => due = due.or_else(|| Some(tokio::time::Instant::now() + GATHER)),
            },
            () = wake => {
                // Before both lists are whole, what is missing from them cannot be told from what was deleted.
                complete = complete || both_ready(&services, &slices).await;
                due = if complete { table.sync(&node_name, &services, &slices).await } else { None };
            }
        }
    }
}

async fn both_ready(services: &Store<Service>, slices: &Store<EndpointSlice>) -> bool {
    let ready = async { services.wait_until_ready().await.is_ok() && slices.wait_until_ready().await.is_ok() };
    tokio::time::timeout(Duration::ZERO, ready).await.unwrap_or(false)
}

/// The table of this namespace, and what is known to be in it.
struct Table {
    applied: Option<Rules>,
}

impl Table {
    /// Makes the table what Services and slices say; the answer is when to do so again although nothing changed.
    async fn sync(
        &mut self,
        node: &str,
        services: &Store<Service>,
        slices: &Store<EndpointSlice>,
    ) -> Option<tokio::time::Instant> {
        let (services, slices): (Vec<Arc<_>>, Vec<Arc<_>>) = (services.state(), slices.state());
        let ports = service_ports(node, services.iter().map(AsRef::as_ref), slices.iter().map(AsRef::as_ref));
        let rules = Rules::new(&ports);
        let script = match &self.applied {
            Some(applied) => change(applied, &rules),
            None => replace(&rules),
        };
        let marker = self.applied.is_none().then(|| rules.marker());
        let done = blocking(move || match marker {
            Some(marker) if has_chain(&marker) => Ok(()),
            _ if script.is_empty() => Ok(()),
            _ => reks_hostnet::run_script(&script),
        });
        match done.await {
            Ok(()) => {
                self.applied = Some(rules);
                None
            }
            Err(error) => {
                tracing::error!(%error, "the rules of Services could not be changed; the table is made anew");
                self.applied = None;
                Some(tokio::time::Instant::now() + RETRY)
            }
        }
    }
}

/// Whether the table already has the chain that marks a content.
fn has_chain(marker: &str) -> bool {
    let listing = std::process::Command::new("nft").args(["list", "chain", "ip", TABLE, marker]).output();
    listing.is_ok_and(|output| output.status.success())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, reks_hostnet::Error> + Send + 'static,
) -> Result<T, reks_hostnet::Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
