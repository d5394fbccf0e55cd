//! Nameplate gives every board on a provisioning bench its identity.
//!
//! The way of a board through these modules: [`link`] speaks to it, [`verify`] checks what it sent, [`store`] keeps it,
//! [`batch`] writes the CSV, [`service`] submits it as one job and follows it. [`collect`] runs the first three for a whole
//! bench, [`commands`] are what an operator calls.

pub mod batch;
pub mod chain;
pub mod cli;
pub mod collect;
pub mod columns;
pub mod commands;
pub mod config;
pub mod demo;
pub mod handed_out;
pub mod link;
pub mod mac_sequence;
pub mod matching;
pub mod preflight;
pub mod reconciliation;
pub mod sealed;
pub mod service;
pub mod store;
pub mod submission;
pub mod verify;
pub mod whole_file;
