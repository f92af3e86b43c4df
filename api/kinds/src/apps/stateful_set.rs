//! The row of StatefulSet.

use serde_json::{Value, json};

use crate::{
    Column, Kind, NameRule, Subresource, columns,
    core::persistent_volume_claim,
    strategy,
    validation::{At, Errors, cursor::same, names},
    workload::{self, Words},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["sts"],
    categories: &["all"],
    subresources: &[
        Subresource::Scale { spec: "spec.replicas", status: "status.replicas", selector: "spec.selector" },
        Subresource::Status,
    ],
    generation: true,
    name_rule: NameRule::Label,
    columns: &[
        Column::string("Ready", "Pods that are ready, of those that should run.", |object, _| {
            super::ready_replicas(object)
        }),
        columns::AGE,
        columns::CONTAINERS,
        columns::IMAGES,
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    validate_status: |new, old| Errors::of_update(new, old, validate_status),
    ..Kind::new("apps", "v1", "StatefulSet", "statefulsets", "statefulset", true)
};

const WORDS: Words = Words { in_selector: "statefulset", in_deadline: "StatefulSet" };
const POLICIES: &[&str] = &["Retain", "Delete"];

fn validate(set: &At<'_>, errors: &mut Errors) {
    errors.rule_if_set(&set.get("spec").get("serviceName"), names::label);
    for claim in set.get("spec").get("volumeClaimTemplates").items() {
        persistent_volume_claim::validate_spec(&claim.get("spec"), errors);
    }
    spec(set, errors);
}

/// What must hold at creation and ever after; the rest cannot change.
fn spec(set: &At<'_>, errors: &mut Errors) {
    let spec = set.get("spec");
    let management = spec.get("podManagementPolicy");
    if management.is_set() && !matches!(management.text(), "OrderedReady" | "Parallel") {
        errors.invalid(&management, "must be 'OrderedReady' or 'Parallel'");
    }
    rollout(&spec.get("updateStrategy"), errors);
    let retention = spec.get("persistentVolumeClaimRetentionPolicy");
    for moment in ["whenDeleted", "whenScaled"] {
        errors.one_of(&retention.get(moment), POLICIES);
    }
    errors.not_negative(&spec.get("replicas"));
    errors.not_negative(&spec.get("minReadySeconds"));
    errors.not_negative(&spec.get("ordinals").get("start"));
    let with_claims = with_claims_as_volumes(spec.value);
    workload::selector_and_template(&At { value: &with_claims, ..spec }, &WORDS, errors);
}

/// The spec whose template has a volume for each claim template, and no names that the controller sets.
fn with_claims_as_volumes(spec: &Value) -> Value {
    let mut spec = spec.clone();
    let claims: Vec<_> =
        columns::items(&spec["volumeClaimTemplates"]).iter().map(|claim| claim["metadata"]["name"].clone()).collect();
    let mut volumes: Vec<_> =
        claims.iter().map(|name| json!({"name": name, "persistentVolumeClaim": {"claimName": name}})).collect();
    let template = &mut spec["template"]["spec"];
    if template.is_object() {
        let own = columns::items(&template["volumes"]).iter().filter(|volume| !claims.contains(&volume["name"]));
        volumes.extend(own.cloned());
        template["volumes"] = volumes.into();
        template["hostname"] = Value::Null;
        template["subdomain"] = Value::Null;
    }
    spec
}

fn rollout(strategy: &At<'_>, errors: &mut Errors) {
    let rolling = strategy.get("rollingUpdate");
    match strategy.get("type").text() {
        "OnDelete" => {
            if rolling.is_set() {
                errors.invalid(&rolling, "only allowed for updateStrategy 'RollingUpdate'");
            }
        }
        "RollingUpdate" => {
            errors.not_negative(&rolling.get("partition"));
            let unavailable = rolling.get("maxUnavailable");
            workload::int_or_percent(&unavailable, errors);
            if unavailable.is_set() && workload::int_or_percent_value(&unavailable) == 0 {
                errors.invalid(&unavailable, "cannot be 0");
            }
            workload::at_most_all(&unavailable, errors);
        }
        "" => {}
        _ => errors.invalid(strategy, "must be 'RollingUpdate' or 'OnDelete'"),
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const CHANGEABLE: &[&str] = &[
        "replicas",
        "template",
        "updateStrategy",
        "minReadySeconds",
        "ordinals",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
    ];
    let mut rest = new.value["spec"].clone();
    for field in CHANGEABLE {
        rest[*field] = old.value["spec"][*field].clone();
    }
    if !same(&rest, &old.value["spec"]) {
        errors.forbidden(
            &new.get("spec"),
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
             'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

fn validate_status(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const COUNTERS: &[&str] = &[
        "replicas",
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
        "observedGeneration",
        "collisionCount",
    ];
    const BOUNDS: &[(&str, &str, &str)] = &[
        ("readyReplicas", "replicas", "status.replicas"),
        ("currentReplicas", "replicas", "status.replicas"),
        ("updatedReplicas", "replicas", "status.replicas"),
        ("availableReplicas", "replicas", "status.replicas"),
        ("availableReplicas", "readyReplicas", "status.readyReplicas"),
    ];
    workload::counters(&new.get("status"), COUNTERS, BOUNDS, errors);
    workload::collisions(new, old, errors);
}
