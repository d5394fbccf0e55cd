//! Who the sandbox pretends to be: the API key, the device group and the certificate policy.
//!
//! All three are random per folder and kept in it, so that a restart does not invalidate a
//! configuration.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;
use crate::files::{self, Access, Folder};

/// What a request must know to be let in, and what it must name.
pub(crate) struct Tenant {
    /// The value of the header `x-api-key`.
    pub(crate) api_key: String,
    /// The ids that a job must name.
    pub(crate) policy: Policy,
}

/// The ids that a job must name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Policy {
    /// The device group's id, a UUID.
    pub(crate) device_group_id: String,
    /// The certificate management policy's id, `IOT_` and a UUID.
    pub(crate) certificate_policy_id: String,
}

impl Tenant {
    /// Reads the tenant of this folder, or makes one.
    pub(crate) fn open(folder: &Folder) -> Result<Tenant, Error> {
        Ok(Tenant {
            api_key: api_key(folder)?,
            policy: policy(folder)?,
        })
    }
}

fn api_key(folder: &Folder) -> Result<String, Error> {
    let path = folder.path("api-key");
    if let Some(text) = files::read(&path)? {
        let key = text.trim().to_owned();
        if key.is_empty() {
            return Err(Error::Damaged {
                path,
                reason: "it holds no key".into(),
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
        return serde_json::from_str(&text).map_err(damaged);
    }
    let policy = Policy {
        device_group_id: Uuid::new_v4().to_string(),
        certificate_policy_id: format!("IOT_{}", Uuid::new_v4()),
    };
    let text = serde_json::to_vec_pretty(&policy).map_err(damaged)?;
    files::replace(&path, &text, Access::Anyone)?;
    Ok(policy)
}
