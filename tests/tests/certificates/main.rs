//! Certificates on their way back: from the sandbox, right and wrong, to the batch's store; reconciliation, and rework. The
//! real programs, and OpenSSL as the judge of what is stored.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use nameplate_tests::service::Dialect;

/// The service that these tests speak to.
const DIALECT: Dialect = Dialect::DeviceTrustManager;

#[path = "../service_faults/bench.rs"]
mod bench;
mod place;
mod refused;
mod reworked;
mod taken;
