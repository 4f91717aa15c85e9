//! A run for people: events to lines of a terminal. Readable without colour: every mark is a shape and a word.

use duet_engine::reason::{Judgement, Side, SolveEvent, Usage, Verdict};

/// ANSI codes.
#[derive(Debug, Clone, Copy)]
enum Colour {
    Bold = 1,
    Dim = 2,
    Red = 31,
    Green = 32,
    Blue = 34,
    Magenta = 35,
}

/// Turns events into text.
#[derive(Debug)]
pub(super) struct Renderer {
    coloured: bool,
}

impl Renderer {
    pub(super) fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    /// What an event adds to the terminal; nothing for those that only show progress.
    pub(super) fn render(&mut self, event: &SolveEvent) -> String {
        match event {
            SolveEvent::Started { request, actor, critic, backend } => {
                let models = format!("actor {actor}, critic {critic}, on {backend}, seed {}", request.seed);
                format!("{}\n{}\n", self.paint(Colour::Bold, request.problem.trim()), self.paint(Colour::Dim, &models))
            }
            SolveEvent::Turn { side } => format!("\n{}\n", self.title(*side)),
            SolveEvent::Prefill { .. } | SolveEvent::Text { .. } => String::new(),
            SolveEvent::Step { index, text, .. } => format!("  {}. {}\n", index + 1, text.trim()),
            SolveEvent::Judged(judgement) => self.judgement(judgement),
            SolveEvent::Said { side, answer, usage, .. } => self.said(*side, answer.as_deref(), *usage),
            SolveEvent::Verdict { answer, explanation, reason, .. } => {
                let words = [explanation.trim(), reason.trim()].join("\n    ");
                format!("  final answer: {}\n    {}\n", self.mark(*answer), words.trim())
            }
            SolveEvent::Done { answer, usage, cancelled } => {
                let answer = answer.as_deref().unwrap_or("none found");
                let stopped = if *cancelled { " (stopped before its end)" } else { "" };
                let line = format!("Answer: {answer}{stopped}");
                format!("\n{}\n{}", self.paint(Colour::Bold, &line), self.cost(*usage))
            }
            // The command reports it as its error.
            SolveEvent::Failed { .. } => String::new(),
        }
    }

    fn title(&self, side: Side) -> String {
        match side {
            Side::Attempt => self.paint(Colour::Blue, "Actor: attempt"),
            Side::Critique => self.paint(Colour::Magenta, "Critic: critique"),
            Side::Refinement => self.paint(Colour::Blue, "Actor: refinement"),
        }
    }

    fn judgement(&self, judgement: &Judgement) -> String {
        let step = judgement.step.map_or_else(|| "no step of the attempt".to_owned(), |step| format!("step {}", step + 1));
        let explanation = judgement.explanation.trim();
        let words = if explanation.is_empty() { String::new() } else { format!("    {explanation}\n") };
        format!("  {step}: {}\n{words}", self.mark(judgement.verdict))
    }

    fn said(&self, side: Side, answer: Option<&str>, usage: Usage) -> String {
        let cost = self.cost(usage);
        match side {
            Side::Critique => cost,
            Side::Attempt | Side::Refinement => format!("  = {}\n{cost}", answer.unwrap_or("no answer found")),
        }
    }

    fn cost(&self, usage: Usage) -> String {
        let line = format!("  {} tokens read, {} written", usage.prompt_tokens, usage.completion_tokens);
        format!("{}\n", self.paint(Colour::Dim, &line))
    }

    fn mark(&self, verdict: Option<Verdict>) -> String {
        match verdict {
            Some(Verdict::Correct) => self.paint(Colour::Green, "✓ correct"),
            Some(Verdict::Wrong) => self.paint(Colour::Red, "✗ wrong"),
            None => self.paint(Colour::Dim, "? no verdict"),
        }
    }

    fn paint(&self, colour: Colour, text: &str) -> String {
        match self.coloured {
            true => format!("\u{1b}[{}m{text}\u{1b}[0m", colour as u8),
            false => text.to_owned(),
        }
    }
}
