//! The row of Job.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Column, FieldError, Kind, Subresource, columns,
    fields::{self, Field},
    strategy,
    validation::{At, Errors, cursor::same, names, selector},
    workload,
};

const FIELDS: &[Field; 1] = &[Field { name: "status.successful", path: "status.succeeded", unset: "0" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["all"],
    subresources: &[Subresource::Status],
    generation: true,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: &[
        Column::string("Status", "What the job is doing, in one word.", |object, _| state(object).into()),
        Column::string("Completions", "Pods that succeeded, of those that must.", |object, _| completions(object)),
        Column::string("Duration", "Time from start to completion, or until now.", duration),
        columns::AGE,
        columns::CONTAINERS,
        columns::IMAGES,
        columns::SELECTOR,
    ],
    prepare_create,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("batch", "v1", "Job", "jobs", "job", true)
};

/// The condition that says most, in the order of precedence.
fn state(job: &Value) -> &'static str {
    let is = |kind: &str| columns::condition_is_true(&job["status"], kind);
    match job {
        _ if is("Complete") => "Complete",
        _ if is("Failed") => "Failed",
        _ if !job["metadata"]["deletionTimestamp"].is_null() => "Terminating",
        _ if is("Suspended") => "Suspended",
        _ if is("FailureTarget") => "FailureTarget",
        _ if is("SuccessCriteriaMet") => "SuccessCriteriaMet",
        _ => "Running",
    }
}

fn completions(job: &Value) -> Value {
    let succeeded = columns::number(&job["status"]["succeeded"]);
    let parallelism = columns::number(&job["spec"]["parallelism"]);
    Value::from(match job["spec"]["completions"].as_i64() {
        Some(completions) => format!("{succeeded}/{completions}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    })
}

fn duration(job: &Value, now: Timestamp) -> Value {
    let Some(start) = columns::seconds(&job["status"]["startTime"]) else { return "".into() };
    let end = columns::seconds(&job["status"]["completionTime"]).unwrap_or_else(|| now.as_second());
    columns::human_duration((end - start).max(0)).into()
}

const JOB_NAME: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];
const CONTROLLER_UID: [&str; 2] = ["controller-uid", "batch.kubernetes.io/controller-uid"];

/// Unless the user selects pods, the job's own uid does.
fn prepare_create(job: &mut Value) {
    strategy::clear_status(job);
    if job["spec"]["manualSelector"] == true {
        return;
    }
    let (name, uid) = (job["metadata"]["name"].clone(), job["metadata"]["uid"].clone());
    for (labels, value) in [(JOB_NAME, &name), (CONTROLLER_UID, &uid)] {
        for label in labels {
            let place = &mut job["spec"]["template"]["metadata"]["labels"][label];
            if place.is_null() {
                place.clone_from(value);
            }
        }
    }
    let place = &mut job["spec"]["selector"]["matchLabels"][CONTROLLER_UID[1]];
    if place.is_null() {
        *place = uid;
    }
}

fn validate(job: &At<'_>, errors: &mut Errors) {
    let spec = job.get("spec");
    if !spec.get("manualSelector").is_true() && spec.get("selector").is_set() {
        generated_selector(job, errors);
    }
    spec_and_selector(&spec, errors);
    let (name, completions) = (job.get("metadata").get("name"), spec.get("completions").int().unwrap_or(0));
    if spec.get("completionMode").text() == "Indexed" && completions > 0 {
        let hostname = format!("{}-{}", name.text(), completions - 1);
        if !names::label(&hostname).is_empty() {
            errors.invalid(&name, &format!("will not able to create pod with invalid DNS label: {hostname}"));
        }
    }
}

/// Labels that the server sets must say what the job is.
fn generated_selector(job: &At<'_>, errors: &mut Errors) {
    let metadata = job.get("spec").get("template").get("metadata");
    let labels = metadata.get("labels");
    let own = |field: &str| job.get("metadata").get(field).text();
    for (names, expected) in [(CONTROLLER_UID, own("uid")), (JOB_NAME, own("name"))] {
        for name in names {
            let label = labels.key(name);
            if !label.is_set() {
                errors.required(&label, &format!("must be '{expected}'"));
            } else if label.text() != expected {
                errors.invalid_value(&label.path, labels.value.clone(), &format!("must be '{expected}'"));
            }
        }
    }
    let (name, uid) = (own("name"), own("uid"));
    let expected = json!({
        JOB_NAME[0]: name, JOB_NAME[1]: name, CONTROLLER_UID[0]: uid, CONTROLLER_UID[1]: uid,
    });
    let at = job.get("spec").get("selector");
    if !selector::matches(at.value, &expected) {
        errors.invalid(&at, "`selector` not auto-generated");
    }
}

fn spec_and_selector(spec: &At<'_>, errors: &mut Errors) {
    validate_spec(spec, errors);
    let labels = spec.get("selector");
    if !labels.is_set() {
        return errors.required(&labels, "");
    }
    selector::label_selector(&labels, errors);
    let template = spec.get("template");
    if !selector::matches(labels.value, &template.value["metadata"]["labels"]) {
        workload::mismatch(&template, errors);
    }
}

/// The spec of a job, or of a cron job's template.
pub(crate) fn validate_spec(spec: &At<'_>, errors: &mut Errors) {
    const NUMBERS: &[&str] = &[
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    for number in NUMBERS {
        errors.not_negative(&spec.get(number));
    }
    let (per_index, failed) = (spec.get("backoffLimitPerIndex"), spec.get("maxFailedIndexes"));
    if failed.is_set() && !per_index.is_set() {
        errors.required(&per_index, "when maxFailedIndexes is specified");
    }
    let mode = spec.get("completionMode");
    errors.one_of(&mode, &["NonIndexed", "Indexed"]);
    if mode.text() == "Indexed" {
        indexed(spec, errors);
    } else {
        for field in [&per_index, &failed, &spec.get("successPolicy")] {
            if field.is_set() {
                errors.invalid(field, "requires indexed completion mode");
            }
        }
    }
    if spec.get("podFailurePolicy").is_set() {
        failure_policy(spec, errors);
    }
    let replacement = spec.get("podReplacementPolicy");
    let policies = ["Failed", "TerminatingOrFailed"];
    errors.one_of(&replacement, if spec.get("podFailurePolicy").is_set() { &policies[..1] } else { &policies });
    let template = spec.get("template");
    crate::pod_spec::validate_template(&template, errors);
    let restart = template.get("spec").get("restartPolicy");
    match restart.text() {
        "Always" | "" => errors.required(&restart, "valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if spec.get("podFailurePolicy").is_set() => {
            errors.invalid(&restart, "only \"Never\" is supported when podFailurePolicy is specified");
        }
        // Any other value is not supported for pods at all, which is said there.
        _ => {}
    }
}

fn indexed(spec: &At<'_>, errors: &mut Errors) {
    const MOST: i64 = 100_000;
    let (completions, parallelism, failed) =
        (spec.get("completions"), spec.get("parallelism"), spec.get("maxFailedIndexes"));
    if !completions.is_set() {
        errors.required(&completions, "when completion mode is Indexed");
    }
    if parallelism.int().is_some_and(|count| count > MOST) {
        errors.invalid(&parallelism, &format!("must be less than or equal to {MOST} when completion mode is Indexed"));
    }
    if completions.is_set() && failed.int() > completions.int() {
        errors.invalid(&failed, "must be less than or equal to completions");
    }
    if failed.int().is_some_and(|count| count > MOST) {
        errors.invalid(&failed, &format!("must be less than or equal to {MOST}"));
    }
    let policy = spec.get("successPolicy");
    let rules = policy.get("rules");
    if policy.is_set() && rules.is_empty() {
        errors.required(&rules, "at least one rules must be specified when the successPolicy is specified");
    }
    errors.too_many(&rules, 20);
    for rule in rules.items() {
        let count = rule.get("succeededCount");
        if !count.is_set() && !rule.get("succeededIndexes").is_set() {
            errors.required(&rule, "at least one of succeededCount or succeededIndexes must be specified");
        }
        errors.not_negative(&count);
        if let (Some(number), Some(most)) = (count.int(), completions.int())
            && number > most
        {
            let detail = format!("must be less than or equal to {most} (the number of specified completions)");
            errors.invalid(&count, &detail);
        }
    }
}

fn failure_policy(spec: &At<'_>, errors: &mut Errors) {
    const ACTIONS: &[&str] = &["Count", "FailIndex", "FailJob", "Ignore"];
    let rules = spec.get("podFailurePolicy").get("rules");
    errors.too_many(&rules, 20);
    for rule in rules.items() {
        let action = rule.get("action");
        if action.is_empty() {
            errors.required(&action, &format!("valid values: {}", quoted(ACTIONS)));
        } else if action.text() == "FailIndex" && !spec.get("backoffLimitPerIndex").is_set() {
            errors.invalid(&action, "requires the backoffLimitPerIndex to be set");
        } else {
            errors.one_of(&action, ACTIONS);
        }
        let (codes, conditions) = (rule.get("onExitCodes"), rule.get("onPodConditions"));
        let complaint = match (codes.is_set(), !conditions.is_empty()) {
            (true, true) => Some("specifying both OnExitCodes and OnPodConditions is not supported"),
            (false, false) => Some("specifying one of OnExitCodes and OnPodConditions is required"),
            _ => None,
        };
        if codes.is_set() {
            exit_codes(&codes, &spec.get("template").get("spec"), errors);
        }
        for condition in conditions.items() {
            errors.rule(&condition.get("type"), names::qualified);
            errors.one_of(&condition.get("status"), &["False", "True", "Unknown"]);
        }
        if let Some(complaint) = complaint {
            let message = format!("Invalid value: {complaint}");
            errors.0.push(FieldError { field: rule.path, reason: crate::Reason::Invalid, message });
        }
    }
}

fn exit_codes(codes: &At<'_>, template: &At<'_>, errors: &mut Errors) {
    const OPERATORS: &[&str] = &["In", "NotIn"];
    let (operator, container, values) = (codes.get("operator"), codes.get("containerName"), codes.get("values"));
    if operator.is_empty() {
        errors.required(&operator, &format!("valid values: {}", quoted(OPERATORS)));
    } else {
        errors.one_of(&operator, OPERATORS);
    }
    let all = [template.get("containers"), template.get("initContainers")];
    let known = all.iter().any(|list| columns::items(list.value).iter().any(|one| one["name"] == *container.value));
    if container.is_set() && !known {
        errors.invalid(&container, "must be one of the container or initContainer names in the pod template");
    }
    if values.is_empty() {
        errors.invalid(&values, "at least one value is required");
    }
    errors.too_many(&values, 255);
    let numbers: Vec<_> = values.items().filter_map(|value| value.int()).collect();
    for (index, value) in values.items().enumerate() {
        if operator.text() == "In" && value.int() == Some(0) {
            errors.invalid(&value, "must not be 0 for the In operator");
        }
        if value.int().is_some_and(|number| numbers[..index.min(numbers.len())].contains(&number)) {
            errors.duplicate(&value);
        }
    }
    if !numbers.is_sorted() {
        errors.invalid(&values, "must be ordered");
    }
}

fn quoted(words: &[&str]) -> String {
    format!("[{}]", words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" "))
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const FIXED: &[&str] =
        &["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"];
    let (spec, before) = (new.get("spec"), old.get("spec"));
    for field in FIXED {
        errors.immutable(&spec.get(field), &before.get(field));
    }
    let (completions, parallelism) = (spec.get("completions"), spec.get("parallelism"));
    if spec.get("completionMode").text() != "Indexed" {
        errors.immutable(&completions, &before.get("completions"));
    } else if completions.value != before.get("completions").value && completions.int() != parallelism.int() {
        errors.invalid(&completions, "can only be modified in tandem with spec.parallelism");
    }
    template(new, old, errors);
}

/// A job's pods stay what they are. While it is suspended and none of them run, where they run and what they ask for may change.
fn template(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let at = new.get("spec").get("template");
    let mut then = old.value["spec"]["template"].clone();
    let suspended = old.value["spec"]["suspend"] == true;
    let idle = old.get("status").get("active").int().unwrap_or(0) == 0;
    if suspended && idle {
        for field in ["nodeSelector", "tolerations", "schedulingGates"] {
            then["spec"][field] = at.value["spec"][field].clone();
        }
        for field in ["annotations", "labels"] {
            then["metadata"][field] = at.value["metadata"][field].clone();
        }
        let affinity = at.value["spec"]["affinity"]["nodeAffinity"].clone();
        if !affinity.is_null() || !then["spec"]["affinity"].is_null() {
            then["spec"]["affinity"]["nodeAffinity"] = affinity;
        }
        for list in ["containers", "initContainers"] {
            let now = columns::items(&at.value["spec"][list]);
            let count = columns::items(&then["spec"][list]).len();
            for (index, container) in now.iter().enumerate().take(count) {
                then["spec"][list][index]["resources"] = container["resources"].clone();
            }
        }
    }
    if !same(at.value, &then) {
        errors.invalid(&at, crate::validation::cursor::IMMUTABLE);
    }
}
