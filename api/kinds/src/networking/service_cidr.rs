//! The row of ServiceCIDR.

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors, cursor::IMMUTABLE, net},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("CIDRs", "Ranges of virtual addresses.", |object, _| {
            columns::joined(&object["spec"]["cidrs"], ",").into()
        }),
        columns::AGE,
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", "servicecidr", false)
};

fn validate(range: &At<'_>, errors: &mut Errors) {
    let cidrs = range.get("spec").get("cidrs");
    if cidrs.is_empty() {
        return errors.required(&cidrs, "at least one CIDR required");
    }
    if cidrs.len() > 2 {
        return errors.invalid(&cidrs, "may only hold up to 2 values");
    }
    for cidr in cidrs.items() {
        net::cidr(&cidr, errors);
    }
    let six = cidrs.items().filter(|cidr| cidr.text().contains(':')).count();
    if cidrs.len() == 2 && six != 1 {
        errors.invalid(
            &cidrs,
            "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
        );
    }
}

/// A second range may come; nothing else changes.
fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (now, then) = (new.get("spec").get("cidrs"), old.get("spec").get("cidrs"));
    match (then.len(), now.len()) {
        (before, after) if before == after => {}
        (1, 2) => {}
        _ => return errors.invalid(&now, IMMUTABLE),
    }
    for (index, cidr) in now.items().take(then.len()).enumerate() {
        if *cidr.value != then.value[index] {
            errors.invalid(&cidr, IMMUTABLE);
        }
    }
}
