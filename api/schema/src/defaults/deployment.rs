//! Deployment: a quarter of the pods is replaced at a time.

use serde_json::{Map, Value};

use super::object::{made, set, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(strategy) = made(object, "spec").and_then(|spec| made(spec, "strategy")) else { return };
    if matches!(text(strategy, "type"), "" | "RollingUpdate")
        && let Some(rolling) = made(strategy, "rollingUpdate")
    {
        set(rolling, "maxUnavailable", "25%");
        set(rolling, "maxSurge", "25%");
    }
}
