//! Pod templates: telling them apart, and making pods of them.

use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use serde_json::Value;

use crate::Result;

/// The label that tells the pods of a Deployment's templates apart.
pub const HASH_LABEL: &str = "pod-template-hash";
/// Letters of a hash, those that generated names use.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A name for a template: the same for the same template, another for another, but for rare collisions, which a caller that
/// has had one tells apart by their count.
pub fn hash(template: &PodTemplateSpec, collisions: i32) -> Result<String> {
    let text = canonical(template)?.to_string();
    // FNV-1a (draft-eastlake-fnv): short, and the same on every machine and in every version.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes().chain(collisions.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut name = String::new();
    for _ in 0..10 {
        let index = usize::try_from(hash % LETTERS.len() as u64).unwrap_or(0);
        name.push(char::from(LETTERS[index]));
        hash /= LETTERS.len() as u64;
    }
    Ok(name)
}

/// Whether two templates are the same but for the label that tells them apart.
pub fn equal(one: &PodTemplateSpec, other: &PodTemplateSpec) -> Result<bool> {
    Ok(canonical(one)? == canonical(other)?)
}

fn canonical(template: &PodTemplateSpec) -> Result<Value> {
    let mut value = serde_json::to_value(template)?;
    if let Some(labels) = value["metadata"]["labels"].as_object_mut() {
        labels.remove(HASH_LABEL);
        if labels.is_empty()
            && let Some(metadata) = value["metadata"].as_object_mut()
        {
            metadata.remove("labels");
        }
    }
    Ok(value)
}

/// A pod of a template.
pub fn pod(template: &PodTemplateSpec, namespace: &str, name_base: &str, owner: OwnerReference) -> Pod {
    let metadata = template.metadata.clone().unwrap_or_default();
    Pod {
        metadata: ObjectMeta {
            generate_name: Some(name_base.to_owned()),
            namespace: Some(namespace.to_owned()),
            labels: metadata.labels,
            annotations: metadata.annotations,
            finalizers: metadata.finalizers,
            owner_references: Some(vec![owner]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_hash_label_does_not_count() {
        let template = |labels: Value, image: &str| -> PodTemplateSpec {
            serde_json::from_value(
                json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}),
            )
            .unwrap()
        };
        let plain = template(json!({"a": "b"}), "i");
        let labeled = template(json!({"a": "b", HASH_LABEL: "x"}), "i");
        assert!(equal(&plain, &labeled).unwrap());
        assert_eq!(hash(&plain, 0).unwrap(), hash(&labeled, 0).unwrap());
        assert_ne!(hash(&plain, 0).unwrap(), hash(&plain, 1).unwrap());
        assert_ne!(hash(&plain, 0).unwrap(), hash(&template(json!({"a": "b"}), "j"), 0).unwrap());
    }
}
