//! Every kind of finding: its stable code, how grave it is, what it means, what to do. `CHECK.md` holds the same table, and a
//! test keeps the two alike.

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file may pass, and somebody should look at this first.
    Warning,
    /// The file is refused, or does something else than its author means.
    Error,
}

impl Severity {
    /// `error` or `warning`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($code:ident $word:literal $severity:ident $meaning:literal $next:literal)*) => {
        /// A kind of finding. Codes are stable: a word never gets another meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $meaning] $code,)*
        }

        impl Code {
            /// Every code, in the order of the document.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$code => $word,)* }
            }

            /// How grave it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }

            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$code => $meaning,)* }
            }

            /// What to do.
            pub fn next_step(self) -> &'static str {
                match self { $(Self::$code => $next,)* }
            }
        }
    };
}

codes! {
    FileName "file-name" Error "The file's name does not end as its contents ask for: the service goes by `.csv` and `.zip`." "Rename the file."
    FileEmpty "file-empty" Error "There is nothing in the file." "Export the file again."
    FileTooLarge "file-too-large" Error "The file has more than the 200,000,000 bytes that the service takes in one upload." "Pack the CSV into a ZIP, or split the batch into several files."

    ZipDamaged "zip-damaged" Error "The ZIP can't be read: it is cut off, damaged, or of a form that batch files do not have." "Pack the file again."
    ZipEmpty "zip-empty" Error "The ZIP has no entry." "Put one CSV, or the certificate requests, into the ZIP."
    ZipContents "zip-contents" Error "The ZIP holds neither exactly one CSV nor nothing but certificate requests." "Put exactly one CSV into the ZIP, or one PEM request a file and nothing else."
    ZipPath "zip-path" Error "An entry's name could lead out of the folder that it is unpacked into." "Do not unpack this ZIP. Pack the files again, by plain names."
    ZipNested "zip-nested" Error "An entry stands in a folder; the service's documents show flat ZIPs only." "Pack the files again without their folder (`zip -j`)."
    ZipSpecial "zip-special" Error "An entry is a symbolic link or another thing that is no plain file." "Pack the files themselves."
    ZipEncrypted "zip-encrypted" Error "An entry is encrypted." "Pack the files without a password."
    ZipRepeatedName "zip-repeated-name" Error "Two entries have one name (upper and lower case are held to be the same)." "Give each file a name of its own."
    ZipMethod "zip-method" Error "An entry is packed by a method other than the two common ones, stored and deflate." "Pack the files again with deflate."
    ZipExpansion "zip-expansion" Error "The ZIP unpacks to so much that it is no batch file: over 1,000,000,000 bytes, or an entry over 200 times its packed size." "Look at where this file comes from; pack an honest one again."
    ZipLies "zip-lies" Error "What the ZIP says of an entry and what stands there differ: name, size or checksum." "Pack the files again."
    ZipEntryTooLarge "zip-entry-too-large" Error "A certificate request's file has more than 65,536 bytes." "Put one PEM request into each file and nothing else."

    Utf16 "utf-16" Error "The file is UTF-16 or UTF-32; nothing else of it was checked." "Save it as UTF-8 (in a spreadsheet: CSV UTF-8)."
    Encoding "encoding" Error "A value is not UTF-8." "Save the file as UTF-8 and look at the names with letters beyond ASCII."
    ByteOrderMark "byte-order-mark" Warning "The file begins with a byte order mark, which some readers take for a part of the first column's name." "Save it as UTF-8 without a byte order mark."
    ControlCharacter "control-character" Error "A value holds a control character, such as NUL, a tab or a line break." "Take it out."
    InvisibleCharacter "invisible-character" Warning "A value holds a character that can't be seen or that turns the text around it." "Type the value anew."
    LoneCarriageReturn "lone-carriage-return" Warning "A line ends with a carriage return alone; it was read as the end of a row." "End lines with LF or CR LF."

    HeaderMissing "header-missing" Error "The first row names no column that is known, so it seems to be a row of data." "Begin the file with a row of column names, such as those of the service's template."
    NoRows "no-rows" Error "There is a header and no row." "Export the file again."
    WrongDelimiter "wrong-delimiter" Error "The columns are not separated by commas; nothing else was checked." "Save the file with commas between the columns."
    RecordsRunTogether "records-run-together" Error "Records are separated by blanks where line ends belong, as in the printed sample of the service's documents. What follows was read as if there were line ends." "End each record with a line end."
    BlankBesideQuote "blank-beside-quote" Error "A blank stands between a comma and a quote: by RFC 4180 it belongs to the value, and the quote may not stand there. It was left out for the other checks." "Take the blanks beside the commas out."
    QuoteInValue "quote-in-value" Error "A quote stands in a value that is not quoted. The rest of the line was not checked." "Quote the whole value, and double each quote inside it."
    TextAfterQuote "text-after-quote" Error "Text follows a closing quote. The rest of the line was not checked." "Double each quote inside a value."
    UnclosedQuote "unclosed-quote" Error "A quote is opened and not closed in its row." "Close it, and double each quote inside a value."
    ColumnCount "column-count" Error "A row has more or fewer values than the header has columns. Its values were not checked." "Look for a missing or an unquoted comma in the row."
    TrailingColumn "trailing-column" Warning "A comma at the end of a line makes one empty column more, as in the printed sample of the service's documents." "Take the last comma out."
    EmptyRow "empty-row" Warning "An empty line; it was skipped." "Take it out."
    CellTooLong "cell-too-long" Error "A value has more than 65,536 bytes. The row was not checked." "Look for an unclosed quote; no value of a batch is that long."
    RowTooLong "row-too-long" Error "A row has more than 1,048,576 bytes or more than 1,000 values. It was not checked." "Look for an unclosed quote or missing line ends."

    ColumnNameEmpty "column-name-empty" Error "A column has no name." "Name it, or take the column out."
    BlanksInColumnName "blanks-in-column-name" Error "Blanks stand before or behind a column's name; they were left out for the other checks." "Take them out."
    RepeatedColumn "repeated-column" Error "Two columns have one name. Only `subject.organization_unit` may repeat by the documents." "Take one of them out."
    RepeatedNameColumn "repeated-name-column" Warning "A `san.` column repeats; the documents say so of `subject.organization_unit` only." "Try it with a small batch first."
    UnknownColumn "unknown-column" Warning "A column that the service's documents do not name. Columns come from the policy's template, so it may be right." "Compare it with the template (`--template FILE`)."
    MisspelledColumn "misspelled-column" Warning "A column's name is nearly one that the documents name." "Write it as suggested, unless the template has it so."
    OtherServiceColumn "other-service-column" Warning "A column that the documents name for the other service only." "Check --service, or take the column out."
    CsrColumnMissing "csr-column-missing" Error "Keys are made on the devices, and there is no column `csr`." "Add the column, or give --keys server."
    CsrWithServerKeys "csr-with-server-keys" Error "The service is to make the keys, and there is a column `csr`. (A sentence of the documents that asks for one there is a copy error: their sample has none.)" "Take the column out, or give --keys client."
    TemplateColumnMissing "template-column-missing" Error "A column of the template is not in the file." "Add it."
    TemplateExtraColumn "template-extra-column" Warning "A column of the file is not in the template." "Take it out, or download the template again."
    TemplateOrder "template-order" Warning "The columns stand in another order than in the template." "Put them into the template's order."

    ValueMissing "value-missing" Error "A value that every row needs is empty: `csr`, `device_name` or `subject.common_name`, where there is such a column." "Fill it in, or take the row out."
    BlanksAroundValue "blanks-around-value" Warning "Blanks stand before or behind a value and would go into the certificate." "Take them out."
    ValueTooLong "value-too-long" Error "A value has more characters than a certificate may hold (RFC 5280, appendix A.1): 64 for names and organizations, 128 for states and localities." "Shorten it."
    Country "country" Error "A country is not two letters (ISO 3166, RFC 5280)." "Write the country's code of two letters, such as DE."
    Mac "mac" Error "A MAC address is none, or one that no device can have: all zeros, broadcast, multicast." "Write the device's own, as 00:1a:c2:00:00:01 or with hyphens."
    MacOutOfRange "mac-out-of-range" Error "A MAC address is outside of batch.mac_ranges in the configuration." "Check that the row belongs to this batch, or widen the ranges."
    HostInOrganizationUnit "host-in-organization-unit" Warning "An organization unit looks like a host name, as in the sample of the service's documents, whose values are shifted against its columns." "Check that each value stands below its own column."
    DuplicateDeviceName "duplicate-device-name" Error "Two rows have one device name." "Give each device its own, or take the second row out."
    DuplicateCommonName "duplicate-common-name" Warning "Rows share a common name. The service does allow that: its result has a rule for the names of such files." "Make sure that it is meant."
    SameCommonName "same-common-name" Warning "Every row has the same common name, as in the sample of the service's documents, whose values are shifted against its columns." "Check that each value stands below its own column."
    DuplicateMac "duplicate-mac" Error "Two rows have one MAC address." "Find out which device has it; take the other row out."
    DuplicateKey "duplicate-key" Error "Two rows have one public key: a request stands there twice, or two devices made one key." "If the devices are two, set both aside: their randomness is broken."
    DuplicatesNotChecked "duplicates-not-checked" Warning "From this row on it was not looked whether values or keys repeat: the file has more rows than are remembered." "Split the file."

    PrivateKey "private-key" Error "A private key stands where a certificate request belongs. It is not shown here. Whoever has this file has the key." "Do not send this file. Delete it, make a new key on the device, and put its request here."
    CertificateInCell "certificate-in-cell" Error "A certificate stands where a certificate request belongs." "Put the request here."
    PemMarker "pem-marker" Error "The request's BEGIN or END marker is not as RFC 7468 has it: five dashes, BEGIN CERTIFICATE REQUEST, five dashes. It is never repaired: what was damaged may be damaged elsewhere too." "Export the request again."
    PemTextAround "pem-text-around" Error "Something stands before or behind the request in its cell." "Put one request into the cell and nothing else."
    CsrNewLabel "csr-new-label" Warning "The request's label is NEW CERTIFICATE REQUEST, an old form (RFC 7468 section 7)." "Write CERTIFICATE REQUEST in both markers."
    CsrAbbreviated "csr-abbreviated" Error "The request is abbreviated by dots, as in the samples of the service's documents: there is no request." "Put the device's whole request here."
    Base64 "base64" Error "The request's base64 has a character that does not belong there, or is cut off." "Export the request again."
    CsrFormsMixed "csr-forms-mixed" Warning "Some requests stand on one line and some on several. Which form the service takes is not documented." "Write all of them in one form; the documents' samples show one line."
    DerTrailing "der-trailing" Error "Bytes follow the request." "Export the request again."
    CsrUnreadable "csr-unreadable" Error "The request is no PKCS#10 request in DER (RFC 2986)." "Make the request again."
    CsrKey "csr-key" Error "The request's key is not one of P-256, P-384, P-521, RSA of 2048 to 8192 bits, Ed25519, in its common encoding." "Make another key, and a request for it."
    CsrAlgorithm "csr-algorithm" Error "The request is signed by an algorithm that is weak, does not fit the key, or can't be checked here. Taken are ECDSA and RSA PKCS#1 v1.5 with SHA-256, SHA-384 or SHA-512, and Ed25519." "Sign the request with SHA-256."
    CsrSignature "csr-signature" Error "The request's signature does not verify: it was changed after it was made." "Export the request again."
    CsrMismatch "csr-mismatch" Error "The CSV and the request in its row say different things. The service takes the CSV's value without a word, so a shifted row gives a device another one's name." "Find the row that the request belongs to."
    NotInCsr "not-in-csr" Warning "The CSV has a value that the request says nothing of. The service adds it, but nothing shows that the row is the request's own." "Make sure that rows and requests belong together."
    EmptyInCsv "empty-in-csv" Warning "The CSV has an empty value where the request has one. Which of the two counts is not documented." "Fill the value in, or take the column out."
    CsrNotComparable "csr-not-comparable" Warning "The request has a name in a form that can't be compared with the CSV." "Look at the request: openssl req -noout -text."
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_kebab_case_and_each_is_there_once() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            let word = code.word();
            assert!(seen.insert(word), "{word}");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(word.chars().all(plain) && !word.starts_with('-'), "{word}");
        }
    }

    #[test]
    fn the_document_has_every_code_as_it_is() {
        let document = include_str!("../../CHECK.md");
        let rows: Vec<_> = Code::ALL
            .iter()
            .map(|code| {
                let (word, severity) = (code.word(), code.severity().word());
                format!(
                    "| `{word}` | {severity} | {} | {} |",
                    code.meaning(),
                    code.next_step()
                )
            })
            .collect();
        for row in &rows {
            assert!(
                document.lines().any(|line| line == row),
                "CHECK.md lacks\n{row}"
            );
        }
        let documented = document
            .lines()
            .filter(|line| line.starts_with("| `") && !line.starts_with("| `--"))
            .count();
        assert_eq!(documented, rows.len(), "CHECK.md has rows of no code");
    }
}
