//! The address for client certificates: its TLS layer, which hands the certificate on to the gate.

use std::future::Future;
use std::io;
use std::pin::Pin;

use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsAcceptor;
use tokio::net::TcpStream;

use super::access::Door;
use super::gate::Gate;

/// Accepts connections that may show a client certificate.
#[derive(Clone)]
pub(crate) struct ClientDoor(pub(crate) RustlsAcceptor);

impl Accept<TcpStream, Gate> for ClientDoor {
    type Stream = <RustlsAcceptor as Accept<TcpStream, Gate>>::Stream;
    type Service = Gate;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Gate)>> + Send>>;

    fn accept(&self, stream: TcpStream, gate: Gate) -> Self::Future {
        let accepted = self.0.accept(stream, gate);
        Box::pin(async move {
            let (stream, gate) = accepted.await?;
            let (_, connection) = stream.get_ref();
            let shown = connection.peer_certificates().and_then(<[_]>::first);
            let shown = shown.map(|certificate| certificate.to_vec());
            Ok((stream, gate.at(Door::ClientCertificates(shown))))
        })
    }
}
