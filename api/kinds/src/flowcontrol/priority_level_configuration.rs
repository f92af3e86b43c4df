//! The row of PriorityLevelConfiguration.

use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::string("Type", "Whether requests are limited.", |object, _| {
            columns::text(&object["spec"]["type"]).into()
        }),
        Column::string("NominalConcurrencyShares", "Share of the requests in flight.", |object, _| {
            or_none(&object["spec"]["limited"]["nominalConcurrencyShares"])
        }),
        Column::string("Queues", "Queues of waiting requests.", |object, _| {
            or_none(&object["spec"]["limited"]["limitResponse"]["queuing"]["queues"])
        }),
        Column::string("HandSize", "Queues that one flow is dealt.", |object, _| {
            or_none(&object["spec"]["limited"]["limitResponse"]["queuing"]["handSize"])
        }),
        Column::string("QueueLengthLimit", "Requests that one queue holds.", |object, _| {
            or_none(&object["spec"]["limited"]["limitResponse"]["queuing"]["queueLengthLimit"])
        }),
        columns::AGE,
    ],
    ..Kind::new(
        "flowcontrol.apiserver.k8s.io",
        "v1",
        "PriorityLevelConfiguration",
        "prioritylevelconfigurations",
        "prioritylevelconfiguration",
        false,
    )
};

fn or_none(value: &Value) -> Value {
    if value.is_null() { "<none>".into() } else { value.clone() }
}
