//! Join tokens: what a board shows inside an authenticated session so that it may join over the network.
//!
//! A bench knows its tokens by their SHA-256 ([`TokenList`]); each can end at a time, be for so many boards, and be withdrawn while
//! boards join ([`Admission`]). How many boards a token has let in is kept in the station's index, since batches share it.

mod admission;
mod list;
mod token;

pub use admission::{Admission, Pass};
pub use list::{ListError, TokenList, append, read, withdraw};
pub use token::{MAX_NOTE, NewToken, Token, id_of};
