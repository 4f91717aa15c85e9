//! Players whose words depend on what is asked and on the noise alone, as a model's do.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;

use duet_engine::reason::{Odds, Player, PlayerError, Players, Side, Speech, Spoken, Usage};
use duet_engine::runtime::{Delta, FinishReason};
use duet_engine::template::PromptStyle;

use super::script::cut;

/// An actor that errs by chance, and a critic that calls steps wrong by chance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chance {
    /// What was asked.
    pub speeches: Vec<Speech>,
    /// Speeches whose last message contains this do not fit.
    pub refuses: Option<&'static str>,
    /// This side fails.
    pub fails: Option<Side>,
    /// The critic finds nothing wrong.
    pub content: bool,
}

fn noise(speech: &Speech) -> u64 {
    let mut hasher = DefaultHasher::new();
    for message in &speech.messages {
        message.content.hash(&mut hasher);
    }
    speech.prefill.hash(&mut hasher);
    if speech.sampling.temperature() > 0.0 {
        (speech.sampling.seed(), speech.sampling.first_sample()).hash(&mut hasher);
    }
    hasher.finish()
}

impl Chance {
    fn solution(speech: &Speech) -> String {
        let n = noise(speech);
        let steps = (n >> 8) % 4;
        let mut text: String = (0..steps).map(|i| format!("Add {} and {i}.\n", (n >> 16) % 3)).collect();
        match n % 7 {
            0 => text.push_str("I do not know."),
            n => write!(text, "The answer is {}.\nQ: and so on", n % 3).expect("a string"),
        }
        text
    }

    /// In format, on the solution at the end of the question.
    fn critique(&self, speech: &Speech) -> (String, Odds) {
        let asked = &speech.messages.last().expect("a question").content;
        let (_, solution) = asked.rsplit_once("Solution:\n").expect("a solution");
        let n = noise(speech);
        let wrong = |i: u64| !self.content && (n >> (8 + 2 * i)).is_multiple_of(4);
        let (mut text, mut odds) = (String::new(), Odds::default());
        for (i, step) in solution.lines().enumerate() {
            let word = if wrong(i as u64) { "Wrong" } else { "Correct" };
            write!(text, "Step sentence: {step}\nCorrectness of the step: {word}\nExplanation: so.\n\n")
                .expect("a string");
            odds.steps.push(if wrong(i as u64) { 0.9 } else { 0.1 });
        }
        let word = if wrong(20) { "Wrong" } else { "Correct" };
        write!(text, "Correctness of the final answer: {word}\nExplanation: so.").expect("a string");
        odds.answer = Some((n % 100) as f32 / 100.0);
        (text, odds)
    }
}

impl Player for Chance {
    fn model(&self, side: Side) -> String {
        format!("{side:?} by chance")
    }

    fn backend(&self) -> String {
        "dice".to_owned()
    }

    fn prompts(&self, _side: Side) -> PromptStyle {
        PromptStyle::Trained
    }

    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError> {
        self.speeches.push(speech.clone());
        if self.fails == Some(speech.side) {
            return Err(PlayerError { message: "the dice are gone".to_owned(), callers_fault: false });
        }
        let asked = &speech.messages.last().expect("a question").content;
        if self.refuses.is_some_and(|words| asked.contains(words)) {
            return Err(PlayerError { message: "too long".to_owned(), callers_fault: true });
        }
        let (text, odds) = match speech.side {
            // The critic's own solution.
            Side::Critique if speech.messages.len() == 1 => (Self::solution(speech), Odds::default()),
            Side::Critique => self.critique(speech),
            Side::Attempt | Side::Refinement => (Self::solution(speech), Odds::default()),
        };
        let total = speech.messages.iter().map(|message| message.content.len()).sum();
        let mut usage = Usage { prompt_tokens: total, completion_tokens: 0 };
        let mut said = String::new();
        if sink(Delta::Prefill { done: 0, total }).await.is_break() {
            return Ok(Spoken { text: said, usage, cancelled: true, odds });
        }
        for piece in cut(&text, &[5, 3, 11]) {
            usage.completion_tokens += 1;
            said.push_str(&piece);
            let delta = Delta::Text { sample: 0, text: piece, tokens: usage.completion_tokens };
            if sink(delta).await.is_break() {
                return Ok(Spoken { text: said, usage, cancelled: true, odds });
            }
        }
        let _ = sink(Delta::Finished { sample: 0, reason: FinishReason::Stop }).await;
        Ok(Spoken { text: said, usage, cancelled: false, odds })
    }
}

impl Players for Chance {}
