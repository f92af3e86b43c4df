//! An API server on a port of loopback without TLS, for trying clients: `cargo run --example serve -- 8001 [file]`.
#![allow(clippy::unwrap_used, reason = "an example")]

use reks_apiserver::access::{self, Access, Peer};
use reks_apiserver::services::Network;
use reks_apiserver::{Catalog, Options, Server, bootstrap, serve};
use reks_auth::User;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().unwrap_or_else(|| "8001".to_owned());
    let store = match arguments.next() {
        Some(file) => reks_store::Store::open(file.as_ref(), reks_store::Options::default()).unwrap(),
        None => reks_store::Store::in_memory().unwrap(),
    };
    let options = Options {
        address: format!("127.0.0.1:{port}"),
        service_network: Network::parse("10.100.0.0/16"),
        kubelets: None,
        version: "v1.36.0-eks-reks".to_owned(),
    };
    let server = Server::new(store, Catalog::new(reks_kinds::all().iter().copied()), Access::new(None, None), options);
    bootstrap::bootstrap(&server).await.unwrap();
    access::bootstrap(&server).await.unwrap();
    access::follow(&server).unwrap();
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    let admin = User::new("admin", &["system:masters"]);
    serve::plain(server, listener, Peer::local(admin)).await;
}
