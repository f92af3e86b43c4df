//! The row of Job.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns,
    fields::{self, Field},
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
