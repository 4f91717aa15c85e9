//! The one task that works through the commands.

use duet_engine::runtime::AnyEngine;

use super::device::Devices;
use super::line::{Answerer, Line, Message};
use super::players::Cast;
use super::{bench, conformance, load, search, solve, store, sweep};
use crate::protocol::{Command, Failure, Reply};

/// What the worker holds between commands.
#[derive(Default)]
pub(super) struct Desk {
    /// The loaded models.
    pub(super) cast: Option<Cast>,
    /// What is known of this machine.
    pub(super) devices: Devices,
}

/// Answers every command with its final reply.
pub(super) async fn work(line: Line) {
    let mut desk = Desk::default();
    loop {
        let message = line.next().await;
        let answerer = line.answerer(message.id);
        let reply = desk.answer(message, &answerer).await.unwrap_or_else(Reply::Failed);
        answerer.send(&reply);
        answerer.close();
    }
}

impl Desk {
    async fn answer(&mut self, message: Message, answerer: &Answerer) -> Result<Reply, Failure> {
        match message.command {
            Command::Probe { wish } => Ok(Reply::Backend(self.devices.choose(wish).await)),
            Command::Load { name, actor, critic, wish } => {
                let request = load::Request { name, actor, critic, file: message.file, wish };
                load::load(self, request, answerer).await.map(Reply::Loaded)
            }
            Command::ListStored => Ok(Reply::Stored(store::survey().await)),
            Command::DeleteStored { name } => {
                store::delete(&name).await?;
                Ok(Reply::Stored(store::survey().await))
            }
            Command::Solve { request } => solve::solve(self, &request, answerer).await.map(|()| Reply::Ended),
            Command::Search { request } => search::search(self, &request, answerer).await,
            Command::Sweep(request) => sweep::sweep(self, &request, answerer).await,
            Command::Cancel { .. } => Ok(Reply::Ended),
            Command::Bench { length } => bench::bench(self.engine()?, length).await.map(Reply::Bench),
            Command::Conformance { backend } => conformance::check(&mut self.devices, backend).await,
            Command::Generate { prompt, max_tokens } => solve::generate(self.engine()?, &prompt, max_tokens).await,
        }
    }

    /// The loaded models.
    pub(super) fn cast(&mut self) -> Result<&mut Cast, Failure> {
        let none = || Failure::new("There is no model to run", "None is loaded.", "Load one under Model.");
        self.cast.as_mut().ok_or_else(none)
    }

    /// The model that attempts and refines.
    fn engine(&mut self) -> Result<&mut AnyEngine, Failure> {
        self.cast().map(Cast::actor)
    }
}
