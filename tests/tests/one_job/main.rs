//! One batch becomes one job, whoever submits it, how often and from where at once; and where nobody here can know, a person is asked.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod copied;
mod named_alike;
mod place;
mod together;
