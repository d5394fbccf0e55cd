//! Who may see the page, and what every answer says to browsers.
//!
//! On loopback: whoever is on this machine, by a loopback name alone, so that no web page reaches it under a name of its own.
//! Elsewhere: who has the token, which comes once in the URL and then as a cookie. Everywhere: nothing from another site's page.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::routes::Room;
use crate::store::sha256;

/// The page takes nothing from elsewhere, and nobody shows it inside something else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How long whoever shows a wrong token waits for the answer.
const WRONG: Duration = Duration::from_millis(500);

/// How many wrong tokens are waited for at once; whoever comes beyond them is sent away.
const MOST_WRONG: usize = 4;

/// A browser stays signed in for so long after it was last let in with the URL, in seconds.
const SIGNED_IN: u64 = 30 * 24 * 3600;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 256;

/// Who may see the page.
pub(super) enum Access {
    /// Whoever is on this machine.
    Loopback,
    /// Who has the token.
    Token {
        token: SecretString,
        cookie: String,
        wrong: Semaphore,
    },
}

/// Why somebody is not let in.
enum Refusal {
    OtherHost,
    OtherSite,
    NoToken,
    WrongToken,
    TooMany,
}

impl Access {
    pub fn with_token(token: SecretString, port: u16) -> Self {
        Self::Token {
            token,
            // Cookies know no ports: two benches of one machine have a name each.
            cookie: format!("__Host-nameplate-{port}"),
            wrong: Semaphore::new(MOST_WRONG),
        }
    }

    /// What an operator opens.
    pub fn whole_url(&self, url: &str) -> SecretString {
        match self {
            Self::Loopback => SecretString::from(url),
            Self::Token { token, .. } => {
                SecretString::from(format!("{url}?token={}", token.expose_secret()))
            }
        }
    }

    /// `Some`: the answer to a token in the URL.
    async fn check(&self, request: &Parts) -> Result<Option<Response>, Refusal> {
        refuse_other_sites(request)?;
        let Self::Token {
            token,
            cookie,
            wrong,
        } = self
        else {
            return if is_loopback_host(request) {
                Ok(None)
            } else {
                Err(Refusal::OtherHost)
            };
        };
        let shown = match in_url(&request.uri) {
            Some(shown) => Some((shown, true)),
            None => in_cookie(&request.headers, cookie).map(|shown| (shown, false)),
        };
        let Some((shown, is_in_url)) = shown else {
            return Err(Refusal::NoToken);
        };
        if !is_same(shown, token) {
            // With 192 bits nobody guesses one; who tries is slow all the same, and costs nobody else anything.
            let Ok(_waiting) = wrong.try_acquire() else {
                return Err(Refusal::TooMany);
            };
            tokio::time::sleep(WRONG).await;
            return Err(Refusal::WrongToken);
        }
        Ok(is_in_url.then(|| signed_in(cookie, token)))
    }
}

/// Looks at each request before anything else does, and gives each answer the headers that all have.
pub(super) async fn guard(State(room): State<Arc<Room>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match room.access.check(&parts).await {
        Ok(None) => next.run(Request::from_parts(parts, body)).await,
        Ok(Some(response)) => response,
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Other pages of the same browser may bring somebody here, and nothing else.
fn refuse_other_sites(request: &Parts) -> Result<(), Refusal> {
    let text = |name: &str| request.headers.get(name).map(HeaderValue::as_bytes);
    let changes = !matches!(request.method, Method::GET | Method::HEAD);
    let comes_to_the_page = !changes
        && request.uri.path() == "/"
        && text("sec-fetch-mode").is_none_or(|mode| mode == b"navigate");
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, b"same-origin" | b"none")
        && !comes_to_the_page
    {
        return Err(Refusal::OtherSite);
    }
    if let Some(origin) = request.headers.get(ORIGIN) {
        let host = request.headers.get(HOST).map(HeaderValue::as_bytes);
        let origin = origin.as_bytes();
        let own = [&b"http://"[..], b"https://"]
            .iter()
            .find_map(|scheme| origin.strip_prefix(*scheme));
        if own.is_none() || own != host {
            return Err(Refusal::OtherSite);
        }
    }
    Ok(())
}

/// Whether the name by which it was asked is one of this machine.
fn is_loopback_host(request: &Parts) -> bool {
    let host = request.headers.get(HOST);
    let Some(host) = host.and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let ip: Result<std::net::IpAddr, _> = name.parse();
    name.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

fn in_url(uri: &Uri) -> Option<&str> {
    if uri.path() != "/" {
        return None;
    }
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("token="))
}

fn in_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).iter();
    let mut pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Takes the same time whatever was shown.
fn is_same(shown: &str, token: &SecretString) -> bool {
    if shown.len() > LONGEST {
        return false;
    }
    let digest = |text: &str| sha256(text.as_bytes());
    verify_slices_are_equal(&digest(shown), &digest(token.expose_secret())).is_ok()
}

/// To the page itself: the token stands in the address bar no longer.
fn signed_in(cookie: &str, token: &SecretString) -> Response {
    let value = format!(
        "{cookie}={}; Path=/; Max-Age={SIGNED_IN}; HttpOnly; Secure; SameSite=Strict",
        token.expose_secret()
    );
    let mut response = StatusCode::SEE_OTHER.into_response();
    response
        .headers_mut()
        .insert(LOCATION, HeaderValue::from_static("/"));
    match HeaderValue::try_from(value) {
        Ok(mut value) => {
            value.set_sensitive(true);
            response.headers_mut().insert(SET_COOKIE, value);
            response
        }
        // A token of somebody's own that no header can carry.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, words) = match self {
            Self::OtherHost => (
                StatusCode::MISDIRECTED_REQUEST,
                "This bench is shown under a name of this machine only, such as 127.0.0.1 or localhost.",
            ),
            Self::OtherSite => (StatusCode::FORBIDDEN, "Not from another site."),
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                "Open the address that nameplate has printed, with the token in it: it signs this browser in.",
            ),
            Self::WrongToken => (
                StatusCode::FORBIDDEN,
                "That is not this bench's token. Open the address that nameplate has printed.",
            ),
            Self::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many wrong tokens just now. Wait a second.",
            ),
        };
        let kind = (CONTENT_TYPE, "text/plain; charset=utf-8");
        (status, [kind], format!("{words}\n")).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap().into_parts().0
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for (host, fits) in [
            ("127.0.0.1:8080", true),
            ("127.9.9.9", true),
            ("localhost:1", true),
            ("LOCALHOST", true),
            ("[::1]:8080", true),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example:80", false),
            ("10.0.0.1", false),
            ("[::1.evil", false),
            ("", false),
        ] {
            assert_eq!(
                is_loopback_host(&request(&[("host", host)])),
                fits,
                "{host}"
            );
        }
        assert!(!is_loopback_host(&request(&[])));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let request = request(&[("cookie", "a=b; __Host-nameplate-1=x; __Host-nameplate-12=y")]);
        assert_eq!(
            in_cookie(&request.headers, "__Host-nameplate-12"),
            Some("y")
        );
        assert_eq!(in_cookie(&request.headers, "__Host-nameplate-2"), None);
        let token = SecretString::from("right");
        assert!(is_same("right", &token));
        assert!(!is_same("righ", &token) && !is_same("", &token));
        assert!(!is_same(&"r".repeat(LONGEST + 1), &token));
    }
}
