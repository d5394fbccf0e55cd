//! The port of the network door. Boards must know it before the bench listens, and until then it may be taken.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::bench::BenchError;
use crate::cli::exit::Failure;
use crate::codes::Code;

/// How often another port is tried where one was taken.
const TRIES: u32 = 5;

/// Does `work` with a port that is free now, and again with another one where it was taken meanwhile.
pub(super) fn with_free<T>(
    mut work: impl FnMut(SocketAddr) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut tries = 1;
    loop {
        match work(free_address()?) {
            Err(failure) if is_taken(&failure) && tries < TRIES => tries += 1,
            ended => return ended,
        }
    }
}

fn free_address() -> Result<SocketAddr, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| {
            Failure::new(
                Code::AddressUnusable,
                anyhow::Error::new(error).context("can't find a free port on 127.0.0.1"),
            )
        })
}

fn is_taken(failure: &Failure) -> bool {
    match failure.error.downcast_ref() {
        Some(BenchError::Bind { source, .. }) => source.kind() == io::ErrorKind::AddrInUse,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
        TcpListener::bind(address).map_err(|source| BenchError::Bind { address, source }.into())
    }

    #[test]
    fn a_port_that_was_taken_costs_a_try() {
        let mut taken = Vec::new();
        let listener = with_free(|address| {
            if taken.len() < 2 {
                // Somebody else is quicker.
                taken.push(TcpListener::bind(address).unwrap());
            }
            bind(address)
        });
        let address = listener.unwrap().local_addr().unwrap();
        assert!(
            taken
                .iter()
                .all(|other| other.local_addr().unwrap() != address)
        );
        assert_eq!(taken.len(), 2);
    }

    #[test]
    fn ports_that_are_always_taken_end_it() {
        let mut taken = Vec::new();
        let ended = with_free(|address| {
            taken.push(TcpListener::bind(address).unwrap());
            bind(address)
        });
        assert!(is_taken(&ended.unwrap_err()));
        assert_eq!(taken.len(), 5);
    }

    #[test]
    fn other_faults_are_not_tried_again() {
        let mut tries = 0;
        let ended = with_free(|_| -> Result<(), Failure> {
            tries += 1;
            Err(BenchError::Randomness.into())
        });
        assert!(ended.is_err());
        assert_eq!(tries, 1);
    }
}
