//! What votes are worth: the accuracy of the majority against the number of samples, over many stories.

use duet_engine::reason::measure::{Bootstrap, Subsets, majority_at_k};
use duet_engine::reason::search::{Chain, SearchRecord};

use crate::protocol::{Curve, Point};

/// As `duet report` reads its curves, with fewer resamples: this is done again after every story.
const SUBSETS: Subsets = Subsets { most: 100, seed: 1 };
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 500, seed: 1 };

/// The curves, and how many of the plain attempts one criticised sample is compared with.
pub(super) const CURVES: [(&str, Source); 3] = [
    ("with critic, Maj@K", Source::Refined),
    ("without critic, Maj@K", Source::Plain { times: 1 }),
    ("without critic, Maj@3K (compute-fair)", Source::Plain { times: 3 }),
];

/// Which answers vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// What stands after critique and refinement.
    Refined,
    /// Attempts alone, as many for each K.
    Plain {
        /// How many times K.
        times: usize,
    },
}

/// What one story gave: for each curve and each K, the chance that the vote is right and the tokens it takes.
pub(super) struct Scored([Vec<(f64, f64)>; 3]);

impl Scored {
    /// Scores a story's two records: `refined` with K chains, `plain` with 3K.
    pub(super) fn of(refined: &SearchRecord, plain: &SearchRecord, gold: &str, ks: &[usize]) -> Option<Self> {
        let [mut a, mut b, mut c] = [const { Vec::new() }; 3];
        for (into, (_, source)) in [&mut a, &mut b, &mut c].into_iter().zip(CURVES) {
            let (record, times) = match source {
                Source::Refined => (refined, 1),
                Source::Plain { times } => (plain, times),
            };
            let answers: Vec<Option<&str>> = record.chains.iter().map(Chain::answer).collect();
            for k in ks {
                let samples = k * times;
                let right = majority_at_k(&answers, samples, &SUBSETS, |answer| *answer == gold)?;
                into.push((right, tokens(record, samples)));
            }
        }
        Some(Self([a, b, c]))
    }
}

/// Tokens that this many of a record's samples take, on average; the prompt of the attempts is read once.
fn tokens(record: &SearchRecord, samples: usize) -> f64 {
    let shared =
        record.chains.first().and_then(|chain| chain.attempt.as_ref()).map_or(0, |path| path.usage.prompt_tokens);
    let all = record.usage.prompt_tokens + record.usage.completion_tokens - shared;
    shared as f64 + all as f64 * samples as f64 / record.chains.len().max(1) as f64
}

/// The numbers of samples that a curve is read at: powers of two, and the largest one.
pub(super) fn counts(k: usize) -> Vec<usize> {
    let mut counts: Vec<usize> =
        std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|n| *n < k).collect();
    counts.push(k);
    counts
}

/// Reads the curves off the stories so far.
pub(super) fn curves(stories: &[Scored], ks: &[usize]) -> Vec<Curve> {
    let of_curve = |(index, (name, _)): (usize, (&str, Source))| {
        let points = ks.iter().enumerate().filter_map(|(at, k)| {
            let scores: Vec<(f64, f64)> = stories.iter().map(|story| story.0[index][at]).collect();
            let interval = BOOTSTRAP.interval(&scores, |drawn| mean(drawn.iter().map(|score| score.0)))?;
            let accuracy = mean(scores.iter().map(|score| score.0))?;
            let tokens = mean(scores.iter().map(|score| score.1))?;
            Some(Point { k: *k, accuracy, low: interval.low, high: interval.high, tokens })
        });
        Curve { name: name.to_owned(), points: points.collect() }
    };
    CURVES.into_iter().enumerate().map(of_curve).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.sum::<f64>() / count as f64)
}

#[cfg(test)]
mod tests {
    use duet_engine::reason::Usage;
    use duet_engine::reason::search::{Path, SearchRequest};

    use super::*;

    fn record(answers: &[(&str, Option<&str>)]) -> SearchRecord {
        let path = |answer: &str| Path { answer: Some(answer.to_owned()), ..Path::default() };
        let chain = |(attempt, refinement): &(&str, Option<&str>)| Chain {
            attempt: Some(path(attempt)),
            refinement: refinement.map(path),
            ..Chain::default()
        };
        let mut chains: Vec<Chain> = answers.iter().map(chain).collect();
        chains[0].attempt.as_mut().expect("an attempt").usage = Usage { prompt_tokens: 40, completion_tokens: 0 };
        SearchRecord {
            request: SearchRequest::default(),
            actor: String::new(),
            critic: String::new(),
            backend: String::new(),
            oracle: false,
            chains,
            usage: Usage { prompt_tokens: 40, completion_tokens: 60 },
            cancelled: false,
        }
    }

    #[test]
    fn refined_answers_and_attempts_vote_apart_and_fairly() {
        let refined = record(&[("1", Some("7")), ("7", None)]);
        let plain = record(&[("1", None), ("7", None), ("1", None), ("1", None), ("7", None), ("7", None)]);
        let scored = Scored::of(&refined, &plain, "7", &[1, 2]).expect("enough answers");
        let drawn = curves(&[scored], &[1, 2]);
        let read: Vec<Vec<f64>> =
            drawn.iter().map(|curve| curve.points.iter().map(|point| point.accuracy).collect()).collect();
        assert_eq!(read[0], [1.0, 1.0]);
        assert_eq!(read[1][0], 0.5);
        assert!(read[2][1] == 0.0, "all six: a tie, and 1 was sampled first: {read:?}");
        // The prompt once, then ten tokens for each of six samples.
        assert_eq!((drawn[1].points[1].tokens, drawn[2].points[1].tokens), (60.0, 100.0));
    }

    #[test]
    fn curves_are_read_at_powers_of_two_and_at_the_end() {
        assert_eq!(counts(1), [1]);
        assert_eq!(counts(8), [1, 2, 4, 8]);
        assert_eq!(counts(10), [1, 2, 4, 8, 10]);
        assert!(Scored::of(&record(&[("1", None)]), &record(&[("1", None)]), "1", &[1]).is_none(), "too few");
    }
}
