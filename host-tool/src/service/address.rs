//! The service's address and the paths below it: always HTTPS, always the configured host.

use ureq::http::Uri;

use super::settings::SettingsError;

const SETTING: &str = "service.url";

/// A checked `https://host[:port][/path]`.
#[derive(Debug, Clone)]
pub(super) struct Address {
    base: String,
    host: String,
    authority: String,
}

impl Address {
    /// Checks the configured address.
    pub(super) fn parse(url: &str) -> Result<Self, SettingsError> {
        let refuse = |why: &str| Err(SettingsError::value(SETTING, why));
        let base = url.trim().trim_end_matches('/');
        let Ok(uri) = base.parse::<Uri>() else {
            return refuse("it is not a web address such as https://one.example.com");
        };
        if uri.scheme_str() != Some("https") {
            return refuse("it must begin with https://, because the API key is sent there");
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

    /// The host, as a person knows it.
    pub(super) fn host(&self) -> &str {
        &self.host
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
            assert!(Address::parse(good).is_ok(), "{good}");
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
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_path_leaves_the_host() {
        let address = Address::parse("https://one.example.com").unwrap();
        assert_eq!(
            address.at("/a?b=c").unwrap().to_string(),
            "https://one.example.com/a?b=c"
        );
        for bad in ["", "a", ".evil.example/", "@evil.example/", ":1/"] {
            assert!(address.at(bad).is_none(), "{bad}");
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
            assert_eq!(Address::parse(url).unwrap().is_loopback(), here, "{url}");
        }
    }

    proptest! {
        #[test]
        fn a_name_never_adds_a_parameter(name in ".*") {
            let escaped = escape_query(&name);
            prop_assert!(!escaped.contains(['&', '=', '#', ' ', '/', '?', '\r', '\n']));
            let address = Address::parse("https://one.example.com").unwrap();
            let path = format!("/jobs?name={escaped}");
            prop_assert!(address.at(&path).is_some());
        }
    }
}
