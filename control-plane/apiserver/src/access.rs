//! Who calls, and whether they may.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, Response};

use crate::body::Body;
use crate::request::RequestInfo;
use crate::server::Server;
use crate::status::Result;

/// Who calls (`authentication.k8s.io` UserInfo).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// Name.
    pub name: String,
    /// Unique id; empty where there is none.
    pub uid: String,
    /// Groups.
    pub groups: Vec<String>,
    /// More about them.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// Who it is, when the caller is in this process.
    pub local: Option<User>,
    /// The client's certificate (DER), verified by TLS.
    pub certificate: Option<Arc<[u8]>>,
}

/// Who may do what.
#[derive(Debug, Default)]
pub struct Access {}

impl Access {
    pub(crate) async fn authenticate(&self, _headers: &HeaderMap, peer: &Peer) -> Result<User> {
        Ok(peer.local.clone().unwrap_or_default())
    }
    pub(crate) async fn impersonate(&self, user: User, _headers: &HeaderMap, _server: &Server) -> Result<User> {
        Ok(user)
    }
    pub(crate) async fn authorize(&self, _user: &User, _info: &RequestInfo, _server: &Server) -> Result<()> {
        Ok(())
    }
    pub(crate) fn serve(&self, _parts: &[&str]) -> Option<Response<Body>> {
        None
    }
}
