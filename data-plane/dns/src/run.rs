use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::runtime::{WatchStreamExt as _, reflector, watcher};
use kube::{Api, Client};
use reks_hostnet::{Address, Cidr, Link, Namespace, Wanted};
use tokio::net::{TcpListener, TcpSocket, UdpSocket};

use crate::{Zone, serve};

/// How long changes are gathered before the zone is made anew.
const GATHER: Duration = Duration::from_millis(20);

/// What the DNS serves, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address and port of both protocols. An IPv4 address that is nowhere in the namespace yet is put on its loopback.
    pub listen: SocketAddr,
    /// The cluster's domain, such as `cluster.local`.
    pub domain: String,
    /// The resolvers of all other names, asked in this order.
    pub upstreams: Vec<SocketAddr>,
}

/// Why the DNS ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A socket could not be opened, or failed.
    #[error("serve DNS on {address}: {source}")]
    Socket {
        /// Where.
        address: SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// The address could not be put on the loopback.
    #[error("put the DNS address on the loopback: {0}")]
    Network(#[from] reks_hostnet::Error),
    /// The watches ended, which they do only when the program does.
    #[error("the watches of Services and EndpointSlices ended")]
    WatchEnded,
}

/// Serves the cluster's DNS until it is dropped. Before the first lists of Services are whole, no query is taken, so that nobody is told that a
/// name does not exist which merely is not known yet.
pub async fn run(client: Client, options: Options) -> Result<(), Error> {
    let (services, services_writer) = reflector::store();
    let (slices, slices_writer) = reflector::store();
    let config = watcher::Config::default;
    let service_events = watcher(Api::<Service>::all(client.clone()), config()).default_backoff();
    let slice_events = watcher(Api::<EndpointSlice>::all(client), config()).default_backoff();
    let mut events = stream::select(
        reflector(services_writer, service_events).map(|event| event.map(drop)).boxed(),
        reflector(slices_writer, slice_events).map(|event| event.map(drop)).boxed(),
    );
    let zone = Arc::new(ArcSwap::from_pointee(Zone::new(&options.domain, [], [])));
    let follow = async {
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
                    due = None;
                    let (services, slices) = (services.state(), slices.state());
                    let services = services.iter().map(AsRef::as_ref);
                    zone.store(Arc::new(Zone::new(&options.domain, services, slices.iter().map(AsRef::as_ref))));
                }
            }
        }
    };
    let answer = async {
        if services.wait_until_ready().await.is_err() || slices.wait_until_ready().await.is_err() {
            return Err(Error::WatchEnded);
        }
        tokio::time::sleep(GATHER * 2).await;
        let (udp, tcp) = bind(options.listen).await?;
        let failed = |source| Error::Socket { address: options.listen, source };
        serve(udp, tcp, zone.clone(), options.upstreams.clone()).await.map_err(failed)
    };
    tokio::select! {
        result = follow => result,
        result = answer => result,
    }
}

/// Opens both sockets, putting the address on the loopback if it is nowhere yet.
async fn bind(address: SocketAddr) -> Result<(UdpSocket, TcpListener), Error> {
    let failed = |source| Error::Socket { address, source };
    match (open(address).await, address.ip()) {
        (Err(error), IpAddr::V4(ip)) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            let mut wanted = Wanted { links: vec![Link::existing("lo")], ..Wanted::default() };
            wanted.addresses.push(Address { link: "lo".into(), address: Cidr::host(ip) });
            let apply = tokio::task::spawn_blocking(move || Namespace::current()?.apply(&wanted));
            apply.await.map_err(|error| failed(io::Error::other(error)))??;
            open(address).await.map_err(failed)
        }
        (result, _) => result.map_err(failed),
    }
}

async fn open(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let tcp = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    tcp.set_reuseaddr(true)?;
    tcp.bind(address)?;
    Ok((UdpSocket::bind(address).await?, tcp.listen(1024)?))
}
