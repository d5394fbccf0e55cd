//! Every guess of the service's contract as a named switch, with the guess as its default.
//!
//! The mark `[G]` in a help text means that nothing public tells how the real service does it;
//! `[F]` that documentation elsewhere shows both ways; `[S]` that the seed documents say so and the
//! switch is there to try the other way. This file parses; it decides nothing.

mod row_fault;
mod words;

use clap::Args;

use crate::fault::Fault;
use crate::jobs::report::Columns;

pub use row_fault::{RowFault, RowFaultKind};
pub(crate) use words::parse_prefix;
pub use words::{
    Approval, Certificates, ClientAuth, CreateBody, CsrForm, CsvReading, ErrorShape, JobTypePlace,
    JsonCase, KeyType, ListMatch, ListShape, Mismatch, Presence, Renamed, SealCipher, SealPadding,
    SignIn, StatusCase, Template, Unknown, Validate, ZipNames,
};
use words::{parse_approval, parse_renamed};

/// Where the Device Trust Manager's batch service lives under the base URL.
pub const DEFAULT_PATH_PREFIX: &str = "/devicetrustmanager/certificate-batch-service/api/v1";
/// Where IoT Trust Manager lives under the base URL.
pub const DEFAULT_IOT_PATH_PREFIX: &str = "/iot/api/v1";
/// The greatest `data` file in bytes: 200 MB read as decimal megabytes, the stricter reading.
pub const DEFAULT_DATA_LIMIT: u64 = 200_000_000;

/// How the sandbox answers where the real service's behaviour is not known.
///
/// `Switches::default()` is what an empty command line gives.
#[derive(Args, Clone, Debug, PartialEq)]
// The texts are for a terminal: their brackets are marks, not links.
#[allow(rustdoc::broken_intra_doc_links)]
pub struct Switches {
    /// Path under which the routes live [S: api; the curl samples of the documents say api-ui]
    #[arg(long, value_name = "PATH", default_value = DEFAULT_PATH_PREFIX, value_parser = parse_prefix, help_heading = "Requests")]
    pub path_prefix: String,
    /// Path under which the routes of IoT Trust Manager live [S for the template, G for the rest]
    #[arg(long, value_name = "PATH", default_value = DEFAULT_IOT_PATH_PREFIX, value_parser = parse_prefix, help_heading = "Requests")]
    pub iot_path_prefix: String,
    /// A field of IoT Trust Manager's create request that has another name, GUESSED=NAME, repeatable [G: most names]
    #[arg(long, value_name = "FIELD", value_parser = parse_renamed, help_heading = "Requests")]
    pub iot_field: Vec<Renamed>,
    /// Ways to sign in that are taken, separated by commas [S: the first two; F: passcode, G for batches]
    #[arg(
        long,
        value_name = "WAYS",
        value_enum,
        value_delimiter = ',',
        default_value = "api-key,client-certificate,passcode",
        help_heading = "Requests"
    )]
    pub sign_in: Vec<SignIn>,
    /// How who shows no client certificate is refused at the address for them [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Requests")]
    pub client_auth: ClientAuth,
    /// Where job_type is expected [G: only a curl sample shows it in the query]
    #[arg(long, value_enum, default_value_t, help_heading = "Requests")]
    pub job_type: JobTypePlace,
    /// Whether certificate_policy_id must be sent [G: the table and the text contradict each other]
    #[arg(long, value_enum, default_value_t, help_heading = "Requests")]
    pub policy_id: Presence,
    /// Greatest data file in bytes [G: 200 MB is documented, MB or MiB is not]
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_DATA_LIMIT, help_heading = "Requests")]
    pub data_limit: u64,

    /// When faults of the whole file are found: at upload (400) or while processing (FAILED job) [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Data file")]
    pub validate: Validate,
    /// CSV reading: strict, or lenient (bears a BOM and one empty trailing column) [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Data file")]
    pub csv: CsvReading,
    /// Columns that must be there besides csr, separated by commas [G: they come from the policy]
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "device_name,subject.common_name",
        help_heading = "Data file"
    )]
    pub required_columns: Vec<String>,
    /// The same for IoT Trust Manager [G: they come from the enrolment profile]
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "subject.common_name",
        help_heading = "Data file"
    )]
    pub iot_required_columns: Vec<String>,
    /// Columns of the CSV template behind the required ones, separated by commas [G: they come from the policy]
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "subject.organization_name,san.dns_name",
        help_heading = "Data file"
    )]
    pub template_columns: Vec<String>,
    /// What the CSV template has; off answers 404 [S: that there is one; G: whether it names csr]
    #[arg(long, value_enum, default_value_t, help_heading = "Data file")]
    pub template: Template,
    /// What happens with columns that are not known [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Data file")]
    pub unknown_columns: Unknown,
    /// Which form of PEM a csr cell may have: one unbroken line, several lines, or either [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Data file")]
    pub csr_form: CsrForm,
    /// How devices are named from a ZIP of certificate requests: by the file's name, or by the request's common name [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Data file")]
    pub zip_names: ZipNames,
    /// Key types that the policy allows, separated by commas [G]
    #[arg(
        long,
        value_name = "TYPES",
        value_enum,
        value_delimiter = ',',
        default_value = "P_256",
        help_heading = "Data file"
    )]
    pub key_types: Vec<KeyType>,
    /// A CSV value that differs from the CSR's: the CSV wins silently, with a WARNING, or the row fails [F: the CSV wins]
    #[arg(long, value_enum, default_value_t, help_heading = "Data file")]
    pub mismatch: Mismatch,

    /// HTTP status of a created job: 200, 201 or 202 [S: 200]
    #[arg(long, value_name = "STATUS", default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..=202), help_heading = "Answers")]
    pub create_status: u16,
    /// Body of the answer to a created job [G: the id is documented, its place is not]
    #[arg(long, value_enum, default_value_t, help_heading = "Answers")]
    pub create_body: CreateBody,
    /// Shape of an error: {"errors":[{…}]} or {"error":{…}} [F: both occur]
    #[arg(long, value_enum, default_value_t, help_heading = "Answers")]
    pub error_shape: ErrorShape,
    /// Spelling of the JSON names of a job [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Answers")]
    pub json_case: JsonCase,
    /// Answer 404 to the list of jobs [G: that there is a list is a guess]
    #[arg(long, help_heading = "Answers")]
    pub no_list: bool,
    /// Shape of the list of jobs [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Answers")]
    pub list_shape: ListShape,
    /// How the list's name= is compared [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Answers")]
    pub list_match: ListMatch,
    /// Columns of the report, as SOURCE or HEADER=SOURCE, separated by commas; sources: row, line,
    /// device_name, subject.common_name, status, message, certificate_serial_number, device_id [G]
    #[arg(
        long,
        value_name = "COLUMNS",
        default_value_t,
        help_heading = "Answers"
    )]
    pub report_columns: Columns,
    /// What the certificates route gives; off answers 404 [G: the route and its content are guesses]
    #[arg(long, value_enum, default_value_t, help_heading = "Answers")]
    pub certificates: Certificates,
    /// Add the issuing CA's certificate after the device's in each PEM file [G]
    #[arg(long, help_heading = "Answers")]
    pub certificate_chain: bool,

    /// What certificates with keys are encrypted with, for a certificate [F: a documented command names aes256; G: all else]
    #[arg(
        long,
        value_enum,
        default_value_t,
        help_heading = "Keys of the service"
    )]
    pub seal_cipher: SealCipher,
    /// How an RSA certificate is encrypted to [G]
    #[arg(
        long,
        value_enum,
        default_value_t,
        help_heading = "Keys of the service"
    )]
    pub seal_padding: SealPadding,
    /// CMS as BER of indefinite length instead of DER [G: services in Java often do that]
    #[arg(long, help_heading = "Keys of the service")]
    pub seal_stream: bool,

    /// How many status requests say IN_PROGRESS before the end [the service's own time is unknown]
    #[arg(long, value_name = "N", default_value_t = 2, help_heading = "Job")]
    pub polls: u32,
    /// Approval before processing: none, manual (PUT …/approve or …/reject), or after N status
    /// requests that say PENDING_APPROVAL [S: the status; G: when it is needed, and the route]
    #[arg(long, value_name = "none|manual|N", default_value_t, value_parser = parse_approval, help_heading = "Job")]
    pub approval: Approval,
    /// A status word that the very first status request gets, such as one nobody knows [G]
    #[arg(long, value_name = "WORD", help_heading = "Job")]
    pub first_status: Option<String>,
    /// Word for a job in work [S]
    #[arg(
        long,
        value_name = "WORD",
        default_value = "IN_PROGRESS",
        help_heading = "Job"
    )]
    pub in_progress_word: String,
    /// Word for a job that has ended well [S: COMPLETE; COMPLETED and EXECUTED occur elsewhere]
    #[arg(
        long,
        value_name = "WORD",
        default_value = "COMPLETE",
        help_heading = "Job"
    )]
    pub complete_word: String,
    /// Word for a job of which no row succeeded [S]
    #[arg(
        long,
        value_name = "WORD",
        default_value = "FAILED",
        help_heading = "Job"
    )]
    pub failed_word: String,
    /// Case of the status words [G]
    #[arg(long, value_enum, default_value_t, help_heading = "Job")]
    pub status_case: StatusCase,

    /// A fault to play, OPERATION=KIND[:PARAMETER]…, repeatable.
    ///
    /// Operations: create, status, report, certificates, list, approve, template, any.
    /// Kinds: an HTTP status such as 503; garbage (200, not JSON); redirect=URL; hang (never answers);
    /// drop (closes the connection before acting); lost-answer (acts, then closes the connection); late-answer (acts, and answers after whoever asks has given up).
    /// Parameters: times=N (only so many requests), after=N (not the first N), retry-after=SECONDS,
    /// retry-after-date=SECONDS (the same as an HTTP date).
    /// Example: create=503:retry-after=1:times=2
    #[arg(long, value_name = "FAULT", help_heading = "Faults")]
    pub fault: Vec<Fault>,
    /// A fault of single rows or of their certificates, KIND=ROW[,ROW]…, repeatable; rows count from 1.
    ///
    /// Kinds: refused (the row fails); other-name, no-san, other-key, other-issuer, expired (what is wrong with its certificate);
    /// missing (issued, and not handed out); extra (one more, of nobody); twice (two for the same key); swapped (it and the row
    /// before have each other's key); swapped-files (they stand under each other's name, and are right).
    /// Example: refused=3,7
    #[arg(long, value_name = "FAULT", help_heading = "Faults")]
    pub row_fault: Vec<RowFault>,
}

impl Default for Switches {
    fn default() -> Self {
        Switches {
            path_prefix: DEFAULT_PATH_PREFIX.into(),
            iot_path_prefix: DEFAULT_IOT_PATH_PREFIX.into(),
            iot_field: Vec::new(),
            sign_in: vec![SignIn::ApiKey, SignIn::ClientCertificate, SignIn::Passcode],
            client_auth: ClientAuth::default(),
            job_type: JobTypePlace::default(),
            policy_id: Presence::default(),
            data_limit: DEFAULT_DATA_LIMIT,
            validate: Validate::default(),
            csv: CsvReading::default(),
            required_columns: vec!["device_name".into(), "subject.common_name".into()],
            iot_required_columns: vec!["subject.common_name".into()],
            template_columns: vec!["subject.organization_name".into(), "san.dns_name".into()],
            template: Template::default(),
            unknown_columns: Unknown::default(),
            csr_form: CsrForm::default(),
            zip_names: ZipNames::default(),
            key_types: vec![KeyType::P256],
            mismatch: Mismatch::default(),
            create_status: 200,
            create_body: CreateBody::default(),
            error_shape: ErrorShape::default(),
            json_case: JsonCase::default(),
            no_list: false,
            list_shape: ListShape::default(),
            list_match: ListMatch::default(),
            report_columns: Columns::default(),
            certificates: Certificates::default(),
            certificate_chain: false,
            seal_cipher: SealCipher::default(),
            seal_padding: SealPadding::default(),
            seal_stream: false,
            polls: 2,
            approval: Approval::default(),
            first_status: None,
            in_progress_word: "IN_PROGRESS".into(),
            complete_word: "COMPLETE".into(),
            failed_word: "FAILED".into(),
            status_case: StatusCase::default(),
            fault: Vec::new(),
            row_fault: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        switches: Switches,
    }

    #[test]
    fn an_empty_command_line_is_the_default() {
        let line = Line::try_parse_from(["sandbox"]).unwrap();
        assert_eq!(line.switches, Switches::default());
    }

    #[test]
    fn every_switch_has_a_help_text_and_every_guess_its_mark() {
        Line::command().debug_assert();
        for argument in Line::command().get_arguments() {
            let help = argument.get_help().map(ToString::to_string);
            assert!(help.is_some_and(|help| !help.is_empty()), "{argument}");
        }
        let help = Line::command().render_long_help().to_string();
        assert!(help.matches("[G").count() >= 15, "{help}");
    }

    #[test]
    fn words_and_lists_are_read() {
        let line = Line::try_parse_from([
            "sandbox",
            "--create-body=job-id",
            "--key-types=P_256,RSA_2048",
            "--approval=3",
            "--report-columns=Row=row,status",
            "--fault=create=503:retry-after=1:times=2",
            "--fault=status=hang",
        ])
        .unwrap();
        assert_eq!(line.switches.create_body, CreateBody::JobId);
        assert_eq!(line.switches.key_types, [KeyType::P256, KeyType::Rsa2048]);
        assert_eq!(line.switches.approval, Approval::AfterPolls(3));
        assert_eq!(line.switches.fault.len(), 2);
    }

    #[test]
    fn wrong_words_are_refused() {
        for argument in [
            "--approval=soon",
            "--create-status=404",
            "--create-body=xml",
            "--fault=create",
            "--report-columns=colour",
            "--path-prefix=api",
            "--path-prefix=/api/",
            "--path-prefix=/{id}",
        ] {
            assert!(
                Line::try_parse_from(["sandbox", argument]).is_err(),
                "{argument}"
            );
        }
    }
}
