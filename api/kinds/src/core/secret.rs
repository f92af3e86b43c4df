//! The row of Secret.

use crate::{
    Column, Kind, columns,
    fields::{self, Field},
};

const FIELDS: &[Field; 1] = &[Field { name: "type", path: "type", unset: "" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: &[
        Column::string("Type", "What the secret is for.", |object, _| columns::text(&object["type"]).into()),
        Column::string("Data", "How many entries it has.", |object, _| columns::count(&object["data"]).into()),
        columns::AGE,
    ],
    ..Kind::new("", "v1", "Secret", "secrets", "secret", true)
};
