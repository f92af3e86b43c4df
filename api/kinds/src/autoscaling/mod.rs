//! Kinds of `autoscaling`.

use serde_json::Value;

use crate::{Kind, columns};

mod horizontal_pod_autoscaler;
mod horizontal_pod_autoscaler_v1;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&horizontal_pod_autoscaler::KIND, &horizontal_pod_autoscaler_v1::KIND];

/// `Deployment/web`: what an autoscaler scales.
fn reference(autoscaler: &Value) -> String {
    let target = &autoscaler["spec"]["scaleTargetRef"];
    format!("{}/{}", columns::text(&target["kind"]), columns::text(&target["name"]))
}
