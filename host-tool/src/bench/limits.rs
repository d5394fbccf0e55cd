//! How many files and connections this process may have open.
//!
//! Many systems allow 1024 unless a process asks for more, and a bench of 2,000 boards needs a socket or port for each.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises this process's limit of open files as far as the system lets it, and gives the limit; `None`: there is none.
///
/// Without it a full bench still works: boards beyond the limit wait.
pub fn raise_open_files() -> Option<u64> {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: before.maximum,
        ..before
    };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => wanted.current,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files stays as it is");
            before.current
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_as_high_as_it_may_be() {
        let limit = raise_open_files();
        let now = getrlimit(Resource::Nofile);
        assert_eq!((now.current, now.current), (limit, now.maximum));
    }
}
