//! Which addresses a host has, and which of them are private.
//!
//! A listing or a redirect that comes from a public server is a stranger's word. If it could point
//! us at `http://127.0.0.1/` or `http://192.168.1.1/`, the stranger would reach through us what only
//! we can reach (server-side request forgery). To look at the name is not enough: any name can have
//! a private address. So what is checked is the addresses that a connection is made to.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::address::resolve;
use common::budget::Budget;
use common::exit::one_line;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::failure::Failure;

/// How many addresses of a host are tried; as many as the library takes.
const MAX_ADDRESSES: usize = 16;

/// The addresses of hosts, looked up once a run: a name server should not be asked a thousand times
/// for a thousand pictures of one host.
#[derive(Clone, Debug)]
pub struct Addresses {
    hosts: Arc<Mutex<HashMap<String, Known>>>,
    patience: Duration,
}

/// What is known of a host. Locked while it is looked up, so that others wait for the answer
/// instead of asking too.
type Known = Arc<Mutex<Option<Arc<[IpAddr]>>>>;

impl Addresses {
    /// Nothing is known yet. A look-up may take so long.
    pub fn new(patience: Duration) -> Self {
        let hosts = Arc::default();
        Addresses { hosts, patience }
    }

    /// The addresses of a host; an IPv6 address may stand in brackets.
    ///
    /// # Errors
    /// It has none, or they cannot be found out.
    pub fn of(&self, host: &str) -> Result<Arc<[IpAddr]>, Failure> {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok([address].into());
        }
        let known = self.known(host);
        let mut known = lock(&known);
        if let Some(found) = &*known {
            return Ok(Arc::clone(found));
        }
        let found = resolve(host, 0, &Budget::new(self.patience)).map_err(|error| {
            let why = one_line(&error);
            // What getaddrinfo(3) says where no name server answers, and what we say.
            let passing = why.contains("emporary failure") || why.contains("no answer within");
            match passing {
                true => Failure::passing(why),
                false => Failure::lasting(why),
            }
        })?;
        let found: Arc<[IpAddr]> = found.iter().map(SocketAddr::ip).collect();
        *known = Some(Arc::clone(&found));
        Ok(found)
    }

    /// Whether a host is on the internet, and not on our own networks.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn are_public(&self, host: &str) -> Result<bool, Failure> {
        Ok(self.of(host)?.iter().all(|&address| is_public(address)))
    }

    /// The host did not answer: next time it is looked up again.
    pub fn forget(&self, host: &str) {
        lock(&self.hosts).remove(host);
    }

    fn known(&self, host: &str) -> Known {
        let mut hosts = lock(&self.hosts);
        if let Some(known) = hosts.get(host) {
            return Arc::clone(known);
        }
        let known = Known::default();
        hosts.insert(host.to_owned(), Arc::clone(&known));
        known
    }
}

/// Whoever panicked while it was locked has not left it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the library where to connect to.
#[derive(Debug)]
pub struct Guide {
    /// The addresses of hosts.
    pub addresses: Addresses,
    /// Whether private ones are left out.
    pub public_only: bool,
}

impl Resolver for Guide {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        let port = match uri.port_u16() {
            Some(port) => port,
            None if uri.scheme_str() == Some("https") => 443,
            None => 80,
        };
        let found = self.addresses.of(host);
        let found = found.map_err(|failure| ureq::Error::Other(failure.into()))?;
        let mut allowed = self.empty();
        for &address in found.iter() {
            if allowed.len() < MAX_ADDRESSES && (!self.public_only || is_public(address)) {
                allowed.push(SocketAddr::new(address, port));
            }
        }
        match found.first() {
            Some(first) if allowed.is_empty() => {
                let why = format!(
                    "a public server points to a private address, {first} (see --allow-private)"
                );
                Err(ureq::Error::Other(Failure::lasting(why).into()))
            }
            _ => Ok(allowed),
        }
    }
}

/// Whether an address is one of the internet's, for anybody to reach (IANA's registries of
/// special-purpose addresses, RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        // This network; private; loopback.
        [0 | 10 | 127, ..] => false,
        // Shared by the customers of a provider (RFC 6598).
        [100, 64..=127, ..] => false,
        // Link-local; there the clouds tell their machines secrets.
        [169, 254, ..] => false,
        [172, 16..=31, ..] | [192, 168, ..] => false,
        // Protocol assignments, documentation, benchmarks.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18 | 19, ..] => false,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => false,
        _ => true,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let v4 =
        |high: u16, low: u16| is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match address.segments() {
        // IPv4 addresses, written as IPv6 or reached through a gateway.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Protocol assignments (Teredo among them), documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // What is handed out to the public so far; loopback, link-local and unique local addresses
        // and multicast are outside.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    fn guide(public_only: bool, addresses: &[&str]) -> Guide {
        let known = addresses.iter().map(|address| address.parse().unwrap());
        let addresses = Addresses::new(Duration::from_secs(1));
        let known = Arc::new(Mutex::new(Some(known.collect())));
        lock(&addresses.hosts).insert("host".into(), known);
        Guide {
            addresses,
            public_only,
        }
    }

    fn resolved(guide: &Guide) -> Result<Vec<String>, String> {
        let (uri, config) = (
            Uri::from_static("http://host/x"),
            ureq::config::Config::default(),
        );
        let found = guide.resolve(&uri, &config, NextTimeout::default());
        let found = found.map_err(|error| Failure::of(error, Duration::ZERO).why)?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_public_server_gets_nobody_to_a_private_address() {
        let mixed = ["127.0.0.1", "1.1.1.1", "fe80::1"];
        assert_eq!(resolved(&guide(true, &mixed)).unwrap(), ["1.1.1.1:80"]);
        assert_eq!(resolved(&guide(false, &mixed)).unwrap().len(), 3);
        let refused = resolved(&guide(true, &["127.0.0.1"])).unwrap_err();
        assert_eq!(
            refused,
            "a public server points to a private address, 127.0.0.1 (see --allow-private)"
        );
        assert!(
            guide(true, &["1.1.1.1"])
                .addresses
                .are_public("host")
                .unwrap()
        );
        assert!(!guide(true, &mixed).addresses.are_public("host").unwrap());
    }
}
