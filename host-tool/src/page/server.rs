//! The server: its port, its threads, its end.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::runtime::{Builder, Runtime};

use super::PageError;
use super::certificate::Pair;
use super::line::Lines;
use super::routes::{self, Room};

/// The greatest head of a request, in bytes.
const MOST_HEAD: usize = 16 * 1024;

/// Header lines of a request.
const MOST_HEADERS: usize = 64;

/// Threads that may wait for the disk.
const BLOCKING: usize = 4;

/// How long pages may take to read the last word.
const LAST_WORD: Duration = Duration::from_secs(1);

/// A running server; dropped, it stops.
pub(super) struct Server {
    handle: Handle<SocketAddr>,
    runtime: Option<Runtime>,
}

/// Takes the port.
pub(super) fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), PageError> {
    let listen = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    listen().map_err(|source| PageError::Listen { address, source })
}

impl Server {
    pub fn start(
        listener: TcpListener,
        address: SocketAddr,
        pair: Option<Pair>,
        room: Arc<Room>,
    ) -> Result<Self, PageError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(BLOCKING)
            .thread_name("page")
            .enable_all()
            .build()
            .map_err(PageError::Threads)?;
        let handle = Handle::new();
        let inside = runtime.enter();
        let server = axum_server::from_tcp(listener)
            .map_err(|source| PageError::Listen { address, source })?;
        let mut server = server.http1_only().handle(handle.clone());
        server
            .http_builder()
            .http1()
            .max_buf_size(MOST_HEAD)
            .max_headers(MOST_HEADERS);
        let service = routes::router(room).into_make_service();
        let lines = Lines::default();
        // It ends only with the runtime.
        match pair {
            None => {
                runtime.spawn(server.acceptor(lines).serve(service));
            }
            Some(pair) => {
                let config = RustlsConfig::from_config(pair.config);
                let acceptor = RustlsAcceptor::new(config).acceptor(lines);
                runtime.spawn(server.acceptor(acceptor).serve(service));
            }
        }
        drop(inside);
        Ok(Self {
            handle,
            runtime: Some(runtime),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        self.handle.graceful_shutdown(Some(LAST_WORD));
        let handle = self.handle.clone();
        // Not on this thread: a runtime must not wait inside another one.
        let waiter = std::thread::spawn(move || {
            runtime.block_on(async {
                let all_read = async {
                    while handle.connection_count() > 0 {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                };
                let _ = tokio::time::timeout(LAST_WORD, all_read).await;
            });
            handle.shutdown();
            runtime.shutdown_timeout(LAST_WORD);
        });
        let _ = waiter.join();
    }
}
