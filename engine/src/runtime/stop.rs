//! Stop strings in a stream: text is held back while it may still turn out to begin one.

/// Text of one completion on its way to the receiver.
#[derive(Debug)]
pub(crate) struct StopFilter<'a> {
    stops: &'a [String],
    held: String, // the tail that may begin a stop string
    stopped: bool,
}

impl<'a> StopFilter<'a> {
    /// A filter for these strings; empty ones never match.
    pub(crate) fn new(stops: &'a [String]) -> Self {
        Self { stops, held: String::new(), stopped: false }
    }

    /// Adds text; returns what is now certain to come before any stop string.
    pub(crate) fn push(&mut self, text: &str) -> String {
        if self.stopped {
            return String::new();
        }
        self.held.push_str(text);
        let stops = self.stops.iter().filter(|stop| !stop.is_empty());
        if let Some(at) = stops.filter_map(|stop| self.held.find(stop.as_str())).min() {
            self.stopped = true;
            self.held.truncate(at);
            return std::mem::take(&mut self.held);
        }
        let keep = self.undecided();
        let rest = self.held.split_off(keep);
        std::mem::replace(&mut self.held, rest)
    }

    /// Whether a stop string was met.
    pub(crate) fn stopped(&self) -> bool {
        self.stopped
    }

    /// The end of the stream: what was held back is text after all.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Where the longest suffix begins that is a proper prefix of a stop string.
    fn undecided(&self) -> usize {
        let may_begin = |at: usize| {
            self.stops.iter().any(|stop| stop.len() > self.held.len() - at && stop.starts_with(&self.held[at..]))
        };
        self.held.char_indices().map(|(at, _)| at).find(|at| may_begin(*at)).unwrap_or(self.held.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(stops: &[&str], parts: &[&str]) -> (String, bool) {
        let stops: Vec<String> = stops.iter().map(|s| (*s).to_owned()).collect();
        let mut filter = StopFilter::new(&stops);
        let mut text: String = parts.iter().map(|part| filter.push(part)).collect();
        text.push_str(&filter.finish());
        (text, filter.stopped())
    }

    #[test]
    fn a_stop_string_across_parts_ends_the_text_before_it() {
        assert_eq!(run(&["\nHuman:"], &["so 4.\nHu", "man", ": next"]), ("so 4.".to_owned(), true));
        assert_eq!(run(&["\nHuman:"], &["so 4.\nHu", "ndreds"]), ("so 4.\nHundreds".to_owned(), false));
        assert_eq!(run(&["", "é"], &["caf", "é!"]), ("caf".to_owned(), true));
    }

    proptest! {
        /// However the text is cut into parts, the result is the text before its first stop string.
        #[test]
        fn cuts_do_not_matter(text in "[abé]{0,30}", stop in "[abé]{1,4}", cuts in prop::collection::vec(0..31usize, 0..6)) {
            let chars: Vec<char> = text.chars().collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(chars.len())).collect();
            cuts.extend([0, chars.len()]);
            cuts.sort_unstable();
            let parts: Vec<String> = cuts.windows(2).map(|w| chars[w[0]..w[1]].iter().collect()).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let expected = text.find(&stop).map_or((text.clone(), false), |at| (text[..at].to_owned(), true));
            prop_assert_eq!(run(&[&stop], &parts), expected);
        }
    }
}
