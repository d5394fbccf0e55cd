//! Starting and stopping: the port, the threads, and what a caller may know of a running sandbox.

use std::fmt;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::runtime::{Builder, Runtime};

use crate::ca::issue::DeviceIssuer;
use crate::ca::{self, tls};
use crate::fault::Faults;
use crate::files::Folder;
use crate::http::{MakeGate, Service};
use crate::jobs::store::Store;
use crate::jobs::worker::Worker;
use crate::record::{Recorder, Seen};
use crate::switches::parse_prefix;
use crate::tenant::Tenant;
use crate::{Error, Options};

/// How long a stop waits for file work in progress.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// A running sandbox. Dropping it stops it.
pub struct Running {
    url: String,
    service: Arc<Service>,
    ca_file: PathBuf,
    device_root_file: PathBuf,
    issuing_ca_file: PathBuf,
    threads: Option<Threads>,
    // The lock goes last, when nothing writes into the folder any more.
    _folder: Folder,
}

struct Threads {
    handle: Handle<SocketAddr>,
    stop: Arc<AtomicBool>,
    runtime: Runtime,
    worker: JoinHandle<()>,
}

/// Starts a sandbox. On return the port is bound and requests are answered.
///
/// # Errors
/// When the folder cannot be used, another sandbox uses it, or the address cannot be listened on.
pub fn start(options: Options) -> Result<Running, Error> {
    // The router panics on what is no path.
    parse_prefix(&options.switches.path_prefix).map_err(|reason| Error::Switch {
        switch: "path-prefix",
        reason,
    })?;
    let folder = Folder::open(&options.dir)?;
    let (listener, address) = listen(options.listen)?;
    let config = tls::server_config(&ca::tls_authority(&folder)?, address.ip())?;
    let issuer = Arc::new(DeviceIssuer::new(ca::device_authority(&folder)?)?);
    let store = Arc::new(Store::open(&folder)?);
    let switches = Arc::new(options.switches);
    let stop = Arc::new(AtomicBool::new(false));
    let worker = Worker {
        store: Arc::clone(&store),
        issuer: Arc::clone(&issuer),
        switches: Arc::clone(&switches),
        stop: Arc::clone(&stop),
    };
    let tenant = Tenant::open(&folder)?;
    let recorder = Recorder::open(&folder.path("requests.jsonl"))?;
    let (queue, worker) = worker.start()?;
    let service = Arc::new(Service {
        tenant,
        faults: Faults::new(&switches.fault),
        recorder,
        switches,
        store,
        queue,
        issuer,
    });
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("sandbox")
        .enable_all()
        .build()
        .map_err(Error::Threads)?;
    let handle = Handle::new();
    serve(&runtime, listener, address, config, &handle, &service)?;
    Ok(Running {
        url: url(address),
        ca_file: folder.path("ca.pem"),
        device_root_file: folder.path("device-root.pem"),
        issuing_ca_file: folder.path("issuing.pem"),
        service,
        threads: Some(Threads {
            handle,
            stop,
            runtime,
            worker,
        }),
        _folder: folder,
    })
}

fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    TcpListener::bind(wanted)
        .and_then(|listener| {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        })
        .map_err(|source| Error::Listen {
            address: wanted,
            source,
        })
}

fn serve(
    runtime: &Runtime,
    listener: TcpListener,
    address: SocketAddr,
    config: rustls::ServerConfig,
    handle: &Handle<SocketAddr>,
    service: &Arc<Service>,
) -> Result<(), Error> {
    let _inside = runtime.enter();
    let config = RustlsConfig::from_config(Arc::new(config));
    let server = axum_server::from_tcp_rustls(listener, config)
        .map_err(|source| Error::Listen { address, source })?
        .http1_only()
        .handle(handle.clone());
    let gate = MakeGate::new(Arc::clone(service));
    runtime.spawn(async move {
        if let Err(error) = server.serve(gate).await {
            tracing::error!(%error, "the sandbox stopped listening");
        }
    });
    Ok(())
}

fn url(address: SocketAddr) -> String {
    let port = address.port();
    match address.ip() {
        ip if ip.is_unspecified() => format!("https://localhost:{port}"),
        IpAddr::V4(ip) => format!("https://{ip}:{port}"),
        IpAddr::V6(ip) => format!("https://[{ip}]:{port}"),
    }
}

impl Running {
    /// The base URL, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The value of the header `x-api-key`. Kept in the folder's `api-key`, readable by its owner.
    pub fn api_key(&self) -> &str {
        &self.service.tenant.api_key
    }

    /// The CA that signed the service's TLS certificate, PEM.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// The root of the device certificates, PEM.
    pub fn device_root_file(&self) -> &Path {
        &self.device_root_file
    }

    /// The CA below that root that signs device certificates, PEM.
    pub fn issuing_ca_file(&self) -> &Path {
        &self.issuing_ca_file
    }

    /// The only device group.
    pub fn device_group_id(&self) -> &str {
        &self.service.tenant.policy.device_group_id
    }

    /// The only certificate management policy.
    pub fn certificate_policy_id(&self) -> &str {
        &self.service.tenant.policy.certificate_policy_id
    }

    /// The requests of this run, in the order they ended.
    pub fn requests(&self) -> Vec<Seen> {
        self.service.recorder.list()
    }

    /// Closes the port and every connection. Jobs stay in the folder.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(threads) = self.threads.take() else {
            return;
        };
        threads.stop.store(true, Ordering::Relaxed);
        threads.handle.shutdown();
        // Not on this thread: a runtime must not wait inside another one.
        let waiter = std::thread::spawn(move || threads.runtime.shutdown_timeout(STOP_WAIT));
        let _ = waiter.join();
        self.service.queue.wake();
        // The next sandbox in this folder must not meet this one's worker.
        let _ = threads.worker.join();
    }
}

/// Leaves the key out.
impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("url", &self.url)
            .field("ca_file", &self.ca_file)
            .finish_non_exhaustive()
    }
}
