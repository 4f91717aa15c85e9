//! What sheets are made of. All made up.

use super::table::Kind;

/// A column of numbers: its header, their kind, the least and the most; money in cents.
pub(super) struct Numbers {
    pub(super) header: &'static str,
    pub(super) kind: Kind,
    pub(super) range: (i64, i64),
}

/// What the fifth column is to be computed from the third and the fourth by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Derived {
    Product,
    Minus,
    Sum,
}

/// A subject for sheets: items in groups, two columns of numbers, one that is computed from them, and one in per cent.
pub(super) struct Subject {
    pub(super) title: &'static str,
    pub(super) item: &'static str,
    pub(super) items: [&'static str; 10],
    pub(super) group: &'static str,
    pub(super) groups: [&'static str; 4],
    pub(super) first: Numbers,
    pub(super) second: Numbers,
    pub(super) derived: (&'static str, Derived),
    pub(super) rate: &'static str,
    /// A column that may be added: its header and what stands in it.
    pub(super) extra: (&'static str, [&'static str; 3]),
}

const fn whole(header: &'static str, least: i64, most: i64) -> Numbers {
    Numbers { header, kind: Kind::Whole, range: (least, most) }
}

const fn money(header: &'static str, least: i64, most: i64) -> Numbers {
    Numbers { header, kind: Kind::Cents, range: (least * 100, most * 100) }
}

#[rustfmt::skip]
pub(super) const SUBJECTS: [Subject; 12] = [
    Subject {
        title: "Stall", item: "Fruit", group: "Origin",
        items: ["Apples", "Pears", "Plums", "Cherries", "Figs", "Quinces", "Lemons", "Melons", "Grapes", "Apricots"],
        groups: ["North farm", "River farm", "Hill farm", "Import"],
        first: whole("Crates", 2, 40), second: money("Price", 3, 25), derived: ("Revenue", Derived::Product),
        rate: "Waste", extra: ("Storage", ["cool", "dry", "shade"]),
    },
    Subject {
        title: "Payroll", item: "Name", group: "Team",
        items: ["Adaeze", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Ilse", "Jonas"],
        groups: ["Bakery", "Counter", "Delivery", "Office"],
        first: whole("Hours", 10, 40), second: money("Rate", 14, 32), derived: ("Pay", Derived::Product),
        rate: "Bonus", extra: ("Contract", ["full", "part", "trainee"]),
    },
    Subject {
        title: "Marks", item: "Student", group: "Section",
        items: ["Kaya", "Lars", "Mirela", "Nuno", "Oona", "Pavel", "Rosa", "Sven", "Tamar", "Umberto"],
        groups: ["Blue", "Green", "Red", "Yellow"],
        first: whole("Quiz", 4, 20), second: whole("Essay", 10, 40), derived: ("Points", Derived::Sum),
        rate: "Attendance", extra: ("Language", ["French", "Polish", "Latin"]),
    },
    Subject {
        title: "Budget", item: "Purpose", group: "Quarter",
        items: ["Rent", "Power", "Flour", "Repairs", "Insurance", "Adverts", "Training", "Packaging", "Software", "Travel"],
        groups: ["Q1", "Q2", "Q3", "Q4"],
        first: money("Planned", 100, 900), second: money("Spent", 20, 700), derived: ("Left", Derived::Minus),
        rate: "Tax", extra: ("Approved", ["yes", "no", "later"]),
    },
    Subject {
        title: "Tickets", item: "Show", group: "Venue",
        items: ["Winterreise", "Open stage", "The Seagull", "Circus of light", "Poetry night", "Jazz duo", "Puppets", "Tango", "Choir day", "Magic hour"],
        groups: ["Old hall", "Cellar", "Garden", "Harbour"],
        first: whole("Seats", 80, 400), second: whole("Sold", 10, 79), derived: ("Unsold", Derived::Minus),
        rate: "Discount", extra: ("Start", ["18:00", "19:30", "21:00"]),
    },
    Subject {
        title: "Members", item: "Plan", group: "Branch",
        items: ["Morning", "Evening", "Weekend", "Student", "Senior", "Family", "Company", "Trial", "Gold", "Basic"],
        groups: ["Station", "Market", "Stadium", "Campus"],
        first: whole("People", 5, 90), second: money("Fee", 12, 70), derived: ("Income", Derived::Product),
        rate: "Cancelled", extra: ("Billing", ["monthly", "yearly", "weekly"]),
    },
    Subject {
        title: "Solar", item: "Roof", group: "District",
        items: ["School", "Library", "Fire house", "Town hall", "Depot", "Pool", "Clinic", "Museum", "Barn", "Bakery"],
        groups: ["East", "West", "Centre", "Lakeside"],
        first: whole("Panels", 8, 60), second: money("Yield per panel", 20, 45), derived: ("Yield", Derived::Product),
        rate: "Shade", extra: ("Facing", ["south", "east", "flat"]),
    },
    Subject {
        title: "Rentals", item: "Bicycle", group: "Station",
        items: ["B-01", "B-02", "B-04", "B-07", "B-11", "B-16", "B-18", "B-23", "B-29", "B-30"],
        groups: ["Bridge", "Museum", "Harbour", "Park"],
        first: whole("Trips", 3, 60), second: money("Fee", 2, 9), derived: ("Takings", Derived::Product),
        rate: "Damaged", extra: ("Size", ["S", "M", "L"]),
    },
    Subject {
        title: "Survey", item: "Question", group: "Topic",
        items: ["Parking", "Lighting", "Noise", "Benches", "Playground", "Bus stop", "Bins", "Trees", "Crossing", "Fountain"],
        groups: ["Traffic", "Comfort", "Safety", "Nature"],
        first: whole("In favour", 12, 90), second: whole("Against", 5, 80), derived: ("Answers", Derived::Sum),
        rate: "No opinion", extra: ("Follow-up", ["phone", "letter", "none"]),
    },
    Subject {
        title: "Workshop", item: "Job", group: "Bench",
        items: ["Chair", "Cabinet", "Door", "Window", "Frame", "Stairs", "Shelf", "Chest", "Bench", "Mirror"],
        groups: ["Front", "Back", "Yard", "Loft"],
        first: money("Quote", 200, 900), second: money("Material", 30, 190), derived: ("Margin", Derived::Minus),
        rate: "Deposit", extra: ("Wood", ["oak", "ash", "pine"]),
    },
    Subject {
        title: "Library", item: "Book", group: "Shelf",
        items: ["Salt roads", "The ninth key", "Peat", "Low tide", "A short winter", "Lanterns", "Two rivers", "Ash and elm", "The ferry", "Night bees"],
        groups: ["Novels", "Nature", "Travel", "Crime"],
        first: whole("Loans", 1, 50), second: money("Late fee", 1, 6), derived: ("Fees", Derived::Product),
        rate: "Reserved", extra: ("Binding", ["cloth", "paper", "board"]),
    },
    Subject {
        title: "Freight", item: "Parcel", group: "Route",
        items: ["P-1042", "P-1047", "P-1051", "P-1060", "P-1068", "P-1073", "P-1080", "P-1084", "P-1091", "P-1099"],
        groups: ["Coast", "Valley", "Border", "Island"],
        first: money("Charge", 30, 120), second: money("Toll", 4, 29), derived: ("Net", Derived::Minus),
        rate: "Insured", extra: ("Truck", ["A", "B", "C"]),
    },
];
