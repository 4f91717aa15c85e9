//! The recorded run that a visit begins with.

use gloo_net::http::Request;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser;
use super::state::{App, Origin};
use super::strings;
use crate::protocol::{Failure, Timed};

/// Fetches the recorded run and plays it. With reduced motion it is shown whole. The engine, which is larger than the
/// page, comes after it.
pub(crate) fn show_then_wake(app: App) {
    spawn_local(async move {
        let fetched = fetch().await;
        app.wake();
        let events = match fetched {
            Ok(events) => events,
            Err(error) => {
                let failure = Failure::new(strings::NO_RECORDING, error, strings::NO_RECORDING_HINT);
                return app.engine.failure.set(Some(failure));
            }
        };
        if app.engine.solving.get_untracked().is_some() || app.run.len() > 0 {
            return;
        }
        app.run.replace(Origin::Recorded, events);
        if browser::reduced_motion() {
            app.run.seek_silently(app.run.len());
        } else {
            app.run.play();
        }
    });
}

async fn fetch() -> Result<Vec<Timed>, gloo_net::Error> {
    Request::get(&browser::meta("duet-recorded")).send().await?.json().await
}
