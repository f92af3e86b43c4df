//! Whether what a token is bound to is still there.

use jiff::{SignedDuration, Timestamp};
use reks_auth::service_account::{Bound, Lookup};

use crate::server::Server;

/// How long a token outlives the end of the grace period of what it is bound to, as upstream has it.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Looks into the store, so that a token ends at once with what it is bound to.
pub struct InStore<'a>(pub &'a Server);

impl Lookup for InStore<'_> {
    fn uid(&self, bound: Bound, namespace: &str, name: &str) -> Option<String> {
        let plural = match bound {
            Bound::ServiceAccount => "serviceaccounts",
            Bound::Pod => "pods",
            Bound::Secret => "secrets",
            Bound::Node => "nodes",
        };
        let resource = self.0.catalog.get("", "v1", plural)?;
        let namespace = (!namespace.is_empty()).then_some(namespace);
        let object = self.0.registry.find(&resource, namespace, name).ok()??.parse().ok()?;
        let metadata = &object["metadata"];
        let ends = metadata["deletionTimestamp"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        if ends.is_some_and(|ends| (self.0.registry.environment.now)() > ends + LEEWAY) {
            return None;
        }
        metadata["uid"].as_str().map(str::to_owned)
    }
}
