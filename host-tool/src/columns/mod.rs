//! From the configured columns to what stands in the CSV and in the certificate request of one board.
//!
//! A column that also stands in the certificate request is sent to the board, so that both always agree: the service takes
//! a value of the CSV over the one in the request without a word. Knows no board's bytes, no store and no service.

mod attribute;
mod plan;
pub mod service_template;
mod template;

pub use attribute::{Attribute, Value};
pub use plan::{Asked, Plan, RequestSettings};
pub use template::{Template, TemplateError};

/// The column that the tool adds itself.
pub const CSR: &str = "csr";
