//! Who the sandbox pretends to be: API key and passcode, device group, certificate policy and enrolment profile.
//!
//! All are random per folder and kept in it, so that a restart does not invalidate a
//! configuration.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;
use crate::files::{self, Access, Folder};

/// What a request must know to be let in, and what it must name.
pub(crate) struct Tenant {
    /// The value of the header `x-api-key`.
    pub(crate) api_key: String,
    /// The value of the header `x-passcode`.
    pub(crate) passcode: String,
    /// The only client certificate that belongs to somebody, DER.
    pub(crate) client_certificate: Vec<u8>,
    /// The ids that a job must name.
    pub(crate) policy: Policy,
}

/// The ids that a job must name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the service's, and the file's"
)]
pub(crate) struct Policy {
    /// The device group's id, a UUID.
    pub(crate) device_group_id: String,
    /// The certificate management policy's id, `IOT_` and a UUID.
    pub(crate) certificate_policy_id: String,
    /// The enrolment profile's id, a UUID. Folders of earlier versions have none.
    #[serde(default)]
    pub(crate) enrollment_profile_id: String,
}

impl Tenant {
    /// Reads the tenant of this folder, or makes one.
    pub(crate) fn open(folder: &Folder, client_certificate: Vec<u8>) -> Result<Tenant, Error> {
        Ok(Tenant {
            api_key: secret(folder, "api-key")?,
            passcode: secret(folder, "passcode")?,
            client_certificate,
            policy: policy(folder)?,
        })
    }
}

fn secret(folder: &Folder, name: &str) -> Result<String, Error> {
    let path = folder.path(name);
    if let Some(text) = files::read(&path)? {
        let key = text.trim().to_owned();
        if key.is_empty() {
            return Err(Error::Damaged {
                path,
                reason: "it holds no secret".into(),
            });
        }
        return Ok(key);
    }
    let key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    files::replace(&path, format!("{key}\n").as_bytes(), Access::Owner)?;
    Ok(key)
}

fn policy(folder: &Folder) -> Result<Policy, Error> {
    let path = folder.path("policy.json");
    let damaged = |error: serde_json::Error| Error::Damaged {
        path: folder.path("policy.json"),
        reason: error.to_string(),
    };
    if let Some(text) = files::read(&path)? {
        let policy: Policy = serde_json::from_str(&text).map_err(damaged)?;
        if !policy.enrollment_profile_id.is_empty() {
            return Ok(policy);
        }
        return keep(
            folder,
            Policy {
                enrollment_profile_id: Uuid::new_v4().to_string(),
                ..policy
            },
        );
    }
    keep(
        folder,
        Policy {
            device_group_id: Uuid::new_v4().to_string(),
            certificate_policy_id: format!("IOT_{}", Uuid::new_v4()),
            enrollment_profile_id: Uuid::new_v4().to_string(),
        },
    )
}

fn keep(folder: &Folder, policy: Policy) -> Result<Policy, Error> {
    let path = folder.path("policy.json");
    let damaged = |error: serde_json::Error| Error::Damaged {
        path: folder.path("policy.json"),
        reason: error.to_string(),
    };
    let text = serde_json::to_vec_pretty(&policy).map_err(damaged)?;
    files::replace(&path, &text, Access::Anyone)?;
    Ok(policy)
}
