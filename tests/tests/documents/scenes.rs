//! What a document takes for granted: boards that are plugged in, what came before, what its reader types.

/// What stands around a document.
#[derive(Clone, Copy, Default)]
pub struct Scene {
    /// Boards on `/dev/ttyACM0` and so on.
    pub cables: u16,
    /// How the sandbox behaves.
    pub switches: &'static [&'static str],
    /// Files that are there.
    pub files: &'static [(&'static str, &'static str)],
    /// Before the first command that begins so, this is run.
    pub before: &'static [(&'static str, &'static str)],
    /// Into the first command that begins so, this is typed.
    pub typed: &'static [(&'static str, &'static str)],
    /// The first command that begins so ends with this code and not with 0.
    pub ends: &'static [(&'static str, i32)],
    /// The first command that begins so stays, once it has made this file.
    pub stays: &'static [(&'static str, &'static str)],
}

impl Scene {
    /// What commands are said to begin with.
    pub fn begins(&self) -> impl Iterator<Item = &'static str> {
        let texts = self
            .before
            .iter()
            .chain(self.typed)
            .chain(self.stays)
            .map(|(begin, _)| *begin);
        texts.chain(self.ends.iter().map(|(begin, _)| *begin))
    }
}

/// The configuration of a batch `line-3`.
const BENCH: &str = r#"
[service]
url = "https://one.digicert.com"
api_key_env = "NAMEPLATE_API_KEY"
device_group_id = "your device group's id"
certificate_policy_id = "IOT_…"
[certificates]
root = "device-root.pem"
intermediates = "issuing.pem"
[columns]
device_name = "{name}"
"subject.common_name" = "{name}"
[serial]
ports = ["/dev/ttyACM*"]
[network]
certificate = "bench.pem"
key = "bench.key"
join_tokens = "join-tokens.toml"
"#;

/// The scene of a document.
pub fn of(document: &str) -> Scene {
    match document {
        "agent/GUIDE.md" => Scene {
            // The versions that everything here is tested with.
            before: &[("cargo build", "cp ../nameplate/Cargo.lock .")],
            stays: &[("python3 cable.py", "tty")],
            ends: &[("nameplate collect --batch try --serial tty --timeout 10", 3)],
            ..Scene::default()
        },
        "boards/mcu/PROVISIONING.md" => Scene {
            before: &[(
                "openssl x509",
                "nameplate keys --batch line-3 new && cp line-3/bench.pem .",
            )],
            ..Scene::default()
        },
        "boards/mcu/template/README.md" => Scene {
            cables: 1,
            ..Scene::default()
        },
        "host-tool/CHECK.md" => Scene {
            cables: 1,
            files: &[
                ("line-3/bench.toml", BENCH),
                ("names.csv", NAMES),
                ("template.csv", TEMPLATE),
            ],
            before: &[
                (
                    "nameplate check line-3.csv",
                    "nameplate collect --batch line-3 --expect 1 && nameplate export --batch line-3 --output line-3.csv",
                ),
                (
                    "nameplate check names.zip",
                    "python3 -m zipfile -c names.zip names.csv",
                ),
            ],
            ..Scene::default()
        },
        "host-tool/CONFIGURATION.md" => Scene {
            files: &[("line-3/bench.toml", BENCH)],
            before: &[
                (
                    "nameplate-board --state /var/lib",
                    "cp line-3/bench*.pem . && cp line-3/join-*.token join.token",
                ),
                (
                    "nameplate decrypt",
                    "echo '{}' > made.json && openssl cms -encrypt -binary -aes256 -in made.json -outform DER -out certificates.p7m encryption.pem",
                ),
            ],
            stays: &[("nameplate sandbox", "try/bench.toml")],
            ..Scene::default()
        },
        "host-tool/PACKING.md" => Scene {
            cables: 2,
            files: &[("line-3/bench.toml", BENCH)],
            before: &[
                ("nameplate labels --batch line-3", DONE),
                (
                    "nameplate check line-3-handover.zip",
                    "cp line-3/bench.pem .",
                ),
            ],
            typed: &[("nameplate scan", "02005E000001 sensor-0001\n")],
            ..Scene::default()
        },
        "host-tool/OPERATOR.md" => Scene {
            cables: 4,
            files: &[("line-3/bench.toml", BENCH)],
            before: &[("nameplate run", "nameplate keys --batch line-3 new")],
            typed: &[("nameplate scan", "02005E000001 sensor-0001\n")],
            ..Scene::default()
        },
        "host-tool/PKI.md" => Scene {
            cables: 3,
            switches: &["--row-fault", "refused=3"],
            // A job of three rows has a third, and the one after it has none.
            ends: &[("nameplate report", 3)],
            ..Scene::default()
        },
        "README.md" => Scene {
            cables: 8,
            ..Scene::default()
        },
        _ => Scene::default(),
    }
}

/// A CSV of names, for keys that the service makes, and the template that it follows.
const NAMES: &str = "unique_identifier,subject.common_name\na,a\nb,b\n";
const TEMPLATE: &str = "unique_identifier,subject.common_name\n";

/// The boards on cables have their certificates, by a bench with a key.
const DONE: &str = "nameplate keys --batch line-3 new && nameplate run --batch line-3 --serial '/dev/ttyACM*' --expect 2";
