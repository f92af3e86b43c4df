use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::os::fd::AsRawFd;

use futures::TryStreamExt as _;
use rtnetlink::Handle;
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage, AddressScope};
use rtnetlink::packet_route::link::{InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};

use crate::{Address, Changes, Cidr, Error, Link, LinkKind, Namespace, Owner};

/// A link as the kernel has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Present {
    pub(crate) index: u32,
    up: bool,
    mtu: u32,
}

/// The links of the calling thread's namespace by name.
pub(crate) async fn list(handle: &Handle) -> Result<BTreeMap<String, Present>, Error> {
    let messages: Vec<LinkMessage> =
        handle.link().get().execute().try_collect().await.map_err(|source| failed("list links", source))?;
    let mut links = BTreeMap::new();
    for message in messages {
        let mut present =
            Present { index: message.header.index, up: message.header.flags.contains(LinkFlags::Up), mtu: 0 };
        let mut name = None;
        for attribute in message.attributes {
            match attribute {
                LinkAttribute::IfName(text) => name = Some(text),
                LinkAttribute::Mtu(mtu) => present.mtu = mtu,
                _ => {}
            }
        }
        links.extend(name.map(|name| (name, present)));
    }
    Ok(links)
}

/// Makes the links what is wanted, and answers with what is there afterwards.
pub(crate) async fn apply(
    handle: &Handle,
    owner: Option<&Owner>,
    wanted: &[Link],
    changes: &mut Changes,
) -> Result<BTreeMap<String, Present>, Error> {
    let mut there = list(handle).await?;
    let unwanted = |name: &&String| {
        owner.is_some_and(|owner| name.starts_with(owner.prefix)) && !wanted.iter().any(|link| link.name == **name)
    };
    for name in there.keys().filter(unwanted) {
        remove(handle, name).await?;
        changes.note(format!("remove link {name}"));
    }
    let missing: Vec<_> = wanted.iter().filter(|link| !there.contains_key(&link.name)).collect();
    for link in &missing {
        create(handle, link).await?;
        changes.note(format!("link {}", link.name));
    }
    if !missing.is_empty() {
        there = list(handle).await?;
    }
    for link in wanted {
        let Some(present) = there.get(&link.name) else {
            return Err(Error::NoLink { wanted: "a link to be set up".into(), link: link.name.clone() });
        };
        let mtu = link.mtu.filter(|mtu| *mtu != present.mtu);
        if present.up && mtu.is_none() {
            continue;
        }
        let mut message = LinkMessage::default();
        message.header.index = present.index;
        message.header.flags = LinkFlags::Up;
        message.header.change_mask = LinkFlags::Up;
        message.attributes.extend(mtu.map(LinkAttribute::Mtu));
        let result = handle.link().set(message).execute().await;
        result.map_err(|source| failed(format!("set link {} up", link.name), source))?;
        changes.note(format!("link {} up", link.name));
    }
    Ok(there)
}

async fn create(handle: &Handle, link: &Link) -> Result<(), Error> {
    let LinkKind::Veth { peer, peer_namespace, peer_mac } = &link.kind else {
        return Err(Error::NoLink { wanted: "a link to be set up".into(), link: link.name.clone() });
    };
    let namespace = Namespace::open(peer_namespace)?;
    let file = std::fs::File::open(namespace.path()).map_err(|source| Error::Namespace {
        path: peer_namespace.clone(),
        action: "open",
        source,
    })?;
    let mut far = LinkMessage::default();
    far.attributes.push(LinkAttribute::IfName(peer.clone()));
    far.attributes.extend(peer_mac.map(|mac| LinkAttribute::Address(mac.to_vec())));
    far.attributes.extend(link.mtu.map(LinkAttribute::Mtu));
    far.attributes.push(LinkAttribute::NetNsFd(file.as_raw_fd()));
    let mut near = LinkMessage::default();
    near.attributes.push(LinkAttribute::IfName(link.name.clone()));
    near.attributes.extend(link.mtu.map(LinkAttribute::Mtu));
    near.attributes.push(LinkAttribute::LinkInfo(vec![
        LinkInfo::Kind(InfoKind::Veth),
        LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(far))),
    ]));
    match handle.link().add(near).execute().await {
        Err(source) => Err(failed(format!("make the veth pair {} – {peer}", link.name), source)),
        Ok(()) => Ok(()),
    }
}

/// Removes a link; that it is gone already is fine.
pub(crate) async fn remove(handle: &Handle, name: &str) -> Result<(), Error> {
    let Some(present) = list(handle).await?.remove(name) else { return Ok(()) };
    match handle.link().del(present.index).execute().await {
        Err(source) if !Error::is_gone(&source) => Err(failed(format!("remove link {name}"), source)),
        _ => Ok(()),
    }
}

/// Makes the addresses what is wanted.
pub(crate) async fn apply_addresses(
    handle: &Handle,
    owner: Option<&Owner>,
    links: &BTreeMap<String, Present>,
    wanted: &[Address],
    changes: &mut Changes,
) -> Result<(), Error> {
    let names: BTreeMap<u32, &String> = links.iter().map(|(name, present)| (present.index, name)).collect();
    let there: Vec<AddressMessage> =
        handle.address().get().execute().try_collect().await.map_err(|source| failed("list addresses", source))?;
    let mut right = BTreeSet::new();
    for message in there {
        let (Some(link), Some((address, label))) = (names.get(&message.header.index), ipv4(&message)) else { continue };
        let address = Address { link: (*link).clone(), address };
        if wanted.contains(&address) {
            right.insert(address);
        } else if owner.is_some_and(|owner| link.starts_with(owner.prefix) || label == self::label(link, owner)) {
            match handle.address().del(message).execute().await {
                Err(source) if !Error::is_gone(&source) => {
                    return Err(failed(format!("remove address {} from {}", address.address, address.link), source));
                }
                _ => changes.note(format!("remove address {} from {}", address.address, address.link)),
            }
        }
    }
    for address in wanted.iter().filter(|address| !right.contains(address)) {
        let Some(present) = links.get(&address.link) else {
            return Err(Error::NoLink { wanted: format!("address {}", address.address), link: address.link.clone() });
        };
        let Cidr { address: ip, prefix } = address.address;
        let mut request = handle.address().add(present.index, IpAddr::V4(ip), prefix);
        if address.link == "lo" {
            request.message_mut().header.scope = AddressScope::Universe;
        }
        if let Some(owner) = owner.filter(|owner| !address.link.starts_with(owner.prefix)) {
            request.message_mut().attributes.push(AddressAttribute::Label(label(&address.link, owner)));
        }
        match request.execute().await {
            Err(source) if !Error::is_exists(&source) => {
                return Err(failed(format!("add address {} to {}", address.address, address.link), source));
            }
            _ => changes.note(format!("address {} on {}", address.address, address.link)),
        }
    }
    Ok(())
}

/// The label of an owner's addresses on the link of somebody else: the kernel wants it to begin with the link's name.
fn label(link: &str, owner: &Owner) -> String {
    let mut label = format!("{link}:{}", owner.prefix);
    label.truncate(15);
    label
}

/// The IPv4 address of a message, and its label.
fn ipv4(message: &AddressMessage) -> Option<(Cidr, String)> {
    let mut address = None;
    let mut label = String::new();
    for attribute in &message.attributes {
        match attribute {
            AddressAttribute::Local(IpAddr::V4(local)) => {
                address = Some(Cidr { address: *local, prefix: message.header.prefix_len });
            }
            AddressAttribute::Label(text) => label.clone_from(text),
            _ => {}
        }
    }
    address.map(|address| (address, label))
}

pub(crate) fn failed(action: impl Into<String>, source: rtnetlink::Error) -> Error {
    Error::Netlink { action: action.into(), source }
}
