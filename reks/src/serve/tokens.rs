//! Answers clusters' API servers who a token's bearer is, each at a socket of its own.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use reks_host::TokenServer;
use reks_objects::Objects;
use tokio::net::UnixListener;

/// The largest question, in bytes.
const LIMIT: usize = 64 * 1024;

/// Serves the sockets of all clusters.
pub fn server(objects: Objects) -> TokenServer {
    Arc::new(move |cluster, listener| tokio::spawn(serve(objects.clone(), cluster, listener)))
}

async fn serve(objects: Objects, cluster: String, listener: UnixListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let (objects, cluster) = (objects.clone(), cluster.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&objects, &cluster, request));
            // How a connection ends is the other side's affair.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    objects: &Objects,
    cluster: &str,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let code = |code: StatusCode| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = code;
        Ok(response)
    };
    if request.method() != Method::POST || request.uri().path() != "/authenticate" {
        return code(StatusCode::NOT_FOUND);
    }
    let Ok(body) = Limited::new(request.into_body(), LIMIT).collect().await else {
        return code(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let Ok(review) = serde_json::from_slice(&body.to_bytes()) else { return code(StatusCode::BAD_REQUEST) };
    match reks_eks::review(objects, cluster, &review).await {
        Ok(answer) => Ok(Response::new(Full::from(answer.to_string()))),
        Err(error) => {
            tracing::warn!(cluster, %error, "cannot tell whose a token is");
            code(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
