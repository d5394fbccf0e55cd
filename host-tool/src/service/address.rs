//! The service's address and the paths below it: always HTTPS, always the configured host.

use ureq::http::Uri;

use super::settings::SettingsError;

/// The setting that holds the address.
pub(super) const SETTING: &str = "service.url";
/// What stands before the host that takes client certificates (S).
const CLIENT_AUTH: &str = "clientauth.";

/// A checked `https://host[:port][/path]`.
#[derive(Debug, Clone)]
pub(super) struct Address {
    base: String,
    host: String,
    authority: String,
}

impl Address {
    /// Checks the configured address.
    pub(super) fn parse(setting: &'static str, url: &str) -> Result<Self, SettingsError> {
        let refuse = |why: &str| Err(SettingsError::value(setting, why));
        let base = url.trim().trim_end_matches('/');
        let Ok(uri) = base.parse::<Uri>() else {
            return refuse("it is not a web address such as https://one.example.com");
        };
        if uri.scheme_str() != Some("https") {
            return refuse("it must begin with https://, because secrets are sent there");
        }
        let (Some(authority), Some(host)) = (uri.authority(), uri.host()) else {
            return refuse("it names no host");
        };
        if host.is_empty() || authority.as_str().contains('@') {
            return refuse("it must be a host, and no user name or password");
        }
        if uri.query().is_some() || base.contains(['#', '?']) {
            return refuse("it must end before any ? or #");
        }
        Ok(Self {
            host: host.to_owned(),
            authority: authority.as_str().to_owned(),
            base: base.to_owned(),
        })
    }

    /// The same with `clientauth.` before the host, unless it is there.
    pub(super) fn for_client_certificates(self) -> Result<Self, SettingsError> {
        if self.host.starts_with(CLIENT_AUTH) {
            return Ok(self);
        }
        let is_address =
            self.host.starts_with('[') || self.host.parse::<std::net::IpAddr>().is_ok();
        if is_address {
            return Err(SettingsError::value(
                SETTING,
                "nothing can stand before an IP address; set service.client_auth_url to the address that takes client certificates",
            ));
        }
        let (_, rest) = self.base.split_once("://").unwrap_or(("", &self.base));
        Self::parse(SETTING, &format!("https://{CLIENT_AUTH}{rest}"))
    }

    /// The host and its port, as a person wrote them.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether it is this very machine, which no proxy can reach.
    pub(super) fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare.eq_ignore_ascii_case("localhost")
            || bare
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// The address of `path`, which begins with a slash; `None` if it would leave the host.
    pub(super) fn at(&self, path: &str) -> Option<Uri> {
        let uri = format!("{}{path}", self.base).parse::<Uri>().ok()?;
        let same = uri
            .authority()
            .is_some_and(|authority| authority.as_str() == self.authority);
        (same && path.starts_with('/') && uri.scheme_str() == Some("https")).then_some(uri)
    }
}

/// Escapes a value for a query: everything but RFC 3986's unreserved characters.
pub(super) fn escape_query(value: &str) -> String {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let mut escaped = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 0x0f));
            escaped.extend(['%', HEX[high], HEX[low]]);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_https_is_taken() {
        for good in [
            "https://one.example.com",
            "https://one.example.com:8443/",
            "https://[::1]:1/x/",
        ] {
            assert!(Address::parse(SETTING, good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "one.example.com",
            "http://one.example.com",
            "https://",
            "https://a@b.example",
            "https://a.example?x",
            "https://a.example/#x",
            "ftp://a.example",
            "https://a b",
            "https:///x",
        ] {
            assert!(Address::parse(SETTING, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_path_leaves_the_host() {
        let address = Address::parse(SETTING, "https://one.example.com").unwrap();
        assert_eq!(
            address.at("/a?b=c").unwrap().to_string(),
            "https://one.example.com/a?b=c"
        );
        for bad in ["", "a", ".evil.example/", "@evil.example/", ":1/"] {
            assert!(address.at(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn client_certificates_go_to_a_host_of_their_own() {
        let prefixed = |url: &str| {
            let address = Address::parse(SETTING, url).unwrap();
            address
                .for_client_certificates()
                .map(|address| address.base)
        };
        for (url, expected) in [
            (
                "https://one.digicert.com",
                "https://clientauth.one.digicert.com",
            ),
            (
                "https://one.example.com:8443/x/",
                "https://clientauth.one.example.com:8443/x",
            ),
            (
                "https://clientauth.one.digicert.com",
                "https://clientauth.one.digicert.com",
            ),
            ("HTTPS://localhost:1", "https://clientauth.localhost:1"),
        ] {
            assert_eq!(prefixed(url).unwrap(), expected);
        }
        for url in ["https://127.0.0.1:1", "https://[::1]:1"] {
            let error = prefixed(url).unwrap_err().to_string();
            assert!(error.contains("service.client_auth_url"), "{error}");
        }
    }

    #[test]
    fn loopback_is_recognised() {
        for (url, here) in [
            ("https://localhost:1", true),
            ("https://127.0.0.9", true),
            ("https://[::1]:4", true),
            ("https://one.example.com", false),
            ("https://10.0.0.1", false),
        ] {
            assert_eq!(
                Address::parse(SETTING, url).unwrap().is_loopback(),
                here,
                "{url}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_name_never_adds_a_parameter(name in ".*") {
            let escaped = escape_query(&name);
            prop_assert!(!escaped.contains(['&', '=', '#', ' ', '/', '?', '\r', '\n']));
            let address = Address::parse(SETTING, "https://one.example.com").unwrap();
            let path = format!("/jobs?name={escaped}");
            prop_assert!(address.at(&path).is_some());
        }
    }
}
