//! The sentences of the questions, by what they mean. Different meanings share verbs and openings on purpose: who gives,
//! what is compared with whom and what "more" belongs to decide, not a single word.
//!
//! Slots: `{A}` who it is about, `{B}` another person with a count of their own, `{C}` somebody else, `{n}` `{m}`
//! numbers, `{x}` the things counted before, `{y}` those counted after, `{z}` other things, `{g}` `{h}` containers (many,
//! one), `{p}` a place, `{c}` `{d}` looks, `{F}` " had at first" where a comparison speaks of the past.

/// What a sentence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[rustfmt::skip]
pub(super) enum Kind {
    Start, StartMoney, StartGroups, StartRate, StartWeek, StartDozen, StartTwo, BeforeLoss, BeforeGain, BeforeDouble,
    Gain, Loss, Double, Triple, LoseHalf, GainGroups, LoseEach, LosePercent, LosePart, GainPercent, GainRate,
    Earn, Spend,
    More, Fewer, MoreThanOther, FewerThanOther, Times, Twice, Half, TimesOther, Percent,
    Share, EachGain, EachLoss, FriendHad, Pack, Sell, Buy, Split, EachBagGain, TakeBags, PutTogether, BoxGain, BoxLoss,
    BoxShare,
    Distractor,
    AskPerson, AskFirst, AskMoney, AskFriend, AskBag, AskBox, AskTogether, AskThree, AskDifference, AskTimes, AskNeed,
}

/// The sentences of a meaning.
pub(super) fn frames(kind: Kind) -> &'static [&'static str] {
    FRAMES.iter().find(|(of, _)| *of == kind).map_or(&[], |(_, frames)| frames)
}

/// All sentences.
pub(super) const FRAMES: &[(Kind, &[&str])] = &[
    (
        Kind::Start,
        &[
            "{A} has {n} {x}.",
            "{A} starts with {n} {x}.",
            "{A} owns {n} {x}.",
            "{A} brings {n} {x} to the {p}.",
            "{A} comes home with {n} {x}.",
            "In the morning {A} has {n} {x}.",
            "{A} keeps {n} {x} at home.",
            "There are {n} {x} in the room of {A}.",
            "On Monday {A} has {n} {x}.",
        ],
    ),
    (
        Kind::StartMoney,
        &[
            "{A} has {n} dollars.",
            "{A} starts with {n} dollars.",
            "{A} takes {n} dollars to the {p}.",
            "{A} comes to the {p} with {n} dollars.",
            "On Monday {A} has {n} dollars.",
        ],
    ),
    (
        Kind::StartGroups,
        &[
            "{A} has {n} {g} with {m} {x} in each.",
            "{A} brings {n} {g} of {m} {x} each.",
            "{A} owns {n} {g}, and each {h} holds {m} {x}.",
            "There are {m} {x} in each of the {n} {g} of {A}.",
            "{A} fills {n} {g} with {m} {x} each.",
            "{A} comes home with {n} {g} of {m} {x}.",
        ],
    ),
    (
        Kind::StartRate,
        &[
            "{A} collects {n} {x} a day for {m} days.",
            "For {m} days {A} buys {n} {x} every day.",
            "{A} gets {n} {x} every hour for {m} hours.",
            "{A} finds {n} {x} an hour and looks for {m} hours.",
            "In each of {m} weeks {A} collects {n} {x}.",
            "{A} works for {m} hours and gets {n} {x} per hour.",
        ],
    ),
    (
        Kind::StartWeek,
        &[
            "{A} collects {n} {x} every day for a week.",
            "{A} buys {n} {x} on each day of one week.",
            "For a whole week {A} finds {n} {x} a day.",
            "{A} gets {n} {x} per day for one week.",
        ],
    ),
    (
        Kind::StartDozen,
        &[
            "{A} has {n} dozen {x}.",
            "{A} brings {n} dozen {x} to the {p}.",
            "{A} comes home with {n} dozen {x}.",
            "{A} starts with {n} dozen {x}.",
        ],
    ),
    (
        Kind::StartTwo,
        &[
            "{A} has {n} {c} {x} and {m} {d} {x}.",
            "{A} owns {n} {c} {x} and {m} {d} ones.",
            "{A} brings {n} {c} and {m} {d} {x} to the {p}.",
            "Of the {x} of {A}, {n} are {c} and the other {m} are {d}.",
        ],
    ),
    (
        Kind::BeforeLoss,
        &[
            "After giving {n} {x} to {C}, {A} has {m} {x}.",
            "{A} loses {n} {x} and then has {m} {x}.",
            "After {A} sells {n} {x}, {m} {x} are left.",
            "{A} has {m} {x} left after giving away {n} {x}.",
        ],
    ),
    (
        Kind::BeforeGain,
        &[
            "After getting {n} {x} from {C}, {A} has {m} {x}.",
            "{A} finds {n} {x} and then has {m} {x}.",
            "After {A} buys {n} more {x}, there are {m} {x}.",
            "{A} has {m} {x} after {C} gives {A} {n} {x}.",
        ],
    ),
    (
        Kind::BeforeDouble,
        &[
            "After doubling the number of {x}, {A} has {m} {x}.",
            "{A} gets twice as many {x} as before and now has {m}.",
            "{A} has {m} {x} after the number doubles.",
        ],
    ),
    (
        Kind::Gain,
        &[
            "{C} gives {A} {n} {x}.",
            "{A} gets {n} {x} from {C}.",
            "{A} buys {n} more {x}.",
            "{A} finds {n} {x} at the {p}.",
            "Then {A} gets {n} more {x}.",
            "{C} leaves {n} {x} for {A}.",
            "At the {p} {A} buys {n} {x}.",
            "{C} sells {n} {x} to {A}.",
            "{C} loses a game and gives {n} {x} to {A}.",
            "Later {A} picks up {n} more {x}.",
            "{A} wins {n} {x} from {C}.",
            "{A} takes {n} {x} from {C}.",
        ],
    ),
    (
        Kind::Loss,
        &[
            "{A} gives {C} {n} {x}.",
            "{C} gets {n} {x} from {A}.",
            "{C} buys {n} {x} from {A}.",
            "{A} loses {n} {x} at the {p}.",
            "Then {A} gives away {n} {x}.",
            "{A} leaves {n} {x} at the {p}.",
            "At the {p} {A} sells {n} {x}.",
            "{A} sells {n} {x} to {C}.",
            "{A} loses a game and gives {n} {x} to {C}.",
            "Later {A} throws {n} {x} away.",
            "{C} wins {n} {x} from {A}.",
            "{C} takes {n} {x} from {A}.",
        ],
    ),
    (
        Kind::Double,
        &[
            "Then {A} doubles the number of {x}.",
            "{C} gives {A} as many {x} as {A} already has.",
            "Later {A} has twice as many {x} as before.",
            "{A} finds as many {x} again at the {p}.",
        ],
    ),
    (
        Kind::Triple,
        &[
            "Then {A} triples the number of {x}.",
            "Later {A} has three times as many {x} as before.",
            "At the {p} the number of {x} of {A} triples.",
        ],
    ),
    (
        Kind::LoseHalf,
        &[
            "{A} gives half of the {x} to {C}.",
            "{A} loses half of the {x} at the {p}.",
            "{C} takes half of the {x} from {A}.",
            "Then {A} sells half of the {x}.",
            "Later {A} has only half as many {x} as before.",
        ],
    ),
    (
        Kind::GainGroups,
        &[
            "{A} buys {n} {g} with {m} {x} in each.",
            "{C} gives {A} {n} {g} of {m} {x} each.",
            "Then {A} gets {n} {g}, and each {h} holds {m} {x}.",
            "{A} finds {n} {g} of {m} {x} at the {p}.",
            "{n} children give {A} {m} {x} each.",
            "From each of {n} children {A} gets {m} {x}.",
        ],
    ),
    (
        Kind::LoseEach,
        &[
            "{A} gives {m} {x} to each of {n} children.",
            "{A} sells {n} {g} with {m} {x} in each.",
            "{n} children get {m} {x} each from {A}.",
            "{A} gives {C} {n} {g} of {m} {x} each.",
            "Then {A} loses {n} {g}, and each {h} holds {m} {x}.",
            "From {A} each of {n} children takes {m} {x}.",
        ],
    ),
    (
        Kind::LosePercent,
        &[
            "{A} gives {n}% of the {x} to {C}.",
            "{A} sells {n}% of the {x} at the {p}.",
            "Then {A} loses {n}% of the {x}.",
            "{C} takes {n}% of the {x} from {A}.",
        ],
    ),
    (
        Kind::LosePart,
        &[
            "{A} gives a {f} of the {x} to {C}.",
            "{A} sells a {f} of the {x} at the {p}.",
            "Then {A} loses a {f} of the {x}.",
            "{C} buys a {f} of the {x} from {A}.",
        ],
    ),
    (
        Kind::GainPercent,
        &["The number of {x} of {A} grows by {n}%.", "Then {A} gets {n}% more {x}.", "{C} gives {A} {n}% more {x}."],
    ),
    (
        Kind::GainRate,
        &[
            "Then {A} collects {n} {x} a day for {m} days.",
            "For {m} days {C} gives {A} {n} {x} every day.",
            "{A} gets {n} more {x} per hour for {m} hours.",
            "Later {A} buys {n} {x} a week for {m} weeks.",
        ],
    ),
    (
        Kind::Earn,
        &[
            "{A} earns {n} dollars more.",
            "{C} gives {A} {n} dollars.",
            "{A} gets {n} dollars from {C}.",
            "Then {A} finds {n} dollars at the {p}.",
            "{C} pays {A} {n} dollars for some help.",
            "{A} sells some {z} for {n} dollars in all.",
        ],
    ),
    (
        Kind::Spend,
        &[
            "{A} spends {n} dollars at the {p}.",
            "{A} gives {C} {n} dollars.",
            "{C} gets {n} dollars from {A}.",
            "Then {A} loses {n} dollars at the {p}.",
            "{A} pays {C} {n} dollars for some help.",
            "{A} buys some {z} for {n} dollars in all.",
        ],
    ),
    (
        Kind::More,
        &[
            "{B} has {n} more {x} than {A}{F}.",
            "{B} owns {n} {x} more than {A}{F}.",
            "{B} brings {n} more {x} to the {p} than {A}{F}.",
            "{B} counts {n} more {x} than {A}{F}.",
        ],
    ),
    (
        Kind::Fewer,
        &[
            "{B} has {n} fewer {x} than {A}{F}.",
            "{B} owns {n} {x} fewer than {A}{F}.",
            "{B} brings {n} fewer {x} to the {p} than {A}{F}.",
            "{B} counts {n} fewer {x} than {A}{F}.",
        ],
    ),
    (
        Kind::MoreThanOther,
        &["{A} has {n} more {x} than {B}.", "{A} owns {n} {x} more than {B}.", "{A} counts {n} more {x} than {B} has."],
    ),
    (
        Kind::FewerThanOther,
        &[
            "{A} has {n} fewer {x} than {B}.",
            "{A} owns {n} {x} fewer than {B}.",
            "{A} counts {n} fewer {x} than {B} has.",
        ],
    ),
    (
        Kind::Times,
        &[
            "{B} has {n} times as many {x} as {A}{F}.",
            "{B} owns {n} times as many {x} as {A}{F}.",
            "{B} brings {n} times as many {x} to the {p} as {A}{F}.",
            "{B} counts {n} times the number of {x} that {A} {H}.",
        ],
    ),
    (
        Kind::Twice,
        &[
            "{B} has twice as many {x} as {A}{F}.",
            "{B} owns twice as many {x} as {A}{F}.",
            "{B} brings twice as many {x} to the {p} as {A}{F}.",
            "{B} counts double the number of {x} that {A} {H}.",
        ],
    ),
    (
        Kind::Half,
        &[
            "{B} has half as many {x} as {A}{F}.",
            "{B} owns half as many {x} as {A}{F}.",
            "{B} brings half as many {x} to the {p} as {A}{F}.",
            "{B} counts half the number of {x} that {A} {H}.",
        ],
    ),
    (
        Kind::TimesOther,
        &[
            "{A} has {n} times as many {x} as {B}.",
            "{A} owns {n} times as many {x} as {B}.",
            "{A} counts {n} times as many {x} as {B} has.",
        ],
    ),
    (
        Kind::Percent,
        &[
            "{B} has {n}% as many {x} as {A}{F}.",
            "{B} owns {n}% of the number of {x} that {A} {H}.",
            "The number of {x} of {B} is {n}% of what {A} {H}.",
        ],
    ),
    (
        Kind::Share,
        &[
            "{A} shares all the {x} equally among {n} friends.",
            "{A} gives all the {x} to {n} friends in equal parts.",
            "Then {n} friends get all the {x} of {A} in equal parts.",
            "{A} shares out all {x}, equally to {n} friends.",
        ],
    ),
    (
        Kind::EachGain,
        &[
            "Each friend then gets {n} more {x} from {C}.",
            "Then each of the friends finds {n} {x}.",
            "{C} gives each of the friends {n} more {x}.",
            "Each friend buys {n} more {x} at the {p}.",
        ],
    ),
    (
        Kind::EachLoss,
        &[
            "Each friend then gives {n} {x} to {C}.",
            "Then each of the friends loses {n} {x}.",
            "{C} buys {n} {x} from each of the friends.",
            "Each friend leaves {n} {x} at the {p}.",
        ],
    ),
    (
        Kind::FriendHad,
        &[
            "{B} is one of the friends and already had {n} {x}.",
            "One of the friends is {B}, who had {n} {x} before.",
            "Before that {B}, one of the friends, had {n} {x}.",
        ],
    ),
    (
        Kind::Pack,
        &[
            "{A} packs all the {x} into {g} of {n}.",
            "{A} puts {n} {x} into each {h} until none are left.",
            "Then {A} packs all the {x}, {n} to a {h}.",
            "{A} fills {g} with {n} {x} each and uses all {x}.",
        ],
    ),
    (
        Kind::Sell,
        &[
            "{A} sells all the {x} for {n} dollars each.",
            "{C} buys all the {x} of {A} for {n} dollars each.",
            "Then {A} sells each of the {x} for {n} dollars.",
            "{C} pays {A} {n} dollars for each of the {x}.",
        ],
    ),
    (
        Kind::Buy,
        &[
            "{A} uses all the dollars to buy {y} for {n} dollars each.",
            "{A} spends all the dollars on {y} that cost {n} dollars each.",
            "With all the dollars {A} buys {y}, {n} dollars each.",
        ],
    ),
    (
        Kind::Split,
        &[
            "{A} puts all the {x} into {n} {g} in equal parts.",
            "{A} packs all the {x} equally into {n} {g}.",
            "Then {A} fills {n} {g} equally with all the {x}.",
        ],
    ),
    (
        Kind::EachBagGain,
        &[
            "{C} puts {n} more {x} into each {h}.",
            "Then {n} more {x} go into each {h}.",
            "{A} buys more {x} and adds {n} to each {h}.",
        ],
    ),
    (
        Kind::TakeBags,
        &[
            "{B} takes {n} of the {g}.",
            "{A} gives {n} of the {g} to {B}.",
            "Then {B} gets {n} of the {g}.",
            "{B} buys {n} of these {g}.",
        ],
    ),
    (
        Kind::PutTogether,
        &[
            "{A} and {B} put all their {x} into one {h}.",
            "{A} and {B} fill one {h} with all their {x}.",
            "Then all {x} of {A} and {B} go into one {h}.",
        ],
    ),
    (
        Kind::BoxGain,
        &[
            "{C} puts {n} more {x} into the {h}.",
            "Then {n} more {x} go into the {h}.",
            "{C} finds {n} {x} and adds them to the {h}.",
            "Later {C} adds {n} {x} to the {h}.",
        ],
    ),
    (
        Kind::BoxLoss,
        &[
            "{C} takes {n} {x} out of the {h}.",
            "Then {n} {x} fall out of the {h}.",
            "{C} buys {n} {x} out of the {h}.",
            "Later {C} gets {n} {x} from the {h}.",
        ],
    ),
    (
        Kind::BoxShare,
        &[
            "{n} friends share all the {x} in the {h} equally.",
            "Then {n} friends get all the {x} from the {h} in equal parts.",
            "All the {x} in the {h} go to {n} friends in equal parts.",
        ],
    ),
    (
        Kind::Distractor,
        &[
            "{A} is {n} years old.",
            "{C} is {n} years old.",
            "{A} also has {n} {z}.",
            "{C} has {n} {x}.",
            "{C} has {n} more {z} than {A}.",
            "{C} buys {n} {z} at the {p}.",
            "The {p} is {n} miles away.",
            "It takes {n} minutes to walk to the {p}.",
            "There are {n} people at the {p}.",
            "{A} has {n} cousins at the {p}.",
            "{C} gives {n} {z} to {A}.",
            "{C} loses {n} {z}.",
            "{A} gives {C} {n} {z}.",
            "{C} works at the {p} for {n} hours.",
            "{C} is {n} years older than {A}.",
            "{A} stays at the {p} for {n} hours.",
        ],
    ),
    (
        Kind::AskPerson,
        &[
            "How many {x} does {A} have now?",
            "How many {x} does {A} have in the end?",
            "What is the number of {x} that {A} has now?",
            "How many {x} are there for {A} in the end?",
            "Find the number of {x} that {A} has.",
        ],
    ),
    (
        Kind::AskFirst,
        &[
            "How many {x} did {A} have at first?",
            "How many {x} were there for {A} at first?",
            "Find the number of {x} that {A} had at first.",
        ],
    ),
    (
        Kind::AskMoney,
        &[
            "How many dollars does {A} have now?",
            "How many dollars does {A} have in the end?",
            "How much money, in dollars, does {A} have?",
        ],
    ),
    (
        Kind::AskFriend,
        &[
            "How many {x} does each friend have in the end?",
            "How many {x} does each of the friends have now?",
            "Find the number of {x} that each friend has.",
        ],
    ),
    (
        Kind::AskBag,
        &[
            "How many {x} does each {h} hold?",
            "How many {x} are in each {h} now?",
            "Find the number of {x} in each {h}.",
        ],
    ),
    (
        Kind::AskBox,
        &[
            "How many {x} does the {h} hold now?",
            "How many {x} are in the {h} in the end?",
            "Find the number of {x} in the {h}.",
        ],
    ),
    (
        Kind::AskTogether,
        &[
            "How many {x} do {A} and {B} have together?",
            "How many {x} do {A} and {B} have in all?",
            "Find the total number of {x} of {A} and {B}.",
            "How many {x} are there if {A} and {B} put theirs together?",
        ],
    ),
    (
        Kind::AskThree,
        &[
            "How many {x} do {A}, {B} and {D} have together?",
            "How many {x} do {A}, {B} and {D} have in all?",
            "Find the total number of {x} of {A}, {B} and {D}.",
        ],
    ),
    (
        Kind::AskDifference,
        &[
            "How many more {x} does {A} have than {B}?",
            "How many fewer {x} does {B} have than {A}?",
            "How many {x} must {B} get to have as many as {A}?",
            "Find how many {x} more {A} has than {B}.",
        ],
    ),
    (
        Kind::AskTimes,
        &[
            "How many times as many {x} as {B} does {A} have?",
            "How many times the number of {x} of {B} does {A} have?",
            "Find how many times as many {x} {A} has as {B}.",
        ],
    ),
    (
        Kind::AskNeed,
        &[
            "How many more {x} does {A} need to have {n}?",
            "{A} wants to have {n} {x}. How many more are needed?",
            "How many {x} must {A} still get to have {n} in all?",
            "How many {x} are missing if {A} wants {n} in the end?",
        ],
    ),
];
