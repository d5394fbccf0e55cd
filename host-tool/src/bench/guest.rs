//! One connection that has a place: its session, who it says it is, and whether it may join.

use std::cell::Cell;
use std::net::{IpAddr, TcpStream};
use std::time::Duration;

use super::attend::{self, Then, show_itself};
use super::board;
use super::lobby::Lobby;
use super::ports::pause;
use super::strangers::Kind;
use super::work::Who;
use crate::link::network::{NoSession, Session};
use crate::link::{Conversation, Patience};
use crate::verify::Refusal;

/// A board that has a session answers at once.
const HELLO: Patience = Patience {
    wait: Duration::from_secs(5),
    tries: 2,
};

/// Lines outside of frames that are logged of one connection, once it has joined.
const LOG_LINES: u32 = 200;

/// Speaks to one connection until it is over.
pub(super) fn speak(lobby: &Lobby<'_, '_>, number: u64, socket: TcpStream, peer: IpAddr) {
    let Lobby {
        context,
        door,
        strangers,
        ..
    } = lobby;
    let link = format!("tls {peer}");
    match door.accept(socket, context.tally.ending()) {
        Ok(mut session) => {
            converse(lobby, number, &link, peer, &mut session);
            session.close();
        }
        Err(error) if error.is_refusal() => {
            strangers.refuse(context, &link, peer, None, &Refusal::HostKey);
        }
        // At the end nobody is a stranger for not having got further.
        Err(_) if context.tally.is_ending() => {}
        // Whoever it was has not shown that it is a board at all.
        Err(NoSession::Tls(_)) => strangers.count(context, peer, Kind::Other),
        Err(_) => strangers.count(context, peer, Kind::Half),
    }
}

fn converse(lobby: &Lobby<'_, '_>, number: u64, link: &str, peer: IpAddr, session: &mut Session) {
    let (context, strangers) = (lobby.context, &lobby.strangers);
    // Nothing before it has joined: a stranger could come again and again.
    let lines = Cell::new(0);
    let on_log = |line: String| {
        let left: u32 = lines.get();
        if left > 0 {
            lines.set(left - 1);
            tracing::debug!(link, line, "outside of frames");
        }
    };
    let certificate = session.client();
    let mut line = Conversation::new(session, board::fresh_id(), &on_log, context.tally.ending());
    let hello = match board::hello(&mut line, HELLO) {
        Ok(hello) => hello,
        // At the end nobody is a stranger for not having got further.
        Err(_) if context.tally.is_ending() => return,
        Err(trouble) => return strangers.trouble(context, link, peer, None, trouble),
    };
    let token = board::shown_token(&hello);
    let pass = match lobby.door.admit(token, certificate.as_deref()) {
        Ok(pass) => pass,
        Err(refusal) => {
            strangers.trouble(context, link, peer, Some(&Who::of(&hello)), refusal.into());
            lobby.door.make_wait(peer, context.tally.ending());
            return;
        }
    };
    lobby.joined(number);
    lines.set(LOG_LINES);
    let who = Who::of(&hello);
    let order = context.orders.take_for_board(&who);
    let attended = attend::attend(context, link, &mut line, &who, order);
    if attended.shows {
        // A board hangs up when there is nothing left to say, so it is told before that.
        pause(context, Duration::from_secs(attend::SHOWS_ITSELF.into()));
        let _ = show_itself(&mut line, 0);
    }
    if attended.then != Then::LeftAlone {
        board::work_on(context, link, &mut line, &hello, pass);
    }
}
