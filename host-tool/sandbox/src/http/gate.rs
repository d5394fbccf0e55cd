//! What happens to every request before and after its handler: it is recorded, a fault is played,
//! who asks is checked, errors get their shape. Also the place where a connection can be cut, which a
//! handler cannot do.

use std::convert::Infallible;
use std::future::{Future, Ready, pending, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_service::Service as TowerService;

use super::access::{Door, Shown};
use super::body::Shared;
use super::{Refusal, Service, operation};
use crate::fault::Kind;
use crate::record::Entry;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub(crate) struct Cut;

/// Makes a gate for each connection.
#[derive(Clone)]
pub(crate) struct MakeGate(Gate);

/// Stands before the router.
#[derive(Clone)]
pub(crate) struct Gate {
    service: Arc<Service>,
    router: Router,
    door: Door,
}

impl MakeGate {
    pub(crate) fn new(service: Arc<Service>) -> MakeGate {
        let router = super::router(&service);
        let door = Door::Main;
        MakeGate(Gate {
            service,
            router,
            door,
        })
    }
}

impl TowerService<SocketAddr> for MakeGate {
    type Response = Gate;
    type Error = Infallible;
    type Future = Ready<Result<Gate, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: SocketAddr) -> Self::Future {
        ready(Ok(self.0.clone()))
    }
}

impl<B> TowerService<Request<B>> for Gate
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response;
    type Error = Cut;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Cut>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cut>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.clone().pass(request.map(Body::new)))
    }
}

impl Gate {
    /// The same at this door.
    pub(super) fn at(self, door: Door) -> Gate {
        Gate { door, ..self }
    }

    async fn pass(self, request: Request<Body>) -> Result<Response, Cut> {
        let service = Arc::clone(&self.service);
        let shown = Shown::of(request.headers(), &self.door, &service);
        let entry = Entry::new(&service.recorder, &request, shown);
        let expects_continue = entry.expects_continue();
        let operation = operation(request.method(), request.uri().path(), &service.switches);
        let (parts, body) = request.into_parts();
        let body = Shared::new(body);
        let request = Request::from_parts(parts, Body::new(body.clone()));

        let fault = service.faults.next(operation);
        let outcome = fault.as_ref().map(ToString::to_string);
        let response = match fault {
            None => self.carry_out(request, shown).await,
            Some(Kind::Hang) => {
                entry.done(None, "hang");
                return pending().await;
            }
            Some(Kind::Drop) => {
                entry.done(None, "drop");
                return Err(Cut);
            }
            Some(Kind::LostAnswer) => {
                self.carry_out(request, shown).await;
                entry.done(None, "lost-answer");
                return Err(Cut);
            }
            Some(Kind::LateAnswer) => {
                self.carry_out(request, shown).await;
                entry.done(None, "late-answer");
                return pending().await;
            }
            Some(Kind::Status(status, retry)) => Refusal::played(status, retry).into_response(),
            Some(Kind::Garbage) => "<html>it works</html> \u{0}".into_response(),
            Some(Kind::Redirect(url)) => redirect(&url),
        };
        let response = match response.extensions().get::<Refusal>() {
            Some(refusal) => refusal.render(service.switches.error_shape),
            None => response,
        };
        body.empty(expects_continue).await;
        let outcome = outcome.as_deref().unwrap_or("answered");
        entry.done(Some(response.status().as_u16()), outcome);
        Ok(response)
    }

    async fn carry_out(mut self, request: Request<Body>, shown: Shown) -> Response {
        if let Err(refusal) = shown.check(&self.door, &self.service.switches.sign_in) {
            return refusal.into_response();
        }
        match self.router.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

fn redirect(url: &str) -> Response {
    match HeaderValue::from_str(url) {
        Ok(location) => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
        Err(error) => Refusal::internal(&error).into_response(),
    }
}
