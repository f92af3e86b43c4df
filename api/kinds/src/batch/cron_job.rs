//! The row of CronJob.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Column, Kind, Subresource,
    batch::job,
    columns, cron, strategy,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["cj"],
    categories: &["all"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::string("Schedule", "When jobs start, as a cron expression.", |object, _| {
            columns::text(&object["spec"]["schedule"]).into()
        }),
        Column::string("Timezone", "Time zone of the schedule.", |object, _| {
            columns::text_or(&object["spec"]["timeZone"], "<none>")
        }),
        Column::boolean("Suspend", "Whether no further jobs start.", |object, _| suspended(object).into()),
        Column::integer("Active", "Jobs that run now.", |object, _| columns::count(&object["status"]["active"]).into()),
        Column::string("Last Schedule", "Time since a job was last started.", last_schedule),
        columns::AGE,
        Column::string("Containers", "Names of the job template's containers.", |object, _| {
            columns::containers(&object["spec"]["jobTemplate"]["spec"]["template"], "name")
        })
        .wide(),
        Column::string("Images", "Images of the job template's containers.", |object, _| {
            columns::containers(&object["spec"]["jobTemplate"]["spec"]["template"], "image")
        })
        .wide(),
        Column::string("Selector", "Labels of the pods that belong to a job.", |object, _| {
            columns::label_selector(&object["spec"]["jobTemplate"]["spec"]["selector"])
        })
        .wide(),
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    ..Kind::new("batch", "v1", "CronJob", "cronjobs", "cronjob", true)
};

fn suspended(job: &Value) -> &'static str {
    match job["spec"]["suspend"].as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
}

fn last_schedule(job: &Value, now: Timestamp) -> Value {
    let last = &job["status"]["lastScheduleTime"];
    if last.is_null() { "<none>".into() } else { columns::age(last, now) }
}

/// Longest name of a cron job, in bytes: its jobs' names have eleven more.
const NAME_MOST_BYTES: usize = 52;

fn validate(job: &At<'_>, errors: &mut Errors) {
    let name = job.get("metadata").get("name");
    if name.text().len() > NAME_MOST_BYTES {
        errors.invalid(&name, &format!("must be no more than {NAME_MOST_BYTES} characters"));
    }
    let spec = job.get("spec");
    let (schedule, zone) = (spec.get("schedule"), spec.get("timeZone"));
    if errors.require(&schedule) {
        if let Err(error) = cron::check(schedule.text()) {
            errors.invalid(&schedule, &error);
        }
        if schedule.text().contains("TZ") {
            errors.invalid(&schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        }
    }
    if zone.is_set() {
        time_zone(&zone, errors);
    }
    errors.one_of(&spec.get("concurrencyPolicy"), &["Allow", "Forbid", "Replace"]);
    for number in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        errors.not_negative(&spec.get(number));
    }
    let template = spec.get("jobTemplate").get("spec");
    job::validate_spec(&template, errors);
    if template.get("selector").is_set() {
        errors.invalid(&template.get("selector"), "`selector` will be auto-generated");
    }
    if template.get("manualSelector").is_true() {
        errors.not_supported(&template.get("manualSelector"), &["nil", "false"]);
    }
}

fn time_zone(zone: &At<'_>, errors: &mut Errors) {
    let name = zone.text();
    let part = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'_' | b'.');
        !part.is_empty() && !part.starts_with('-') && part != "." && part != ".." && part.bytes().all(allowed)
    };
    if name.is_empty() {
        errors.invalid(zone, "timeZone must be nil or non-empty string");
    } else if !name.split('/').all(part) {
        errors.invalid(zone, &format!("unknown time zone {name}"));
    } else if name.eq_ignore_ascii_case("local") {
        errors.invalid(zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
    } else if jiff::tz::TimeZone::get(name).is_err() {
        errors.invalid(zone, &format!("unknown time zone {name}"));
    }
}
