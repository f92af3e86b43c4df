//! `TaintNodesByCondition`: a new node takes no pods before it has said that it is ready.

use serde_json::{Value, json};

use super::{Attributes, Operation};
use crate::server::Server;
use crate::status::Result;

const NOT_READY: &str = "node.kubernetes.io/not-ready";

pub fn admit(_server: &Server, attributes: &Attributes<'_>, new: &mut Value, _old: Option<&Value>) -> Result<()> {
    if !attributes.is(Operation::Create, "", "nodes") {
        return Ok(());
    }
    let taints = &mut new["spec"]["taints"];
    if !taints.is_array() {
        *taints = json!([]);
    }
    if let Some(taints) = taints.as_array_mut()
        && !taints.iter().any(|taint| taint["key"] == NOT_READY)
    {
        taints.push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
    }
    Ok(())
}
