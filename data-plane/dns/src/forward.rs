use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

/// How long one resolver may take before the next is asked.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Asks the resolvers in turn, over the protocol that the query came by, and answers with the first answer.
pub(crate) async fn forward(upstreams: &[SocketAddr], query: &[u8], tcp: bool) -> io::Result<Vec<u8>> {
    let mut last = io::Error::other("no resolver is configured for names outside of the cluster");
    for upstream in upstreams {
        let asked = async { if tcp { over_tcp(*upstream, query).await } else { over_udp(*upstream, query).await } };
        match tokio::time::timeout(TIMEOUT, asked).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => last = io::Error::new(error.kind(), format!("resolver {upstream}: {error}")),
            Err(_) => last = io::Error::new(io::ErrorKind::TimedOut, format!("resolver {upstream} did not answer")),
        }
    }
    Err(last)
}

/// Each query has a socket, and so a port, of its own: an answer to another query cannot be taken for ours.
async fn over_udp(upstream: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let local: SocketAddr = if upstream.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(upstream).await?;
    socket.send(query).await?;
    let mut answer = vec![0; 65_535];
    loop {
        let length = socket.recv(&mut answer).await?;
        if length >= 12 && answer[..2] == query[..2] {
            answer.truncate(length);
            return Ok(answer);
        }
    }
}

async fn over_tcp(upstream: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(upstream).await?;
    write_framed(&mut stream, query).await?;
    read_framed(&mut stream).await
}

/// Writes a message with its length before it (RFC 1035 section 4.2.2).
pub(crate) async fn write_framed(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(message);
    stream.write_all(&framed).await
}

/// Reads a message with its length before it.
pub(crate) async fn read_framed(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
