//! TextCraft (ADaPT's; `specs/agentgym.md` §1.4): make an item from what can be found, following Minecraft's recipes.
//!
//! Kept as the original has it: the loading rules of the recipes, among them that a recipe which closes a circle is left
//! out; what no recipe makes can be had in any number; the count before the item to be crafted is not looked at; an
//! ingredient must be given in one piece and in the recipe's exact count; a tag's own name is no ingredient to give; an
//! error prints the item as Python would; and an episode that is done goes on when another action comes, its reward 0
//! again.
//!
//! Where the original depends on the machine, this doesn't. It loads recipes in the order of its file system, which decides
//! what task a number means; here they are loaded in the byte order of their files' names. Its command list is shuffled
//! with a fixed seed, but out of Python's sets, so that it follows `PYTHONHASHSEED`; here the recipes of the goal's tree
//! and those around it are in the order of a breadth-first walk and of the table, and both draws — which ten to add, and
//! the order of the lines — are CPython's shuffle with the same seed.

mod action;
mod book;
mod plan;
#[cfg(test)]
mod tests;

pub use book::{Goal, Ingredient, Kind, Recipe};

use action::{Action, Counted, repr, strip};
use book::{BOOK, words};
use plan::{Craft, Draft, held};

use super::{Environment, Info, Outcome, PythonRandom, Split, Success, TaskError, View};

/// The seed of the command list, the original's.
const SEED: u64 = 42;

/// Recipes that are of no use for the goal are at most so many.
const DISTRACTORS: usize = 10;

/// Tasks of the training split; the rest, of depth 3 and 4, is for tests.
const TRAIN: u64 = 444;

static INFO: Info = Info {
    name: "textcraft",
    title: "TextCraft",
    summary: "Craft an item step by step from a list of recipes, some of which are of no use.",
    instruction: "You craft items from recipes. Each recipe of the list makes the number of items that it begins with from \
        exactly the ingredients that it names; craft again if you need more. Get what no recipe makes from your \
        surroundings. Where a recipe names a group, such as planks, give one item of it, such as oak planks. Actions: get \
        {number} {item}, craft {number} {item} using {number} {ingredient}, {number} {ingredient}, inventory.",
    max_rounds: 20,
    success: Success::Full,
    deviations: &[
        "Recipes are loaded in the byte order of their files' names, so a task's number means the same item everywhere; the \
         original follows its file system.",
        "Which other recipes the list has, and its order, are drawn from a fixed order with the original's seed; the \
         original draws from sets whose order changes from process to process.",
        "Recipes stay as they were loaded. In the package `textcraft`, listing a goal's recipes appends them to those of \
         its item, after which one item's command may craft another.",
        "Numbers above 18446744073709551615 are carried as that number.",
    ],
};

/// The environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct TextCraft;

/// So many of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stack {
    /// Which, without `minecraft:`.
    pub item: &'static str,
    /// How many; 0 after `get 0`.
    pub count: u64,
}

/// An episode.
#[derive(Debug, Clone, PartialEq)]
pub struct TextCraftState {
    /// The item to craft, without `minecraft:`.
    pub goal: &'static str,
    /// The recipes that the agent is shown, in that order.
    pub recipes: Vec<&'static Recipe>,
    /// What is carried, by when it was first picked up.
    pub inventory: Vec<Stack>,
    /// The last reward.
    pub reward: f64,
    /// Whether the last step crafted the goal.
    pub done: bool,
}

/// What there is to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextCraftView {
    /// The item to craft, in words.
    pub goal: String,
    /// Whether the last step crafted it.
    pub done: bool,
    /// Items in words, and how many are carried.
    pub inventory: Vec<(String, u64)>,
    /// How the planner would make the goal from nothing.
    pub tree: TreeNode,
    /// The recipes that the agent is shown.
    pub commands: Vec<Command>,
}

/// An item that is needed, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeNode {
    /// The item, in words.
    pub item: String,
    /// The group that it was chosen from, in words.
    pub group: Option<String>,
    /// How many are needed here.
    pub needed: u64,
    /// How many are carried.
    pub held: u64,
    /// How often its recipe is to be used; 0 where it is found and not crafted.
    pub crafts: u64,
    /// What the recipe uses up.
    pub parts: Vec<TreeNode>,
}

/// A recipe of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// As the agent reads it.
    pub text: &'static str,
    /// Whether the goal or anything that it may be made of is made by it.
    pub leads_to_goal: bool,
    /// Whether what is carried is enough for it.
    pub possible: bool,
}

/// The task that the original server plays for any `data_idx`: they wrap around, as Python's `%` does.
#[must_use]
pub fn task_of(data_idx: i64) -> u64 {
    data_idx.rem_euclid(BOOK.goals().len() as i64).unsigned_abs()
}

/// The goals of all tasks, by number.
#[must_use]
pub fn goals() -> &'static [Goal] {
    BOOK.goals()
}

/// So many of an item or of a tag, as the original's class is printed.
fn printed(wanted: Counted) -> String {
    let id = repr(&format!("minecraft:{}", wanted.id()));
    let (tag, item) = if BOOK.tag(&wanted.id()).is_some() { (&*id, "None") } else { ("None", &*id) };
    format!("ItemTagWithCount(item_tag=ItemTag(tag={tag}, item_id={item}), count={})", wanted.written())
}

impl TextCraftState {
    fn new(goal: &'static str) -> Self {
        let mut recipes = BOOK.tree(goal);
        let mut others = BOOK.neighbours(&recipes);
        let mut random = PythonRandom::new(SEED);
        random.shuffle(&mut others);
        recipes.extend(others.into_iter().take(DISTRACTORS));
        let mut shown: Vec<&Recipe> = Vec::with_capacity(recipes.len());
        for recipe in recipes {
            // Two files are one recipe.
            if shown.iter().all(|other| other.command != recipe.command) {
                shown.push(recipe);
            }
        }
        random.shuffle(&mut shown);
        Self { goal, recipes: shown, inventory: Vec::new(), reward: 0.0, done: false }
    }

    /// The goal as the original names it: `minecraft:stick`.
    #[must_use]
    pub fn goal_id(&self) -> String {
        format!("minecraft:{}", self.goal)
    }

    /// The crafting commands, as the agent reads them.
    pub fn commands(&self) -> impl Iterator<Item = &'static str> {
        self.recipes.iter().map(|recipe| recipe.command.as_str())
    }

    /// The goal's recipes, those of its ingredients, and so on: all that can be of use.
    #[must_use]
    pub fn tree(&self) -> Vec<&'static Recipe> {
        BOOK.tree(self.goal)
    }

    /// What the agent sees first.
    #[must_use]
    pub fn opening(&self) -> String {
        let commands: Vec<&str> = self.commands().collect();
        format!("Crafting commands:\n{}\n\nGoal: craft {}.", commands.join("\n"), words(self.goal))
    }

    fn add(&mut self, item: &'static str, count: u64) {
        match self.inventory.iter_mut().find(|stack| stack.item == item) {
            Some(stack) => stack.count = stack.count.saturating_add(count),
            None => self.inventory.push(Stack { item, count }),
        }
    }

    /// What is used up leaves the inventory.
    fn remove(&mut self, item: &str, count: u64) {
        if let Some(at) = self.inventory.iter().position(|stack| stack.item == item) {
            self.inventory[at].count = self.inventory[at].count.saturating_sub(count);
            if self.inventory[at].count == 0 {
                self.inventory.remove(at);
            }
        }
    }

    fn inventory(&self) -> String {
        match &self.inventory[..] {
            [] => "Inventory: You are not carrying anything.".to_owned(),
            stacks => {
                let stacks = stacks.iter().map(|stack| format!("[{}] ({}) ", words(stack.item), stack.count));
                format!("Inventory: {}", stacks.collect::<String>())
            }
        }
    }

    fn get(&mut self, wanted: Counted) -> String {
        match BOOK.item(&wanted.id()).filter(|item| !BOOK.is_craftable(item) && BOOK.tag(item).is_none()) {
            Some(item) => {
                self.add(item, wanted.count());
                format!("Got {} {}", wanted.written(), wanted.name)
            }
            None => format!("Could not find {}", wanted.name),
        }
    }

    /// Says what came of it, and what was made.
    fn craft(&mut self, output: &str, inputs: &str) -> (String, Option<&'static str>) {
        let output = Counted::parse(output).unwrap_or_else(|| Counted::one(output));
        let mut given = Vec::new();
        for input in inputs.split(',').map(strip) {
            match Counted::parse(input) {
                Some(input) => given.push((input.id(), input.count())),
                None => return (format!("Wrong item format: {input}"), None),
            }
        }
        let is_there = |(item, count): &(String, u64)| {
            self.inventory.iter().any(|stack| stack.item == item && stack.count >= *count)
        };
        if !given.iter().all(is_there) {
            let id = BOOK.tag(&output.id()).map_or_else(|| format!("minecraft:{}", output.id()), |_| "None".to_owned());
            return (format!("Could not find enough items to craft {id}"), None);
        }
        let is_followed = |recipe: &&Recipe| {
            recipe.ingredients.len() == given.len()
                && recipe.ingredients.iter().all(|ingredient| {
                    given.iter().any(|(item, count)| BOOK.accepts(ingredient.kind, item) && *count == ingredient.count)
                })
        };
        let Some(recipe) = BOOK.recipes_of(&output.id()).find(is_followed) else {
            return (format!("Could not find a valid recipe for {}", printed(output)), None);
        };
        for (item, count) in &given {
            self.remove(item, *count);
        }
        self.add(recipe.item, recipe.count);
        (format!("Crafted {} minecraft:{}", recipe.count, recipe.item), Some(recipe.item))
    }

    /// The use of a recipe that what is carried is enough for.
    fn possible(&self, recipe: &'static Recipe) -> Option<Craft> {
        let mut craft = Craft { recipe, member: None };
        for ingredient in &recipe.ingredients {
            let serves = |stack: &&Stack| stack.count >= ingredient.count && BOOK.accepts(ingredient.kind, stack.item);
            let item = self.inventory.iter().find(serves)?.item;
            if let Kind::Tag(_) = ingredient.kind {
                craft.member = Some(item);
            }
        }
        Some(craft)
    }

    fn node(&self, item: &'static str, group: Option<&str>, needed: u64, plan: &Draft) -> TreeNode {
        let craft = plan.crafts.iter().find(|craft| craft.recipe.item == item);
        let crafts = craft.map_or(0, |craft| needed.div_ceil(craft.recipe.count));
        let part = |craft: &Craft, ingredient: &Ingredient| {
            let group = match ingredient.kind {
                Kind::Tag(tag) => Some(tag),
                Kind::Item(_) => None,
            };
            self.node(craft.item(ingredient.kind), group, ingredient.count * crafts, plan)
        };
        let parts = |craft: &Craft| craft.recipe.ingredients.iter().map(|ingredient| part(craft, ingredient)).collect();
        TreeNode {
            item: words(item),
            group: group.map(words),
            needed,
            held: held(&self.inventory, item),
            crafts,
            parts: craft.map_or_else(Vec::new, parts),
        }
    }
}

impl Environment for TextCraft {
    type State = TextCraftState;

    fn info(&self) -> &'static Info {
        &INFO
    }

    fn tasks(&self) -> u64 {
        BOOK.goals().len() as u64
    }

    fn splits(&self) -> Vec<Split> {
        vec![
            Split { name: "train", tasks: 0..TRAIN, own: true },
            Split { name: "test", tasks: TRAIN..Environment::tasks(self), own: true },
        ]
    }

    fn reset(&self, task: u64) -> Result<(TextCraftState, String), TaskError> {
        let goal = usize::try_from(task).ok().and_then(|task| BOOK.goals().get(task));
        let goal = goal.ok_or(TaskError::Unknown { environment: INFO.name, task, count: Environment::tasks(self) })?;
        let state = TextCraftState::new(goal.item);
        let opening = state.opening();
        Ok((state, opening))
    }

    fn step(&self, state: &mut TextCraftState, action: &str) -> Outcome {
        let (observation, made) = match Action::parse(action) {
            Some(Action::Craft { output, inputs }) => state.craft(output, inputs),
            Some(Action::Get(wanted)) => (state.get(wanted), None),
            Some(Action::Inventory) => (state.inventory(), None),
            None => (format!("Could not execute {action}"), None),
        };
        state.done = made == Some(state.goal);
        state.reward = if state.done { 1.0 } else { 0.0 };
        Outcome { observation, reward: state.reward, done: state.done }
    }

    /// Crafts that what is carried is enough for; each ingredient that can be found, in the numbers that the commands name;
    /// the inventory.
    fn available_actions(&self, state: &TextCraftState) -> Vec<String> {
        let crafts = state.recipes.iter().filter_map(|recipe| state.possible(recipe)).map(|craft| craft.action());
        let mut actions: Vec<String> = crafts.collect();
        for ingredient in state.recipes.iter().flat_map(|recipe| &recipe.ingredients) {
            if let Kind::Item(item) = ingredient.kind {
                let get = format!("get {} {}", ingredient.count, words(item));
                if !BOOK.is_craftable(item) && !actions.contains(&get) {
                    actions.push(get);
                }
            }
        }
        actions.push("inventory".to_owned());
        actions
    }

    fn score(&self, state: &TextCraftState) -> f64 {
        state.reward
    }

    fn plan(&self, state: &TextCraftState) -> Option<String> {
        Draft::of(state.goal, &state.inventory).next().filter(|_| !state.done)
    }

    fn view(&self, state: &TextCraftState) -> View {
        let tree = state.tree();
        let command = |recipe: &&'static Recipe| Command {
            text: &recipe.command,
            leads_to_goal: tree.iter().any(|other| other.command == recipe.command),
            possible: state.possible(recipe).is_some(),
        };
        View::TextCraft(TextCraftView {
            goal: words(state.goal),
            done: state.done,
            inventory: state.inventory.iter().map(|stack| (words(stack.item), stack.count)).collect(),
            tree: state.node(state.goal, None, 1, &Draft::of(state.goal, &[])),
            commands: state.recipes.iter().map(command).collect(),
        })
    }
}
