//! The tests of `service_faults` once more, against the sandbox as IoT Trust Manager, and what only that service has.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use nameplate_tests::service::Dialect;

/// The service that these tests speak to.
const DIALECT: Dialect = Dialect::IotTrustManager;

#[path = "../service_faults/answers.rs"]
mod answers;
#[path = "../service_faults/bench.rs"]
mod bench;
#[path = "../service_faults/commands.rs"]
mod commands;
#[path = "../service_faults/create.rs"]
mod create;
mod form;
#[path = "../service_faults/list.rs"]
mod list;
#[path = "../service_faults/lost.rs"]
mod lost;
#[path = "../service_faults/redirect.rs"]
mod redirect;
#[path = "../service_faults/report.rs"]
mod report;
#[path = "../service_faults/run.rs"]
mod run;
#[path = "../service_faults/sign_in.rs"]
mod sign_in;
#[path = "../service_faults/status.rs"]
mod status;
mod whole;
