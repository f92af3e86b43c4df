use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use futures::TryStreamExt as _;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleMessage};
use rtnetlink::{Handle, IpVersion};

use crate::links::{Present, failed};
use crate::{Changes, Cidr, Error, Owner, Route, RouteKind, Rule};

/// The protocol number of routes made without an owner: `static` of `/etc/iproute2/rt_protos`.
const STATIC: u8 = 4;

/// Makes the routes what is wanted.
pub(crate) async fn apply_routes(
    handle: &Handle,
    owner: Option<&Owner>,
    links: &BTreeMap<String, Present>,
    wanted: &[Route],
    changes: &mut Changes,
) -> Result<(), Error> {
    if wanted.is_empty() && owner.is_none() {
        return Ok(());
    }
    let names: BTreeMap<u32, &String> = links.iter().map(|(name, present)| (present.index, name)).collect();
    let protocol = owner.map_or(STATIC, |owner| owner.protocol);
    let mut all = RouteMessage::default();
    all.header.address_family = AddressFamily::Inet;
    let there: Vec<RouteMessage> =
        handle.route().get(all).execute().try_collect().await.map_err(|source| failed("list routes", source))?;
    let mut right = BTreeSet::new();
    for message in there.into_iter().filter(|message| u8::from(message.header.protocol) == protocol) {
        let route = read_route(&message, &names);
        match route {
            Some(route) if wanted.contains(&route) => {
                right.insert(route);
            }
            route if owner.is_some() => {
                let what = route.map_or_else(|| "an unknown route".to_owned(), |route| route.to_string());
                match handle.route().del(message).execute().await {
                    Err(source) if !Error::is_gone(&source) => return Err(failed(format!("remove {what}"), source)),
                    _ => changes.note(format!("remove {what}")),
                }
            }
            _ => {}
        }
    }
    for route in wanted.iter().filter(|route| !right.contains(route)) {
        let message = write_route(route, links, protocol)?;
        match handle.route().add(message).execute().await {
            Err(source) if !Error::is_exists(&source) => return Err(failed(format!("add {route}"), source)),
            _ => changes.note(route.to_string()),
        }
    }
    Ok(())
}

fn read_route(message: &RouteMessage, names: &BTreeMap<u32, &String>) -> Option<Route> {
    let kind = match message.header.kind {
        RouteType::Unicast => RouteKind::Unicast,
        RouteType::BlackHole => RouteKind::Blackhole,
        RouteType::Unreachable => RouteKind::Unreachable,
        RouteType::Throw => RouteKind::Throw,
        _ => return None,
    };
    let destination = Cidr { address: Ipv4Addr::UNSPECIFIED, prefix: message.header.destination_prefix_length };
    let table = u32::from(message.header.table);
    let mut route = Route { table, destination, kind, link: None, via: None, source: None };
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(RouteAddress::Inet(address)) => route.destination.address = *address,
            RouteAttribute::Gateway(RouteAddress::Inet(address)) => route.via = Some(*address),
            RouteAttribute::PrefSource(RouteAddress::Inet(address)) => route.source = Some(*address),
            RouteAttribute::Oif(index) => route.link = names.get(index).map(|name| (*name).clone()),
            RouteAttribute::Table(table) => route.table = *table,
            _ => {}
        }
    }
    Some(route)
}

fn write_route(route: &Route, links: &BTreeMap<String, Present>, protocol: u8) -> Result<RouteMessage, Error> {
    let mut message = RouteMessage::default();
    message.header.address_family = AddressFamily::Inet;
    message.header.destination_prefix_length = route.destination.prefix;
    message.header.protocol = RouteProtocol::from(protocol);
    message.header.kind = match route.kind {
        RouteKind::Unicast => RouteType::Unicast,
        RouteKind::Blackhole => RouteType::BlackHole,
        RouteKind::Unreachable => RouteType::Unreachable,
        RouteKind::Throw => RouteType::Throw,
    };
    message.header.scope = match (route.kind, route.via) {
        (RouteKind::Unicast, None) => RouteScope::Link,
        _ => RouteScope::Universe,
    };
    message.attributes.push(RouteAttribute::Table(route.table));
    if route.destination.prefix > 0 {
        message.attributes.push(RouteAttribute::Destination(RouteAddress::Inet(route.destination.address)));
    }
    if let Some(via) = route.via {
        message.attributes.push(RouteAttribute::Gateway(RouteAddress::Inet(via)));
        message.header.flags = RouteFlags::Onlink;
    }
    message.attributes.extend(route.source.map(|source| RouteAttribute::PrefSource(RouteAddress::Inet(source))));
    if let Some(link) = &route.link {
        let Some(present) = links.get(link) else {
            return Err(Error::NoLink { wanted: route.to_string(), link: link.clone() });
        };
        message.attributes.push(RouteAttribute::Oif(present.index));
    }
    Ok(message)
}

/// Makes the rules what is wanted.
pub(crate) async fn apply_rules(
    handle: &Handle,
    owner: Option<&Owner>,
    wanted: &[Rule],
    changes: &mut Changes,
) -> Result<(), Error> {
    if wanted.is_empty() && owner.is_none() {
        return Ok(());
    }
    let protocol = owner.map_or(STATIC, |owner| owner.protocol);
    let there: Vec<RuleMessage> = handle
        .rule()
        .get(IpVersion::V4)
        .execute()
        .try_collect()
        .await
        .map_err(|source| failed("list rules", source))?;
    let mut right = BTreeSet::new();
    for message in there {
        let (rule, its_protocol) = read_rule(&message);
        if its_protocol != protocol {
            continue;
        }
        if wanted.contains(&rule) && right.insert(rule.clone()) {
            continue;
        }
        if owner.is_some() {
            match handle.rule().del(message).execute().await {
                Err(source) if !Error::is_gone(&source) => {
                    return Err(failed(format!("remove rule {}", rule.priority), source));
                }
                _ => changes.note(format!("remove rule {} to table {}", rule.priority, rule.table)),
            }
        }
    }
    for rule in wanted.iter().filter(|rule| !right.contains(rule)) {
        let mut request = handle.rule().add().v4().action(RuleAction::ToTable).priority(rule.priority);
        request = request.table_id(rule.table);
        if let Some(input) = &rule.input {
            request = request.input_interface(input);
        }
        if let Some(from) = rule.from {
            request = request.source_prefix(from.address, from.prefix);
        }
        request.message_mut().attributes.push(RuleAttribute::Protocol(RouteProtocol::from(protocol)));
        match request.execute().await {
            Err(source) if !Error::is_exists(&source) => {
                return Err(failed(format!("add rule {}", rule.priority), source));
            }
            _ => changes.note(format!("rule {} to table {}", rule.priority, rule.table)),
        }
    }
    Ok(())
}

fn read_rule(message: &RuleMessage) -> (Rule, u8) {
    let mut rule = Rule { priority: 0, input: None, from: None, table: u32::from(message.header.table) };
    let mut protocol = 0;
    for attribute in &message.attributes {
        match attribute {
            RuleAttribute::Priority(priority) => rule.priority = *priority,
            RuleAttribute::Iifname(name) => rule.input = Some(name.clone()),
            RuleAttribute::Source(IpAddr::V4(address)) => {
                rule.from = Some(Cidr { address: *address, prefix: message.header.src_len });
            }
            RuleAttribute::Table(table) => rule.table = *table,
            RuleAttribute::Protocol(number) => protocol = u8::from(*number),
            _ => {}
        }
    }
    (rule, protocol)
}
