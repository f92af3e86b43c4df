//! From a request to its answer: who calls, what they ask, whether they may, and then the handler.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderValue, WARNING};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use parking_lot::Mutex;
use reks_auth::User;
use serde_json::json;

use crate::access::{Access, Peer};
use crate::body::Body;
use crate::catalog::Catalog;
use crate::registry::{Environment, Registry};
use crate::request::RequestInfo;
use crate::status::{Result, Status};
use crate::{handlers, render};

/// The largest body that is read, in bytes: upstream's limit of a write.
pub const BODY_LIMIT: usize = 3 * 1024 * 1024;

/// Everything that a request may need.
#[derive(Debug)]
pub struct Server {
    /// The objects.
    pub registry: Registry,
    /// The resources.
    pub catalog: Catalog,
    /// Who may do what.
    pub access: Access,
    /// What this server is told by whoever runs it.
    pub options: Options,
}

/// What a server is told by whoever runs it.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address that discovery gives to clients.
    pub address: String,
    /// Addresses of Services, e.g. `10.100.0.0/16`; none in a server that has no Services.
    pub service_network: Option<crate::services::Network>,
    /// The way to kubelets; none in a server that has no nodes.
    pub kubelets: Option<crate::kubelet_client::Kubelets>,
    /// `gitVersion` of `/version`.
    pub version: String,
}

/// One request, read.
#[derive(Debug)]
pub struct Context {
    /// What it asks.
    pub info: RequestInfo,
    /// Its method.
    pub method: Method,
    /// Its headers.
    pub headers: HeaderMap,
    /// Who asks.
    pub user: User,
    /// Its body.
    pub body: Bytes,
    /// What the client is warned of.
    warnings: Mutex<Vec<String>>,
}

/// The most warnings of one answer, and the longest, as upstream has them.
const WARNINGS: usize = 50;
const WARNING_LENGTH: usize = 256;

impl Context {
    fn new(info: RequestInfo, method: Method, headers: HeaderMap, user: User, body: Bytes) -> Self {
        Self { info, method, headers, user, body, warnings: Mutex::default() }
    }

    /// Warns the client, beside the answer.
    pub fn warn(&self, message: String) {
        let mut warnings = self.warnings.lock();
        if warnings.len() < WARNINGS && !warnings.contains(&message) {
            warnings.push(message);
        }
    }

    /// The answer with the warnings in its headers (RFC 7234, 5.5).
    fn with_warnings(&self, mut response: Response<Body>) -> Response<Body> {
        for message in self.warnings.lock().drain(..) {
            let text: String = message.chars().take(WARNING_LENGTH).filter(|c| !c.is_control()).collect();
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
            if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
                response.headers_mut().append(WARNING, value);
            }
        }
        response
    }
}

impl Server {
    /// A server over a store, with its kinds.
    #[must_use]
    pub fn new(store: reks_store::Store, catalog: Catalog, access: Access, options: Options) -> Arc<Self> {
        let registry = Registry { store, environment: Environment::of_the_machine() };
        Arc::new(Self { registry, catalog, access, options })
    }

    /// Answers a request. Never fails: a failure is an answer too.
    pub async fn handle<B>(self: &Arc<Self>, request: Request<B>, peer: &Peer) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.answer(request, peer).await.unwrap_or_else(|status| render::failure(&status))
    }

    async fn answer<B>(self: &Arc<Self>, request: Request<B>, peer: &Peer) -> Result<Response<Body>>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (mut parts, body) = request.into_parts();
        let info = RequestInfo::parse(&parts.method, parts.uri.path(), parts.uri.query());
        let user = self.access.authenticate(&parts.headers, peer, self).await?;
        let user = self.access.impersonate(user, &parts.headers, self)?;
        self.access.authorize(&user, &info, self)?;
        let passed_on = info.is_resource && handlers::streams::is_passed_on(&info.resource, &info.subresource);
        let upgrade = if passed_on { handlers::streams::wants_upgrade(&mut parts) } else { None };
        if let Some(upgrade) = upgrade {
            let context = Context::new(info, parts.method, parts.headers, user, Bytes::new());
            return handlers::streams::serve(self, context, Some(upgrade)).await;
        }
        let body = Limited::new(body, BODY_LIMIT)
            .collect()
            .await
            .map_err(|error| {
                Status::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "RequestEntityTooLarge",
                    format!("cannot read the body ({error}): the limit is {BODY_LIMIT} bytes"),
                )
            })?
            .to_bytes();
        let context = Context::new(info, parts.method, parts.headers, user, body);
        if passed_on {
            return handlers::streams::serve(self, context, None).await;
        }
        if context.info.is_resource {
            return handlers::resource(self, &context).await.map(|response| context.with_warnings(response));
        }
        self.other(&context).await
    }

    /// Paths that name no resource.
    async fn other(self: &Arc<Self>, context: &Context) -> Result<Response<Body>> {
        if !matches!(context.method, Method::GET | Method::HEAD) {
            return Err(Status::method_not_allowed());
        }
        let path = context.info.path.trim_end_matches('/');
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["healthz" | "livez" | "readyz", check @ ..] => handlers::health::serve(self, &context.info, check),
            ["version"] => Ok(render::json_answer(StatusCode::OK, &handlers::version::info(&self.options.version))),
            ["api"] | ["apis", ..] | ["api", "v1"] => handlers::discovery::serve(self, context, &parts),
            ["openapi", rest @ ..] => {
                crate::openapi::serve(&self.catalog, rest, &context.headers, context.info.param("hash"))
            }
            [] | [""] => {
                let paths: Vec<String> = ["/api", "/api/v1", "/apis"]
                    .into_iter()
                    .map(str::to_owned)
                    .chain(self.catalog.groups().into_iter().flat_map(|(group, versions)| {
                        std::iter::once(format!("/apis/{group}"))
                            .chain(versions.into_iter().map(move |version| format!("/apis/{group}/{version}")))
                    }))
                    .chain(
                        ["/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"].map(str::to_owned),
                    )
                    .collect();
                Ok(render::json_answer(StatusCode::OK, &json!({"paths": paths})))
            }
            _ => self.access.serve(&parts).ok_or_else(Status::no_such_path),
        }
    }
}
