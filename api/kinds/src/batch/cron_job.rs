//! The row of CronJob.

use jiff::Timestamp;
use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

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
