//! A certificate request as it stands in its CSV cell (RFC 7468 section 7).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::config::CsrCell;

const BEGIN: &str = "-----BEGIN CERTIFICATE REQUEST-----";
const END: &str = "-----END CERTIFICATE REQUEST-----";

/// Characters of base64 in a line (RFC 7468 section 2).
const LINE: usize = 64;

/// The cell's text for a certificate request in DER.
pub fn certificate_request_cell(der: &[u8], cell: CsrCell) -> String {
    let text = BASE64_STANDARD.encode(der);
    match cell {
        CsrCell::OneLine => [BEGIN, &text, END].concat(),
        CsrCell::MultiLine => {
            let lines = text.as_bytes().chunks(LINE).map(String::from_utf8_lossy);
            let body: Vec<_> = lines.collect();
            format!("{BEGIN}\n{}\n{END}\n", body.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let der = [0x30; 60];
        let one = certificate_request_cell(&der, CsrCell::OneLine);
        assert!(one.starts_with("-----BEGIN CERTIFICATE REQUEST-----MDAw"));
        assert!(one.ends_with("MDAw-----END CERTIFICATE REQUEST-----") && !one.contains('\n'));
        let several = certificate_request_cell(&der, CsrCell::MultiLine);
        let lengths: Vec<_> = several.lines().map(str::len).collect();
        assert_eq!(lengths, [35, 64, 16, 33]);
    }
}
