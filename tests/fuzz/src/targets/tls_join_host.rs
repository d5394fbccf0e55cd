//! The host's door, over a real socket: whoever dials in, with or without a session.
//!
//! - Bytes that were made without this session's keys are never a session.
//! - Inside a session nobody is let in but by the right token, as another reader of the same bytes finds it; and who shows it is.
//! - Nothing that the host sends holds its token.
//!
//! The door's own randomness is real, so coverage differs a little from run to run; what is asserted does not.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use nameplate::config::{Config, Network};
use nameplate::link::Conversation;
use nameplate::link::network::{Door, NoSession};
use nameplate_wire::{Mac, Reply, frame, limits, reply};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::input::Input;
use crate::line::PATIENCE;
use crate::oracle;
use crate::tls_host;

/// The token that lets boards in.
pub const TOKEN: &str = "t0ken-with-22-characters";
/// The id that the host begins with.
const ID: u32 = 1;

struct Bench {
    door: Door,
    listener: TcpListener,
    client: Arc<ClientConfig>,
    /// What a real client says first.
    hello: Vec<u8>,
}

/// Kind of the other side, then what it says.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() % 4 {
        0 => no_session(input.rest()),
        1 => {
            let mut said = input.edited(&bench().hello, 3);
            while !input.is_empty() {
                said.extend(tls_host::record(20 + input.byte() % 4, input.some()));
            }
            no_session(&said);
        }
        2 => {
            let said = input.rest();
            if lets_in(said) {
                assert!(shows_token(said), "somebody without the token is let in");
            }
        }
        _ => hello(&mut input),
    }
}

fn no_session(said: &[u8]) {
    let bench = bench();
    let (mut board, host) = connection(bench);
    // The host may have hung up already.
    let _ = board.write_all(said);
    let _ = board.shutdown(Shutdown::Write);
    let accepted = bench.door.accept(host, &AtomicBool::new(false));
    match accepted {
        Ok(_) => panic!("a session without keys"),
        Err(NoSession::Socket(_) | NoSession::Tls(_)) => {}
        Err(other) => panic!("{other}"),
    }
    let mut heard = Vec::new();
    let _ = board.read_to_end(&mut heard);
    assert!(!oracle::holds(&heard, TOKEN.as_bytes()));
}

/// A well-made `hello` whose token is the input's.
fn hello(input: &mut Input<'_>) {
    let token = input.edited(TOKEN.as_bytes(), 2);
    let Ok(token) = std::str::from_utf8(&token) else {
        return;
    };
    let Ok(kept) = token.try_into() else { return };
    let hello = Reply::Hello(reply::Hello {
        version: 1,
        mac: Mac([2, 0, 0, 0, 0, 7]),
        name: "board-7".try_into().expect("short"),
        firmware: "fuzz 0".try_into().expect("short"),
        agent: "0".try_into().expect("short"),
        key: input.flag(),
        chain: None,
        locked: input.flag(),
        token: (!input.flag()).then_some(kept),
    });
    let mut out = [0; limits::FRAME];
    let frame = hello.write(ID, &mut out).expect("it fits");
    let shown = matches!(&hello, Reply::Hello(hello) if hello.token.is_some());
    assert_eq!(lets_in(frame), shown && token == TOKEN);
}

/// Whether one of the frames is a `hello` with the token, read by others than the host's readers.
fn shows_token(said: &[u8]) -> bool {
    oracle::part(said).frames.iter().any(|frame| {
        let Some(fields) = oracle::json(frame) else {
            return false;
        };
        fields.get("re") == Some(&ID.into())
            && fields.get("kind") == Some(&"hello".into())
            && fields.get("token") == Some(&TOKEN.into())
    })
}

/// Whether a board that says this in a session is let in.
fn lets_in(said: &[u8]) -> bool {
    let bench = bench();
    let (board, host) = connection(bench);
    std::thread::scope(|scope| {
        scope.spawn(|| speak(bench, board, said));
        let mut session = bench
            .door
            .accept(host, &AtomicBool::new(false))
            .expect("a session with an honest client");
        let interrupt = AtomicBool::new(false);
        let is_in = {
            let mut line = Conversation::new(&mut session, ID, &|_| {}, &interrupt).unpaced();
            nameplate::bench::lets_in(&mut line, &bench.door, PATIENCE)
        };
        session.close();
        is_in
    })
}

/// The board's end: a session, these bytes, a goodbye; and what the host says meanwhile.
fn speak(bench: &Bench, socket: TcpStream, said: &[u8]) {
    let name = ServerName::try_from("bench").expect("a name");
    let client = ClientConnection::new(Arc::clone(&bench.client), name).expect("a client");
    let mut session = StreamOwned::new(client, socket);
    while session.conn.is_handshaking() {
        let StreamOwned { conn, sock } = &mut session;
        conn.complete_io(sock)
            .expect("a session with an honest host");
    }
    // The host hangs up as soon as it has heard enough.
    let _ = session.write_all(said);
    session.conn.send_close_notify();
    let _ = session.flush();
    let _ = session.sock.shutdown(Shutdown::Write);
    let mut heard = Vec::new();
    let _ = session.read_to_end(&mut heard);
    assert!(!oracle::holds(&heard, TOKEN.as_bytes()));
    for frame in oracle::part(&heard).frames {
        assert!(
            frame::open(&frame).is_ok(),
            "the host says what is no frame"
        );
    }
}

fn connection(bench: &Bench) -> (TcpStream, TcpStream) {
    let address = bench.listener.local_addr().expect("an address");
    let board = TcpStream::connect(address).expect("a connection");
    let (host, _) = bench.listener.accept().expect("a connection");
    (board, host)
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let params = rcgen::CertificateParams::new(["bench".to_owned()]).expect("parameters");
        let certificate = params.self_signed(&key).expect("a certificate");
        let write = |name: &str, text: &str| {
            use std::os::unix::fs::PermissionsExt as _;
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, private).expect("a private file");
            path
        };
        let network = Network {
            listen: None,
            certificate: write("bench.pem", &certificate.pem()),
            key: write("bench.key", &key.serialize_pem()),
            join_token_file: Some(write("join.token", TOKEN)),
            join_tokens: None,
            client_ca_file: None,
            most_connections: 1,
        };
        let door = Door::new(&Config::default(), &network).expect("a door");
        let client = client(certificate.der().clone());
        let name = ServerName::try_from("bench").expect("a name");
        let mut first = ClientConnection::new(Arc::clone(&client), name).expect("a client");
        let mut hello = Vec::new();
        first.write_tls(&mut hello).expect("a ClientHello");
        Bench {
            door,
            listener: TcpListener::bind("127.0.0.1:0").expect("a listener"),
            client,
            hello,
        }
    })
}

fn client(host: CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(host).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}
