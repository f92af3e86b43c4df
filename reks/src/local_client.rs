//! A client in the API server's own process: no socket, no TLS, no second copy of an answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use kube::client::Body as RequestBody;
use reks_apiserver::access::Peer;
use reks_apiserver::{Body, Server};
use reks_auth::User;

/// A client that acts as a user of the system.
pub fn local(server: &Arc<Server>, user: &str) -> kube::Client {
    let peer = Arc::new(Peer::local(User::new(user, &[User::MASTERS])));
    kube::Client::new(Local { server: server.clone(), peer }, "default")
}

#[derive(Clone)]
struct Local {
    server: Arc<Server>,
    peer: Arc<Peer>,
}

impl tower::Service<Request<RequestBody>> for Local {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let (server, peer) = (self.server.clone(), self.peer.clone());
        Box::pin(async move { Ok(server.handle(request, &peer).await) })
    }
}
