//! What accounts are made of. All made up.

/// A project, and what may have to be done in it: content and description. `{town}` is where something takes place.
pub(super) struct Theme {
    pub(super) name: &'static str,
    pub(super) items: [(&'static str, &'static str); 7],
}

pub(super) const TOWNS: [&str; 10] =
    ["Lisbon", "Tampere", "Graz", "Leeds", "Porto Alegre", "Nagano", "Utrecht", "Aarhus", "Brno", "Oaxaca"];

/// Names of colours that the application knows.
pub(super) const COLORS: [&str; 8] =
    ["charcoal", "teal", "orange", "violet", "lime_green", "sky_blue", "salmon", "grape"];

pub(super) const MINUTES: [i64; 14] = [10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 75, 90, 120, 150];

#[rustfmt::skip]
pub(super) const THEMES: [Theme; 14] = [
    Theme { name: "Allotment", items: [
        ("Turn the compost", "The left heap first, it is the older one."),
        ("Sow the broad beans", "Two rows along the south fence."),
        ("Mend the water butt", "The tap drips; a new washer is in the shed."),
        ("Collect seed potatoes", "Reserved at the nursery in {town}."),
        ("Prune the currants", "Only the wood that is older than three years."),
        ("Pay the plot's rent", "The committee meets in {town} and takes cash."),
        ("Lend Ruth the fork", "She brings it back on Sunday."),
    ] },
    Theme { name: "Choir", items: [
        ("Copy the tenor part", "Pages 4 to 9, enlarged."),
        ("Book the rehearsal room", "The hall in {town} is free on Thursdays."),
        ("Learn the second psalm", "By heart, without the organ."),
        ("Order black folders", "Twelve of them, with two pockets."),
        ("Write to the organist", "Ask about the tuning before the concert."),
        ("Print concert bills", "The printer in {town} needs them as PDF."),
        ("Sort the old scores", "By composer, then by year."),
    ] },
    Theme { name: "Kitchen rebuild", items: [
        ("Measure the worktop", "Twice, and from both walls."),
        ("Choose the tiles", "Samples are shown at the dealer's in {town}."),
        ("Call the electrician", "The oven needs a line of its own."),
        ("Sell the old stove", "It works, but the door sticks."),
        ("Order the sink", "Single bowl, drainer on the right."),
        ("Paint the ceiling", "Two coats of white, windows open."),
        ("Pick up the hinges", "They are kept at the counter in {town}."),
    ] },
    Theme { name: "Thesis", items: [
        ("Revise chapter two", "The reviewer wants the proof spelled out."),
        ("Draw the figure of yields", "Same colours as in the talk."),
        ("Check the references", "Three of them have no year."),
        ("Visit the archive", "The reading room in {town} opens at ten."),
        ("Answer Dr Okafor", "She asked how the sample was drawn."),
        ("Book the examination room", "The faculty's office in {town} has the key."),
        ("Rehearse the defence", "Twenty minutes, no notes."),
    ] },
    Theme { name: "Bicycle", items: [
        ("Replace the chain", "Measure its wear before."),
        ("True the rear wheel", "The workshop in {town} lends the stand."),
        ("Buy brake pads", "For rim brakes, the long ones."),
        ("Patch the spare tube", "The hole is next to the valve."),
        ("Register the frame number", "At the police station in {town}."),
        ("Oil the lock", "Graphite, not grease."),
        ("Plan the river tour", "Sixty kilometres, one ferry."),
    ] },
    Theme { name: "Reading circle", items: [
        ("Borrow the next novel", "The library in {town} has two copies."),
        ("Invite the translator", "Her address is on the last page."),
        ("Write down three questions", "One about the ending."),
        ("Bake for the evening", "Something without nuts."),
        ("Return the audio book", "It is two weeks late."),
        ("Vote on the summer list", "Everybody has two votes."),
        ("Reserve the back room", "The café in {town} wants to know how many we are."),
    ] },
    Theme { name: "Running", items: [
        ("Enter the spring race", "Start and goal are in {town}."),
        ("Buy new shoes", "Half a size larger than the last pair."),
        ("Run the long loop", "Slowly, with water."),
        ("See the physiotherapist", "The practice in {town} is above the bakery."),
        ("Wash the wind jacket", "Cold, without softener."),
        ("Stretch on rest days", "Calves above all."),
        ("Write up the log", "Distances of the whole month."),
    ] },
    Theme { name: "Workshop", items: [
        ("Sharpen the chisels", "Strop them afterwards."),
        ("Glue the chair", "Clamp it overnight."),
        ("Sort the screws", "By length; brass apart."),
        ("Fetch the oak boards", "The sawmill in {town} closes at four."),
        ("Build a bird box", "The hole is 32 millimetres wide."),
        ("Service the lathe", "The mechanic from {town} comes along."),
        ("Sweep the loft", "Mind the wasps."),
    ] },
    Theme { name: "Night school", items: [
        ("Hand in exercise five", "On paper, with the name on each sheet."),
        ("Repeat the irregular verbs", "Ten a day."),
        ("Buy the grammar", "The shop in {town} has used ones."),
        ("Record a dialogue", "Two minutes, two voices."),
        ("Meet the tandem partner", "At the fountain in {town}."),
        ("Watch the third lesson", "Without subtitles."),
        ("Pay the course fee", "The second half of it."),
    ] },
    Theme { name: "Neighbourhood fair", items: [
        ("Ask for the permit", "The town hall of {town} wants it in writing."),
        ("Hire the long tables", "Fourteen, with benches."),
        ("Draw the plan of stalls", "Leave a way for the fire engine."),
        ("Find a brass band", "The one from {town} plays for food."),
        ("Count the lanterns", "Some lost their handles."),
        ("Write the rota", "Nobody longer than two hours."),
        ("Thank the sponsors", "By hand, not by mail."),
    ] },
    Theme { name: "Family album", items: [
        ("Scan grandmother's letters", "The blue ones from the tin."),
        ("Label the wedding photos", "Aunt Ines knows the names."),
        ("Choose a cover", "Linen, dark green."),
        ("Ring the cousins", "Those in {town} have pictures of the farm."),
        ("Order prints", "The lab in {town} does matte paper."),
        ("Draw the family tree", "Four generations."),
        ("Back up the scans", "On two disks."),
    ] },
    Theme { name: "Office move", items: [
        ("Pack the files", "Boxes of at most fifteen kilos."),
        ("Cancel the old lease", "Three months' notice."),
        ("Measure the new rooms", "The caretaker in {town} has the keys."),
        ("Label the cables", "Both ends."),
        ("Order a letter box", "With two slots."),
        ("Tell the customers", "One letter, one mail."),
        ("Return the access cards", "To the reception in {town}."),
    ] },
    Theme { name: "Aquarium", items: [
        ("Change a third of the water", "Same temperature as the tank."),
        ("Test the hardness", "Note it in the green book."),
        ("Clean the filter", "In tank water, never under the tap."),
        ("Buy two loaches", "The breeder in {town} keeps them for us."),
        ("Trim the water plants", "The cuttings go to Sami."),
        ("Replace the lamp", "The shop in {town} has the long tubes."),
        ("Quarantine the snails", "For two weeks."),
    ] },
    Theme { name: "Mountain trip", items: [
        ("Reserve the hut", "Four beds, half board."),
        ("Wax the boots", "And new laces."),
        ("Buy the walking map", "Sheet 14, at the kiosk in {town}."),
        ("Check the rope", "Turn it out when it is older than ten years."),
        ("Book the night train", "From {town}, couchettes."),
        ("Dry apple rings", "Enough for three days."),
        ("Lend the ice axe", "To Mira, until June."),
    ] },
];
