//! The way to kubelets, and to what listens in pods: connections that leave through the interfaces of the cluster.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::status::{Result, Status};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How kubelets are reached: TLS that shows the API server's certificate and trusts those that the cluster issued.
#[derive(Clone)]
pub struct Kubelets {
    /// The TLS of the client's side.
    pub tls: Arc<ClientConfig>,
}

impl std::fmt::Debug for Kubelets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kubelets")
    }
}

/// The body of a request that is passed on: read already, for it is small.
pub type Outgoing = http_body_util::Full<bytes::Bytes>;

/// Sends a request over TLS.
///
/// # Errors
/// `InternalError` with the address when nobody answers there.
pub async fn send_tls(
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
    request: Request<Outgoing>,
) -> Result<Response<Incoming>> {
    let stream = connect(address).await?;
    let connecting = TlsConnector::from(tls.clone()).connect(ServerName::IpAddress(address.ip().into()), stream);
    let stream = tokio::time::timeout(CONNECT, connecting)
        .await
        .map_err(|_| unreachable(address, &"the TLS handshake takes too long"))?
        .map_err(|error| unreachable(address, &error))?;
    send(address, stream, request).await
}

/// Sends a request over plain TCP.
///
/// # Errors
/// `InternalError` with the address when nobody answers there.
pub async fn send_plain(address: SocketAddr, request: Request<Outgoing>) -> Result<Response<Incoming>> {
    let stream = connect(address).await?;
    send(address, stream, request).await
}

async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = tokio::time::timeout(CONNECT, TcpStream::connect(address))
        .await
        .map_err(|_| unreachable(address, &"i/o timeout"))?
        .map_err(|error| unreachable(address, &error))?;
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

async fn send<S>(address: SocketAddr, stream: S, request: Request<Outgoing>) -> Result<Response<Incoming>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(address, &error))?;
    tokio::spawn(async move {
        // How it ends is told to the one who reads the answer.
        let _ = connection.with_upgrades().await;
    });
    sender.send_request(request).await.map_err(|error| unreachable(address, &error))
}

/// Upstream's words for an address where nobody answers, for people look for them.
fn unreachable(address: SocketAddr, error: &dyn std::fmt::Display) -> Status {
    Status::internal(format!("error dialing backend: dial tcp {address}: {error}"))
}
