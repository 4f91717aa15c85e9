//! The worker's end of the line to the page.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::protocol::{Command, Envelope, Failure, Reply};

/// A command that arrived.
pub(super) struct Message {
    pub(super) id: u32,
    pub(super) command: Command,
    /// What was posted beside it.
    pub(super) file: Option<File>,
}

/// Commands in, replies out. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Line(Rc<Inbox>);

#[derive(Default)]
struct Inbox {
    waiting: RefCell<VecDeque<Message>>,
    waker: RefCell<Option<Waker>>,
    cancelled: RefCell<HashSet<u32>>,
}

/// This worker's global scope.
pub(super) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

impl Line {
    /// Listens from now on.
    pub(super) fn open() -> Self {
        let line = Self::default();
        let listening = line.clone();
        let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| listening.hear(&event.data()));
        scope().set_onmessage(Some(hear.into_js_value().unchecked_ref()));
        line
    }

    /// Tells the page that the worker listens.
    pub(super) fn announce(&self) {
        post(0, &Reply::Ready);
    }

    fn hear(&self, data: &JsValue) {
        let get = |name: &str| Reflect::get(data, &name.into()).unwrap_or(JsValue::UNDEFINED);
        let text = get("text").as_string().unwrap_or_default();
        let Ok(Envelope { id, body }) = serde_json::from_str(&text) else {
            let failure = Failure::new("The engine was asked something it does not know", text, "Reload the page.");
            return post(0, &Reply::Failed(failure));
        };
        if let Command::Cancel { target } = body {
            self.0.cancelled.borrow_mut().insert(target);
            return post(id, &Reply::Ended);
        }
        let file = get("file").dyn_into().ok();
        self.0.waiting.borrow_mut().push_back(Message { id, command: body, file });
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }

    /// The next command, in the order of arrival.
    pub(super) async fn next(&self) -> Message {
        poll_fn(|context| match self.0.waiting.borrow_mut().pop_front() {
            Some(message) => Poll::Ready(message),
            None => {
                *self.0.waker.borrow_mut() = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    /// Everything that a command needs to answer and to notice that it is to stop.
    pub(super) fn answerer(&self, id: u32) -> Answerer {
        Answerer { id, line: self.clone() }
    }
}

/// Answers one command.
#[derive(Clone)]
pub(super) struct Answerer {
    id: u32,
    line: Line,
}

impl Answerer {
    /// Sends a reply.
    pub(super) fn send(&self, reply: &Reply) {
        post(self.id, reply);
    }

    /// Whether the page wants no more of this command.
    pub(super) fn is_cancelled(&self) -> bool {
        self.line.0.cancelled.borrow().contains(&self.id)
    }

    /// The command is over: its cancellation, if any, need not be remembered.
    pub(super) fn close(self) {
        self.line.0.cancelled.borrow_mut().remove(&self.id);
    }
}

fn post(id: u32, reply: &Reply) {
    let text = serde_json::to_string(&Envelope { id, body: reply }).expect("invariant: replies are plain data");
    scope().post_message(&text.into()).expect("invariant: a string can be posted");
}

/// Tells the page that this worker can do nothing more.
pub(super) fn report_death(why: &str) {
    post(0, &Reply::Failed(Failure::new("The engine stopped working", why, "")));
}

/// What a JavaScript exception says.
pub(super) fn describe(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| error.as_string()).unwrap_or_else(|| format!("{error:?}"))
}
