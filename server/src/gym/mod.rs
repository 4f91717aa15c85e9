//! The gym over HTTP: AgentGym's own wire (`specs/agentgym.md` §0.1, §2.7), so that its unmodified client drives these
//! environments, and one clean protocol ([`v2`]).
//!
//! `/env/NAME/…` has an environment's original routes; with `--env-port NAME=PORT` they are also at the root of a port.

mod alfworld;
mod babyai;
mod desk;
mod fastapi;
mod maze;
mod store;
mod textcraft;
mod tools;
mod v2;
mod wordle;

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::uri::PathAndQuery;
use axum::http::{Request, Uri};
use duet_engine::gym::Episode;
use duet_engine::gym::alfworld::Alfworld;
use duet_engine::gym::sheet::Sheet;
use duet_engine::gym::todo::Todo;
use duet_engine::gym::wordle::WordleState;

pub use store::InstanceLimits;
pub(crate) use store::Peer;

use crate::Origin;
use desk::Desk;
use store::StoreGauges;
use tools::Bench;

/// Every environment's instances.
#[derive(Debug)]
pub(crate) struct Gyms {
    maze: Arc<Desk<maze::Play>>,
    wordle: Arc<Desk<WordleState>>,
    babyai: Arc<Desk<babyai::Play>>,
    textcraft: Arc<Desk<textcraft::Play>>,
    alfworld: Arc<alfworld::House>,
    todo: Arc<Bench<Todo>>,
    sheet: Arc<Bench<Sheet>>,
    v2: Arc<Desk<Episode>>,
}

type Reading = fn(&StoreGauges) -> u64;

/// Name, kind, help and source of every metric.
const METRICS: [(&str, &str, &str, Reading); 3] = [
    ("duet_env_instances", "gauge", "Live instances.", |gauges| gauges.live),
    ("duet_env_created_total", "counter", "Instances begun.", |gauges| gauges.created),
    ("duet_env_evicted_total", "counter", "Instances forgotten: idle, or for want of room.", |gauges| gauges.evicted),
];

/// Environments with routes of the original's, by name.
pub const ENVIRONMENTS: [&str; 7] = ["maze", "wordle", "babyai", "textcraft", "alfworld", "todo", "sheet"];

impl Gyms {
    pub(crate) fn new(limits: InstanceLimits, origin: Origin, body_timeout: Duration) -> Self {
        fn desk<S>((limits, origin, body_timeout): (InstanceLimits, Origin, Duration)) -> Desk<S> {
            Desk::new(limits, origin, body_timeout)
        }
        let with = (limits, origin, body_timeout);
        let house = alfworld::House { desk: Arc::new(desk(with)), tasks: Alfworld::default() };
        Self {
            maze: Arc::new(desk(with)),
            wordle: Arc::new(desk(with)),
            babyai: Arc::new(desk(with)),
            textcraft: Arc::new(desk(with)),
            alfworld: Arc::new(house),
            todo: Arc::new(Bench { environment: Todo::default(), desk: desk(with) }),
            sheet: Arc::new(Bench { environment: Sheet::default(), desk: desk(with) }),
            v2: Arc::new(desk(with)),
        }
    }

    /// The original's routes of an environment, at the root.
    pub(crate) fn router(&self, name: &str) -> Option<Router> {
        let router = match name {
            "maze" => maze::router(Arc::clone(&self.maze)),
            "wordle" => wordle::router(Arc::clone(&self.wordle)),
            "babyai" => babyai::router(Arc::clone(&self.babyai)),
            "textcraft" => textcraft::router(Arc::clone(&self.textcraft)),
            "alfworld" => alfworld::router(Arc::clone(&self.alfworld)),
            "todo" => tools::router(Arc::clone(&self.todo)),
            "sheet" => tools::router(Arc::clone(&self.sheet)),
            _ => return None,
        };
        Some(router.fallback(fastapi::not_found).method_not_allowed_fallback(fastapi::wrong_method))
    }

    /// `/env/NAME/…` and `/v2/…`.
    pub(crate) fn routes(&self) -> Router {
        let mut routes = Router::new().nest("/v2", v2::router(Arc::clone(&self.v2)));
        for name in ENVIRONMENTS {
            if let Some(router) = self.router(name) {
                routes = routes.nest_service(&format!("/env/{name}"), router);
            }
        }
        routes
    }

    /// Prometheus' text format.
    pub(crate) fn metrics(&self, text: &mut String) {
        let stores = [
            ("maze", self.maze.store.gauges()),
            ("wordle", self.wordle.store.gauges()),
            ("babyai", self.babyai.store.gauges()),
            ("textcraft", self.textcraft.store.gauges()),
            ("alfworld", self.alfworld.desk.store.gauges()),
            ("todo", self.todo.desk.store.gauges()),
            ("sheet", self.sheet.desk.store.gauges()),
            ("v2", self.v2.store.gauges()),
        ];
        for (name, kind, help, read) in METRICS {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (environment, of) in &stores {
                let _ = writeln!(text, "{name}{{environment=\"{environment}\"}} {}", read(of));
            }
        }
    }
}

/// `//` as `/`: the original's client builds such paths from addresses that end with a slash.
pub(crate) fn single_slashes<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    if !path.contains("//") {
        return request;
    }
    let mut single = String::with_capacity(path.len());
    path.chars().for_each(|c| {
        if c != '/' || !single.ends_with('/') {
            single.push(c);
        }
    });
    if let Some(query) = request.uri().query() {
        single.push('?');
        single.push_str(query);
    }
    if let Ok(path) = PathAndQuery::try_from(single) {
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}
