use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use crate::Error;

/// An IPv4 address with a prefix length, such as `10.0.1.0/24`. Host bits are kept as given: an interface's address has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr {
    /// The address.
    pub address: Ipv4Addr,
    /// How many leading bits name the network: 0 to 32.
    pub prefix: u8,
}

impl Cidr {
    /// Every address: `0.0.0.0/0`.
    pub const ALL: Self = Self { address: Ipv4Addr::UNSPECIFIED, prefix: 0 };

    /// The network of this one address.
    #[must_use]
    pub const fn host(address: Ipv4Addr) -> Self {
        Self { address, prefix: 32 }
    }

    /// The mask as a number.
    #[must_use]
    pub const fn mask(&self) -> u32 {
        if self.prefix == 0 { 0 } else { u32::MAX << (32 - self.prefix) }
    }

    /// The same network with the host bits cleared.
    #[must_use]
    pub fn network(&self) -> Self {
        Self { address: Ipv4Addr::from_bits(self.address.to_bits() & self.mask()), prefix: self.prefix }
    }

    /// Whether the address lies in this network.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        address.to_bits() & self.mask() == self.address.to_bits() & self.mask()
    }

    /// The address that many after the network's first.
    #[must_use]
    pub fn nth(&self, index: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.network().address.to_bits().wrapping_add(index))
    }

    /// How many addresses the network has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        1 << (32 - self.prefix)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Cidr {
    type Err = Error;

    /// Reads `a.b.c.d/n`; a bare address is the network of that address.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Cidr(text.to_owned());
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        let address = address.parse().map_err(|_| wrong())?;
        let prefix = prefix.parse().map_err(|_| wrong())?;
        if prefix > 32 { Err(wrong()) } else { Ok(Self { address, prefix }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cidrs() {
        fn check(text: &str, network: &str, size: u64) {
            let cidr: Cidr = text.parse().unwrap();
            assert_eq!((cidr.network().to_string().as_str(), cidr.size()), (network, size), "{text}");
        }
        check("10.0.1.77/24", "10.0.1.0/24", 256);
        check("10.0.1.77", "10.0.1.77/32", 1);
        check("0.0.0.0/0", "0.0.0.0/0", 1 << 32);
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::1/128"] {
            assert!(wrong.parse::<Cidr>().is_err(), "{wrong}");
        }
        let subnet: Cidr = "10.0.1.0/28".parse().unwrap();
        assert!(subnet.contains(subnet.nth(15)) && !subnet.contains(subnet.nth(16)));
        assert!(Cidr::ALL.contains(subnet.nth(0)));
    }
}
