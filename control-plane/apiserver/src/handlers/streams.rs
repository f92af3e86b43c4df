//! Requests that become streams: exec, attach, port-forward and proxied upgrades.

use std::sync::Arc;

use http::Response;
use http::request::Parts;

use crate::body::Body;
use crate::server::{Context, Server};
use crate::status::{Result, Status};

/// The client's half of a connection that is to be upgraded.
#[derive(Debug)]
pub struct Upgrade(hyper::upgrade::OnUpgrade);

/// The upgrade that a request asks for.
pub fn wants_upgrade(parts: &Parts) -> Option<Upgrade> {
    let _ = parts;
    None
}

/// Answers a request that is to become a stream.
///
/// # Errors
/// What the client is told.
pub async fn serve(
    _server: &Arc<Server>,
    _context: Context,
    upgrade: Upgrade,
    _parts: &mut Parts,
) -> Result<Response<Body>> {
    drop(upgrade.0);
    Err(Status::no_such_path())
}
