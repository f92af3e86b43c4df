//! Bound service account tokens: JWTs that name their account and, if they are bound, the pod, node or secret that they
//! live and die with (KEP-1205).

use std::sync::Arc;

use reks_pki::TokenKey;
use serde::{Deserialize, Serialize};

use crate::User;

/// Groups of all service accounts; a namespace's own follows a colon.
const GROUP: &str = "system:serviceaccounts";
/// Seconds by which the clocks of issuer and verifier may differ.
const LEEWAY: i64 = 10;

/// A reference in a token's claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Name.
    pub name: String,
    /// Unique id.
    pub uid: String,
}

/// What Kubernetes' own claim says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Private {
    /// Namespace of the account, and of the pod or secret.
    pub namespace: String,
    /// The account.
    pub serviceaccount: Reference,
    /// The pod that the token is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<Reference>,
    /// The secret that the token is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Reference>,
    /// The node of the pod, or the node that the token is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Reference>,
    /// When a client should have asked for a new one, where the token lives longer than it asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnafter: Option<i64>,
}

/// A token's claims. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// For whom the token is.
    pub aud: Vec<String>,
    /// When it ends.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// Who issued it.
    pub iss: String,
    /// Its own id.
    pub jti: String,
    /// Kubernetes' own claim.
    #[serde(rename = "kubernetes.io")]
    pub private: Private,
    /// When it begins.
    pub nbf: i64,
    /// `system:serviceaccount:<namespace>:<name>`.
    pub sub: String,
}

/// What a token may be bound to, and lives only as long as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The account itself.
    ServiceAccount,
    /// A pod.
    Pod,
    /// A secret.
    Secret,
    /// A node.
    Node,
}

/// Looks up the uid of an object that a token is bound to; none where it is gone or has been going for longer than a minute.
pub trait Lookup {
    /// The uid of the object.
    fn uid(&self, bound: Bound, namespace: &str, name: &str) -> Option<String>;
}

/// Why a token counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is none of ours.
    #[error("the token was not issued by this cluster")]
    NotOurs,
    /// It was changed, or its claims cannot be read.
    #[error("the token is damaged: {0}")]
    Damaged(String),
    /// It ended, or has not begun.
    #[error("the token has expired or is not valid yet: ask for a new one")]
    Expired,
    /// It is for others.
    #[error("the token is for {0:?}, and not for this API server")]
    Audience(Vec<String>),
    /// What it is bound to is gone.
    #[error("{0} \"{1}\" that the token is bound to is gone or another of its name")]
    Gone(&'static str, String),
}

/// Issues and verifies the tokens of one cluster.
pub struct Tokens {
    key: Arc<TokenKey>,
    issuer: String,
    audiences: Vec<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Tokens signed by a key, issued in a name, and taken for these audiences.
    #[must_use]
    pub fn new(key: Arc<TokenKey>, issuer: String, audiences: Vec<String>) -> Self {
        Self { key, issuer, audiences }
    }

    /// Who issues.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The audiences of a token that names none.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// The keys that verify, as a JSON Web Key Set.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.key.jwks()
    }

    /// Signs a token for an account.
    ///
    /// # Errors
    /// [`TokenError::Damaged`] when the system gives no randomness.
    pub fn issue(
        &self,
        private: Private,
        audiences: &[String],
        now: i64,
        seconds: i64,
        id: String,
    ) -> Result<String, TokenError> {
        let damaged = |error: &dyn std::fmt::Display| TokenError::Damaged(error.to_string());
        let claims = Claims {
            aud: if audiences.is_empty() { self.audiences.clone() } else { audiences.to_vec() },
            exp: now + seconds,
            iat: now,
            iss: self.issuer.clone(),
            jti: id,
            sub: format!("system:serviceaccount:{}:{}", private.namespace, private.serviceaccount.name),
            nbf: now,
            private,
        };
        let claims = serde_json::to_vec(&claims).map_err(|error| damaged(&error))?;
        self.key.sign(&claims).map_err(|error| damaged(&error))
    }

    /// The user of a token, for one of the audiences (the server's own where none is given), and which of them it is for.
    ///
    /// # Errors
    /// Why it counts for nothing; [`TokenError::NotOurs`] says that another authenticator may know it.
    pub fn verify(
        &self,
        token: &str,
        audiences: &[String],
        now: i64,
        lookup: &dyn Lookup,
    ) -> Result<(User, Vec<String>), TokenError> {
        let claims = self.key.verify(token).map_err(|error| match error {
            reks_pki::TokenError::Signature => TokenError::Damaged(error.to_string()),
            reks_pki::TokenError::Malformed | reks_pki::TokenError::OtherKey => TokenError::NotOurs,
        })?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|error| TokenError::Damaged(error.to_string()))?;
        if claims.iss != self.issuer {
            return Err(TokenError::NotOurs);
        }
        if now > claims.exp + LEEWAY || now < claims.nbf - LEEWAY {
            return Err(TokenError::Expired);
        }
        let wanted = if audiences.is_empty() { &self.audiences } else { audiences };
        let shared: Vec<String> = claims.aud.iter().filter(|one| wanted.contains(one)).cloned().collect();
        if shared.is_empty() {
            return Err(TokenError::Audience(claims.aud));
        }
        check_bindings(&claims.private, lookup)?;
        Ok((user(&claims), shared))
    }
}

fn check_bindings(private: &Private, lookup: &dyn Lookup) -> Result<(), TokenError> {
    let namespace = private.namespace.as_str();
    let account = Some(&private.serviceaccount);
    // The node of a pod's token is only information; a token that is bound to a node alone dies with it.
    let node = if private.pod.is_none() { private.node.as_ref() } else { None };
    for (bound, kind, reference) in [
        (Bound::ServiceAccount, "service account", account),
        (Bound::Pod, "pod", private.pod.as_ref()),
        (Bound::Secret, "secret", private.secret.as_ref()),
        (Bound::Node, "node", node),
    ] {
        let Some(reference) = reference else { continue };
        let namespace = if bound == Bound::Node { "" } else { namespace };
        if lookup.uid(bound, namespace, &reference.name).as_deref() != Some(reference.uid.as_str()) {
            return Err(TokenError::Gone(kind, reference.name.clone()));
        }
    }
    Ok(())
}

fn user(claims: &Claims) -> User {
    let private = &claims.private;
    let mut user = User::new(&claims.sub, &[GROUP, &format!("{GROUP}:{}", private.namespace)]);
    user.uid.clone_from(&private.serviceaccount.uid);
    let mut extra = |name: &str, value: String| {
        user.extra.insert(format!("authentication.kubernetes.io/{name}"), vec![value]);
    };
    extra("credential-id", format!("JTI={}", claims.jti));
    for (kind, reference) in [("pod", &private.pod), ("node", &private.node)] {
        if let Some(reference) = reference {
            extra(&format!("{kind}-name"), reference.name.clone());
            extra(&format!("{kind}-uid"), reference.uid.clone());
        }
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Present(&'static [(Bound, &'static str)]);

    impl Lookup for Present {
        fn uid(&self, bound: Bound, _: &str, name: &str) -> Option<String> {
            self.0.contains(&(bound, name)).then(|| format!("uid-{name}"))
        }
    }

    fn reference(name: &str) -> Reference {
        Reference { name: name.to_owned(), uid: format!("uid-{name}") }
    }

    fn tokens() -> Tokens {
        Tokens::new(Arc::new(TokenKey::generate().unwrap()), "https://issuer".to_owned(), vec!["api".to_owned()])
    }

    fn private() -> Private {
        Private {
            namespace: "ns".to_owned(),
            serviceaccount: reference("sa"),
            pod: Some(reference("p")),
            secret: None,
            node: Some(reference("n")),
            warnafter: None,
        }
    }

    const ALL: &[(Bound, &str)] = &[(Bound::ServiceAccount, "sa"), (Bound::Pod, "p")];

    #[test]
    fn a_token_names_its_account_and_its_pod() {
        let tokens = tokens();
        let token = tokens.issue(private(), &[], 1000, 600, "j".to_owned()).unwrap();
        let (user, audiences) = tokens.verify(&token, &[], 1100, &Present(ALL)).unwrap();
        assert_eq!(user.name, "system:serviceaccount:ns:sa");
        assert_eq!(user.groups, ["system:serviceaccounts", "system:serviceaccounts:ns"]);
        assert_eq!(user.extra["authentication.kubernetes.io/pod-name"], ["p"]);
        assert_eq!(user.extra["authentication.kubernetes.io/credential-id"], ["JTI=j"]);
        assert_eq!(audiences, ["api"]);
    }

    #[test]
    fn a_token_counts_for_nothing_when_it_should() {
        let tokens = tokens();
        let token = tokens.issue(private(), &[], 1000, 600, "j".to_owned()).unwrap();
        let check =
            |now: i64, audiences: &[String], present: &'static [(Bound, &'static str)], expected: TokenError| {
                assert_eq!(tokens.verify(&token, audiences, now, &Present(present)).unwrap_err(), expected);
            };
        check(1611, &[], ALL, TokenError::Expired);
        check(900, &[], ALL, TokenError::Expired);
        check(1100, &["vault".to_owned()], ALL, TokenError::Audience(vec!["api".to_owned()]));
        check(1100, &[], &[(Bound::ServiceAccount, "sa")], TokenError::Gone("pod", "p".to_owned()));
        check(1100, &[], &[(Bound::Pod, "p")], TokenError::Gone("service account", "sa".to_owned()));
        let other = Tokens::new(Arc::new(TokenKey::generate().unwrap()), "https://issuer".to_owned(), Vec::new());
        assert_eq!(other.verify(&token, &[], 1100, &Present(ALL)).unwrap_err(), TokenError::NotOurs);
        assert_eq!(tokens.verify("k8s-aws-v1.abc", &[], 1100, &Present(ALL)).unwrap_err(), TokenError::NotOurs);
    }
}
