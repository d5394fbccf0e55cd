//! What the verifier and the gate tell each other and the session: was the host's signature checked,
//! and what was refused first. It must not know how either finds out.

use core::cell::Cell;

use crate::Error;

/// Shared by reference between the parts of one session; starts as "not checked".
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    host_checked: Cell<bool>,
    refusal: Cell<Option<Error>>,
}

impl Verdict {
    pub(crate) const fn new() -> Self {
        Self {
            host_checked: Cell::new(false),
            refusal: Cell::new(None),
        }
    }

    /// Whether the host's signature was checked and nothing has been refused since.
    pub(crate) fn host_is_checked(&self) -> bool {
        self.host_checked.get() && self.refusal.get().is_none()
    }

    /// Called in one place: where the signature has just been found right.
    pub(crate) fn host_checked(&self) {
        self.host_checked.set(true);
    }

    /// Notes why the session is refused. The first reason stays; none makes it good again.
    pub(crate) fn refuse(&self, reason: Error) {
        if self.refusal.get().is_none() {
            self.refusal.set(Some(reason));
        }
    }

    pub(crate) fn refusal(&self) -> Option<Error> {
        self.refusal.get()
    }
}
