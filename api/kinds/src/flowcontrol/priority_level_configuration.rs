//! The row of PriorityLevelConfiguration.

use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors},
};

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
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
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

fn validate(level: &At<'_>, errors: &mut Errors) {
    let spec = level.get("spec");
    let (kind, limited, exempt) = (spec.get("type"), spec.get("limited"), spec.get("exempt"));
    if (level.get("metadata").get("name").text() == "exempt") != (kind.text() == "Exempt") {
        errors.invalid(&kind, "must be 'Exempt' if and only if `name` is 'exempt'");
    }
    match kind.text() {
        "Exempt" if limited.is_set() => errors.forbidden(&limited, "must be nil if the type is not Limited"),
        "Exempt" => {}
        "Limited" => {
            if exempt.is_set() {
                errors.forbidden(&exempt, "must be nil if the type is Limited");
            }
            if limited.is_set() {
                response(&limited.get("limitResponse"), errors);
            } else {
                errors.required(&limited, "must not be empty when type is Limited");
            }
        }
        _ => errors.not_supported(&kind, &["Exempt", "Limited"]),
    }
    for part in [&limited, &exempt] {
        let shares = part.get("nominalConcurrencyShares");
        if shares.int().is_some_and(|shares| shares < 0) {
            errors.invalid(&shares, "must be a non-negative integer");
        }
        errors.in_range(&part.get("lendablePercent"), 0, 100);
        let borrowing = part.get("borrowingLimitPercent");
        if borrowing.int().is_some_and(|percent| percent < 0) {
            errors.invalid(&borrowing, "if specified, must be a non-negative integer");
        }
    }
}

fn response(response: &At<'_>, errors: &mut Errors) {
    const MOST_QUEUES: i64 = 10 * 1000 * 1000;
    let (kind, queuing) = (response.get("type"), response.get("queuing"));
    match kind.text() {
        "Reject" if queuing.is_set() => {
            errors.forbidden(&queuing, "must be nil if limited.limitResponse.type is not Limited");
        }
        "Queue" if !queuing.is_set() => {
            errors.required(&queuing, "must not be empty if limited.limitResponse.type is Limited");
        }
        "Reject" => {}
        "Queue" => {
            let number = |field: &str| queuing.get(field).int().unwrap_or(0);
            for field in ["queueLengthLimit", "queues", "handSize"] {
                if number(field) <= 0 {
                    errors.invalid_value(&queuing.get(field).path, number(field), "must be positive");
                }
            }
            if number("queues") > MOST_QUEUES {
                errors.invalid(&queuing.get("queues"), &format!("must not be greater than {MOST_QUEUES}"));
            }
            if number("handSize") > number("queues") {
                let detail = format!("should not be greater than queues ({})", number("queues"));
                errors.invalid(&queuing.get("handSize"), &detail);
            }
        }
        _ => errors.not_supported(&kind, &["Queue", "Reject"]),
    }
}
