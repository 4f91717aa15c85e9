//! Word problems to pick from: our own, with their answers for the reader.

/// How much a problem asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Two steps, small numbers.
    Easier,
    /// More steps, or a number that does not matter.
    Harder,
}

/// A word problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// Its name in an address.
    pub id: &'static str,
    /// Its name on a button.
    pub title: &'static str,
    /// How much it asks.
    pub level: Level,
    /// The problem.
    pub text: &'static str,
    /// Its right answer, for the reader: no player ever sees it.
    pub answer: &'static str,
}

/// All of them; the first is that of the recorded run, and what a first visit shows.
pub const PROBLEMS: [Problem; 8] = [
    Problem {
        id: "bakery",
        title: "Bakery",
        level: Level::Easier,
        text: "A baker fills 5 trays with 8 rolls each and sells 23 rolls before noon. How many rolls are left?",
        answer: "17",
    },
    Problem {
        id: "apples",
        title: "Apples",
        level: Level::Easier,
        text: "Mia picks 12 apples. She gives 5 of them to her brother and then picks 8 more. How many apples does Mia have now?",
        answer: "15",
    },
    Problem {
        id: "train",
        title: "Train seats",
        level: Level::Easier,
        text: "A train car has 9 rows with 4 seats in each row. 7 seats are empty. How many people are sitting in the car?",
        answer: "29",
    },
    Problem {
        id: "stickers",
        title: "Stickers",
        level: Level::Easier,
        text: "Omar has 3 packs of 6 stickers. He shares them equally with one friend. How many stickers does each of them get?",
        answer: "9",
    },
    Problem {
        id: "garden",
        title: "Garden fence",
        level: Level::Harder,
        text: "A garden is 14 metres long and 6 metres wide. A fence goes all around it, except for a gate of 3 metres. One metre of fence costs 5 dollars. What does the fence cost?",
        answer: "185",
    },
    Problem {
        id: "library",
        title: "Library",
        level: Level::Harder,
        text: "A library lends 48 books on Monday and half as many on Tuesday. On Wednesday 30 books come back, and 12 visitors only read newspapers. How many of the lent books are still out?",
        answer: "42",
    },
    Problem {
        id: "bus",
        title: "Bus trip",
        level: Level::Harder,
        text: "Two buses with 25 children each and 3 teachers in each bus go to the zoo. A ticket costs 4 dollars for a child and 10 dollars for a teacher. How much do all tickets cost together?",
        answer: "260",
    },
    Problem {
        id: "savings",
        title: "Savings",
        level: Level::Harder,
        text: "Lena saves 15 dollars a week. After 6 weeks she buys a lamp for 38 dollars and a book for 14 dollars. How many more weeks must she save to have 100 dollars?",
        answer: "5",
    },
];

/// The problem with this name.
#[must_use]
pub fn problem(id: &str) -> Option<&'static Problem> {
    PROBLEMS.iter().find(|problem| problem.id == id)
}
