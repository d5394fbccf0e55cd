//! What the service will call a board in its report: by what the data file says of it.

use x509_parser::prelude::{FromDer, X509CertificationRequest};

use super::csv_file::{Cell, ExportError, row_of};
use super::entry_name::stem;
use crate::config::DataForm;
use crate::store::Board;

/// The names of a board; empty where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// What the service may have for its device's name: one, but where it has the choice (G) several.
    pub device: Vec<String>,
    /// Its certificate's common name.
    pub common_name: Option<String>,
}

/// What the service will call a board that it got in this form.
///
/// # Errors
/// [`ExportError::BadColumns`].
pub fn called(board: &Board, form: DataForm) -> Result<Called, ExportError> {
    match form {
        DataForm::Csv | DataForm::CsvZip => by_cells(board),
        DataForm::CsrZip => Ok(by_request(board)),
    }
}

/// The cells that the CSV has for it.
fn by_cells(board: &Board) -> Result<Called, ExportError> {
    let row = row_of(&board.what.name, &board.what.columns)?;
    let cell = |id: &str| {
        row.iter()
            .find(|Cell(column, _)| column == id)
            .map(|Cell(_, value)| value.clone().into_owned())
    };
    let common_name = cell("subject.common_name");
    // Without either column the service can only have the name from the request.
    let device =
        cell("device_name").or_else(|| common_name.is_none().then(|| board.what.name.clone()));
    Ok(Called {
        device: device.into_iter().collect(),
        common_name,
    })
}

/// From a ZIP of requests it has the file's name and the request's common name, and either may be the device's (G).
fn by_request(board: &Board) -> Called {
    let common_name = common_name(&board.what.csr);
    let device = std::iter::once(stem(&board.what.name)).chain(common_name.clone());
    Called {
        device: device.collect(),
        common_name,
    }
}

fn common_name(request: &[u8]) -> Option<String> {
    let (_, request) = X509CertificationRequest::from_der(request).ok()?;
    let subject = &request.certification_request_info.subject;
    let mut names = subject.iter_common_name();
    names.next()?.as_str().ok().map(str::to_owned)
}
