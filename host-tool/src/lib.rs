//! Nameplate gives every board on a provisioning bench its identity.
//!
//! The way of a board through these modules: [`link`] speaks to it, [`verify`] checks what it sent, [`store`] keeps it,
//! [`batch`] writes the CSV, [`service`] submits it as one job and follows it, [`matching`] finds whose each certificate is, and
//! [`deliver`] brings it back. [`labels`] and [`scan`] tell boards apart afterwards. [`collect`] and [`deliver`] work at a whole
//! [`mod@bench`]; [`commands`] are what an operator calls.

pub mod batch;
pub mod bench;
pub mod bench_key;
pub mod chain;
pub mod cli;
pub mod codes;
pub mod collect;
pub mod columns;
pub mod commands;
pub mod config;
pub mod deliver;
pub mod demo;
pub mod doctor;
pub mod fault;
pub mod handed_out;
pub mod handover;
pub mod identify;
pub mod init;
pub mod labels;
pub mod link;
pub mod mac_sequence;
pub mod matching;
pub mod page;
pub mod panel;
pub mod preflight;
pub mod reconciliation;
pub mod scan;
pub mod sealed;
pub mod service;
pub mod store;
pub mod submission;
pub mod tokens;
pub mod verify;
pub mod whole_file;
