//! Under which names the page is reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The page's URL, with a slash at its end.
pub(super) fn of(address: SocketAddr, is_secure: bool) -> String {
    let scheme = if is_secure { "https" } else { "http" };
    let host = host(shown(address.ip()));
    format!("{scheme}://{host}:{}/", address.port())
}

/// An address as it stands before a port.
pub(super) fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// What the page's certificate is made for.
pub(super) fn names(address: SocketAddr) -> Vec<String> {
    let mut names = vec![shown(address.ip()).to_string(), "localhost".to_owned()];
    if let Ok(name) = rustix::system::uname().nodename().to_str()
        && is_host_name(name)
    {
        names.push(name.to_owned());
    }
    names.dedup();
    names
}

fn is_host_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    !name.is_empty() && name.len() < 64 && name.bytes().all(fits)
}

/// The address itself, or where it stands for all of them, one that others reach.
fn shown(ip: IpAddr) -> IpAddr {
    if !ip.is_unspecified() {
        return ip;
    }
    let (any, far): (IpAddr, IpAddr) = match ip {
        // Addresses of documents (RFC 5737, RFC 3849): nothing is sent, the system only says which way it would go.
        IpAddr::V4(_) => (ip, Ipv4Addr::new(192, 0, 2, 1).into()),
        IpAddr::V6(_) => (ip, Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into()),
    };
    let way = || {
        let socket = UdpSocket::bind((any, 0))?;
        socket.connect((far, 9))?;
        socket.local_addr()
    };
    match way() {
        Ok(address) if !address.ip().is_unspecified() => address.ip(),
        _ if ip.is_ipv4() => Ipv4Addr::LOCALHOST.into(),
        _ => Ipv6Addr::LOCALHOST.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_can_be_opened_as_it_stands() {
        let of = |address: &str, secure| of(address.parse().unwrap(), secure);
        assert_eq!(of("127.0.0.1:8080", false), "http://127.0.0.1:8080/");
        assert_eq!(of("[::1]:80", false), "http://[::1]:80/");
        assert_eq!(of("10.1.2.3:443", true), "https://10.1.2.3:443/");
        assert!(!of("0.0.0.0:1", true).contains("0.0.0.0"));
        assert!(!of("[::]:1", true).contains("[::]"));
    }
}
