//! `Priority`: the number behind a pod's priority class.

use serde_json::Value;

use super::{Attributes, Operation};
use crate::registry::ListOptions;
use crate::server::Server;
use crate::status::{Result, Status};

/// Of a pod that names no class where no class is the default.
const DEFAULT_PREEMPTION: &str = "PreemptLowerPriority";

pub fn admit(server: &Server, attributes: &Attributes<'_>, new: &mut Value, _old: Option<&Value>) -> Result<()> {
    if !attributes.is(Operation::Create, "", "pods") {
        return Ok(());
    }
    let Some(classes) = server.catalog.get("scheduling.k8s.io", "v1", "priorityclasses") else { return Ok(()) };
    let name = new["spec"]["priorityClassName"].as_str().unwrap_or_default().to_owned();
    let class = if name.is_empty() {
        let all = server.registry.list(&classes, None, &ListOptions::default())?;
        let defaults = all
            .items
            .iter()
            .map(|stored| stored.parse())
            .filter(|class| class.as_ref().is_ok_and(|class| class["globalDefault"] == true));
        // Of several defaults the lowest counts, as upstream has it.
        defaults.collect::<Result<Vec<Value>>>()?.into_iter().min_by_key(|class| class["value"].as_i64())
    } else {
        let found = server.registry.find(&classes, None, &name)?;
        let Some(found) = found else {
            let pod = new["metadata"]["name"].as_str().unwrap_or_default();
            let message = format!("pods \"{pod}\" is forbidden: no PriorityClass with name {name} was found");
            return Err(Status::forbidden(message).about(attributes.resource.kind, pod));
        };
        Some(found.parse()?)
    };
    let spec = &mut new["spec"];
    if let Some(class) = class {
        spec["priorityClassName"] = class["metadata"]["name"].clone();
        spec["priority"] = class["value"].clone();
        spec["preemptionPolicy"] = match &class["preemptionPolicy"] {
            Value::Null => DEFAULT_PREEMPTION.into(),
            policy => policy.clone(),
        };
    } else {
        spec["priority"] = 0.into();
        spec["preemptionPolicy"] = DEFAULT_PREEMPTION.into();
    }
    Ok(())
}
