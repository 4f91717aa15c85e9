//! Which tasks: numbers and ranges, or a split.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use anyhow::{Context, bail, ensure};
use duet_engine::gym::Gym;

/// Tasks of any environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tasks {
    /// By number.
    Numbers(Vec<RangeInclusive<u64>>),
    /// A split's, or the first so many of them.
    Split {
        /// Its name.
        name: String,
        /// How many.
        first: Option<u64>,
    },
}

/// `0-24`, `3,5,7-9`, `split:test`, `split:test:20`.
impl FromStr for Tasks {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let number =
            |part: &str| part.trim().parse::<u64>().with_context(|| format!("`{part}` in `{text}` is no number"));
        if let Some(split) = text.strip_prefix("split:") {
            let (name, first) = split.split_once(':').map_or((split, None), |(name, first)| (name, Some(first)));
            let first = first.map(number).transpose()?;
            ensure!(first != Some(0), "0 tasks of `{name}` are none");
            return Ok(Self::Split { name: name.to_owned(), first });
        }
        let range = |part: &str| -> anyhow::Result<RangeInclusive<u64>> {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (from, to) = (number(from)?, number(to)?);
            ensure!(from <= to, "tasks `{part}` are none");
            Ok(from..=to)
        };
        text.split(',').map(range).collect::<anyhow::Result<_>>().map(Self::Numbers)
    }
}

impl Tasks {
    /// The tasks of this environment, in their order.
    ///
    /// # Errors
    /// When it has not got them.
    pub fn of(&self, gym: &dyn Gym) -> anyhow::Result<Vec<u64>> {
        let (environment, count) = (gym.info().name, gym.tasks());
        match self {
            Self::Numbers(ranges) => {
                if let Some(range) = ranges.iter().find(|range| *range.end() >= count) {
                    let last = count.saturating_sub(1);
                    bail!("task {} does not exist: `{environment}` has tasks 0 to {last}", range.end());
                }
                Ok(ranges.iter().cloned().flatten().collect())
            }
            Self::Split { name, first } => {
                let splits = gym.splits();
                let names = || splits.iter().map(|split| split.name).collect::<Vec<_>>().join(", ");
                let split = splits.iter().find(|split| split.name == name);
                let split =
                    split.with_context(|| format!("`{environment}` has no split `{name}`, it has {}", names()))?;
                let most = first.map_or(usize::MAX, |first| usize::try_from(first).unwrap_or(usize::MAX));
                Ok(split.tasks.clone().take(most).collect())
            }
        }
    }
}

/// Numbers as ranges: `0-2,5`.
pub(super) struct Ranges<'a>(pub(super) &'a [u64]);

impl fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = self.0.chunk_by(|one, next| one.checked_add(1) == Some(*next));
        for (index, run) in runs.enumerate() {
            let (first, last) = (run[0], run[run.len() - 1]);
            f.write_str(if index == 0 { "" } else { "," })?;
            match first == last {
                true => write!(f, "{first}")?,
                false => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use duet_engine::gym::find;

    use super::*;

    #[test]
    fn tasks_are_numbers_or_splits() {
        let of = |environment: &str, text: &str| {
            let tasks = text.parse::<Tasks>().and_then(|tasks| tasks.of(find(environment).expect("registered")));
            tasks.map(|tasks| Ranges(&tasks).to_string()).map_err(|error| error.to_string())
        };
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(of("maze", "0-24"), ok("0-24"));
        assert_eq!(of("maze", "3, 5-7,9"), ok("3,5-7,9"));
        assert_eq!(of("wordle", "split:test"), ok("975-999"));
        assert_eq!(of("wordle", "split:test:2"), ok("975-976"));
        let error = |text: &str| Err(text.to_owned());
        assert_eq!(
            of("maze", "3-99999999999999999"),
            error("task 99999999999999999 does not exist: `maze` has tasks 0 to 24")
        );
        assert_eq!(of("maze", "split:train"), error("`maze` has no split `train`, it has test"));
        assert_eq!(of("maze", "5-3"), error("tasks `5-3` are none"));
        assert_eq!(of("maze", "x"), error("`x` in `x` is no number"));
        assert_eq!(of("maze", "split:test:0"), error("0 tasks of `test` are none"));
    }
}
