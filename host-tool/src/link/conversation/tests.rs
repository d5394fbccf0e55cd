//! Lines that are written down beforehand: what is asked, how often, and what becomes of it.

use super::*;
use nameplate_wire::{ErrorNumber, Mac, request};
use std::collections::VecDeque;

/// A line on which what comes is written down beforehand: one entry per read, `None` for silence.
struct Script {
    incoming: VecDeque<Option<Vec<u8>>>,
    sent: Vec<u8>,
}

impl Read for Script {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.incoming.pop_front() {
            None => Ok(0),
            Some(None) => {
                // As a silent line does: the time-out passes.
                std::thread::sleep(Duration::from_millis(3));
                Err(io::ErrorKind::TimedOut.into())
            }
            Some(Some(bytes)) => {
                out[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
        }
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sent.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Script {
    fn set_read_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

fn done(re: u32) -> Vec<u8> {
    let mut out = [0; limits::FRAME];
    let reply = Reply::Recorded(reply::Done {});
    reply.write(re, &mut out).unwrap().to_vec()
}

fn ask(incoming: Vec<Option<Vec<u8>>>) -> (Result<Answer, LinkError>, usize) {
    let mut script = Script {
        incoming: incoming.into(),
        sent: Vec::new(),
    };
    let request = Request::Recorded(request::Recorded {
        csr_sha256: nameplate_wire::Fixed([0; 32]),
    });
    let patience = Patience {
        wait: Duration::from_millis(2),
        tries: 3,
    };
    let answer =
        Conversation::new(&mut script, 7, &|_| {}, &AtomicBool::new(false)).ask(&request, patience);
    let asked = script.sent.split(|byte| *byte == frame::RS).count() - 1;
    (answer, asked)
}

#[test]
fn an_answer_ends_it_and_late_ones_are_skipped() {
    let late_then_ours = [b"log\n".to_vec(), done(6), done(7)].concat();
    assert!(matches!(
        ask(vec![Some(late_then_ours)]),
        (Ok(Answer::Done), 1)
    ));
}

#[test]
fn damage_is_asked_again_at_once() {
    let mut damaged = done(7);
    damaged[20] ^= 1;
    let (answer, asked) = ask(vec![Some(damaged.clone()), Some(done(7))]);
    assert!(matches!(answer, Ok(Answer::Done)));
    assert_eq!(asked, 2);
    let (answer, asked) = ask(vec![Some(damaged); 20]);
    assert!(matches!(answer, Err(LinkError::Damaged)));
    assert_eq!(asked, 16);
}

#[test]
fn a_board_that_could_not_read_us_is_asked_again() {
    let mut out = [0; limits::FRAME];
    let error = Reply::Error(ErrorNumber::DamagedFrame.into());
    let refused = error.write(0, &mut out).unwrap().to_vec();
    let (answer, asked) = ask(vec![Some(refused), Some(done(7))]);
    assert!(matches!(answer, Ok(Answer::Done)));
    assert_eq!(asked, 2);
}

#[test]
fn silence_is_asked_again_and_ends() {
    let (answer, asked) = ask(vec![None; 9]);
    assert!(matches!(answer, Err(LinkError::Silent)), "{answer:?}");
    assert_eq!(asked, 3);
    assert!(matches!(ask(vec![]).0, Err(LinkError::Gone(_))));
}

#[test]
fn an_echo_is_told_apart() {
    let request = Request::Recorded(request::Recorded {
        csr_sha256: nameplate_wire::Fixed([0; 32]),
    });
    let mut out = [0; limits::FRAME];
    let echo = request.write(7, &mut out).unwrap().to_vec();
    assert!(matches!(ask(vec![Some(echo)]).0, Err(LinkError::Echo)));
}

#[test]
fn an_answer_of_another_kind_is_refused() {
    let mut out = [0; limits::FRAME];
    let hello = Reply::Hello(reply::Hello {
        version: 1,
        mac: Mac([2; 6]),
        name: "n".try_into().unwrap(),
        firmware: "f".try_into().unwrap(),
        agent: "a".try_into().unwrap(),
        key: false,
        chain: None,
        locked: false,
        token: None,
    });
    let frame = hello.write(7, &mut out).unwrap().to_vec();
    assert!(matches!(
        ask(vec![Some(frame)]).0,
        Err(LinkError::WrongAnswer)
    ));
}

/// A whole frame around a message that no reply of ours looks like.
fn framed(message: &str) -> Vec<u8> {
    let crc = frame::checksum(message.as_bytes());
    format!("\u{1e}[\"{crc:08x}\",{message}]\n").into_bytes()
}

#[test]
fn what_cannot_be_read_counts_only_where_it_answers_us() {
    for kind in [r#""kind":"later""#, r#""kind":"hello""#] {
        let late = framed(&format!(r#"{{"v":1,"re":6,{kind}}}"#));
        let ours = framed(&format!(r#"{{"v":1,"re":7,{kind}}}"#));
        assert!(matches!(
            ask(vec![Some(late), Some(done(7))]),
            (Ok(Answer::Done), 1)
        ));
        assert!(matches!(
            ask(vec![Some(ours)]).0,
            Err(LinkError::WrongAnswer)
        ));
    }
    assert!(matches!(
        ask(vec![Some(framed("{}"))]).0,
        Err(LinkError::WrongAnswer)
    ));
}

#[test]
fn what_was_said_to_nobody_is_not_counted() {
    let mut script = Script {
        incoming: vec![None, None, Some(done(7))].into(),
        sent: Vec::new(),
    };
    let flag = AtomicBool::new(false);
    let mut line = Conversation::new(&mut script, 7, &|_| {}, &flag);
    let patience = Patience {
        wait: Duration::from_millis(1),
        tries: 9,
    };
    let request = Request::Hello(request::Hello { versions: [1, 1] });
    // The answer is of another kind, but it is what was waited for.
    assert!(matches!(
        line.ask(&request, patience),
        Err(LinkError::WrongAnswer)
    ));
    let bytes = usize::try_from(line.bytes()).unwrap();
    let frames = script.sent.split(|byte| *byte == frame::RS).count() - 1;
    assert!(frames > 1);
    assert_eq!(bytes, script.sent.len() / frames + done(7).len());
}

#[test]
fn an_interruption_ends_the_waiting() {
    let mut script = Script {
        incoming: vec![None; 1000].into(),
        sent: Vec::new(),
    };
    let (early, late) = (AtomicBool::new(false), AtomicBool::new(true));
    let mut line = Conversation::new(&mut script, 7, &|_| {}, &early);
    line.interrupted_by(&late);
    let patience = Patience {
        wait: Duration::from_mins(10),
        tries: 1,
    };
    let request = Request::Hello(request::Hello { versions: [1, 1] });
    assert!(matches!(
        line.ask(&request, patience),
        Err(LinkError::Interrupted)
    ));
}

/// A line that takes one byte of a write, and gives the same bytes without end.
struct Hostile(&'static [u8], usize);

impl Read for Hostile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(out.len());
        out[..count].copy_from_slice(&self.0[..count]);
        Ok(count)
    }
}

impl Write for Hostile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        Ok(bytes.len().min(1))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Hostile {
    fn set_read_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn bytes_without_end_end_the_request_before_its_time() {
    let patience = Patience {
        wait: Duration::from_hours(10),
        tries: 10,
    };
    let request = Request::Hello(request::Hello { versions: [1, 1] });
    let flag = AtomicBool::new(false);
    let mut line = Hostile(&[b'x'; 512], 0);
    let mut line = Conversation::new(&mut line, 7, &|_| {}, &flag);
    let answer = line.ask(&request, patience);
    assert!(matches!(answer, Err(LinkError::Flood)), "{answer:?}");
    assert!((FLOOD..=FLOOD + 512).contains(&line.unanswered()));
}

#[test]
fn a_line_that_takes_a_byte_at_a_time_does_not_keep_it_from_ending() {
    let patience = Patience {
        wait: Duration::from_hours(10),
        tries: 10,
    };
    let request = Request::Hello(request::Hello { versions: [1, 1] });
    let flag = AtomicBool::new(true);
    let mut line = Hostile(b"", 0);
    let answer = Conversation::new(&mut line, 7, &|_| {}, &flag).ask(&request, patience);
    assert!(matches!(answer, Err(LinkError::Interrupted)), "{answer:?}");
    assert_eq!(line.1, 1);
}

/// Found by the fuzzer `host_conversation`: all answers that say nothing but "done" were one to the host, so that a board was
/// taken for locked which had answered something else.
#[test]
fn done_with_something_else_is_no_answer() {
    let locked = Reply::Lock(reply::Done {});
    let mut out = [0; limits::FRAME];
    let locked = locked.write(7, &mut out).unwrap().to_vec();
    assert!(matches!(
        ask(vec![Some(locked)]),
        (Err(LinkError::WrongAnswer), 1)
    ));
}
