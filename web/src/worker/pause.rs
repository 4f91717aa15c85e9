//! Letting the event loop run while a model computes, so that a cancellation arrives.

use std::cell::Cell;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

use super::line::scope;

/// Longest time without looking at the event loop, between two chunks.
const LONGEST_MS: f64 = 30.0;

/// Milliseconds on this worker's clock.
pub(super) fn now_ms() -> f64 {
    scope().performance().expect("invariant: every worker has a clock").now()
}

/// Knows when the event loop last ran.
pub(super) struct Breath {
    last_ms: Cell<f64>,
    channel: MessageChannel,
}

impl Breath {
    /// The event loop runs right now.
    pub(super) fn new() -> Self {
        let channel = MessageChannel::new().expect("invariant: every worker has message channels");
        Self { last_ms: Cell::new(now_ms()), channel }
    }

    /// Lets the event loop run if it is due. A message to itself, because a timer waits 4 ms and a resolved promise
    /// would run before any event.
    pub(super) async fn take(&self) {
        if now_ms() - self.last_ms.get() < LONGEST_MS {
            return;
        }
        let ring = js_sys::Promise::new(&mut |resolve, _| self.channel.port1().set_onmessage(Some(&resolve)));
        self.channel.port2().post_message(&JsValue::NULL).expect("invariant: null can be posted");
        // It resolves with the event, which says nothing.
        drop(JsFuture::from(ring).await);
        self.last_ms.set(now_ms());
    }
}
