//! Requests that are passed on to a node or a pod: logs, exec, attach, port-forward and proxies. The bytes of an upgraded
//! connection are tunnelled as they are.

mod target;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;

use crate::body::{Body, STREAM_BACKLOG};
use crate::kubelet_client::{Outgoing, send_plain, send_tls};
use crate::server::{Context, Server};
use crate::status::{Result, Status};
use target::{Target, Way};

/// Headers that are about one connection alone (RFC 9110, 7.6.1), and those that are about who calls.
const OWN_HEADERS: &[&str] = &[
    "authorization",
    "connection",
    "host",
    "upgrade",
    "transfer-encoding",
    "content-length",
    "te",
    "trailer",
    "keep-alive",
];
/// What a client of WebSockets offers when it knows only a protocol that containers' runtimes do not speak.
const TOO_NEW: &str = "v5.channel.k8s.io";

/// Subresources that are passed on.
#[must_use]
pub fn is_passed_on(resource: &str, subresource: &str) -> bool {
    matches!(
        (resource, subresource),
        ("pods", "log" | "exec" | "attach" | "portforward" | "proxy") | ("services" | "nodes", "proxy")
    )
}

/// The client's half of a connection that is to be upgraded, if the request asks for that.
pub fn wants_upgrade(parts: &mut Parts) -> Option<OnUpgrade> {
    let asks = parts.headers.get(CONNECTION).and_then(|value| value.to_str().ok())?;
    let asks = asks.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
    (asks && parts.headers.contains_key(UPGRADE)).then(|| parts.extensions.remove::<OnUpgrade>()).flatten()
}

/// Passes a request on, and its answer back.
///
/// # Errors
/// What the client is told, among it that nobody answers.
pub async fn serve(server: &Arc<Server>, context: Context, upgrade: Option<OnUpgrade>) -> Result<Response<Body>> {
    let target = Target::of(server, &context.info)?;
    refuse_too_new(&context.headers)?;
    if upgrade.is_none() && target.needs_upgrade {
        return Err(Status::bad_request("Upgrade request required"));
    }
    let request = outgoing(&context, &target, upgrade.is_some())?;
    let response = match &target.way {
        Way::Kubelet(address) => {
            let kubelets = server.options.kubelets.as_ref().ok_or_else(Status::no_such_path)?;
            send_tls(*address, &kubelets.tls, request).await?
        }
        Way::Plain(address) => send_plain(*address, request).await?,
    };
    match upgrade {
        Some(client) if response.status() == StatusCode::SWITCHING_PROTOCOLS => Ok(tunnel(client, response)),
        _ => Ok(streamed(response)),
    }
}

/// A client that speaks only the newest protocol is refused at the handshake: it then takes an older one.
fn refuse_too_new(headers: &HeaderMap) -> Result<()> {
    let mut offers = headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .peekable();
    if offers.peek().is_some() && offers.all(|offer| offer == TOO_NEW || offer == "SPDY/3.1+portforward.k8s.io") {
        return Err(Status::bad_request(
            "this WebSocket protocol is not taken: offer v4.channel.k8s.io, or use SPDY/3.1",
        ));
    }
    Ok(())
}

fn outgoing(context: &Context, target: &Target, upgrade: bool) -> Result<Request<Outgoing>> {
    let method =
        if target.needs_upgrade && context.method != Method::GET { Method::POST } else { context.method.clone() };
    let mut request = Request::builder().method(method).uri(&target.path_and_query);
    if let Some(headers) = request.headers_mut() {
        for (name, value) in &context.headers {
            if !OWN_HEADERS.contains(&name.as_str()) && !name.as_str().starts_with("impersonate-") {
                headers.append(name, value.clone());
            }
        }
        let address = match target.way {
            Way::Kubelet(address) | Way::Plain(address) => address,
        };
        headers.insert(HOST, HeaderValue::from_str(&address.to_string()).map_err(Status::internal)?);
        if upgrade {
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            if let Some(protocol) = context.headers.get(UPGRADE) {
                headers.insert(UPGRADE, protocol.clone());
            }
        }
    }
    request.body(Outgoing::new(context.body.clone())).map_err(Status::internal)
}

/// Answers 101 and joins both connections when they are free.
fn tunnel(client: OnUpgrade, mut response: Response<Incoming>) -> Response<Body> {
    let far = hyper::upgrade::on(&mut response);
    tokio::spawn(async move {
        let (Ok(client), Ok(far)) = tokio::join!(client, far) else { return };
        let (mut client, mut far) = (TokioIo::new(client), TokioIo::new(far));
        // Either side may leave at any time.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut far).await;
    });
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, Body::empty())
}

/// The far side's answer, piece by piece.
fn streamed(response: Response<Incoming>) -> Response<Body> {
    let (mut parts, mut body) = response.into_parts();
    for name in ["connection", "transfer-encoding", "keep-alive"] {
        parts.headers.remove(HeaderName::from_static(name));
    }
    let (sender, receiver) = mpsc::channel::<Bytes>(STREAM_BACKLOG);
    tokio::spawn(async move {
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = sender.closed() => return,
            };
            let Some(Ok(frame)) = frame else { return };
            if let Ok(data) = frame.into_data()
                && sender.send(data).await.is_err()
            {
                return;
            }
        }
    });
    Response::from_parts(parts, Body::Stream(receiver))
}
