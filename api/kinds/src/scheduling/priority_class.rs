//! The row of PriorityClass.

use crate::{
    Column, Kind, columns,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pc"],
    generation: true,
    columns: &[
        Column::integer("Value", "Priority of the pods of the class.", |object, _| {
            columns::number(&object["value"]).into()
        }),
        Column::boolean("Global-Default", "Whether pods without a class get this one.", |object, _| {
            (object["globalDefault"] == true).into()
        }),
        columns::AGE,
        Column::string("PreemptionPolicy", "Whether its pods may push others out.", |object, _| {
            columns::text(&object["preemptionPolicy"]).into()
        }),
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", false)
};

/// Highest priority that a user may define; those above are the system's.
const MOST_FOR_USERS: i64 = 1_000_000_000;

/// The system's own classes: name, value.
const SYSTEM: &[(&str, i64)] = &[("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];

fn validate(class: &At<'_>, errors: &mut Errors) {
    let (name, value) = (class.get("metadata").get("name"), class.get("value"));
    let number = value.int().unwrap_or(0);
    if name.text().starts_with("system-") {
        if let Some(complaint) = system_complaint(name.text(), number, class.get("globalDefault").is_true()) {
            let detail = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {complaint}"
            );
            errors.forbidden(&name, &detail);
        }
    } else if number > MOST_FOR_USERS {
        errors.forbidden(&value, &format!("maximum allowed value of a user defined priority is {MOST_FOR_USERS}"));
    }
    errors.one_of(&class.get("preemptionPolicy"), &["PreemptLowerPriority", "Never"]);
}

fn system_complaint(name: &str, value: i64, global: bool) -> Option<String> {
    match SYSTEM.iter().find(|(known, _)| *known == name) {
        None => Some(format!("{name} is not a known system priority class")),
        Some((_, expected)) if *expected != value => Some(format!("value of {name} PriorityClass must be {expected}")),
        Some(_) if global => Some(format!("globalDefault of {name} PriorityClass must be false")),
        Some(_) => None,
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    if new.get("value").int() != old.get("value").int() {
        errors.forbidden(&new.get("value"), "may not be changed in an update.");
    }
    errors.immutable(&new.get("preemptionPolicy"), &old.get("preemptionPolicy"));
}
