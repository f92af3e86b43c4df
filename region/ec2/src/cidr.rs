//! IPv4 networks.

use std::fmt;
use std::net::Ipv4Addr;

/// An IPv4 network. Its address has no bits beyond its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    base: u32,
    prefix: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/16`; bits beyond the prefix are dropped, as EC2 does.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (base, prefix) = text.split_once('/')?;
        let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
        let base = u32::from(base.parse::<Ipv4Addr>().ok()?);
        Some(Self { base: base & mask(prefix), prefix })
    }

    /// Prefix length.
    #[must_use]
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// How many addresses it has.
    #[must_use]
    pub fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// The address at an offset.
    #[must_use]
    pub fn at(self, offset: u32) -> Ipv4Addr {
        Ipv4Addr::from(self.base.wrapping_add(offset))
    }

    /// Whether another network lies in this one.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        other.prefix >= self.prefix && other.base & mask(self.prefix) == self.base
    }

    /// Whether they share addresses.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Addresses that a subnet can give away: all but the first four and the last.
    pub fn usable(self) -> impl Iterator<Item = Ipv4Addr> {
        let last = u32::try_from(self.size() - 1).unwrap_or(u32::MAX);
        (4..last).map(move |offset| self.at(offset))
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_and_compared() {
        let cidr = |text: &str| Cidr::parse(text).unwrap();
        assert_eq!(cidr("10.0.0.7/24").to_string(), "10.0.0.0/24");
        assert!(cidr("10.0.0.0/16").contains(cidr("10.0.3.0/24")));
        assert!(!cidr("10.0.3.0/24").contains(cidr("10.0.0.0/16")));
        assert!(cidr("10.0.3.0/24").overlaps(cidr("10.0.0.0/16")));
        assert!(!cidr("10.0.3.0/24").overlaps(cidr("10.0.4.0/24")));
        assert_eq!(cidr("10.0.0.0/28").usable().count(), 11);
        assert_eq!(cidr("0.0.0.0/0").size(), 1 << 32);
        assert_eq!(Cidr::parse("10.0.0.0/33"), None);
        assert_eq!(Cidr::parse("10.0.0/8"), None);
    }
}
