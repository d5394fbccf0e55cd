//! The sandbox over real HTTPS, as a client meets it. Bodies are put together by hand, so that the
//! wrong ones can be sent too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

mod bench;
mod faults;
mod happy;
mod iot;
mod limits;
mod refusals;
mod requests_zip;
mod restart;
mod rows;
mod sealed;
mod switched;
