//! One file a verb; each turns a request on a resource into its answer.

pub mod discovery;
pub mod health;
pub mod streams;
pub mod version;

mod create;
mod delete;
mod managers;
mod object;
mod patch;
mod read;
mod special;
mod update;

use std::sync::Arc;

use http::Response;
use reks_kinds::{Storage, Subresource};

use crate::admission::{Attributes, Operation};
use crate::body::Body;
use crate::catalog::Resource;
use crate::negotiate::View;
use crate::render::Render;
use crate::server::{Context, Server};
use crate::status::{Result, Status};
use crate::table::IncludeObject;

/// A request on a resource, with what all handlers need.
#[derive(Debug)]
pub struct Call<'a> {
    server: &'a Arc<Server>,
    context: &'a Context,
    resource: Arc<Resource>,
    render: Render,
}

/// Answers a request on a resource.
///
/// # Errors
/// What the client is told.
pub async fn resource(server: &Arc<Server>, context: &Context) -> Result<Response<Body>> {
    let info = &context.info;
    let resource = server.catalog.get(&info.group, &info.version, &info.resource).ok_or_else(Status::no_such_path)?;
    if !resource.kind.namespaced && info.resource != "namespaces" && !info.namespace.is_empty() {
        return Err(Status::no_such_path());
    }
    let render = Render {
        kind: resource.kind,
        view: View::of(&context.headers)?,
        include: IncludeObject::parse(info.param("includeObject")),
        now: (server.registry.environment.now)(),
    };
    let call = Call { server, context, resource, render };
    if matches!(call.resource.kind.storage, Storage::Virtual) || is_special(&call) {
        return special::serve(&call).await;
    }
    let endpoint_known = match info.subresource.as_str() {
        "" => true,
        "status" => call.resource.kind.has_status(),
        _ => false,
    };
    if !endpoint_known {
        return Err(Status::no_such_path());
    }
    if call.needs_namespace() {
        return Err(Status::method_not_allowed());
    }
    match info.verb.as_str() {
        "get" => read::get(&call),
        "list" => read::list(&call),
        "watch" => read::watch(&call),
        "create" if info.name.is_empty() => create::create(&call).await,
        "update" => update::update(&call).await,
        "patch" => patch::patch(&call).await,
        "delete" if info.subresource.is_empty() => delete::one(&call).await,
        "deletecollection" => delete::collection(&call).await,
        _ => Err(Status::method_not_allowed()),
    }
}

/// Subresources that answer by rules of their own.
fn is_special(call: &Call<'_>) -> bool {
    let sub = call.context.info.subresource.as_str();
    call.resource.kind.subresources.iter().any(|one| match one {
        Subresource::Status => false,
        Subresource::Scale { .. } => sub == "scale",
        Subresource::Named { name, .. } => *name == sub,
    })
}

impl Call<'_> {
    /// The namespace of the path, for a kind that has one.
    fn namespace(&self) -> Option<&str> {
        if self.resource.kind.namespaced { self.context.info.namespace() } else { None }
    }

    fn name(&self) -> &str {
        &self.context.info.name
    }

    fn attributes(&self, operation: Operation) -> Attributes<'_> {
        Attributes { operation, resource: &self.resource, context: self.context }
    }

    /// Whether the verb is about one namespace's object and the path has no namespace.
    fn needs_namespace(&self) -> bool {
        let across = matches!(self.context.info.verb.as_str(), "list" | "watch" | "deletecollection");
        self.resource.kind.namespaced && self.namespace().is_none() && !across
    }

    fn dry_run(&self) -> Result<bool> {
        match self.context.info.all("dryRun").collect::<Vec<_>>().as_slice() {
            [] => Ok(false),
            ["All"] => Ok(true),
            other => Err(Status::bad_request(format!("dryRun is All or absent, and not {}", other.join(",")))),
        }
    }
}
