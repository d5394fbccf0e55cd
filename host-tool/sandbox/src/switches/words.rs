//! The words that switches are set to. Each set is closed, its first word the default.

use clap::ValueEnum;

/// A closed set of words on the command line, the first one the default.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident $(, $(#[$rest_doc:meta])* $rest:ident)* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
        pub enum $name {
            $(#[$first_doc])* #[default] $first,
            $($(#[$rest_doc])* $rest,)*
        }
    };
}

words! {
    /// Where `job_type` stands in a create request.
    JobTypePlace {
        /// In the query.
        Query,
        /// In the form.
        Form,
        /// In either.
        Either,
    }
}
words! {
    /// Whether a field must be sent.
    Presence {
        /// Refused without it.
        Required,
        /// Taken without it.
        Optional,
    }
}
words! {
    /// When faults of the whole data file are found.
    Validate {
        /// The request is refused.
        Upload,
        /// The job is made and ends as FAILED.
        Processing,
    }
}
words! {
    /// How forgiving the CSV reader is.
    CsvReading {
        /// A BOM and empty trailing columns are faults.
        Strict,
        /// A BOM and one empty trailing column are borne.
        Lenient,
    }
}
words! {
    /// What an unknown column does.
    Unknown {
        /// It is ignored.
        Accept,
        /// The file is refused.
        Refuse,
    }
}
words! {
    /// How the PEM in a `csr` cell may be broken into lines.
    CsrForm {
        /// Both forms.
        Either,
        /// Only one unbroken line.
        Line,
        /// Only several lines.
        Lines,
    }
}
words! {
    /// How devices are named from a ZIP of certificate requests.
    ZipNames {
        /// By the file's name without its extension.
        FileName,
        /// By the request's common name.
        CommonName,
    }
}
words! {
    /// What a CSV value does that differs from the CSR's.
    Mismatch {
        /// The CSV's value is certified without a word.
        Override,
        /// The CSV's value is certified, and the row carries a warning.
        Warn,
        /// The row fails.
        Refuse,
    }
}
words! {
    /// The body of the answer to a created job.
    CreateBody {
        /// `{"id":"…"}`
        Id,
        /// `{"job_id":"…"}`
        JobId,
        /// A JSON string.
        String,
        /// The bare id as text.
        Bare,
    }
}
words! {
    /// The shape of an error's body.
    ErrorShape {
        /// `{"errors":[{"code","message"}]}`
        Errors,
        /// `{"error":{"code","message"}}`
        Error,
    }
}
words! {
    /// The spelling of JSON names.
    JsonCase {
        /// `created_at`
        Snake,
        /// `createdAt`
        Camel,
    }
}
words! {
    /// The shape of the list of jobs.
    ListShape {
        /// `{"total","offset","limit","records":[…]}`
        Records,
        /// `{"jobs":[…]}`
        Jobs,
        /// A bare array.
        Array,
    }
}
words! {
    /// How the list compares names.
    ListMatch {
        /// The whole name.
        Exact,
        /// A part of it.
        Contains,
    }
}
words! {
    /// What the certificates route gives.
    Certificates {
        /// What the create request asked for; a ZIP of PEM files where it did not.
        AsAsked,
        /// A ZIP of PEM files.
        ZipPem,
        /// A ZIP of DER files.
        ZipDer,
        /// A JSON list.
        Json,
        /// 404.
        Off,
    }
}
words! {
    /// What the contents of a sealed answer are encrypted with.
    SealCipher {
        /// What the documented command names.
        Aes256Cbc,
        /// A shorter key.
        Aes128Cbc,
        /// With a tag that shows a change (RFC 5083).
        Aes256Gcm,
    }
}
words! {
    /// How the key of a sealed answer is encrypted for an RSA certificate.
    SealPadding {
        /// PKCS#1 v1.5.
        Pkcs1,
        /// OAEP with SHA-1, as RFC 8017 has it where nothing is said.
        Oaep,
        /// OAEP with SHA-256.
        OaepSha256,
    }
}
words! {
    /// The case of status words.
    StatusCase {
        /// As the words are set.
        AsIs,
        /// All lower case.
        Lower,
    }
}

words! {
    /// A way to sign in.
    SignIn {
        /// `x-api-key`.
        ApiKey,
        /// A TLS client certificate, at the door for them.
        ClientCertificate,
        /// `x-passcode`.
        Passcode,
    }
}
words! {
    /// How the door for client certificates refuses who has none.
    ClientAuth {
        /// In the TLS handshake.
        Tls,
        /// With 401.
        Http,
    }
}
words! {
    /// What the CSV template has.
    Template {
        /// All columns of the policy, `csr` included.
        WithCsr,
        /// Without `csr`.
        WithoutCsr,
        /// 404.
        Off,
    }
}

/// A public key's algorithm and size, by the service's own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyType {
    /// RSA, 2048 bits.
    #[value(name = "RSA_2048")]
    Rsa2048,
    /// RSA, 3072 bits.
    #[value(name = "RSA_3072")]
    Rsa3072,
    /// RSA, 4096 bits.
    #[value(name = "RSA_4096")]
    Rsa4096,
    /// NIST P-256.
    #[value(name = "P_256")]
    P256,
    /// NIST P-384.
    #[value(name = "P_384")]
    P384,
    /// NIST P-521. Known by name; the sandbox cannot verify its signatures.
    #[value(name = "P_521")]
    P521,
    /// Ed25519.
    #[value(name = "ED_25519")]
    Ed25519,
}

impl KeyType {
    /// The key type of this name, in either case.
    pub(crate) fn of_name(name: &str) -> Option<KeyType> {
        let all = KeyType::value_variants().iter().copied();
        let mut same = all.filter(|kind| kind.name().eq_ignore_ascii_case(name));
        same.next()
    }

    /// The service's name of the key type.
    pub fn name(self) -> &'static str {
        match self {
            KeyType::Rsa2048 => "RSA_2048",
            KeyType::Rsa3072 => "RSA_3072",
            KeyType::Rsa4096 => "RSA_4096",
            KeyType::P256 => "P_256",
            KeyType::P384 => "P_384",
            KeyType::P521 => "P_521",
            KeyType::Ed25519 => "ED_25519",
        }
    }
}

/// Whether a person must approve a job before it is processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Approval {
    /// No.
    #[default]
    None,
    /// Yes, by `PUT …/approve`.
    Manual,
    /// By itself, after so many status requests.
    AfterPolls(u32),
}

impl std::fmt::Display for Approval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Approval::None => f.write_str("none"),
            Approval::Manual => f.write_str("manual"),
            Approval::AfterPolls(polls) => write!(f, "{polls}"),
        }
    }
}

pub(super) fn parse_approval(text: &str) -> Result<Approval, String> {
    match text {
        "none" => Ok(Approval::None),
        "manual" => Ok(Approval::Manual),
        _ => match text.parse() {
            Ok(0) => Ok(Approval::None),
            Ok(polls) => Ok(Approval::AfterPolls(polls)),
            Err(_) => Err("expected none, manual, or a number of status requests".into()),
        },
    }
}

/// A field of IoT Trust Manager's create request that is called otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The name that is guessed.
    pub known: String,
    /// The name that is taken.
    pub sent: String,
}

pub(super) fn parse_renamed(text: &str) -> Result<Renamed, String> {
    match text.split_once('=') {
        Some((known, sent)) if !known.is_empty() && !sent.is_empty() => Ok(Renamed {
            known: known.to_owned(),
            sent: sent.to_owned(),
        }),
        _ => Err("expected GUESSED=NAME".into()),
    }
}

/// A path prefix that routes can be put under: `/` and plain segments, no `/` at its end.
pub(crate) fn parse_prefix(text: &str) -> Result<String, String> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let good = text.strip_prefix('/').is_some_and(|rest| {
        rest.split('/')
            .all(|segment| !segment.is_empty() && segment.bytes().all(plain))
    });
    if good {
        Ok(text.to_owned())
    } else {
        Err("a path such as /service/api/v1 is needed".into())
    }
}
