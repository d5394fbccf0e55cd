//! The codes themselves. One is added with its entry in `ERRORS.md`, is never given another meaning, and is never used again once
//! it is gone.

/// Makes the type, its words, and the list of all from one table.
macro_rules! codes {
    ($($name:ident = $word:literal,)*) => {
        /// A stable word for what a person looks up and acts on. What each means stands in `ERRORS.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $word, "`")] $name,)*
        }

        impl Code {
            /// All of them, in the order of `ERRORS.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

codes! {
    // The command line and this machine
    BadArguments = "bad-arguments",
    LogFileUnusable = "log-file-unusable",
    Interrupted = "interrupted",
    NoRandomness = "no-randomness",
    SystemRefuses = "system-refuses",
    // Configuration
    ConfigUnreadable = "config-unreadable",
    ConfigSyntax = "config-syntax",
    UnknownSetting = "unknown-setting",
    BadSetting = "bad-setting",
    ServiceMissing = "service-missing",
    NetworkMissing = "network-missing",
    CredentialMissing = "credential-missing",
    SecretExposed = "secret-exposed",
    SecretUnusable = "secret-unusable",
    TemplateUnusable = "template-unusable",
    NoDataFolder = "no-data-folder",
    // Ports
    PortMissing = "port-missing",
    PortForbidden = "port-forbidden",
    PortBusy = "port-busy",
    PortUnusable = "port-unusable",
    NowhereToLook = "nowhere-to-look",
    NoBoardCame = "no-board-came",
    TooFewBoards = "too-few-boards",
    UnknownBoard = "unknown-board",
    BoardNotThere = "board-not-there",
    // Boards that are refused
    BadIdentity = "bad-identity",
    MacOutOfRange = "mac-out-of-range",
    RequestBroken = "request-broken",
    RequestDiffers = "request-differs",
    ProofWrong = "proof-wrong",
    IdentityChanged = "identity-changed",
    SameKeyTwice = "same-key-twice",
    SameMacTwice = "same-mac-twice",
    SameNameTwice = "same-name-twice",
    KeyChanged = "key-changed",
    BoardError = "board-error",
    BoardRandomness = "board-randomness",
    BoardMemory = "board-memory",
    BoardLocked = "board-locked",
    FirmwareTooOld = "firmware-too-old",
    NoCommonVersion = "no-common-version",
    RequestTooLong = "request-too-long",
    ChainRefused = "chain-refused",
    WrongAnswer = "wrong-answer",
    LineEchoes = "line-echoes",
    NotInBatch = "not-in-batch",
    InOtherBatch = "in-other-batch",
    CertificatePending = "certificate-pending",
    CertificateNotIssued = "certificate-not-issued",
    OtherCertificate = "other-certificate",
    LeftAlone = "left-alone",
    // Boards that are lost
    LineGone = "line-gone",
    BoardSilent = "board-silent",
    LineNoise = "line-noise",
    // The network door
    AddressInUse = "address-in-use",
    AddressUnusable = "address-unusable",
    BenchKeyMissing = "bench-key-missing",
    BenchKeyUnusable = "bench-key-unusable",
    HostKeyRefused = "host-key-refused",
    TokenWrong = "token-wrong",
    TokenOver = "token-over",
    TokensUnusable = "tokens-unusable",
    UnknownToken = "unknown-token",
    PageUnusable = "page-unusable",
    // The batch and its store
    NoBatch = "no-batch",
    BatchInUse = "batch-in-use",
    BatchEmpty = "batch-empty",
    BatchSubmitted = "batch-submitted",
    BatchNotSubmitted = "batch-not-submitted",
    OtherBatch = "other-batch",
    ColumnsChanged = "columns-changed",
    NamesAlike = "names-alike",
    StoreDamaged = "store-damaged",
    StoreGone = "store-gone",
    StoreVersion = "store-version",
    StoreFailed = "store-failed",
    LogBroken = "log-broken",
    // The service
    HostUnknown = "host-unknown",
    ConnectionRefused = "connection-refused",
    ServiceTimeout = "service-timeout",
    ServiceUnreachable = "service-unreachable",
    UploadCut = "upload-cut",
    TlsUnknownIssuer = "tls-unknown-issuer",
    TlsWrongName = "tls-wrong-name",
    TlsOutOfDate = "tls-out-of-date",
    TlsFailed = "tls-failed",
    ClientCertificateNeeded = "client-certificate-needed",
    ClientCertificateRejected = "client-certificate-rejected",
    KeyRejected = "key-rejected",
    PasscodeRejected = "passcode-rejected",
    AccessDenied = "access-denied",
    ServiceNotFound = "service-not-found",
    RequestRejected = "request-rejected",
    TooLarge = "too-large",
    TooManyRequests = "too-many-requests",
    ServiceFault = "service-fault",
    ServiceRedirects = "service-redirects",
    AnswerUnreadable = "answer-unreadable",
    AnswerLost = "answer-lost",
    NotOffered = "not-offered",
    BadValue = "bad-value",
    // Jobs
    JobFailed = "job-failed",
    UnknownJobStatus = "unknown-job-status",
    SubmissionInterrupted = "submission-interrupted",
    SubmissionUnknown = "submission-unknown",
    JobNameTaken = "job-name-taken",
    JobTwin = "job-twin",
    WrongJob = "wrong-job",
    NothingToDo = "nothing-to-do",
    DataChanged = "data-changed",
    ReportPending = "report-pending",
    ReportUnreadable = "report-unreadable",
    // Certificates and keys
    CertificateUnreadable = "certificate-unreadable",
    CertificateUnexpected = "certificate-unexpected",
    CertificateDiffers = "certificate-differs",
    CertificateExpired = "certificate-expired",
    CertificateUntrusted = "certificate-untrusted",
    DownloadUnusable = "download-unusable",
    OwnKeyUnusable = "own-key-unusable",
    PassphraseMissing = "passphrase-missing",
    PassphraseWrong = "passphrase-wrong",
    KeyPairMismatch = "key-pair-mismatch",
    NotForThisKey = "not-for-this-key",
    EncryptedFileUnusable = "encrypted-file-unusable",
    // Files
    FileMissing = "file-missing",
    FileForbidden = "file-forbidden",
    FolderReadOnly = "folder-read-only",
    DiskFull = "disk-full",
    FileUnusable = "file-unusable",
    FileExists = "file-exists",
    DataFileUnusable = "data-file-unusable",
    DataFileFaulty = "data-file-faulty",
    LabelTooSmall = "label-too-small",
    // The demo
    DemoPartMissing = "demo-part-missing",
    DemoFolder = "demo-folder",
    DemoBoardFailed = "demo-board-failed",
    NoMorePtys = "no-more-ptys",
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
