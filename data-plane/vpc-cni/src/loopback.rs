use reks_hostnet::{Link, Namespace, Wanted};
use serde_json::{Value, json};

use crate::{Call, Command, Error, versions};

/// The loopback plugin: sets `lo` of the container up. Nothing is to be undone, for it goes with the namespace.
pub(crate) fn run(call: &Call) -> Result<Option<Value>, Error> {
    match (call.command, &call.namespace) {
        (Command::Version, _) => Ok(Some(versions(call))),
        (Command::Add, Some(namespace)) => {
            let wanted = Wanted { links: vec![Link::existing("lo")], ..Wanted::default() };
            Namespace::open(namespace)?.apply(&wanted)?;
            let mut ip = json!({ "address": "127.0.0.1/8", "interface": 0 });
            if call.config.cni_version.starts_with("0.") {
                ip["version"] = "4".into();
            }
            Ok(Some(json!({
                "cniVersion": call.config.cni_version,
                "interfaces": [{ "name": "lo", "sandbox": namespace }],
                "ips": [ip],
                "dns": {},
            })))
        }
        _ => Ok(None),
    }
}
