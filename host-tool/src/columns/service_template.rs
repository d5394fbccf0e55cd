//! The service's own CSV template: which columns a policy or profile wants, in which order.
//!
//! That there is a template is documented (S), that it has a header with a column for each field too (S); whether it tells which of them
//! are required is not. A header name that ends in `*`, or has `(required)` behind it, is read so (G). Knows no service and no board.

use crate::service::words::printable;

/// Greatest template, in bytes, and greatest number of columns in it.
pub const MAX_TEMPLATE: usize = 1_000_000;
/// Greatest number of columns.
pub const MAX_COLUMNS: usize = 1_000;
/// Greatest length of a column's name, in bytes.
const MAX_NAME: usize = 200;

/// What a template says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceTemplate {
    /// The columns in its order; a repeated one stands as often as there.
    pub columns: Vec<String>,
    /// Those that it marks as required; empty where it marks none, which tells nothing.
    pub required: Vec<String>,
}

/// A template that can't be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceTemplateError {
    /// It is larger than any template.
    #[error("it is larger than {MAX_TEMPLATE} bytes")]
    TooLarge,
    /// It is not text.
    #[error("it is not UTF-8")]
    NotText,
    /// Nothing is in it.
    #[error("it has no header row")]
    Empty,
    /// It has too many columns.
    #[error("it has more than {MAX_COLUMNS} columns")]
    TooManyColumns,
    /// A name that is none.
    #[error("its column {place} has the name \"{name}\", which can be none")]
    Name {
        /// Which column, from 1.
        place: usize,
        /// Its name, made harmless.
        name: String,
    },
    /// It is not CSV.
    #[error("its header is not CSV: {0}")]
    Csv(String),
}

/// Reads a template's header row. Bears a byte-order mark, CRLF, and one empty trailing column; rows beneath the header are samples and
/// are not looked at.
///
/// # Errors
/// [`ServiceTemplateError`].
pub fn parse(bytes: &[u8]) -> Result<ServiceTemplate, ServiceTemplateError> {
    if bytes.len() > MAX_TEMPLATE {
        return Err(ServiceTemplateError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ServiceTemplateError::NotText)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut header = csv::StringRecord::new();
    let any = reader
        .read_record(&mut header)
        .map_err(|error| ServiceTemplateError::Csv(error.to_string()))?;
    let mut names: Vec<&str> = header.iter().collect();
    if names.len() > 1 && names.last().is_some_and(|last| last.trim().is_empty()) {
        names.pop();
    }
    if !any || names.iter().all(|name| name.trim().is_empty()) {
        return Err(ServiceTemplateError::Empty);
    }
    if names.len() > MAX_COLUMNS {
        return Err(ServiceTemplateError::TooManyColumns);
    }
    let mut template = ServiceTemplate::default();
    for (place, written) in (1..).zip(names) {
        let (name, required) = unmarked(written);
        if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(ServiceTemplateError::Name {
                place,
                name: printable(written, 60),
            });
        }
        if required {
            template.required.push(name.to_owned());
        }
        template.columns.push(name.to_owned());
    }
    Ok(template)
}

/// The places of `ids` in the order of a template: those that it has as it has them, the others behind. A column that it repeats is
/// taken as often as it stands there.
pub fn arranged(ids: &[&str], order: &[String]) -> Vec<usize> {
    let mut places = Vec::with_capacity(ids.len());
    for name in order {
        let mut free = ids.iter().enumerate();
        let found = free.find(|(at, id)| *id == name && !places.contains(at));
        places.extend(found.map(|(at, _)| at));
    }
    let rest: Vec<_> = (0..ids.len()).filter(|at| !places.contains(at)).collect();
    places.extend(rest);
    places
}

/// The columns of a template that `ids` has not, and those that `ids` has and the template has not, each as often as it is missing.
pub fn compare<'a>(ids: &[&'a str], order: &'a [String]) -> (Vec<&'a str>, Vec<&'a str>) {
    let mut missing = Vec::new();
    let mut extra = ids.to_vec();
    for name in order {
        match extra.iter().position(|id| id == name) {
            Some(at) => drop(extra.remove(at)),
            None => missing.push(name.as_str()),
        }
    }
    (missing, extra)
}

fn unmarked(written: &str) -> (&str, bool) {
    let name = written.trim();
    let marked = name
        .strip_suffix('*')
        .or_else(|| name.strip_suffix("(required)"));
    marked.map_or((name, false), |name| (name.trim_end(), true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn columns(text: &str) -> Vec<String> {
        parse(text.as_bytes()).unwrap().columns
    }

    #[test]
    fn the_seed_s_header_is_read_in_its_order() {
        let names = [
            "subject.common_name",
            "subject.organization_name",
            "subject.organization_unit",
            "san.dns_name",
            "csr",
        ];
        let text = format!("\"{}\"", names.join("\",\""));
        assert_eq!(columns(&text), names);
        for text in [
            format!("\u{feff}{text}\r\n"),
            format!("{text},\n\"Example01\",\"DigiCert\"\n"),
            names.join(" , "),
        ] {
            assert_eq!(columns(&text), names, "{text}");
        }
    }

    #[test]
    fn columns_are_put_into_its_order_and_what_differs_is_told() {
        let order: Vec<_> = ["csr", "ou", "a", "ou", "gone"].map(str::to_owned).into();
        let ids = ["x", "a", "ou", "ou", "ou", "csr"];
        let names: Vec<_> = arranged(&ids, &order)
            .into_iter()
            .map(|at| ids[at])
            .collect();
        assert_eq!(names, ["csr", "ou", "a", "ou", "x", "ou"]);
        assert_eq!(compare(&ids, &order), (vec!["gone"], vec!["x", "ou"]));
        assert_eq!(arranged(&ids, &[]), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn repeated_columns_stay_and_marks_are_taken_off() {
        let template = parse(
            b"device_name*,subject.organization_unit,subject.organization_unit,csr (required)\n",
        )
        .unwrap();
        assert_eq!(
            template.columns,
            [
                "device_name",
                "subject.organization_unit",
                "subject.organization_unit",
                "csr"
            ]
        );
        assert_eq!(template.required, ["device_name", "csr"]);
    }

    #[test]
    fn what_is_no_template_is_refused() {
        use ServiceTemplateError as Error;
        assert_eq!(parse(b""), Err(Error::Empty));
        assert_eq!(parse(b"\n\n"), Err(Error::Empty));
        assert_eq!(parse(b"\"\",\"\""), Err(Error::Empty));
        assert_eq!(parse(b"\xff\xfe"), Err(Error::NotText));
        assert!(matches!(parse(b"a,,c"), Err(Error::Name { place: 2, .. })));
        assert!(matches!(
            parse(b"a,\"b\x1b[2J\""),
            Err(Error::Name { place: 2, .. })
        ));
        assert_eq!(parse(&vec![b'a'; MAX_TEMPLATE + 1]), Err(Error::TooLarge));
        let many = vec!["a"; MAX_COLUMNS + 1].join(",");
        assert_eq!(parse(many.as_bytes()), Err(Error::TooManyColumns));
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn what_is_written_is_read(names in prop::collection::vec("[a-z_.]{1,20}", 1..20)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&names).unwrap();
            let bytes = writer.into_inner().unwrap();
            prop_assert_eq!(parse(&bytes).unwrap().columns, names);
        }
    }
}
