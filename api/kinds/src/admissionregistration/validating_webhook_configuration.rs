//! The row of ValidatingWebhookConfiguration.

use crate::{Column, Kind, columns, validation::Errors};

/// The row.
pub(crate) static KIND: Kind = Kind {
    categories: &["api-extensions"],
    generation: true,
    columns: &[
        Column::integer("Webhooks", "How many webhooks it registers.", |object, _| {
            columns::count(&object["webhooks"]).into()
        }),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, super::webhook::webhooks),
    ..Kind::new(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        "validatingwebhookconfiguration",
        false,
    )
};
