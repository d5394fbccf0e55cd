//! Who is let in: one way to sign in, shown at the address where it belongs.

use axum::http::{HeaderMap, HeaderName};

use super::{Refusal, Service};
use crate::record::KeyShown;
use crate::switches::SignIn;

/// Which address a connection came in at.
#[derive(Clone, Debug)]
pub(crate) enum Door {
    /// The service's own: API keys and passcodes.
    Main,
    /// The one for client certificates, with the one that was shown, DER.
    ClientCertificates(Option<Vec<u8>>),
}

/// What a request shows of each way to sign in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) api_key: KeyShown,
    pub(crate) passcode: KeyShown,
    pub(crate) client_certificate: KeyShown,
}

impl Shown {
    pub(super) fn of(headers: &HeaderMap, door: &Door, service: &Service) -> Shown {
        let tenant = &service.tenant;
        let client_certificate = match door {
            Door::Main | Door::ClientCertificates(None) => KeyShown::Absent,
            Door::ClientCertificates(Some(der)) if *der == tenant.client_certificate => {
                KeyShown::Right
            }
            Door::ClientCertificates(Some(_)) => KeyShown::Wrong,
        };
        Shown {
            api_key: header(
                headers,
                &HeaderName::from_static("x-api-key"),
                &tenant.api_key,
            ),
            passcode: header(
                headers,
                &HeaderName::from_static("x-passcode"),
                &tenant.passcode,
            ),
            client_certificate,
        }
    }

    /// Lets a request in or says why not.
    pub(super) fn check(self, door: &Door, taken: &[SignIn]) -> Result<(), Refusal> {
        use KeyShown::{Absent, Right, Wrong};
        let way = match (door, self.api_key, self.passcode) {
            (Door::ClientCertificates(_), Absent, Absent) => match self.client_certificate {
                Right => SignIn::ClientCertificate,
                Wrong => return Err(Refusal::denied("the client certificate belongs to no user")),
                Absent => return Err(Refusal::signed_in("no client certificate was shown")),
            },
            (Door::ClientCertificates(_), _, _) => {
                return Err(Refusal::signed_in(
                    "neither x-api-key nor x-passcode goes with a client certificate",
                ));
            }
            (Door::Main, Right, Absent) => SignIn::ApiKey,
            (Door::Main, Absent, Right) => SignIn::Passcode,
            (Door::Main, _, Absent) => return Err(Refusal::key()),
            (Door::Main, Absent, _) => {
                return Err(Refusal::signed_in("the passcode is not valid"));
            }
            (Door::Main, _, _) => {
                return Err(Refusal::signed_in(
                    "x-api-key and x-passcode do not go together",
                ));
            }
        };
        if taken.contains(&way) {
            Ok(())
        } else {
            Err(Refusal::denied("this way to sign in is not allowed here"))
        }
    }
}

/// Compares a header. One of that name, no more, can be right.
fn header(headers: &HeaderMap, name: &HeaderName, right: &str) -> KeyShown {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => KeyShown::Absent,
        (Some(value), None) if value.as_bytes() == right.as_bytes() => KeyShown::Right,
        _ => KeyShown::Wrong,
    }
}
