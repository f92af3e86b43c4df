//! The server on a socket: TLS, HTTP/1.1 and HTTP/2.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::access::Peer;
use crate::server::Server;

/// Connections at once; more wait to be accepted.
pub const CONNECTIONS: usize = 4_096;
/// How long a client may take for its TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take for its request's headers.
const HEADERS: Duration = Duration::from_secs(30);
/// Streams of one HTTP/2 connection.
const STREAMS: u32 = 250;
/// The window of a stream, in bytes. The connection's is many times that, so that one slow watch stalls no other.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 16 * STREAM_WINDOW;
/// How much of HTTP/2 answers may wait for a slow reader, per stream, in bytes.
const SEND_BUFFER: usize = 64 * 1024;
/// Silence after which an HTTP/2 client is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Serves TLS connections until the listener fails for good.
pub async fn tls(server: Arc<Server>, listener: TcpListener, config: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(config);
    accept(listener, move |stream| {
        let (server, acceptor) = (server.clone(), acceptor.clone());
        async move {
            let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await else { return };
            let certificate = stream.get_ref().1.peer_certificates().and_then(<[CertificateDer<'_>]>::first);
            let peer = Peer { local: None, certificate: certificate.map(|der| Arc::from(der.as_ref())) };
            connection(server, stream, peer).await;
        }
    })
    .await;
}

/// Serves connections without TLS as a fixed peer. For sockets that only the right people reach.
pub async fn plain(server: Arc<Server>, listener: TcpListener, peer: Peer) {
    accept(listener, move |stream| connection(server.clone(), stream, peer.clone())).await;
}

async fn accept<F>(listener: TcpListener, mut serve: impl FnMut(tokio::net::TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                let serving = serve(stream);
                tokio::spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            // Most often the process is out of descriptors: let some connections end.
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Serves one connection to its end.
pub async fn connection<S>(server: Arc<Server>, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let peer = Arc::new(peer);
    let service = service_fn(move |request| {
        let (server, peer) = (server.clone(), peer.clone());
        async move { Ok::<_, Infallible>(server.handle(request, &peer).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(KEEP_ALIVE);
    // How a connection ends is the client's affair.
    let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}
