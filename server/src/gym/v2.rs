//! The gym's own protocol: every environment in one form, errors with types, ids that nobody guesses.
//!
//! | route | what |
//! |---|---|
//! | `GET /v2/envs`, `GET /v2/envs/{name}` | environments, their tasks and rules |
//! | `POST /v2/envs/{name}/instances` | begins `{"task": n}`, or goes on with `{"snapshot": …}` |
//! | `GET /v2/instances/{id}` | what an agent sees now |
//! | `POST /v2/instances/{id}/step` | takes `{"action": "…"}` |
//! | `POST /v2/step` | many at once: `{"steps": [{"id", "action"}, …]}`, each answered by itself |
//! | `GET /v2/instances/{id}/snapshot` | the episode, to be kept or restored anywhere |
//! | `DELETE /v2/instances/{id}` | forgets it; doing so twice is no error |
//! | `POST /v2/envs/{name}/rollout` | a whole episode as server-sent events: `{"task", "agent": "planner" or "random", "seed"}` |

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use duet_engine::gym::{self, Episode, Gym, PythonRandom, RestoreError, Snapshot, Success};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::desk::Desk;
use super::store::Peer;
use crate::body::read_json;
use crate::fields::{Fields, wrong};
use crate::{ApiError, sse};

/// Steps of one batch.
const MAX_BATCH: usize = 1024;
/// Characters of an action: more than any environment reads.
const MAX_ACTION: usize = 16 * 1024;
/// Actions of a snapshot.
const MAX_SNAPSHOT: usize = 10_000;

type Shared = State<Arc<Desk<Episode>>>;
type Answer = Result<Response, ApiError>;

pub(super) fn router(desk: Arc<Desk<Episode>>) -> Router {
    Router::new()
        .route("/envs", get(environments))
        .route("/envs/{name}", get(environment))
        .route("/envs/{name}/instances", post(begin))
        .route("/envs/{name}/rollout", post(rollout))
        .route("/instances/{id}", get(instance).delete(close))
        .route("/instances/{id}/step", post(step))
        .route("/instances/{id}/snapshot", get(snapshot))
        .route("/step", post(batch))
        .with_state(desk)
}

async fn environments() -> Response {
    Json(json!({ "data": gym::all().map(described).collect::<Vec<_>>() })).into_response()
}

async fn environment(Path(name): Path<String>) -> Answer {
    Ok(Json(described(find(&name)?)).into_response())
}

fn find(name: &str) -> Result<&'static dyn Gym, ApiError> {
    gym::find(name).ok_or_else(|| {
        let names: Vec<&str> = gym::all().map(|gym| gym.info().name).collect();
        ApiError::NoEnvironment { name: name.to_owned(), known: names.join(", ") }
    })
}

fn described(gym: &dyn Gym) -> Value {
    let info = gym.info();
    let splits = gym.splits().into_iter().map(|split| {
        json!({ "name": split.name, "first": split.tasks.start, "tasks": split.tasks.end - split.tasks.start, "own": split.own })
    });
    json!({
        "name": info.name,
        "title": info.title,
        "summary": info.summary,
        "instruction": info.instruction,
        "max_rounds": info.max_rounds,
        "success": match info.success { Success::Full => "score_is_1", Success::Positive => "score_above_0" },
        "tasks": gym.tasks(),
        "splits": splits.collect::<Vec<_>>(),
        "deviations": info.deviations,
    })
}

async fn begin(State(desk): Shared, Path(name): Path<String>, request: Request) -> Answer {
    let gym = find(&name)?;
    let peer = request.extensions().get::<Peer>().copied();
    let fields = Fields::parse(&read_json(request, desk.body_timeout).await?)?;
    let episode = match fields.value("snapshot") {
        Some(value) => Episode::restore(gym, &read_snapshot(value)?).map_err(|error| not_restored(&error))?,
        None => {
            let task = fields.integer("task", 0..=u64::MAX)?;
            let task = task.ok_or_else(|| ApiError::field("task", "`task` or `snapshot` must be given"))?;
            gym.begin(task).map_err(|error| ApiError::field("task", error.to_string()))?
        }
    };
    let id = u128::from((desk.origin.random)()) << 64 | u128::from((desk.origin.random)());
    let shown = shown(id, &episode);
    desk.store.create_as(id, peer, desk.now(), episode);
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

fn not_restored(error: &RestoreError) -> ApiError {
    ApiError::field("snapshot", error.to_string())
}

/// What an agent and a person see of an instance.
fn shown(id: u128, episode: &Episode) -> Value {
    let last = episode.turns().last();
    json!({
        "id": format!("{id:032x}"),
        "environment": episode.info().name,
        "item_id": episode.item(),
        "observation": episode.observation(),
        "reward": last.map_or(0.0, |turn| turn.outcome.reward),
        "done": episode.is_done(),
        "score": episode.score(),
        "success": episode.is_success(),
        "steps": episode.turns().len(),
        "available_actions": episode.available_actions(),
    })
}

async fn instance(State(desk): Shared, Path(id): Path<String>) -> Answer {
    with(&desk, &id, |number, episode| Ok(Json(shown(number, episode)).into_response()))
}

async fn step(State(desk): Shared, Path(id): Path<String>, request: Request) -> Answer {
    let fields = Fields::parse(&read_json(request, desk.body_timeout).await?)?;
    let action = action(fields.value("action"))?;
    with(&desk, &id, |number, episode| stepped(number, episode, &action).map(|shown| Json(shown).into_response()))
}

fn stepped(id: u128, episode: &mut Episode, action: &str) -> Result<Value, ApiError> {
    episode.step(action).map_err(|error| ApiError::Finished(error.to_string()))?;
    Ok(shown(id, episode))
}

/// One by one, so that a wrong one does not undo the others.
async fn batch(State(desk): Shared, request: Request) -> Answer {
    let fields = Fields::parse(&read_json(request, desk.body_timeout).await?)?;
    let missing = || ApiError::field("steps", "`steps` must be an array of {\"id\", \"action\"}");
    let steps = fields.value("steps").and_then(Value::as_array).ok_or_else(missing)?;
    if steps.len() > MAX_BATCH {
        let message = format!("`steps` has {} entries, the limit is {MAX_BATCH}", steps.len());
        return Err(ApiError::field("steps", message));
    }
    let one = |entry: &Value| -> Result<Value, ApiError> {
        let id = entry["id"].as_str().ok_or_else(|| wrong("id", &entry["id"], "a string"))?;
        let action = action(Some(&entry["action"]))?;
        with(&desk, id, |number, episode| stepped(number, episode, &action))
    };
    let answers: Vec<Value> = steps.iter().map(|entry| one(entry).unwrap_or_else(|error| error.to_json())).collect();
    Ok(Json(json!({ "data": answers })).into_response())
}

fn action(value: Option<&Value>) -> Result<String, ApiError> {
    let value = value.unwrap_or(&Value::Null);
    let text = value.as_str().ok_or_else(|| wrong("action", value, "a string"))?;
    match text.len() > MAX_ACTION {
        true => Err(ApiError::field("action", format!("`action` has {} bytes, the limit is {MAX_ACTION}", text.len()))),
        false => Ok(text.to_owned()),
    }
}

async fn snapshot(State(desk): Shared, Path(id): Path<String>) -> Answer {
    with(&desk, &id, |_, episode| {
        let Snapshot { environment, task, actions, observation } = episode.snapshot();
        let value = json!({ "environment": environment, "task": task, "actions": actions, "observation": observation });
        Ok(Json(value).into_response())
    })
}

fn read_snapshot(value: &Value) -> Result<Snapshot, ApiError> {
    let rule = "an object with `environment`, `task`, `actions` and `observation`";
    let bad = || wrong("snapshot", value, rule);
    let text = |name: &str| value[name].as_str().map(str::to_owned).ok_or_else(bad);
    let actions = value["actions"].as_array().ok_or_else(bad)?;
    if actions.len() > MAX_SNAPSHOT {
        let message = format!("the snapshot has {} actions, the limit is {MAX_SNAPSHOT}", actions.len());
        return Err(ApiError::field("snapshot", message));
    }
    Ok(Snapshot {
        environment: text("environment")?,
        task: value["task"].as_u64().ok_or_else(bad)?,
        actions: actions.iter().map(|entry| action(Some(entry))).collect::<Result<_, _>>()?,
        observation: text("observation")?,
    })
}

async fn close(State(desk): Shared, Path(id): Path<String>) -> Answer {
    desk.store.close(number(&id)?);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn number(id: &str) -> Result<u128, ApiError> {
    let hex = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = hex.then(|| u128::from_str_radix(id, 16).ok()).flatten();
    number.ok_or_else(|| ApiError::NoInstance(id.chars().take(64).collect()))
}

fn with<T>(
    desk: &Desk<Episode>,
    id: &str,
    act: impl FnOnce(u128, &mut Episode) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let number = number(id)?;
    let done = desk.store.with(number, desk.now(), |episode| act(number, episode));
    done.unwrap_or_else(|_| Err(ApiError::NoInstance(id.to_owned())))
}

/// Plays a task to its end or its last round. Nothing is stored: the stream is the episode.
async fn rollout(State(desk): Shared, Path(name): Path<String>, request: Request) -> Answer {
    let gym = find(&name)?;
    let fields = Fields::parse(&read_json(request, desk.body_timeout).await?)?;
    let task = fields.integer("task", 0..=u64::MAX)?.unwrap_or(0);
    let rounds = fields.integer("max_rounds", 1..=10_000)?.unwrap_or(u64::from(gym.info().max_rounds));
    let mut chance = match fields.text("agent")?.unwrap_or("planner") {
        "planner" => None,
        "random" => Some(PythonRandom::new(fields.integer("seed", 0..=u64::MAX)?.unwrap_or(0))),
        other => return Err(wrong("agent", &other.into(), "`planner` or `random`")),
    };
    let episode = gym.begin(task).map_err(|error| ApiError::field("task", error.to_string()))?;
    let begun = json!({ "item_id": episode.item(), "observation": episode.first() });
    let turns = stream::unfold((episode, 0), move |(mut episode, round)| {
        let action = (round < rounds && !episode.is_done()).then(|| choose(&episode, chance.as_mut())).flatten();
        std::future::ready(action.map(|action| {
            // Not done, so there is an outcome.
            let outcome = episode.step(&action).ok().cloned();
            let (observation, reward) = outcome.map_or_else(Default::default, |o| (o.observation, o.reward));
            let event = json!({
                "action": action, "observation": observation, "reward": reward, "done": episode.is_done(),
                "score": episode.score(), "success": episode.is_success(), "step": round + 1,
            });
            (sse::named("turn", event.to_string()), (episode, round + 1))
        }))
    });
    let first = stream::iter([sse::named("begin", begun.to_string())]);
    let last = stream::iter([sse::named("end", "{}".to_owned())]);
    Ok(sse::respond(first.chain(turns).chain(last)).into_response())
}

/// The planner's action, or one drawn from those that are available.
fn choose(episode: &Episode, chance: Option<&mut PythonRandom>) -> Option<String> {
    match chance {
        Some(random) => random.choice(&episode.available_actions()).cloned(),
        None => episode.plan(),
    }
}
