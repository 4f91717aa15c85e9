//! Every sentence of the page, in one place.

pub(crate) const NAME: &str = "Duet";
pub(crate) const TITLE: &str = "One model solves. Another one objects.";
pub(crate) const IDEA: &str = "An actor works through a word problem step by step. A critic reads every step and says what is wrong with it. Then the actor tries again, with the critic’s notes beside it. All of it runs in your browser.";
pub(crate) const HONESTY: &str = "For now both parts are played by SmolLM2-135M, a very small general model: its sums are poor, and as a critic it is often wrong too. A pair trained for this task comes later.";

pub(crate) const THEME: &str = "Theme";
pub(crate) const THEMES: [(&str, &str); 3] = [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")];
pub(crate) const COPY_LINK: &str = "Copy link";
pub(crate) const COPIED: &str = "Link copied";
pub(crate) const COPY_FAILED: &str = "Copy it from the address bar";
pub(crate) const SKIP: &str = "Skip to the run";

pub(crate) const PROBLEM: &str = "The problem";
pub(crate) const PICK: &str = "Pick one";
pub(crate) const EASIER: &str = "easier";
pub(crate) const HARDER: &str = "harder";
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
pub(crate) const GATED: &str = "Refine only when the critic says Wrong";
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
