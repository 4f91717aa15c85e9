//! One measured figure, ours beside a peer's.

/// What was measured, once for each run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Samples(pub(crate) Vec<f64>);

/// Which of two values is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    /// Speeds.
    Higher,
    /// Times, sizes and counts.
    Lower,
}

impl Samples {
    /// The best run: on a shared machine the others measure the neighbours. None when nothing was measured.
    pub(crate) fn best(&self, better: Better) -> Option<f64> {
        self.0.iter().copied().reduce(|a, b| match better {
            Better::Higher => a.max(b),
            Better::Lower => a.min(b),
        })
    }

    /// How far the runs lie apart: the largest over the smallest. None below two runs.
    pub(crate) fn spread(&self) -> Option<f64> {
        let (low, high) = (self.best(Better::Lower)?, self.best(Better::Higher)?);
        (self.0.len() > 1 && low > 0.0).then(|| high / low)
    }
}

/// The same figure of another program.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Peer {
    /// Whose.
    pub(crate) name: String,
    /// In the unit of ours.
    pub(crate) samples: Samples,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// Rows of one group stand together: `native CPU, 1 thread`.
    pub(crate) group: String,
    /// `decode 64`.
    pub(crate) name: String,
    /// `tokens/s`.
    pub(crate) unit: &'static str,
    /// What a good value is.
    pub(crate) better: Better,
    /// Ours.
    pub(crate) ours: Samples,
    /// The peer's, where there is one.
    pub(crate) peer: Option<Peer>,
}

impl Figure {
    /// A row without a peer.
    pub(crate) fn new(group: &str, name: &str, unit: &'static str, better: Better, ours: Samples) -> Self {
        Self { group: group.into(), name: name.into(), unit, better, ours, peer: None }
    }

    /// The row beside `samples` of the peer `name`; unchanged when the peer measured nothing.
    pub(crate) fn beside(mut self, name: &str, samples: Samples) -> Self {
        if !samples.0.is_empty() {
            self.peer = Some(Peer { name: name.into(), samples });
        }
        self
    }

    /// How many times better ours is: above 1 ours wins. None without both values.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let ours = self.ours.best(self.better)?;
        let peer = self.peer.as_ref()?.samples.best(self.better)?;
        Some(match self.better {
            Better::Higher => ours / peer,
            Better::Lower => peer / ours,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Better, Figure, Samples};

    fn figure(better: Better, ours: &[f64], peer: &[f64]) -> Figure {
        Figure::new("g", "n", "u", better, Samples(ours.to_vec())).beside("p", Samples(peer.to_vec()))
    }

    #[test]
    fn the_ratio_compares_the_best_runs_and_is_above_one_when_ours_is_better() {
        assert_eq!(figure(Better::Higher, &[10.0, 30.0], &[20.0, 5.0]).ratio(), Some(1.5));
        assert_eq!(figure(Better::Lower, &[10.0, 30.0], &[20.0, 50.0]).ratio(), Some(2.0));
    }

    #[test]
    fn a_side_without_runs_gives_no_ratio() {
        assert_eq!(figure(Better::Higher, &[10.0], &[]).ratio(), None);
        assert_eq!(figure(Better::Higher, &[], &[10.0]).ratio(), None);
    }

    #[test]
    fn the_spread_is_the_largest_over_the_smallest_run() {
        assert_eq!(Samples(vec![4.0, 2.0, 3.0]).spread(), Some(2.0));
        assert_eq!(Samples(vec![4.0]).spread(), None);
    }
}
