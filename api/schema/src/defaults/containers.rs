//! Containers: an image whose tag moves is always pulled.

use serde_json::{Map, Value};

use super::image::pull_policy;
use super::object::{set_zero, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    let policy = pull_policy(text(object, "image"));
    set_zero(object, "imagePullPolicy", policy);
}
