//! What each target begins with: golden bytes of the repository, and a way into each part of a target that no golden bytes lead to.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::oracle;
use crate::targets::csr_checks::originals;
use crate::targets::tls_join_host::TOKEN;

macro_rules! golden {
    ($($name:literal)*) => {
        /// The golden frames of the wire, requests and replies.
        pub fn golden() -> Vec<Vec<u8>> {
            vec![$(include_bytes!(concat!("../../../agent/wire/tests/golden/v1/", $name, ".frame")).to_vec()),*]
        }
    };
}

golden! {
    "reply-csr"
    "reply-erase"
    "reply-error"
    "reply-error-install"
    "reply-error-locked"
    "reply-error-version"
    "reply-hello"
    "reply-hello-installed"
    "reply-hello-locked"
    "reply-hello-network"
    "reply-identify"
    "reply-install"
    "reply-install-more"
    "reply-lock"
    "reply-prove"
    "reply-recorded"
    "request-csr"
    "request-csr-least"
    "request-erase"
    "request-hello"
    "request-identify"
    "request-install"
    "request-lock"
    "request-prove"
    "request-recorded"
}

fn messages(id: &[u8]) -> Vec<Vec<u8>> {
    let frames = golden();
    let messages = frames
        .iter()
        .map(|frame| oracle::message(frame).expect("a golden frame"));
    let wanted = messages.filter(|message| oracle::holds(message, id));
    wanted.map(<[u8]>::to_vec).collect()
}

/// The messages of golden replies.
pub fn golden_replies() -> Vec<Vec<u8>> {
    messages(b"\"re\":")
}

fn behind(first: &[u8], rest: &[u8]) -> Vec<u8> {
    [first, rest].concat()
}

/// Golden frames with logs, half frames and noise around them.
pub fn frames() -> Vec<Vec<u8>> {
    let golden = golden();
    let mut seeds: Vec<_> = golden
        .iter()
        .map(|frame| behind(&[7, 200], frame))
        .collect();
    seeds.push(behind(&[0, 0], &golden.concat()));
    let half = &golden[3][..40];
    let noise = [
        b"boot 1.0\r\n",
        half,
        &golden[14],
        b"\x1e\x1e\x1e",
        &golden[15],
        b"log\n",
    ]
    .concat();
    seeds.push(behind(&[1, 64], &noise));
    let long = [b"\x1e[\"00000000\",", &[b'x'; 2100][..], b"]\n", &golden[9]].concat();
    seeds.push(behind(&[255, 255], &long));
    seeds
}

/// A change of every kind in a few frames.
pub fn damaged_frames() -> Vec<Vec<u8>> {
    let single = (0..5).map(|kind| vec![20, 1, kind, 30, 0x41, 0xFF, 0x01, 0x80]);
    let several = (0..7).map(|kind| vec![3, 0, kind, 40, 0, 3, b'a', b'b', b'c', 0, 12, 1]);
    single.chain(several).collect()
}

/// The messages of golden requests, and those of PROTOCOL.md's "Messages to try".
pub fn requests() -> Vec<Vec<u8>> {
    let document = include_str!("../../../agent/wire/PROTOCOL.md");
    let table = document.lines().filter_map(|line| {
        let (_, message) = line.strip_prefix("| ")?.split_once(" | `{")?;
        Some(format!("{{{}", message.strip_suffix("` |")?).into_bytes())
    });
    messages(b"\"id\":").into_iter().chain(table).collect()
}

/// The messages of golden replies, and one with escapes.
pub fn replies() -> Vec<Vec<u8>> {
    let mut seeds = golden_replies();
    seeds.push(br#"{"v":1,"re":1,"kind":"error","code":300,"text":"\u007f\u0000\ufffd"}"#.to_vec());
    let escapes = br#"{"v":1,"re":1,"kind":"error","code":300,"text":"a\"b\\c\u00e9\/\b\t","more":[{"x":[1,null]}]}"#;
    seeds.push(escapes.to_vec());
    seeds
}

/// Both originals as they are, with changes, and as bytes.
pub fn csr_checks() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![0], vec![1], vec![4], vec![6], vec![7]];
    for (kind, original) in (2..4).zip(originals()) {
        seeds.push(behind(&[kind], &original.der));
    }
    seeds.extend((0..7).map(|kind| vec![1, kind, 90, 0, 3, 2, 1, 0]));
    seeds.push(vec![4, 1, 63, 1, 0, 1, 0, 0, 0, 2, b'x', b'y']);
    seeds.extend((0..7).map(|kind| vec![9, kind, 200, 0, 1, 0, 0]));
    seeds.push(vec![8]);
    seeds.push(vec![9]);
    seeds
}

/// An item of every kind, good ones all together.
pub fn csr_writer() -> Vec<Vec<u8>> {
    let item = |kind: u8, text: &[u8]| {
        let length = u8::try_from(text.len()).expect("short");
        [&[kind, length][..], text].concat()
    };
    let module = behind(&item(10, b"1.3.6.1.4.1.99999.1"), &[3, 1, 2, 3]);
    let items = [
        item(0, b"DE"),
        item(1, "Württemberg".as_bytes()),
        item(2, b"Town"),
        item(3, b"Example"),
        item(4, b"Line 3"),
        item(4, b"Shift 2"),
        item(5, b"sensor-0001"),
        item(6, b"02:00:00"),
        item(7, b"sensor-0001.example.com"),
        item(8, b"urn:dev:mac:020000000001%20"),
        vec![9, 0, 192, 0, 2, 1],
        module,
        item(11, b"1.3.6.1.5.5.7.3.2"),
        item(11, b"2.25.4294967295"),
    ];
    let head = |size: u16, usages: u8, basic: u8| {
        let [low, high] = size.to_le_bytes();
        vec![low, high, usages, basic]
    };
    let mut seeds = vec![behind(&head(2000, 0b101, 1), &items.concat())];
    seeds.extend(items.iter().map(|item| behind(&head(700, 0, 0), item)));
    seeds.push(behind(&head(100, 1, 0), &items[6]));
    seeds.push(behind(&head(3000, 0b10000, 0), &items[6]));
    seeds
}

/// The recorded answer and changes of it; a stranger who does all that a host does but to sign; sessions.
pub fn tls_join_board() -> Vec<Vec<u8>> {
    let recorded = crate::targets::tls_join_board::RECORDED;
    let mut seeds = vec![behind(&[0], recorded), vec![1, 0], vec![1, 1, 1, 0]];
    seeds.extend((0..7).map(|kind| vec![1, 0, kind, 140, 0, 3, 9, 9, 9]));
    // Extensions, a certificate, a proof, a Finished, in one record.
    for certificate in [2, 3, 4] {
        for proof in [5, 6, 7] {
            let tail: &[u8] = if proof == 7 { &[4, 4, 3, 0, 0] } else { &[] };
            seeds.push([&[2, 0, certificate, proof][..], tail, &[8, 10]].concat());
        }
    }
    seeds.extend([
        vec![2, 0, 2, 8, 10],
        vec![2, 0, 8, 10],
        vec![2, 0, 10, 2, 10, 6, 10, 8, 10],
        vec![2, 9, 4, 1, 7, 10],
        vec![2, 11, 20, 1, 1, 0, 2, 6, 8, 10],
        vec![2, 12, 21, 2, 2, 40, 0, 0],
        vec![2, 0, 2, 6, 8, 13, 100, 0],
    ]);
    seeds.extend((0..6).map(|kind| vec![3, 3, b'a', b'b', b'c', 5, 2, b'd', b'e', kind, 9, 1]));
    seeds.push(vec![3, 0, 5, 2, b'd', b'e', 5]);
    seeds
}

/// Noise, a real ClientHello, and sessions with and without the token.
pub fn tls_join_host() -> Vec<Vec<u8>> {
    let hello = |token: &str| {
        let message = format!(
            r#"{{"v":1,"re":1,"kind":"hello","version":1,"mac":"02:00:00:00:00:a1","name":"sensor-0001","firmware":"fw 1","agent":"0.1.0","key":true,"token":"{token}"}}"#
        );
        behind(&[2], &oracle::frame(message.as_bytes()))
    };
    let mut seeds = vec![
        behind(&[0], b"GET / HTTP/1.1\r\n\r\n"),
        behind(&[0], &[22, 3, 1, 0, 4, 1, 0, 0, 0]),
        vec![1],
        vec![1, 0, 50, 0, 3],
        vec![3],
        vec![3, 0, 3, 1],
        hello(TOKEN),
        hello("t0ken-with-22-characterS"),
        hello(&TOKEN.replace('-', "\\u002d")),
        hello(""),
    ];
    seeds.extend(
        golden_replies()
            .iter()
            .take(4)
            .map(|message| behind(&[2], &oracle::frame(message))),
    );
    seeds
}

/// A board's whole way, and its ways astray.
pub fn board_host_messages() -> Vec<Vec<u8>> {
    let hello = [0x40, 1, 0, 1];
    let csr = [
        0x42, 2, 0, 1, 1, 0, 7, b'b', b'o', b'a', b'r', b'd', b'-', b'7', 1, 9, 1,
    ];
    // `say` reads the kind, the id, and then which name; what the kind needs follows.
    let recorded = [0x34 + 0x0C, 3, 0, 0];
    let install = |from: u8, size: u8| [5, 4, 0, 0, from, size, 0];
    let prove = [7, 5, 0, 8];
    let lock = [8, 6, 0];
    let erase = [9, 7, 0];
    let way = |steps: &[&[u8]]| steps.concat();
    let mut seeds = vec![
        way(&[
            &hello,
            &csr,
            &recorded,
            &install(0, 1),
            &prove,
            &lock,
            &erase,
            &hello,
        ]),
        way(&[&csr, &install(0, 2), &install(3, 2), &hello, &lock]),
        way(&[&csr, &erase, &csr, &install(0, 0), &erase, &hello]),
        way(&[
            &[0xFA],
            &hello,
            &[0xF8],
            &csr,
            &[0xF9, 8],
            &csr,
            &[0xF9, 0],
            &csr,
        ]),
        way(&[
            &csr,
            &[0xF9, 4],
            &install(0, 1),
            &erase,
            &[0xF9, 0],
            &install(0, 1),
            &lock,
            &[0xF8],
            &csr,
        ]),
    ];
    for message in messages(b"\"id\":") {
        let Ok(length) = u8::try_from(message.len()) else {
            continue;
        };
        seeds.push([&csr[..], &[10, 1, 0, 0, length], &message].concat());
    }
    seeds
}

/// Golden replies in the order of the questions; damage; logs.
pub fn host_conversation() -> Vec<Vec<u8>> {
    let replies = golden_replies();
    let mut seeds: Vec<_> = (0..replies.len())
        .map(|place| {
            let place = u8::try_from(place).expect("few");
            vec![1, 200, 9, 2, place, 0, 0]
        })
        .collect();
    let place = |kind: &str| {
        let kind = format!("\"kind\":\"{kind}\"");
        let found = replies
            .iter()
            .position(|reply| oracle::holds(reply, kind.as_bytes()));
        u8::try_from(found.expect("a golden reply")).expect("few")
    };
    let mut whole = vec![1, 255, 255];
    for (id, kind) in (0..).zip([
        "hello", "identify", "csr", "recorded", "install", "prove", "lock", "erase",
    ]) {
        whole.extend([2, place(kind), 0, id]);
    }
    seeds.push(whole.clone());
    seeds.push(behind(
        &whole[..7],
        &[0, 4, b'b', b'o', b'o', b't', 1, 3, 0, 20, 1],
    ));
    seeds.push(behind(&[0xFF], &whole[1..]));
    seeds
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default())
            .expect("a file");
        zip.write_all(bytes).expect("room");
    }
    zip.finish().expect("a ZIP").into_inner()
}

/// An answer of every kind, and the golden sealed files.
pub fn service_answers() -> Vec<Vec<u8>> {
    let certificate = crate::tls_host::Who::Pinned.certificate();
    let pem = include_bytes!("../../golden/sealed/p256.pem");
    let key = include_bytes!("../../golden/sealed/p256.key");
    let json = |text: &str| text.replace('\'', "\"").into_bytes();
    let list = json(
        "[{'certificate':'MIIB','common_name':'a','private_key':'x'},{'pem':'-----BEGIN X-----','serial_number':'1'}]",
    );
    let list_of_pem = format!(
        r#"[{{"certificate":{:?},"common_name":"a"}}]"#,
        String::from_utf8_lossy(pem)
    );
    let zip = zip_of(&[("a.pem", pem), ("a.key", key), ("b.der", &certificate)]);
    let mut seeds = vec![
        behind(&[0], &json("{'id':'7a98-46','status':'COMPLETE','total':3,'successful':2,'failed':1}")),
        behind(&[0], &json("{'records':[{'id':'1','name':'a','status':'FAILED'},{'jobId':2,'job_name':'b'}],'total':9}")),
        behind(&[0], b"7a98-46\r\n"),
        behind(&[1], b"device_name,status,message,serial_number\r\na,SUCCESS,,01\r\n\"b\",FAILED,\"no, not so\",\r\n"),
        behind(&[1], b"\xef\xbb\xbfname;Common Name;result\n;cn;warned\n\n"),
        behind(&[2], &json("{'errors':[{'code':'a','message':'b'},{'message':'c'},'d',{}],'error':{'code':'x'}}")),
        behind(&[2], b"120|Sun, 06 Nov 1994 08:49:37 GMT"),
        behind(&[2], b"Sun, 06 Nov 1994 08:49:37 GMT|Sun, 06 Nov 1994 08:00:00 GMT"),
        behind(&[3], &zip),
        behind(&[4], &zip),
        behind(&[0x14], &zip),
        behind(&[3], &list),
        behind(&[4], list_of_pem.as_bytes()),
        behind(&[5], b"\"device_name*\",\"subject.common_name\",\"csr (required)\",\r\n\"Example\"\r\n"),
        behind(&[6], &certificate),
        behind(&[6], pem),
    ];
    let sealed: [(u8, &[u8]); 7] = [
        (
            0,
            include_bytes!("../../golden/sealed/p256-aes256cbc-stream.ber"),
        ),
        (1, include_bytes!("../../golden/sealed/rsa-aes256cbc.der")),
        (
            1,
            include_bytes!("../../golden/sealed/rsa-oaep-aes256gcm.der"),
        ),
        (
            1,
            include_bytes!("../../golden/sealed/rsa-oaep-sha256-aes192cbc.smime"),
        ),
        (
            2,
            include_bytes!("../../golden/sealed/p384-sha384-aes256gcm.pem"),
        ),
        (3, include_bytes!("../../golden/sealed/gpg-cv25519.asc")),
        (0, include_bytes!("../../golden/sealed/several.der")),
    ];
    seeds.extend(
        sealed
            .iter()
            .map(|(key, bytes)| behind(&[7 | key << 3], bytes)),
    );
    seeds
}

/// The golden CSVs, as they are and in ZIPs, and a request.
pub fn batch_files() -> Vec<Vec<u8>> {
    let csvs: [(u8, &[u8]); 4] = [
        (0, include_bytes!("../../golden/check/dtm-client.csv")),
        (4, include_bytes!("../../golden/check/dtm-server.csv")),
        (1, include_bytes!("../../golden/check/iot-client.csv")),
        (5, include_bytes!("../../golden/check/iot-server.csv")),
    ];
    let mut seeds = Vec::new();
    for (how, csv) in csvs {
        let short = &csv[..csv.len().min(3000)];
        seeds.push(behind(&[how], csv));
        seeds.push(behind(&[how | 4 << 3, 1], short));
        seeds.push(behind(&[how | 6 << 3, 1, 0, 40, 0, 3, 9, 0], short));
        seeds.push(behind(&[how], &zip_of(&[("batch.csv", short)])));
    }
    let pem = |original: &crate::targets::csr_checks::Original| {
        use base64ct::{Base64, Encoding};
        let text = Base64::encode_string(&original.der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(<[u8]>::to_vec).collect();
        [
            b"-----BEGIN CERTIFICATE REQUEST-----\n",
            &lines.join(&b'\n')[..],
            b"\n-----END CERTIFICATE REQUEST-----\n",
        ]
        .concat()
    };
    let requests: Vec<_> = originals().iter().map(pem).collect();
    seeds.push(behind(&[5 << 3, 0], &requests.join(&b'\n')));
    seeds.push(behind(&[5 << 3, 1], &originals()[0].der));
    let row = [b"device_name,csr\n\"board\",\"", &requests[0][..], b"\"\n"].concat();
    seeds.push(behind(&[2], &row));
    seeds.push(behind(&[0], b"a,b\n\"x\"y,\"\"\r\n\"z"));
    seeds.push(behind(&[0], b"\xef\xbb\xbfdevice_name\r\nn\r\n\r\n"));
    seeds
}
