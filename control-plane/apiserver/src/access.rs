//! Who calls, and whether they may.

mod impersonation;
mod lookup;
mod nodes;
mod policy;

pub use policy::{bootstrap, follow};

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use reks_auth::rbac::{Rbac, Rule};
use reks_auth::service_account::{TokenError, Tokens};
use reks_auth::webhook::Webhook;
use reks_auth::{Attributes, Decision, User, certificate, forbidden, node};
use serde_json::json;

use crate::body::Body;
use crate::render::json_answer;
use crate::request::RequestInfo;
use crate::server::Server;
use crate::status::{Result, Status};

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// Who it is, when the caller is in this process.
    pub local: Option<User>,
    /// The client's certificate (DER), verified by TLS.
    pub certificate: Option<Arc<[u8]>>,
}

impl Peer {
    /// A caller in this process.
    #[must_use]
    pub fn local(user: User) -> Self {
        Self { local: Some(user), certificate: None }
    }
}

/// Who may do what.
#[derive(Debug)]
pub struct Access {
    /// Roles and bindings.
    pub rbac: Rbac,
    /// Service accounts' tokens; none in a server that has no service accounts.
    pub tokens: Option<Tokens>,
    /// Whoever knows the tokens that are not the cluster's own.
    pub webhook: Option<Webhook>,
    node_rules: Vec<Rule>,
}

impl Access {
    /// Nobody may do anything until roles are fed.
    #[must_use]
    pub fn new(tokens: Option<Tokens>, webhook: Option<Webhook>) -> Self {
        Self { rbac: Rbac::default(), tokens, webhook, node_rules: node::rules() }
    }

    /// Who sends a request.
    ///
    /// # Errors
    /// `Unauthorized` for a token that nobody knows.
    pub(crate) async fn authenticate(&self, headers: &HeaderMap, peer: &Peer, server: &Server) -> Result<User> {
        if let Some(user) = &peer.local {
            return Ok(user.clone().authenticated());
        }
        if let Some(user) = peer.certificate.as_deref().and_then(certificate::user) {
            return Ok(user.authenticated());
        }
        let Some(value) = headers.get(AUTHORIZATION) else { return Ok(User::anonymous()) };
        let token = value.to_str().ok().and_then(|text| text.split_once(' '));
        let Some((_, token)) = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
            return Ok(User::anonymous());
        };
        match self.token(token.trim(), &[], server).await? {
            Some((user, _)) => Ok(user.authenticated()),
            None => Err(Status::unauthorized()),
        }
    }

    /// Whose a token is, for which of the audiences.
    ///
    /// # Errors
    /// When whoever should know does not answer.
    pub(crate) async fn token(
        &self,
        token: &str,
        audiences: &[String],
        server: &Server,
    ) -> Result<Option<(User, Vec<String>)>> {
        if let Some(tokens) = &self.tokens {
            let now = (server.registry.environment.now)().as_second();
            match tokens.verify(token, audiences, now, &lookup::InStore(server)) {
                Ok(found) => return Ok(Some(found)),
                Err(TokenError::NotOurs) => {}
                Err(error) => {
                    tracing::debug!(%error, "a token is refused");
                    return Ok(None);
                }
            }
        }
        let Some(webhook) = &self.webhook else { return Ok(None) };
        match webhook.authenticate(token).await {
            Ok(user) => {
                let own = self.tokens.as_ref().map(|tokens| tokens.audiences().to_vec()).unwrap_or_default();
                Ok(user.map(|user| (user, if audiences.is_empty() { own } else { audiences.to_vec() })))
            }
            Err(error) => {
                tracing::warn!(%error, "a token cannot be verified");
                Err(Status::unauthorized())
            }
        }
    }

    /// Whether a request may be done.
    ///
    /// # Errors
    /// `Forbidden`.
    pub(crate) fn authorize(&self, user: &User, info: &RequestInfo, server: &Server) -> Result<()> {
        let attributes = if info.is_resource {
            Attributes {
                user,
                verb: &info.verb,
                namespace: &info.namespace,
                group: &info.group,
                version: &info.version,
                resource: &info.resource,
                subresource: &info.subresource,
                name: &info.name,
                path: "",
            }
        } else {
            Attributes { path: &info.path, ..of_path(user, &info.verb) }
        };
        self.require(&attributes, server)
    }

    /// Whether a request may be done.
    ///
    /// # Errors
    /// `Forbidden`, with the reason.
    pub(crate) fn require(&self, attributes: &Attributes<'_>, server: &Server) -> Result<()> {
        match self.decide(attributes, server) {
            Decision::Allow(_) => Ok(()),
            Decision::NoOpinion(reason) => {
                let mut status = Status::forbidden(forbidden(attributes, &reason));
                status.details =
                    json!({"kind": attributes.resource, "name": attributes.name, "group": attributes.group});
                if let Some(details) = status.details.as_object_mut() {
                    details.retain(|_, value| value != "");
                }
                Err(status)
            }
        }
    }

    /// What the authorizers say: the node's, then the roles'.
    pub(crate) fn decide(&self, attributes: &Attributes<'_>, server: &Server) -> Decision {
        let by_node = attributes.user.node().map(|node| nodes::decide(node, attributes, &self.node_rules, server));
        if let Some(Decision::Allow(reason)) = by_node {
            return Decision::Allow(reason);
        }
        match (self.rbac.authorize(attributes), by_node) {
            (Decision::NoOpinion(_), Some(Decision::NoOpinion(reason))) => Decision::NoOpinion(reason),
            (decision, _) => decision,
        }
    }

    /// The issuer's discovery document and keys (OpenID Connect Discovery 1.0).
    pub(crate) fn serve(&self, parts: &[&str]) -> Option<Response<Body>> {
        let tokens = self.tokens.as_ref()?;
        match parts {
            [".well-known", "openid-configuration"] => Some(json_answer(
                StatusCode::OK,
                &json!({
                    "issuer": tokens.issuer(), "jwks_uri": format!("{}/openid/v1/jwks", tokens.issuer()),
                    "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["ES256"],
                }),
            )),
            ["openid", "v1", "jwks"] => {
                let mut response = Response::new(Body::from(tokens.jwks().into_bytes()));
                let media_type = HeaderValue::from_static("application/jwk-set+json");
                response.headers_mut().insert(http::header::CONTENT_TYPE, media_type);
                Some(response)
            }
            _ => None,
        }
    }
}

/// The attributes of a request that names no resource, but for its path.
fn of_path<'a>(user: &'a User, verb: &'a str) -> Attributes<'a> {
    Attributes { user, verb, namespace: "", group: "", version: "", resource: "", subresource: "", name: "", path: "" }
}
