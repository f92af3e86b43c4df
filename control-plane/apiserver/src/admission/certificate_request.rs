//! A CertificateSigningRequest says who asked for it: the server writes that, not the client.

use serde_json::{Value, json};

use super::{Attributes, Operation};
use crate::server::Server;
use crate::status::Result;

pub fn admit(_server: &Server, attributes: &Attributes<'_>, new: &mut Value, _old: Option<&Value>) -> Result<()> {
    if !attributes.is(Operation::Create, "certificates.k8s.io", "certificatesigningrequests") {
        return Ok(());
    }
    let user = &attributes.context.user;
    let Some(spec) = new["spec"].as_object_mut() else { return Ok(()) };
    for (field, value) in [
        ("username", json!(user.name)),
        ("uid", json!(user.uid)),
        ("groups", json!(user.groups)),
        ("extra", json!(user.extra)),
    ] {
        let empty = value == json!("") || value == json!([]) || value == json!({});
        if empty {
            spec.remove(field);
        } else {
            spec.insert(field.to_owned(), value);
        }
    }
    Ok(())
}
