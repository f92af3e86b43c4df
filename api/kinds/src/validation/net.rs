//! Rules of addresses and ranges (`k8s.io/apimachinery/pkg/util/validation/ip.go`), strict since 1.36.

use std::net::{IpAddr, Ipv6Addr};

use super::{At, Errors};

/// An address in any spelling.
pub(crate) fn ip(at: &At<'_>, errors: &mut Errors) {
    match at.text().parse::<IpAddr>() {
        Ok(address) if is_mapped(address) => errors.invalid(at, "must not be an IPv4-mapped IPv6 address"),
        Ok(_) => {}
        Err(_) if sloppy(at.text()) => errors.invalid(at, "must not have leading 0s"),
        Err(_) => errors.invalid(at, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
    }
}

/// An address in its canonical spelling.
pub(crate) fn canonical_ip(at: &At<'_>, errors: &mut Errors) {
    let before = errors.0.len();
    ip(at, errors);
    if let (true, Ok(address)) = (errors.0.len() == before, at.text().parse::<IpAddr>())
        && address.to_string() != at.text()
    {
        errors.invalid(at, &format!("must be in canonical form (\"{address}\")"));
    }
}

/// A range such as `10.0.0.0/16`.
pub(crate) fn cidr(at: &At<'_>, errors: &mut Errors) {
    match parse_cidr(at.text()) {
        Some((address, _)) if is_mapped(address) => errors.invalid(at, "must not have an IPv4-mapped IPv6 address"),
        Some((address, bits)) if mask(address, bits) != address => {
            errors.invalid(at, "must not have bits set beyond the prefix length");
        }
        Some(_) => {}
        None => errors.invalid(at, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
    }
}

/// Address and prefix length of a range.
pub(crate) fn parse_cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let plain = bits == "0" || !bits.starts_with(['0', '+']);
    bits.parse().ok().filter(|bits| plain && *bits <= longest).map(|bits| (address, bits))
}

/// Whether an address lies in a range.
pub(crate) fn contains(range: (IpAddr, u8), address: IpAddr) -> bool {
    range.0.is_ipv4() == address.is_ipv4() && mask(address, range.1) == mask(range.0, range.1)
}

fn mask(address: IpAddr, bits: u8) -> IpAddr {
    let keep = |width: u8| width.saturating_sub(bits);
    match address {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(keep(32).into()).unwrap_or(0)).into()),
        IpAddr::V6(v6) => {
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & u128::MAX.checked_shl(keep(128).into()).unwrap_or(0)))
        }
    }
}

fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}

/// Whether a text would be an IPv4 address but for leading zeros.
fn sloppy(text: &str) -> bool {
    let octet = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u32>().is_ok_and(|n| n < 256)
    };
    text.split('.').count() == 4 && text.split('.').all(octet)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn check(rule: fn(&At<'_>, &mut Errors), text: &str, expected: Option<&str>) {
        let mut errors = Errors::default();
        let value = Value::from(text);
        rule(&At { value: &value, path: "x".to_owned() }, &mut errors);
        let expected: Vec<_> = expected.iter().map(|detail| format!("x: Invalid value: {text:?}: {detail}")).collect();
        assert_eq!(errors.0.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn addresses_and_ranges() {
        let bad = Some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        check(ip, "10.0.0.1", None);
        check(ip, "FE80:0:0::1", None);
        check(ip, "10.0.0", bad);
        check(ip, "10.0.0.256", bad);
        check(ip, "10.0.0.01", Some("must not have leading 0s"));
        check(ip, "::ffff:1.2.3.4", Some("must not be an IPv4-mapped IPv6 address"));
        check(canonical_ip, "fe80::1", None);
        check(canonical_ip, "FE80::1", Some("must be in canonical form (\"fe80::1\")"));
        check(cidr, "10.0.0.0/8", None);
        check(cidr, "::/0", None);
        check(cidr, "10.0.0.1/8", Some("must not have bits set beyond the prefix length"));
        check(cidr, "10.0.0.0/33", Some("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
    }
}
