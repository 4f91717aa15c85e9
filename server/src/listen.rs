//! The accept loop. `axum::serve` has neither a limit on connections nor on the time a client takes to send its
//! headers, so a handful of idle sockets could hold it up (specs/field.md §0.9).

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tower::{Service, ServiceExt};

use crate::AppState;
use crate::gym::{Peer, single_slashes};

/// What a client may hold and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeLimits {
    /// Connections at once; further ones wait in the system's queue.
    pub connections: u32,
    /// From the first moment a request is waited for to the end of its headers; idle connections end by it too.
    pub header_timeout: Duration,
    /// How long running requests may go on after the server was told to stop.
    pub drain: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self { connections: 512, header_timeout: Duration::from_secs(30), drain: Duration::from_secs(5) }
    }
}

/// After the drain, streams are told that the server stops; this long they have to pass it on.
const FAREWELL: Duration = Duration::from_secs(1);

/// A listener out of file descriptors would otherwise spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` resolves, then lets running requests end: idle connections close at once, streams that
/// outlast the drain get an error event.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    state: Arc<AppState>,
    limits: ServeLimits,
    shutdown: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(limits.connections as usize));
    let closing = watch::Sender::new(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        match accepted {
            Ok((stream, peer, slot)) => {
                let router = told(router.clone(), peer);
                tokio::spawn(connection(stream, slot, router, limits.header_timeout, closing.subscribe()));
            }
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    closing.send_replace(true);
    if timeout(limits.drain, slots.acquire_many(limits.connections)).await.is_err() {
        state.stop();
        let _ = timeout(FAREWELL, slots.acquire_many(limits.connections)).await;
    }
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.expect("invariant: the semaphore is never closed");
    let (stream, address) = listener.accept().await?;
    // Tokens are small and wanted at once.
    stream.set_nodelay(true)?;
    Ok((stream, Peer(address.ip()), slot))
}

/// The router, whose requests say where they come from and have no doubled slashes.
fn told(
    router: Router,
    peer: Peer,
) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + Clone {
    router.map_request(move |request: Request<Incoming>| {
        let mut request = single_slashes(request);
        request.extensions_mut().insert(peer);
        request
    })
}

async fn connection(
    stream: TcpStream,
    slot: OwnedSemaphorePermit,
    router: impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + Clone,
    header_timeout: Duration,
    mut closing: watch::Receiver<bool>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = closing.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("connection ended: {error}");
    }
    drop(slot);
}
