//! What happens to an object between the client's wish and the store: changes and refusals that need more than the object.
//!
//! Each plugin is a file and a row of the table below; they run in that order, which is upstream's.

mod certificate_request;
mod default_tolerations;
mod namespace_lifecycle;
mod priority;
mod role_escalation;
mod service_account;
mod taint_new_nodes;

use std::sync::Arc;

use serde_json::Value;

use crate::catalog::Resource;
use crate::registry::Along;
use crate::server::{Context, Server};
use crate::status::Result;

/// What is being done to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It is new.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
}

/// A request as admission sees it.
#[derive(Debug)]
pub struct Attributes<'a> {
    /// What is done.
    pub operation: Operation,
    /// To an object of this resource.
    pub resource: &'a Arc<Resource>,
    /// Through this request.
    pub context: &'a Context,
}

impl Attributes<'_> {
    /// Whether the request is about an object of this kind itself, not of a subresource.
    #[must_use]
    pub fn is(&self, operation: Operation, group: &str, plural: &str) -> bool {
        let kind = self.resource.kind;
        self.operation == operation
            && kind.group == group
            && kind.plural == plural
            && self.context.info.subresource.is_empty()
    }
}

type Plugin = fn(&Server, &Attributes<'_>, &mut Value, Option<&Value>) -> Result<()>;

const PLUGINS: &[Plugin] = &[
    namespace_lifecycle::admit,
    taint_new_nodes::admit,
    service_account::admit,
    priority::admit,
    default_tolerations::admit,
    certificate_request::admit,
    role_escalation::admit,
];

/// Admits a new object, or a change of `old`. May change it; what it returns belongs into the same transaction.
///
/// # Errors
/// `Forbidden` and the like, in the words of the plugin that refuses.
pub fn admit(server: &Server, attributes: &Attributes<'_>, new: &mut Value, old: Option<&Value>) -> Result<Along> {
    for plugin in PLUGINS {
        plugin(server, attributes, new, old)?;
    }
    match (&server.options.service_network, attributes.resource.kind.kind) {
        (Some(network), "Service") if attributes.context.info.subresource.is_empty() => {
            crate::services::allocate(server, network, new, old)
        }
        _ => Ok(Along::default()),
    }
}

/// Admits a deletion.
///
/// # Errors
/// `Forbidden` for what may not go.
pub fn admit_delete(server: &Server, attributes: &Attributes<'_>, old: &Value) -> Result<Along> {
    namespace_lifecycle::admit_delete(attributes, old)?;
    match (&server.options.service_network, attributes.resource.kind.kind) {
        (Some(_), "Service") => Ok(crate::services::release(old)),
        _ => Ok(Along::default()),
    }
}
