//! The router and what its handlers share.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::OriginalUri;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tokio::sync::watch;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::body::BODY_TIMEOUT;
use crate::engine_thread::Model;
use crate::gym::{Gyms, InstanceLimits};
use crate::{ApiError, chat, health, model_list, page, solve};

/// Where clock and randomness come from; tests give constants.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// Seconds since 1970.
    pub now: fn() -> u64,
    /// A number that nobody can guess the next of by accident: ids, and the seeds of requests without one.
    pub random: fn() -> u64,
}

impl Origin {
    /// The system's.
    pub const SYSTEM: Self = Self {
        now: || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        // The standard library seeds every hasher from the system's randomness.
        random: || RandomState::new().build_hasher().finish(),
    };
}

/// What the handlers share.
#[derive(Debug)]
pub struct AppState {
    /// The models offered; a request that names none gets the first.
    pub models: Vec<Model>,
    /// The folder of the built page.
    pub page: Option<PathBuf>,
    /// Clock and randomness.
    pub origin: Origin,
    /// Seconds since 1970 when the server started.
    pub started: u64,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
    /// How many instances of environments live, and for how long.
    pub instances: InstanceLimits,
    gyms: OnceLock<Gyms>,
    stop: watch::Sender<bool>,
}

/// Resolves when the server stops.
#[derive(Debug, Clone)]
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    pub(crate) async fn wait(&mut self) {
        if self.0.wait_for(|stopping| *stopping).await.is_err() {
            // The state is gone without a stop: only in a test that keeps a response longer than its router.
            std::future::pending::<()>().await;
        }
    }
}

impl AppState {
    /// A state without page, on the system's clock.
    #[must_use]
    pub fn new(models: Vec<Model>) -> Self {
        let origin = Origin::SYSTEM;
        let (page, body_timeout, stop) = (None, BODY_TIMEOUT, watch::Sender::new(false));
        let (instances, gyms) = (InstanceLimits::default(), OnceLock::new());
        Self { models, page, origin, started: (origin.now)(), body_timeout, instances, gyms, stop }
    }

    pub(crate) fn gyms(&self) -> &Gyms {
        self.gyms.get_or_init(|| Gyms::new(self.instances, self.origin, self.body_timeout))
    }

    /// Ends every stream with an error event.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn stopping(&self) -> Stopping {
        Stopping(self.stop.subscribe())
    }

    /// The model of a name, or the first.
    pub(crate) fn model(&self, name: Option<&str>) -> Result<&Model, ApiError> {
        let Some(name) = name else { return self.models.first().ok_or(ApiError::NoModels) };
        self.models.iter().find(|model| model.name() == name).ok_or_else(|| {
            let names: Vec<String> = self.models.iter().map(|model| format!("`{}`", model.name())).collect();
            let known = if names.is_empty() { "no model".to_owned() } else { names.join(", ") };
            ApiError::NoModel { name: name.to_owned(), known }
        })
    }
}

/// Page and API. No header allows other origins, so browsers keep their pages out.
pub fn app(state: Arc<AppState>) -> Router {
    let header = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let gyms = state.gyms().routes();
    Router::new()
        .route("/health", get(health::health))
        .route("/metrics", get(health::metrics))
        .route("/models/{file}", get(model_list::file))
        .route("/v1/models", get(model_list::list))
        .route("/v1/models/{name}", get(model_list::one))
        .route("/v1/chat/completions", post(chat::completions))
        .route("/v1/duet/solve", post(solve::solve))
        .route("/v1", any(no_route))
        .route("/v1/", any(no_route))
        .route("/v1/{*rest}", any(no_route))
        .method_not_allowed_fallback(wrong_method)
        .fallback_service(page::pages(state.page.as_deref()))
        .with_state(state)
        .merge(gyms)
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(TraceLayer::new_for_http())
}

/// The original's routes of one environment at the root, for clients that know no other layout.
pub fn environment_app(state: &AppState, name: &str) -> Option<Router> {
    Some(state.gyms().router(name)?.layer(TraceLayer::new_for_http()))
}

async fn no_route(uri: OriginalUri) -> Response {
    ApiError::NoRoute(uri.path().to_owned()).into_response()
}

async fn wrong_method(method: Method) -> Response {
    ApiError::Method(method.to_string()).into_response()
}
