use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Name;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;

use crate::forward::{forward, read_framed, write_framed};
use crate::{Answer, Zone, answer};

/// How many queries are worked on at once: each waits for a resolver with a socket of its own. What comes beyond is dropped over UDP, where
/// the asker asks again, and waits over TCP.
const QUERIES: usize = 1000;

/// How long a TCP connection may be silent (RFC 7766 section 6.2.3).
const IDLE: Duration = Duration::from_secs(10);

/// The largest UDP answer whatever the asker takes: what passes everywhere unfragmented (DNS flag day 2020).
const UDP_LIMIT: usize = 1232;

/// Answers queries from whichever zone is newest, over UDP and TCP, until a socket fails.
pub async fn serve(
    udp: UdpSocket,
    tcp: TcpListener,
    zone: Arc<ArcSwap<Zone>>,
    upstreams: Vec<SocketAddr>,
) -> io::Result<()> {
    let server =
        Arc::new(Server { zone, upstreams, turn: AtomicUsize::new(0), permits: Arc::new(Semaphore::new(QUERIES)) });
    let udp = Arc::new(udp);
    tokio::try_join!(server.clone().serve_udp(udp), server.serve_tcp(tcp))?;
    Ok(())
}

struct Server {
    zone: Arc<ArcSwap<Zone>>,
    upstreams: Vec<SocketAddr>,
    turn: AtomicUsize,
    permits: Arc<Semaphore>,
}

impl Server {
    async fn serve_udp(self: Arc<Self>, socket: Arc<UdpSocket>) -> io::Result<()> {
        let mut buffer = vec![0; 4096];
        loop {
            let (length, from) = match socket.recv_from(&mut buffer).await {
                Ok(received) => received,
                // A former answer's asker is gone.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
                Err(error) => return Err(error),
            };
            let Ok(permit) = self.permits.clone().try_acquire_owned() else { continue };
            let (server, socket, query) = (self.clone(), socket.clone(), buffer[..length].to_vec());
            tokio::spawn(async move {
                if let Some(answer) = server.answer(&query, false).await {
                    let _ = socket.send_to(&answer, from).await;
                }
                drop(permit);
            });
        }
    }

    async fn serve_tcp(self: Arc<Self>, listener: TcpListener) -> io::Result<()> {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors: some come back when queries end.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let Ok(permit) = self.permits.clone().acquire_owned().await else { return Ok(()) };
            let server = self.clone();
            tokio::spawn(async move {
                let _ = server.converse(stream).await;
                drop(permit);
            });
        }
    }

    async fn converse(&self, mut stream: TcpStream) -> io::Result<()> {
        while let Ok(query) = tokio::time::timeout(IDLE, read_framed(&mut stream)).await {
            let Some(answer) = self.answer(&query?, true).await else { break };
            write_framed(&mut stream, &answer).await?;
        }
        Ok(())
    }

    /// The answer to a query's bytes; none to what is no query.
    async fn answer(&self, bytes: &[u8], tcp: bool) -> Option<Vec<u8>> {
        let query = Message::from_vec(bytes).ok()?;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let limit = if tcp { usize::from(u16::MAX) } else { usize::from(query.max_payload()).clamp(512, UDP_LIMIT) };
        let zone = self.zone.load_full();
        let response = match answer(&zone, &query, turn) {
            Answer::Here(response) => response,
            Answer::Alias(response, target) => self.complete(response, &query, target).await,
            Answer::Forward => match forward(&self.upstreams, bytes, tcp).await {
                Ok(answer) => return Some(answer),
                Err(error) => {
                    tracing::debug!(%error, "a name outside of the cluster");
                    let mut response = query.into_response();
                    response.metadata.response_code = ResponseCode::ServFail;
                    response
                }
            },
        };
        let bytes = response.to_vec().ok()?;
        if bytes.len() <= limit { Some(bytes) } else { response.truncate().to_vec().ok() }
    }

    /// Adds the addresses of an alias's target, which is asked for in its turn.
    async fn complete(&self, mut response: Message, query: &Message, target: Name) -> Message {
        let mut next = query.clone();
        for question in &mut next.queries {
            question.set_name(target.clone());
        }
        let zone = self.zone.load_full();
        let answers = match answer(&zone, &next, 0) {
            // A chain of aliases within the cluster ends here.
            Answer::Here(further) | Answer::Alias(further, _) => further.answers,
            Answer::Forward => {
                let Ok(bytes) = next.to_vec() else { return response };
                let answer = forward(&self.upstreams, &bytes, true).await;
                let further = answer.ok().and_then(|bytes| Message::from_vec(&bytes).ok());
                further.map(|further| further.answers).unwrap_or_default()
            }
        };
        response.add_answers(answers);
        response
    }
}
