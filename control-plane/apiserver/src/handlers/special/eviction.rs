//! `pods/eviction`: deletes a pod unless a PodDisruptionBudget says not now.

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::success;
use crate::body::Body;
use crate::handlers::{Call, delete, object};
use crate::registry::{Along, DeleteOptions, Endpoint, ListOptions, Update};
use crate::selectors::label_selector_matches;
use crate::status::{Result, Status};

pub async fn create(call: &Call<'_>) -> Result<Response<Body>> {
    let context = call.context;
    let eviction = object::decode(&context.headers, &context.body, ("policy", "v1", "Eviction"))?;
    let mut options =
        DeleteOptions::read(&eviction["deleteOptions"], |name| context.info.param(name).map(str::to_owned))?;
    options.dry_run |= call.dry_run()?;
    let pods = call.server.catalog.get("", "v1", "pods").ok_or_else(Status::no_such_path)?;
    let pod = call.server.registry.get_value(&pods, call.namespace(), call.name())?;
    if !may_ignore_budgets(&pod) {
        spend_budget(call, &pod, options.dry_run).await?;
    }
    delete::delete(call, call.name(), call.namespace(), &options).await?;
    call.render.value(StatusCode::CREATED, success())
}

/// A pod that does not run takes nothing from its budget.
fn may_ignore_budgets(pod: &Value) -> bool {
    matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed" | "Pending"))
        || !pod["metadata"]["deletionTimestamp"].is_null()
}

async fn spend_budget(call: &Call<'_>, pod: &Value, dry_run: bool) -> Result<()> {
    let Some(budgets) = call.server.catalog.get("policy", "v1", "poddisruptionbudgets") else { return Ok(()) };
    let registry = &call.server.registry;
    let list = registry.list(&budgets, call.namespace(), &ListOptions::default())?;
    let mut fitting = Vec::new();
    for stored in &list.items {
        let budget = stored.parse()?;
        if label_selector_matches(&budget["spec"]["selector"], pod) {
            fitting.push(budget);
        }
    }
    let [budget] = fitting.as_slice() else {
        return if fitting.is_empty() {
            Ok(())
        } else {
            Err(Status::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            ))
        };
    };
    let name = budget["metadata"]["name"].as_str().unwrap_or_default();
    let pod_name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let now = registry.environment.timestamp();
    let change = |old: &Value| {
        let status = &old["status"];
        let refuse = |message: String| {
            let mut refusal =
                Status::too_many_requests("Cannot evict pod as it would violate the pod's disruption budget.");
            refusal.details = json!({"causes": [{"reason": "DisruptionBudget", "message": message}]});
            Err(refusal)
        };
        if status["observedGeneration"].as_i64().unwrap_or(0) < old["metadata"]["generation"].as_i64().unwrap_or(0) {
            let mut refusal = refuse(format!("The disruption budget {name} is still being processed by the server."));
            if let Err(refusal) = &mut refusal {
                refusal.details["retryAfterSeconds"] = 10.into();
            }
            return refusal;
        }
        let allowed = status["disruptionsAllowed"].as_i64().unwrap_or(0);
        if allowed <= 0 {
            let (needed, healthy) = (&status["desiredHealthy"], &status["currentHealthy"]);
            return refuse(format!(
                "The disruption budget {name} needs {needed} healthy pods and has {healthy} currently"
            ));
        }
        let mut new = old.clone();
        new["status"]["disruptionsAllowed"] = (allowed - 1).into();
        if !new["status"]["disruptedPods"].is_object() {
            new["status"]["disruptedPods"] = json!({});
        }
        new["status"]["disruptedPods"][pod_name] = now.clone().into();
        Ok(new)
    };
    let update = Update { resource: &budgets, namespace: call.namespace(), name, endpoint: Endpoint::Status, dry_run };
    registry.update(update, change, |_, _| Ok(Along::default())).await.map(|_| ())
}
