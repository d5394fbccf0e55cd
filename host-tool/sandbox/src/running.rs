//! Starting and stopping: the port, the threads, and what a caller may know of a running sandbox.

use std::fmt;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::server::WebPkiClientVerifier;
use tokio::runtime::{Builder, Runtime};

use crate::ca::issue::DeviceIssuer;
use crate::ca::{self, tls};
use crate::fault::Faults;
use crate::files::Folder;
use crate::http::{ClientDoor, MakeGate, Service};
use crate::jobs::store::Store;
use crate::jobs::worker::Worker;
use crate::record::{Recorder, Seen};
use crate::switches::{Switches, parse_prefix};
use crate::tenant::Tenant;
use crate::{Error, Options};

/// How long a stop waits for file work in progress.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// A running sandbox. Dropping it stops it.
pub struct Running {
    url: String,
    client_auth_url: String,
    client_certificate_file: PathBuf,
    client_key_file: PathBuf,
    client_ca_file: PathBuf,
    service: Arc<Service>,
    ca_file: PathBuf,
    device_root_file: PathBuf,
    issuing_ca_file: PathBuf,
    threads: Option<Threads>,
    // The lock goes last, when nothing writes into the folder any more.
    _folder: Folder,
}

struct Threads {
    handles: [Handle<SocketAddr>; 2],
    stop: Arc<AtomicBool>,
    runtime: Runtime,
    worker: JoinHandle<()>,
}

/// Starts a sandbox. On return the port is bound and requests are answered.
///
/// # Errors
/// When the folder cannot be used, another sandbox uses it, or the address cannot be listened on.
pub fn start(options: Options) -> Result<Running, Error> {
    check_prefixes(&options.switches)?;
    let folder = Folder::open(&options.dir)?;
    let (listener, address) = listen(options.listen)?;
    // A port of its own for client certificates, on the same address.
    let (client_listener, client_address) = listen(SocketAddr::new(options.listen.ip(), 0))?;
    let tls_authority = ca::tls_authority(&folder)?;
    let client_authority = ca::client_authority(&folder)?;
    let config = tls::server_config(
        &tls_authority,
        address.ip(),
        WebPkiClientVerifier::no_client_auth(),
    )?;
    let client_config = tls::server_config(
        &tls_authority,
        address.ip(),
        ca::client::verifier(&client_authority, options.switches.client_auth)?,
    )?;
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
    let certificate = ca::client::certificate(&folder, &client_authority)?;
    let tenant = Tenant::open(&folder, certificate)?;
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
    let handles = [Handle::new(), Handle::new()];
    let [main, clients] = &handles;
    let gate = MakeGate::new(Arc::clone(&service));
    serve(&runtime, listener, address, config, main, gate.clone())?;
    serve_clients(
        &runtime,
        client_listener,
        client_address,
        client_config,
        clients,
        gate,
    )?;
    Ok(Running {
        url: url(address),
        client_auth_url: url(client_address),
        client_certificate_file: folder.path("client.pem"),
        client_key_file: folder.path("client.key"),
        client_ca_file: folder.path("client-ca.pem"),
        ca_file: folder.path("ca.pem"),
        device_root_file: folder.path("device-root.pem"),
        issuing_ca_file: folder.path("issuing.pem"),
        service,
        threads: Some(Threads {
            handles,
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
    gate: MakeGate,
) -> Result<(), Error> {
    let _inside = runtime.enter();
    let config = RustlsConfig::from_config(Arc::new(config));
    let server = axum_server::from_tcp_rustls(listener, config)
        .map_err(|source| Error::Listen { address, source })?
        .http1_only()
        .handle(handle.clone());
    runtime.spawn(async move {
        if let Err(error) = server.serve(gate).await {
            tracing::error!(%error, "the sandbox stopped listening");
        }
    });
    Ok(())
}

fn serve_clients(
    runtime: &Runtime,
    listener: TcpListener,
    address: SocketAddr,
    config: rustls::ServerConfig,
    handle: &Handle<SocketAddr>,
    gate: MakeGate,
) -> Result<(), Error> {
    let _inside = runtime.enter();
    let config = RustlsConfig::from_config(Arc::new(config));
    let server = axum_server::from_tcp(listener)
        .map_err(|source| Error::Listen { address, source })?
        .acceptor(ClientDoor(RustlsAcceptor::new(config)))
        .http1_only()
        .handle(handle.clone());
    runtime.spawn(async move {
        if let Err(error) = server.serve(gate).await {
            tracing::error!(%error, "the sandbox stopped listening for client certificates");
        }
    });
    Ok(())
}

/// The router panics on what is no path, and on two services under one.
fn check_prefixes(switches: &Switches) -> Result<(), Error> {
    let refuse = |switch, reason| Err(Error::Switch { switch, reason });
    if let Err(reason) = parse_prefix(&switches.path_prefix) {
        return refuse("path-prefix", reason);
    }
    if let Err(reason) = parse_prefix(&switches.iot_path_prefix) {
        return refuse("iot-path-prefix", reason);
    }
    if switches.path_prefix == switches.iot_path_prefix {
        let reason = "it is the other service's path".to_owned();
        return refuse("iot-path-prefix", reason);
    }
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

    /// The base URL for client certificates.
    pub fn client_auth_url(&self) -> &str {
        &self.client_auth_url
    }

    /// The client certificate that is let in there, PEM.
    pub fn client_certificate_file(&self) -> &Path {
        &self.client_certificate_file
    }

    /// Its private key, PEM, readable by its owner.
    pub fn client_key_file(&self) -> &Path {
        &self.client_key_file
    }

    /// The CA that signs client certificates, PEM; its key stands beside it as `client-ca.key`.
    pub fn client_ca_file(&self) -> &Path {
        &self.client_ca_file
    }

    /// The value of the header `x-passcode`. Kept in the folder's `passcode`, readable by its owner.
    pub fn passcode(&self) -> &str {
        &self.service.tenant.passcode
    }

    /// The only enrolment profile of IoT Trust Manager.
    pub fn enrollment_profile_id(&self) -> &str {
        &self.service.tenant.policy.enrollment_profile_id
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
        for handle in &threads.handles {
            handle.shutdown();
        }
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
