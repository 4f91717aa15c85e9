//! Every sentence of the page, in one place.

pub(crate) const NAME: &str = "Duet";
pub(crate) const TITLE: &str = "One model solves. Another one objects.";
pub(crate) const IDEA: &str = "An actor works through a word problem step by step. A critic reads every step and says what is wrong with it. Then the actor tries again, with the critic’s notes beside it. All of it runs in your browser.";
pub(crate) const HONESTY: &str = "The pair that comes with the page is tiny on purpose: about two million weights each, trained for this project on invented stories like these, and on none of the stories you see. Both make mistakes; the mistakes are the point. For other problems choose a larger model below.";
pub(crate) const SCALING_TITLE: &str = "Ask more often, or ask a critic?";
pub(crate) const SCALING_IDEA: &str = "The actor attempts the same problem many times and the majority decides. A critic reads every attempt, and what it calls wrong is written again. Below, the same over many problems: does the critic pay for its tokens?";
pub(crate) const VIEWS: &str = "Views";
pub(crate) const VIEW_NAMES: [&str; 2] = ["Duet", "Scaling"];

pub(crate) const THEME: &str = "Theme";
pub(crate) const THEMES: [(&str, &str); 3] = [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")];
pub(crate) const COPY_LINK: &str = "Copy link";
pub(crate) const COPIED: &str = "Link copied";
pub(crate) const COPY_FAILED: &str = "Copy it from the address bar";
pub(crate) const SKIP: &str = "Skip to the run";

pub(crate) const PROBLEM: &str = "The problem";
pub(crate) const PICK: &str = "How hard?";
pub(crate) const LEVEL: &str = "Level";
pub(crate) const NEW_PROBLEM: &str = "New problem";
pub(crate) const NEW_PROBLEM_HINT: &str = "Made up now, by rules. The models have not seen it.";
pub(crate) const OWN: &str = "Or write your own";
pub(crate) const TOO_LONG: &str = "Too long: shorten it to solve it.";
pub(crate) const EMPTY: &str = "Write a problem, or pick one.";
pub(crate) const SOLVE: &str = "Solve";
pub(crate) const SOLVE_LOADS: &str = "Load the model and solve";
pub(crate) const STOP: &str = "Stop";
pub(crate) const STOPPING: &str = "Stopping…";

pub(crate) const SETTINGS: &str = "Settings";
pub(crate) const SEED: &str = "Seed";
pub(crate) const SEED_HINT: &str = "Same seed, same run on the same backend.";
pub(crate) const SHUFFLE: &str = "Shuffle";
pub(crate) const TEMPERATURE: &str = "Temperature";
pub(crate) const TEMPERATURE_HINT: &str = "0 always takes the likeliest word. The critic is always at 0.";
pub(crate) const TOKENS: &str = "Tokens per turn, at most";
pub(crate) const GATE_CHOICE: &str = "The actor refines";
pub(crate) const GATE_NAMES: [&str; 3] =
    ["when the critic says Wrong", "when the critic’s P(wrong) is high enough", "always"];
pub(crate) const THRESHOLD: &str = "P(wrong) of at least";
pub(crate) const BACKEND: &str = "Runs on";
pub(crate) const BACKEND_NAMES: [&str; 3] = ["whatever measures faster", "GPU (WebGPU)", "processor"];
pub(crate) const MEASURING: &str = "Testing and timing this machine…";

pub(crate) const MODEL: &str = "Model";
pub(crate) const MODEL_CHOICE: &str = "Actor and critic";
pub(crate) const NO_MODEL: &str =
    "This page’s server offers no model. Give the address of a GGUF file, or open one from your disk.";
pub(crate) const LOAD: &str = "Load";
pub(crate) const OTHER_MODEL: &str = "Another model";
pub(crate) const ADDRESS: &str = "Address of a GGUF file";
pub(crate) const FROM_DISK: &str = "Or open a GGUF file from your disk";
pub(crate) const STORED: &str = "Kept in this browser";
pub(crate) const NOTHING_STORED: &str = "Nothing yet. A loaded model stays here, and the next visit needs no network.";
pub(crate) const DELETE: &str = "Delete";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const OWN_PAIR: &str = "the page’s own pair";
pub(crate) const BOTH: &str = " (actor and critic)";
pub(crate) const ON_SERVER: &str = "from this server";
pub(crate) const IN_BROWSER: &str = "kept in this browser";

pub(crate) const RECORDED: &str = "Recorded run";
pub(crate) const LIVE: &str = "Live";
pub(crate) const RECORDED_HINT: &str =
    "A real run, recorded earlier and played faster than it happened. Its times are the real ones.";
pub(crate) const SAVE_RUN: &str = "Save this run";
pub(crate) const PLAY: &str = "Play";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const BACK: &str = "Previous step";
pub(crate) const NEXT: &str = "Next step";
pub(crate) const POSITION: &str = "Position in the run";
pub(crate) const KEYS: &str = "Keys: ← → step by step, space plays and pauses";

pub(crate) const RUN: &str = "The run";
pub(crate) const ACTOR: &str = "Actor";
pub(crate) const CRITIC: &str = "Critic";
pub(crate) const ATTEMPT: &str = "First attempt";
pub(crate) const NOTES: &str = "The critic’s notes";
pub(crate) const ASIDES: &str = "The critic also said";
pub(crate) const ASIDES_HINT: &str = "Repetitions, and notes that match no step of the solution.";
pub(crate) const WHOLE_CRITIQUE: &str = "All that the critic wrote";
pub(crate) const VERDICT: &str = "The critic’s verdict";
pub(crate) const UNPARSABLE: &str = "The critic gave no verdict that can be read.";
pub(crate) const GATE: &str = "So the actor";
pub(crate) const REFINES: &str = "refines";
pub(crate) const KEEPS: &str = "keeps its answer";
pub(crate) const REFINEMENT: &str = "Refinement";
pub(crate) const REFINEMENT_HINT: &str = "Compared with the first attempt: struck out is gone, underlined is new.";
pub(crate) const ANSWER: &str = "The answer that stands";
pub(crate) const RIGHT_ANSWER: &str = "For comparison, the right answer is";
pub(crate) const NO_ANSWER: &str = "none found in the text";
pub(crate) const COST: &str = "What it cost, in tokens and seconds";
pub(crate) const WAITING: &str = "Waiting for the actor’s first words…";
pub(crate) const CORRECT: &str = "Correct";
pub(crate) const WRONG: &str = "Wrong";
pub(crate) const NOT_JUDGED: &str = "not judged";
pub(crate) const JUDGING: &str = "reading…";
pub(crate) const CANCELLED: &str = "You stopped this run.";

pub(crate) const ENGINE_DIED: &str = "The engine stopped working";
pub(crate) const ENGINE_DIED_HINT: &str =
    "Press Restart. If it happens again, choose “processor” under Settings, or close other tabs.";
pub(crate) const RESTART: &str = "Restart the engine";
pub(crate) const DISMISS: &str = "Close";
pub(crate) const NO_RECORDING: &str = "The recorded run could not be loaded";
pub(crate) const NO_RECORDING_HINT: &str = "Press Solve to see a live one.";

pub(crate) const THOUGHT: &str = "The critic’s own solution, before it judged";
pub(crate) const P_WRONG: &str = "P(wrong)";
pub(crate) const P_WRONG_HINT: &str = "how sure the critic is that the answer is wrong, read from its logits";

pub(crate) const SEARCH_SETTINGS: &str = "The search";
pub(crate) const RUN_SEARCH: &str = "Run";
pub(crate) const RUN_SEARCH_LOADS: &str = "Load the model and run";
pub(crate) const SAMPLES: &str = "Samples K";
pub(crate) const MODE: &str = "How they belong together";
pub(crate) const MODE_NAMES: [&str; 3] = ["side by side", "one after another", "as a tree of corrections"];
pub(crate) const MODE_HINTS: [&str; 3] = [
    "K attempts, each criticised and, where the gate says so, refined once.",
    "One attempt, then K rounds of critique and refinement.",
    "Steps before the first wrong one are kept, and several refinements go on from there; K paths at most.",
];
pub(crate) const TREE: &str = "Samples";
pub(crate) const TREE_HINT: &str = "Choose a sample to read it. In brackets: the critic’s P(wrong).";
pub(crate) const TREE_EMPTY: &str = "Press Run: every sample appears here while it is written.";
pub(crate) const SAMPLE: &str = "Sample";
pub(crate) const ROUND: &str = "Round";
pub(crate) const WAITS: &str = "waits";
pub(crate) const WRITES: &str = "writes…";
pub(crate) const READS: &str = "reads…";
pub(crate) const RIGHT: &str = "right";
pub(crate) const NOT_RIGHT: &str = "wrong";
pub(crate) const NO_NUMBER: &str = "no answer";
pub(crate) const VOTES: &str = "Votes";
pub(crate) const VOTES_ATTEMPTS: &str = "Attempts alone";
pub(crate) const VOTES_REFINED: &str = "After critique and refinement";
pub(crate) const LEADS: &str = "leads";
pub(crate) const NO_VOTES: &str = "No answer yet.";
pub(crate) const CLOSE: &str = "Close";
pub(crate) const STANDS: &str = "The attempt stands.";
pub(crate) const BRANCHES: &str = "It is refined in the samples below it.";
pub(crate) const SAME_CRITIQUE: &str = "The same path as an earlier sample’s: the critique is the same, too.";
pub(crate) const ALL_ATTEMPTS: &str = "All attempts are written.";
pub(crate) const ALL_CRITIQUES: &str = "All critiques are written.";

pub(crate) const CURVES: &str = "Over many problems";
pub(crate) const CURVES_IDEA: &str = "Each story is solved with K criticised samples side by side and with 3 K plain ones, which cost about as much. The bands are 95 % intervals (bootstrap over the stories).";
pub(crate) const STORIES: &str = "Stories";
pub(crate) const STORIES_LEVEL: &str = "Of level";
pub(crate) const EVERY_LEVEL: &str = "every level in turn";
pub(crate) const RUN_SWEEP: &str = "Draw the curves";
pub(crate) const CHART_SAMPLES: &str = "Accuracy against samples";
pub(crate) const CHART_TOKENS: &str = "Accuracy against tokens";
pub(crate) const NUMBERS: &str = "The numbers";
pub(crate) const SAVE_JSON: &str = "Save all as JSON";
pub(crate) const SAVE_SVG: &str = "Save chart as SVG";
