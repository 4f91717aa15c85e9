//! The page's end of the line to the worker.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event, File, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::browser;
use crate::protocol::{Command, Envelope, Failure, Reply};

/// Called with every reply to one command; the last one is final.
type Listener = Rc<RefCell<dyn FnMut(Reply)>>;

/// A worker and the commands it has not finished.
#[derive(Clone)]
pub(crate) struct Client(Rc<Line>);

struct Line {
    worker: RefCell<Option<Worker>>,
    ready: Cell<bool>,
    held_back: RefCell<Vec<JsValue>>,
    last_id: Cell<u32>,
    listeners: RefCell<HashMap<u32, Listener>>,
    on_death: Box<dyn Fn(String)>,
}

impl Client {
    /// A line without a worker yet: commands wait. `on_death` is told why a worker died, after every open command got
    /// its [`Reply::Failed`].
    pub(crate) fn new(on_death: impl Fn(String) + 'static) -> Self {
        Self(Rc::new(Line {
            worker: RefCell::default(),
            ready: Cell::default(),
            held_back: RefCell::default(),
            last_id: Cell::default(),
            listeners: RefCell::default(),
            on_death: Box::new(on_death),
        }))
    }

    /// Starts a worker, unless there is one.
    pub(crate) fn start(&self) {
        if self.0.worker.borrow().is_some() {
            return;
        }
        match self.spawn() {
            Ok(worker) => *self.0.worker.borrow_mut() = Some(worker),
            Err(error) => self.die(&describe(&error)),
        }
    }

    fn spawn(&self) -> Result<Worker, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let program = browser::absolute(&browser::meta("duet-engine")).unwrap_or_default();
        let address = format!("{}#{program}", browser::meta("duet-worker"));
        let worker = Worker::new_with_options(&address, &options)?;
        let on_message = listener(self, |client, event: MessageEvent| client.hear(&event.data()));
        worker.set_onmessage(Some(on_message.unchecked_ref()));
        let on_error = listener(self, |client, event: Event| {
            let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|text| !text.is_empty());
            client.die(&message.unwrap_or_else(|| "the worker’s program could not be loaded".to_owned()));
        });
        worker.set_onerror(Some(on_error.unchecked_ref()));
        Ok(worker)
    }

    /// Posts a command. `listener` hears every reply, the final one last. Returns the command's id.
    pub(crate) fn send(&self, command: Command, listener: impl FnMut(Reply) + 'static) -> u32 {
        self.send_with(command, None, listener)
    }

    /// As [`Self::send`], with a file beside it.
    pub(crate) fn send_with(
        &self,
        command: Command,
        file: Option<&File>,
        listener: impl FnMut(Reply) + 'static,
    ) -> u32 {
        let id = self.0.last_id.get() + 1;
        self.0.last_id.set(id);
        self.0.listeners.borrow_mut().insert(id, Rc::new(RefCell::new(listener)));
        let text = serde_json::to_string(&Envelope { id, body: command }).expect("invariant: commands are plain data");
        let message = Object::new();
        let set = |name: &str, value: &JsValue| {
            Reflect::set(&message, &name.into(), value).expect("invariant: a fresh object takes properties");
        };
        set("text", &text.into());
        set("file", &file.map_or(JsValue::NULL, |file| file.clone().into()));
        match self.0.ready.get() {
            true => self.post(&message),
            false => self.0.held_back.borrow_mut().push(message.into()),
        }
        id
    }

    fn post(&self, message: &JsValue) {
        if let Some(worker) = &*self.0.worker.borrow() {
            worker.post_message(message).expect("invariant: strings and files can be cloned");
        }
    }

    fn hear(&self, data: &JsValue) {
        let text = data.as_string().unwrap_or_default();
        let Ok(Envelope { id, body }) = serde_json::from_str::<Envelope<Reply>>(&text) else {
            return self.die("the worker answered something that this page does not understand");
        };
        match body {
            Reply::Ready => {
                self.0.ready.set(true);
                for message in self.0.held_back.take() {
                    self.post(&message);
                }
            }
            Reply::Failed(failure) if id == 0 => self.die(&failure.why),
            reply => {
                let known = match reply.is_final() {
                    true => self.0.listeners.borrow_mut().remove(&id),
                    false => self.0.listeners.borrow().get(&id).cloned(),
                };
                if let Some(listener) = known {
                    (listener.borrow_mut())(reply);
                }
            }
        }
    }

    fn die(&self, why: &str) {
        self.0.ready.set(false);
        self.0.held_back.borrow_mut().clear();
        if let Some(worker) = self.0.worker.take() {
            worker.terminate();
        }
        let failure = Failure::new(super::strings::ENGINE_DIED, why, super::strings::ENGINE_DIED_HINT);
        for listener in self.0.listeners.take().into_values() {
            (listener.borrow_mut())(Reply::Failed(failure.clone()));
        }
        (self.0.on_death)(why.to_owned());
    }
}

/// A callback for the worker's lifetime, which is the page's.
fn listener<E: wasm_bindgen::convert::FromWasmAbi + 'static>(client: &Client, hear: fn(&Client, E)) -> JsValue {
    let client = client.clone();
    Closure::<dyn FnMut(E)>::new(move |event| hear(&client, event)).into_js_value()
}

/// What a JavaScript exception says.
pub(crate) fn describe(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| error.as_string()).unwrap_or_else(|| format!("{error:?}"))
}
