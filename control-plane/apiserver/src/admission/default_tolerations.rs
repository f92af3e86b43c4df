//! `DefaultTolerationSeconds`: a pod stays five minutes on a node that is not ready or cannot be reached, unless it says otherwise.

use serde_json::{Value, json};

use super::{Attributes, Operation};
use crate::server::Server;
use crate::status::Result;

const SECONDS: u32 = 300;
const TAINTS: &[&str] = &["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

pub fn admit(_server: &Server, attributes: &Attributes<'_>, new: &mut Value, _old: Option<&Value>) -> Result<()> {
    if !attributes.is(Operation::Create, "", "pods") {
        return Ok(());
    }
    let tolerations = &mut new["spec"]["tolerations"];
    if !tolerations.is_array() {
        *tolerations = json!([]);
    }
    let Some(tolerations) = tolerations.as_array_mut() else { return Ok(()) };
    for taint in TAINTS {
        let tolerated = tolerations.iter().any(|toleration| {
            let key = toleration["key"].as_str().unwrap_or_default();
            let effect = toleration["effect"].as_str().unwrap_or_default();
            (key == *taint || key.is_empty()) && (effect == "NoExecute" || effect.is_empty())
        });
        if !tolerated {
            tolerations.push(json!({
                "key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS,
            }));
        }
    }
    Ok(())
}
