//! This host's ways into its networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use anyhow::Context;
use if_addrs::{IfAddr, get_if_addrs};

/// An address of this host on one of its networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name: `lo`, `eth0`, `wlan0`.
    pub name: String,
    /// Its number; 0 if the system did not tell.
    pub index: u32,
    /// Our address there.
    pub ip: IpAddr,
    /// The address that means every host there; only IPv4 has one, and not on every kind of
    /// network.
    pub broadcast: Option<Ipv4Addr>,
}

impl Interface {
    /// Our address there, with a port. An IPv6 address that is valid on one link only (`fe80::…`)
    /// says nothing without the number of the interface.
    pub fn address(&self, port: u16) -> SocketAddr {
        match self.ip {
            IpAddr::V4(ip) => (ip, port).into(),
            IpAddr::V6(ip) if ip.is_unicast_link_local() => {
                SocketAddrV6::new(ip, port, 0, self.index).into()
            }
            IpAddr::V6(ip) => (ip, port).into(),
        }
    }
}

/// Every interface that has an IPv4 address, each once.
///
/// # Errors
/// The system does not tell.
pub fn with_ipv4() -> anyhow::Result<Vec<Interface>> {
    let all = list()?;
    Ok(once_each(
        all.into_iter().filter(|found| found.ip.is_ipv4()),
    ))
}

/// Every interface that has an IPv6 address, each once; the link's own address (`fe80::…`) if it
/// has one, because that is what groups of the link (`ff02::…`) are sent from.
///
/// # Errors
/// The system does not tell.
pub fn with_ipv6() -> anyhow::Result<Vec<Interface>> {
    let mut all = list()?;
    all.retain(|found| found.ip.is_ipv6());
    let of_link = |found: &Interface| match found.ip {
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
        IpAddr::V4(_) => false,
    };
    all.sort_by_key(|found| !of_link(found));
    Ok(once_each(all.into_iter()))
}

fn list() -> anyhow::Result<Vec<Interface>> {
    let found = get_if_addrs().context("cannot list the network interfaces")?;
    Ok(found.into_iter().map(interface).collect())
}

fn interface(found: if_addrs::Interface) -> Interface {
    let broadcast = match &found.addr {
        IfAddr::V4(v4) if v4.ip.is_loopback() => Some(loopback_broadcast()),
        IfAddr::V4(v4) => v4.broadcast,
        IfAddr::V6(_) => None,
    };
    Interface {
        index: found.index.unwrap_or(0),
        ip: found.ip(),
        name: found.name,
        broadcast,
    }
}

/// Linux delivers 127.255.255.255 to every program of the host that listens at the port. Others
/// know no broadcast on loopback; there the address itself reaches one of them.
fn loopback_broadcast() -> Ipv4Addr {
    if cfg!(target_os = "linux") {
        Ipv4Addr::new(127, 255, 255, 255)
    } else {
        Ipv4Addr::LOCALHOST
    }
}

/// An interface may have several addresses; to send by each of them would be to say everything
/// twice.
fn once_each(all: impl Iterator<Item = Interface>) -> Vec<Interface> {
    let mut kept: Vec<Interface> = Vec::new();
    for found in all {
        // `eth0:1` is a second address of `eth0`, not another network card.
        let card = |name: &str| name.split(':').next().unwrap_or_default().to_owned();
        if !kept
            .iter()
            .any(|have| card(&have.name) == card(&found.name))
        {
            kept.push(found);
        }
    }
    kept
}

/// Whether an address means "every address of this host".
pub fn is_every(ip: IpAddr) -> bool {
    ip == IpAddr::V4(Ipv4Addr::UNSPECIFIED) || ip == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
}
