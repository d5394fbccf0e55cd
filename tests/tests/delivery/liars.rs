//! Boards that are not given a certificate, or that do not come to an end with it.

use nameplate_tests::fake_board::{Fake, changed_hello, error_frame, reply_frame};
use nameplate_wire::{ErrorNumber, Fixed, Reply, Request, reply};

/// What a board says that takes everything.
fn taken(id: u32, have: u16, current: bool) -> Vec<u8> {
    reply_frame(id, &Reply::Install(reply::Install { have, current }))
}

/// The board answers `install` with this error.
fn refuses(number: u16, error: ErrorNumber) -> Fake {
    Fake::new(number).keyed().lies(move |id, request, answer| {
        if let Request::Install(_) = request {
            *answer = error_frame(id, error);
        }
    })
}

/// The board says this of itself.
fn says(number: u16, change: impl Fn(&mut reply::Hello) + Send + 'static) -> Fake {
    Fake::new(number).keyed().lies(move |id, request, answer| {
        if let Request::Hello(_) = request {
            *answer = changed_hello(id, answer, &change);
        }
    })
}

/// A liar, and what the host says of it: reason and next step.
pub type Liar = (Fake, &'static str, &'static str);

/// Boards that are not this batch's, or that nothing has come for.
pub fn strangers() -> Vec<Liar> {
    vec![
        (
            Fake::new(90).keyed(),
            "it is not in this batch, nor in another of this station",
            "Bring the boards of this batch",
        ),
        (
            Fake::new(91).keyed(),
            "it belongs to batch \"next\", not to this one",
            "with that batch's folder",
        ),
        (
            Fake::new(10).keyed().name("renamed"),
            "in this batch the board \"board-0010\" has MAC 02:00:5e:00:00:0a",
            "is not what it was when it was collected",
        ),
        (
            Fake::new(11).keyed(),
            "the service issued no certificate for it: the policy allows no such name",
            "submit the failed boards again",
        ),
        (
            Fake::new(12).keyed(),
            "its certificate has not come yet",
            "Run `nameplate certificates`",
        ),
        (
            Fake::new(13).keyed().seed(Some(999)),
            "it has another key than the one that this batch recorded for it",
            "it was erased, or it is another one",
        ),
        (
            Fake::new(14),
            "it has no key any more",
            "it was erased, or it is another one",
        ),
    ]
}

/// Boards of this batch that prove their key, and still can't be given their certificate.
pub fn own() -> Vec<Liar> {
    vec![
        (
            says(20, |hello| hello.chain = Some(Fixed([0xAB; 32]))),
            "it has another certificate than this batch's (its chain has SHA-256 abababababababab…)",
            "--replace",
        ),
        (
            says(21, |hello| hello.locked = true),
            "it is locked and has no certificate",
            "takes no certificate any more",
        ),
        (
            says(22, |hello| {
                hello.locked = true;
                hello.chain = Some(Fixed([0xCD; 32]));
            }),
            "it is locked with another certificate than this batch's",
            "takes no certificate any more",
        ),
        (
            refuses(23, ErrorNumber::NotSupported),
            "its firmware can't take certificates (error 501)",
            "Update the board's firmware",
        ),
        (
            refuses(24, ErrorNumber::Locked),
            "the board reports error 503: this board is locked",
            "takes neither a new key nor another certificate",
        ),
        (
            refuses(25, ErrorNumber::ChainLength),
            "the board reports error 601",
            "shorter chain",
        ),
        (
            refuses(26, ErrorNumber::WrongChain),
            "the board reports error 602",
            "Plug the board in again",
        ),
        (
            refuses(27, ErrorNumber::OtherKey),
            "the board reports error 604",
            "Set the board aside",
        ),
        (
            refuses(28, ErrorNumber::ChainOrder),
            "the board reports error 605",
            "each signed by the next",
        ),
        (
            refuses(29, ErrorNumber::CertificateWrite),
            "the board reports error 608",
            "its certificate store is broken",
        ),
        (
            refuses(30, ErrorNumber::PieceGap),
            "it takes pieces of its certificate without coming to an end",
            "faulty",
        ),
        (
            Fake::new(31).keyed().lies(|id, request, answer| {
                if let Request::Install(_) = request {
                    *answer = taken(id, 0, false);
                }
            }),
            "it takes pieces of its certificate without coming to an end",
            "faulty",
        ),
        (
            Fake::new(32).keyed().lies(|id, request, answer| {
                if let Request::Install(_) = request {
                    *answer = taken(id, u16::MAX, false);
                }
            }),
            "it answers something else than it was asked",
            "Set the board aside",
        ),
        (
            Fake::new(33)
                .keyed()
                .lies(|id, request, answer| match request {
                    Request::Install(asked) => *answer = taken(id, asked.length, true),
                    Request::Hello(_) => {
                        *answer = changed_hello(id, answer, |hello| hello.chain = None);
                    }
                    _ => {}
                }),
            "it said that it has its certificate, and shows none when it is asked again",
            "faulty",
        ),
        (
            proves_once(34),
            "it has another key than the one that this batch recorded for it",
            "Set the board aside",
        ),
    ]
}

/// A board whose key is not what it was once the certificate is there.
fn proves_once(number: u16) -> Fake {
    let mut is_installed = false;
    Fake::new(number)
        .keyed()
        .lies(move |id, request, answer| match request {
            Request::Install(_) => is_installed = true,
            Request::Prove(_) if is_installed => {
                let proof = Fixed([0x11; 64]);
                *answer = reply_frame(id, &Reply::Prove(reply::Prove { proof }));
            }
            _ => {}
        })
}
