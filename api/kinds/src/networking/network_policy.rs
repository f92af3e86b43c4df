//! The row of NetworkPolicy.

use crate::{
    Column, Kind, columns, pod_spec,
    validation::{At, Errors, net, selector},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["netpol"],
    generation: true,
    columns: &[
        Column::string("Pod-Selector", "Labels of the pods that the policy isolates.", |object, _| {
            columns::label_selector(&object["spec"]["podSelector"])
        }),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    ..Kind::new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", true)
};

const PROTOCOLS: &[&str] = &["TCP", "UDP", "SCTP"];

fn validate(policy: &At<'_>, errors: &mut Errors) {
    let spec = policy.get("spec");
    selector::label_selector(&spec.get("podSelector"), errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(direction).items() {
            for port in rule.get("ports").items() {
                check_port(&port, errors);
            }
            for peer in rule.get(peers).items() {
                check_peer(&peer, errors);
            }
        }
    }
    let types = spec.get("policyTypes");
    if types.len() > 2 {
        return errors.invalid(&types, "may not specify more than two policyTypes");
    }
    for kind in types.items() {
        errors.one_of(&kind, &["Ingress", "Egress"]);
    }
}

fn check_port(at: &At<'_>, errors: &mut Errors) {
    errors.one_of(&at.get("protocol"), PROTOCOLS);
    let (port, end) = (at.get("port"), at.get("endPort"));
    match (port.is_set(), end.int()) {
        (false, Some(_)) => errors.invalid(&end, "may not be specified when `port` is not specified"),
        (true, Some(_)) if port.value.is_string() => {
            errors.invalid(&end, "may not be specified when `port` is non-numeric");
        }
        (true, Some(last)) => {
            let first = port.int().unwrap_or(0);
            if last < first {
                errors.invalid_value(&end.path, first, "must be greater than or equal to `port`");
            }
            errors.in_range(&end, 1, 65535);
        }
        _ => {}
    }
    if port.is_set() {
        pod_spec::probe_port(&port, errors);
    }
}

fn check_peer(peer: &At<'_>, errors: &mut Errors) {
    let (pods, namespaces, block) = (peer.get("podSelector"), peer.get("namespaceSelector"), peer.get("ipBlock"));
    selector::label_selector(&pods, errors);
    selector::label_selector(&namespaces, errors);
    if block.is_set() {
        check_block(&block, errors);
    }
    let selects = pods.is_set() || namespaces.is_set();
    if !selects && !block.is_set() {
        errors.required(peer, "must specify a peer");
    } else if selects && block.is_set() {
        errors.forbidden(peer, "may not specify both ipBlock and another peer");
    }
}

fn check_block(block: &At<'_>, errors: &mut Errors) {
    let cidr = block.get("cidr");
    if !errors.require(&cidr) {
        return;
    }
    net::cidr(&cidr, errors);
    let Some(whole) = net::parse_cidr(cidr.text()) else { return };
    for except in block.get("except").items() {
        net::cidr(&except, errors);
        if let Some(part) = net::parse_cidr(except.text())
            && (!net::contains(whole, part.0) || whole.1 >= part.1)
        {
            errors.invalid(&except, "must be a strict subset of `cidr`");
        }
    }
}
