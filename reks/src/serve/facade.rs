//! The AWS-shaped APIs at one port: each request's signature is verified, and the service that it was signed for answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use reks_eks::Region;
use reks_iam::Caller;
use reks_objects::{Objects, ids};
use reks_wire::query::Form;
use reks_wire::sigv4::{self, Refusal};
use reks_wire::{Error, Protocol, json, query};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The largest request, in bytes.
const LIMIT: usize = 1 << 20;
/// Connections at once; more wait.
const CONNECTIONS: usize = 1_024;
/// How long a client may take for its request's headers.
const HEADERS: Duration = Duration::from_secs(30);

/// What requests are answered from.
pub struct Facade {
    /// Which region this is.
    pub region: Region,
    /// Its objects.
    pub objects: Objects,
}

/// Serves until the listener fails for good.
pub async fn serve(listener: TcpListener, facade: Arc<Facade>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let facade = facade.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| async { Ok::<_, Infallible>(facade.handle(request).await) });
            let mut server = hyper::server::conn::http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(HEADERS);
            // How a connection ends is the client's affair.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

impl Facade {
    async fn handle(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let id = request_id();
        let (parts, body) = request.into_parts();
        let protocol = protocol_of(&parts);
        let answer = match Limited::new(body, LIMIT).collect().await {
            Ok(body) => self.answer(&parts, &body.to_bytes(), protocol, &id).await,
            Err(error) => Err(Error::client(
                "RequestEntityTooLarge",
                format!("cannot read the request ({error}): the limit is {LIMIT} bytes"),
            )
            .with_status(StatusCode::PAYLOAD_TOO_LARGE)),
        };
        answer.unwrap_or_else(|error| error.answer(protocol, &id)).map(Full::new)
    }

    async fn answer(
        &self,
        parts: &Parts,
        body: &Bytes,
        protocol: Protocol,
        id: &str,
    ) -> Result<Response<Bytes>, Error> {
        let (caller, service) = self.caller(parts, body).await.map_err(|error| match error {
            Unknown::Refused(refusal) => Error::refused(&refusal, protocol),
            Unknown::Failed(error) => Error::internal(error),
        })?;
        let query = parts.uri.query().unwrap_or_default();
        let form = || Form::of(query, body);
        let action = || form().get("Action").unwrap_or_default().to_owned();
        match service.as_str() {
            "eks" => {
                let body = if body.is_empty() {
                    Value::Null
                } else {
                    serde_json::from_slice(body)
                        .map_err(|error| Error::client("SerializationException", error.to_string()))?
                };
                let request = reks_eks::Request {
                    method: parts.method.clone(),
                    path: parts.uri.path().to_owned(),
                    query: query::pairs(query),
                    body,
                };
                let value = reks_eks::eks(&self.region, &self.objects, &caller, &request).await?;
                Ok(json::answer(&value, id))
            }
            "iam" => {
                let value = reks_iam::iam(&self.objects, caller, form()).await?;
                Ok(query::answer(&action(), "https://iam.amazonaws.com/doc/2010-05-08/", &value, id))
            }
            "sts" => {
                let value = reks_iam::sts(&self.objects, caller, form()).await?;
                Ok(query::answer(&action(), "https://sts.amazonaws.com/doc/2011-06-15/", &value, id))
            }
            "ec2" => {
                let value = reks_ec2::ec2(&self.objects, &self.region.name, form()).await?;
                Ok(query::ec2_answer(&action(), &value, id))
            }
            other => {
                let message = format!("this region has no service {other}: it has ec2, eks, iam and sts");
                Err(Error::client("UnknownOperationException", message).with_status(StatusCode::NOT_FOUND))
            }
        }
    }

    /// Who calls, and the service that the call is signed for.
    async fn caller(&self, parts: &Parts, body: &[u8]) -> Result<(Caller, String), Unknown> {
        let request = sigv4::Request {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            body,
        };
        let secret = match sigv4::claimed_key(&request) {
            Some(key) => reks_iam::secret_of(&self.objects, &key, Timestamp::now()).await?,
            None => None,
        };
        let verified = sigv4::verify(&request, |_| secret, Timestamp::now()).map_err(Unknown::Refused)?;
        let caller = reks_iam::caller_of(&self.objects, &verified.access_key).await?;
        Ok((caller.ok_or(Unknown::Refused(Refusal::UnknownKey))?, verified.service))
    }
}

enum Unknown {
    Refused(Refusal),
    Failed(reks_objects::Error),
}

impl From<reks_objects::Error> for Unknown {
    fn from(error: reks_objects::Error) -> Self {
        Self::Failed(error)
    }
}

/// How the service speaks that a request says it is signed for. It decides how errors look, and nothing else.
fn protocol_of(parts: &Parts) -> Protocol {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scope = |service: &str| header.contains(&format!("/{service}/aws4_request"));
    let query = parts.uri.query().unwrap_or_default();
    if scope("ec2") {
        Protocol::Ec2
    } else if scope("iam")
        || scope("sts")
        || query.contains("Action=")
        || (header.is_empty() && parts.uri.path() == "/")
    {
        Protocol::Query
    } else {
        Protocol::RestJson
    }
}

/// A request's id, in the form of a UUID.
fn request_id() -> String {
    let digits = ids::hex(32);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
