//! A run for people: events to lines of a terminal. Readable without colour: every mark is a shape and a word.

use duet_engine::reason::{Judgement, Side, SolveEvent, Usage, Verdict};

use super::output::printable;

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
                format!(
                    "{}\n{}\n",
                    self.paint(Colour::Bold, &clean(&request.problem)),
                    self.paint(Colour::Dim, &models)
                )
            }
            SolveEvent::Turn { side } => format!("\n{}\n", self.title(*side)),
            SolveEvent::Prefill { .. } | SolveEvent::Text { .. } => String::new(),
            SolveEvent::Step { index, text, .. } => format!("  [{}] {}\n", index + 1, clean(text)),
            SolveEvent::Judged(judgement) => self.judgement(judgement),
            SolveEvent::Said { side, answer, usage, .. } => self.said(*side, answer.as_deref(), *usage),
            SolveEvent::Verdict { answer, explanation, reason, .. } => {
                let words = [clean(explanation), clean(reason)].join("\n    ");
                format!("  final answer: {}\n    {}\n", self.mark(*answer), words.trim())
            }
            SolveEvent::Done { answer, usage, cancelled } => {
                let answer = answer.as_deref().map_or_else(|| "none found".to_owned(), clean);
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
        let step =
            judgement.step.map_or_else(|| "no step of the attempt".to_owned(), |step| format!("step {}", step + 1));
        let explanation = clean(&judgement.explanation);
        let words = if explanation.is_empty() { String::new() } else { format!("    {explanation}\n") };
        format!("  {step}: {}\n{words}", self.mark(judgement.verdict))
    }

    fn said(&self, side: Side, answer: Option<&str>, usage: Usage) -> String {
        let cost = self.cost(usage);
        match side {
            Side::Critique => cost,
            Side::Attempt | Side::Refinement => {
                format!("  = {}\n{cost}", answer.map_or_else(|| "no answer found".to_owned(), clean))
            }
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

/// A model's words as one paragraph of a terminal.
fn clean(text: &str) -> String {
    printable(text.trim())
}

#[cfg(test)]
mod tests {
    use duet_engine::reason::SolveRequest;

    use super::*;

    fn run() -> Vec<SolveEvent> {
        let usage = Usage { prompt_tokens: 20, completion_tokens: 9 };
        let request =
            SolveRequest { problem: "1 + 1?\n".to_owned(), seed: 3, max_tokens: 9, ..SolveRequest::default() };
        let judgement = |step, verdict, explanation: &str| {
            let (sentence, explanation) = (String::new(), explanation.to_owned());
            SolveEvent::Judged(Judgement { sentence, verdict, explanation, step })
        };
        let names = ["actor", "critic", "cpu"].map(str::to_owned);
        let [actor, critic, backend] = names;
        let said = |side, answer: Option<&str>| SolveEvent::Said {
            side,
            text: String::new(),
            answer: answer.map(str::to_owned),
            usage,
        };
        vec![
            SolveEvent::Started { request, actor, critic, backend },
            SolveEvent::Turn { side: Side::Attempt },
            SolveEvent::Prefill { side: Side::Attempt, done: 0, total: 20 },
            SolveEvent::Step { side: Side::Attempt, index: 0, text: "1. one\u{1b}[2J and one is 3".to_owned() },
            said(Side::Attempt, Some("3")),
            SolveEvent::Turn { side: Side::Critique },
            judgement(Some(0), Some(Verdict::Wrong), "It is 2."),
            judgement(None, None, ""),
            said(Side::Critique, None),
            SolveEvent::Verdict {
                answer: Some(Verdict::Wrong),
                first_wrong: Some(0),
                explanation: "It is not 3.".to_owned(),
                refine: true,
                reason: "The critic calls step 1 wrong.".to_owned(),
                p_wrong: None,
                thought: None,
                oracle: false,
            },
            SolveEvent::Turn { side: Side::Refinement },
            said(Side::Refinement, None),
            SolveEvent::Done { answer: None, usage, cancelled: true },
        ]
    }

    #[test]
    fn a_run_reads_without_colour() {
        let mut renderer = Renderer::new(false);
        insta::assert_snapshot!(run().iter().map(|event| renderer.render(event)).collect::<String>());
    }

    #[test]
    fn colours_add_nothing_but_codes() {
        let (mut plain, mut coloured) = (Renderer::new(false), Renderer::new(true));
        for event in run() {
            let painted = coloured.render(&event);
            assert!(!painted.contains("\u{1b}[2J"), "a model's control characters reach the terminal: {painted:?}");
            let parts = painted.split('\u{1b}').enumerate();
            let bare: String =
                parts.map(|(i, part)| if i == 0 { part } else { part.split_once('m').unwrap().1 }).collect();
            assert_eq!(bare, plain.render(&event));
        }
    }
}
