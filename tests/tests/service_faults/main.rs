//! The real `nameplate` against the real `nameplate sandbox` on its bad days: each fault gives the operator a sentence, what
//! to do next and an exit code of the contract, and the same command again goes on to exactly one job.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use nameplate_tests::service::Dialect;

/// The service that these tests speak to; `service_faults_iot` has the other one.
const DIALECT: Dialect = Dialect::DeviceTrustManager;

mod answers;
mod bench;
mod commands;
mod configuration;
mod connection;
mod create;
mod list;
mod listed;
mod lost;
mod order;
mod redirect;
mod report;
mod rows;
mod run;
mod sign_in;
mod split;
mod status;
