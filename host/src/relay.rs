use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};

use reks_hostnet::Namespace;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Leads connections to an address in a namespace to an address of the host: how instances reach the region's endpoints, which listen on the
/// host's loopback alone.
#[derive(Debug)]
pub(crate) struct Relay(JoinHandle<()>);

impl Relay {
    /// Begins to listen in the namespace; blocks shortly.
    pub fn start(namespace: &Namespace, listen: SocketAddr, target: SocketAddr) -> io::Result<Self> {
        let listener = namespace.run(|| StdListener::bind(listen)).map_err(io::Error::other)??;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        Ok(Self(tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((inside, _)) => drop(tokio::spawn(relay(inside, target))),
                    // Out of descriptors: some come back when connections end.
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
                }
            }
        })))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn relay(mut inside: TcpStream, target: SocketAddr) {
    if let Ok(mut outside) = TcpStream::connect(target).await {
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
    }
}
