//! From flags, from the local service's line and from whoever answers, to answers. What has a flag is not asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use super::answers::{self, Answers, SignIn, URL, VARIABLE, plain};
use super::{InitError, Person, Sandbox, names};
use crate::cli::args::{Init, InitService, InitSignIn, duration};
use crate::config::Kind;
use crate::link::serial::expand;

/// For how long a token lets boards in, unless somebody says otherwise: a shift with its changes of hands.
const USUAL_TIME: &str = "12h";

/// What is to be written.
#[derive(Debug)]
pub struct Wanted {
    /// What stands in the configuration.
    pub answers: Answers,
    /// The API key of the local service.
    pub api_key: Option<SecretString>,
    /// The join token, where boards come by network.
    pub token: Option<TokenLimits>,
}

/// What a join token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenLimits {
    /// So many boards; any number where `None`.
    pub boards: Option<u64>,
    /// For so long.
    pub valid_for: Duration,
}

/// Puts them together.
///
/// # Errors
/// [`InitError::Answer`] for a flag that can't be used; and where whoever was asked ended it.
pub fn gather(args: &Init, sandbox: Option<Sandbox>, person: Person) -> Result<Wanted, InitError> {
    let folder = args.batch.as_path();
    let mut answers = Answers::default();
    let api_key = if let Some(sandbox) = sandbox {
        let kind = args.service.kind.unwrap_or_default();
        Some(sandbox.answer(folder, kind, &mut answers)?)
    } else {
        service(folder, &args.service, person, &mut answers)?;
        answers.sign_in = sign_in(folder, &args.sign_in, person)?;
        ids(&args.service, person, &mut answers)?;
        None
    };
    columns(args, person, &mut answers)?;
    answers.ports = ports(&args.boards.serial, person)?;
    answers.listen = if args.boards.listen.is_some() {
        args.boards.listen
    } else {
        let check = |text: &str| answers::listen(text).map(drop);
        let question = "Boards on the network dial in at (0.0.0.0:7443, or none)";
        let answer = person.text(question, "none", check)?;
        answers::listen(&answer).map_err(wrong("--listen"))?
    };
    let token = if answers.listen.is_some() {
        Some(limits(args, person)?)
    } else {
        refuse_useless(args)?;
        None
    };
    if answers.root.is_none() {
        answers.root = path(
            folder,
            ("--root", args.boards.root.as_deref()),
            "File with the root of device certificates (empty: later)",
            person,
        )?;
    }
    Ok(Wanted {
        answers,
        api_key,
        token,
    })
}

/// What is given and would do nothing is a slip.
fn refuse_useless(args: &Init) -> Result<(), InitError> {
    let given = [
        ("--token-boards", args.boards.token_boards.is_some()),
        ("--token-valid-for", args.boards.token_valid_for.is_some()),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((flag, _)) => Err(InitError::Answer {
            flag,
            why: "boards need a join token only where they dial in: give --listen too".to_owned(),
        }),
    }
}

fn wrong(flag: &'static str) -> impl FnOnce(String) -> InitError {
    move |why| InitError::Answer { flag, why }
}

fn service(
    folder: &Path,
    given: &InitService,
    person: Person,
    answers: &mut Answers,
) -> Result<(), InitError> {
    answers.kind = if let Some(kind) = given.kind {
        kind
    } else {
        let items = ["Device Trust Manager", "IoT Trust Manager"];
        match person.choice("Service", &items)? {
            0 => Kind::DeviceTrustManager,
            _ => Kind::IotTrustManager,
        }
    };
    answers.url = match &given.url {
        Some(url) => url.clone(),
        None => person.text("Its address", URL, answers::url)?,
    };
    answers::url(&answers.url).map_err(wrong("--url"))?;
    // Not asked: only those with a private instance need it, and they know.
    let ca_file = given.ca_file.as_deref();
    answers.ca_file = ca_file
        .map(|path| answers::file(folder, "--ca-file", path))
        .transpose()?;
    Ok(())
}

fn sign_in(folder: &Path, given: &InitSignIn, person: Person) -> Result<SignIn, InitError> {
    if let (Some(certificate), Some(key)) = (&given.client_certificate, &given.client_key) {
        return Ok(SignIn::Certificate {
            certificate: answers::file(folder, "--client-certificate", certificate)?,
            key: answers::file(folder, "--client-key", key)?,
        });
    }
    if let Some(path) = &given.api_key_file {
        return answers::file(folder, "--api-key-file", path).map(SignIn::File);
    }
    if let Some(name) = &given.api_key_env {
        answers::variable(name).map_err(wrong("--api-key-env"))?;
        return Ok(SignIn::Variable(name.clone()));
    }
    let items = [
        "an API key in an environment variable",
        "an API key in a file",
        "a TLS client certificate",
    ];
    let file = |question: &str, usual: &str, flag| {
        let answer = person.text(question, usual, plain)?;
        answers::file(folder, flag, Path::new(&answer))
    };
    Ok(match person.choice("The bench signs in with", &items)? {
        0 => SignIn::Variable(person.text(
            "Name of the variable (not the key itself)",
            VARIABLE,
            answers::variable,
        )?),
        1 => SignIn::File(file(
            "File with the key (not the key itself)",
            names::API_KEY,
            "--api-key-file",
        )?),
        _ => SignIn::Certificate {
            certificate: file(
                "File with the certificate",
                "client.pem",
                "--client-certificate",
            )?,
            key: file("File with its private key", "client.key", "--client-key")?,
        },
    })
}

fn ids(given: &InitService, person: Person, answers: &mut Answers) -> Result<(), InitError> {
    let other = |flag: &'static str, value: &Option<String>| {
        if value.is_none() {
            return Ok(());
        }
        let why = format!("it is not for the {}", answers.kind.as_str());
        Err(InitError::Answer { flag, why })
    };
    let id = |flag: &'static str, value: &Option<String>, question: &str| match value {
        Some(id) => {
            plain(id).map_err(wrong(flag))?;
            Ok::<_, InitError>(Some(id.clone()).filter(|id| !id.trim().is_empty()))
        }
        None => person.optional(question, plain),
    };
    match answers.kind {
        Kind::DeviceTrustManager => {
            other("--enrollment-profile-id", &given.enrollment_profile_id)?;
            let question = "Id of the device group (empty: later)";
            answers.device_group_id = id("--device-group-id", &given.device_group_id, question)?;
            let question = "Id of the certificate policy (empty: later)";
            let policy = &given.certificate_policy_id;
            answers.certificate_policy_id = id("--certificate-policy-id", policy, question)?;
        }
        Kind::IotTrustManager => {
            other("--device-group-id", &given.device_group_id)?;
            other("--certificate-policy-id", &given.certificate_policy_id)?;
            let question = "Id of the enrolment profile (empty: later)";
            let profile = &given.enrollment_profile_id;
            answers.enrollment_profile_id = id("--enrollment-profile-id", profile, question)?;
        }
    }
    Ok(())
}

fn columns(args: &Init, person: Person, answers: &mut Answers) -> Result<(), InitError> {
    let given = &args.boards;
    answers.organization = match &given.organization {
        Some(name) => {
            plain(name).map_err(wrong("--organization"))?;
            Some(name.clone()).filter(|name| !name.trim().is_empty())
        }
        None => person
            .optional("Organization in the certificates (empty: none)", plain)?
            .or(answers.organization.take()),
    };
    answers.common_name = if let Some(pattern) = &given.common_name {
        pattern.clone()
    } else {
        let question = "Common name; {name} and {mac_plain} are the board's";
        person.text(question, &answers.common_name, answers::common_name)?
    };
    answers::common_name(&answers.common_name).map_err(wrong("--common-name"))
}

fn ports(given: &[String], person: Person) -> Result<Vec<String>, InitError> {
    if !given.is_empty() {
        return answers::ports(&given.join(" ")).map_err(wrong("--serial"));
    }
    let usual = answers::usual_ports();
    let plugged = expand(&usual).unwrap_or_default();
    let plugged: Vec<_> = plugged
        .iter()
        .map(|path: &PathBuf| path.display().to_string())
        .collect();
    person.tell(&match plugged.as_slice() {
        [] => "Nothing is plugged in at the usual ports now.".to_owned(),
        plugged => format!("Plugged in now: {}", plugged.join(", ")),
    });
    let check = |text: &str| answers::ports(text).map(drop);
    let answer = person.text("Boards on cables at (or none)", &usual.join(" "), check)?;
    answers::ports(&answer).map_err(wrong("--serial"))
}

fn limits(args: &Init, person: Person) -> Result<TokenLimits, InitError> {
    let given = &args.boards;
    let number = |text: &str| {
        let number: Option<u64> = text.parse().ok();
        let number = number.filter(|number| (1..=10_000_000).contains(number));
        number.ok_or_else(|| "give a number from 1 to 10000000".to_owned())
    };
    let boards = if given.token_boards.is_some() {
        given.token_boards
    } else {
        let question = "How many boards the join token lets in (empty: any)";
        let answer = person.optional(question, |text| number(text).map(drop))?;
        let number = answer.map(|text| number(&text)).transpose();
        number.map_err(wrong("--token-boards"))?
    };
    let valid_for = if let Some(time) = given.token_valid_for {
        time
    } else {
        let check = |text: &str| duration(text).map(drop);
        let answer = person.text("For how long (90m, 12h, 30d)", USUAL_TIME, check)?;
        duration(&answer).map_err(wrong("--token-valid-for"))?
    };
    Ok(TokenLimits { boards, valid_for })
}

fn path(
    folder: &Path,
    (flag, given): (&'static str, Option<&Path>),
    question: &str,
    person: Person,
) -> Result<Option<String>, InitError> {
    let path = match given {
        Some(path) => Some(path.to_owned()),
        None => person.optional(question, plain)?.map(PathBuf::from),
    };
    path.map(|path| answers::file(folder, flag, &path))
        .transpose()
}
