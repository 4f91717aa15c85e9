//! The recipe book: the table, the original's rules for loading it, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// All recipes, read once.
pub(super) static BOOK: LazyLock<Book> = LazyLock::new(|| Book::load(include_str!("recipes.txt")));

/// A kind of item, or any of several kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// This item and no other.
    Item(&'static str),
    /// Any item that belongs to this tag.
    Tag(&'static str),
}

impl Kind {
    /// Its name, without `minecraft:`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Item(name) | Self::Tag(name) => name,
        }
    }
}

/// So many of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ingredient {
    /// What.
    pub kind: Kind,
    /// How many.
    pub count: u64,
}

/// How to make an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// What it makes, without `minecraft:`.
    pub item: &'static str,
    /// How many of it.
    pub count: u64,
    /// What is used up.
    pub ingredients: Vec<Ingredient>,
    /// As a crafting command: `craft 4 stick using 2 planks`.
    pub command: String,
}

/// An item to be crafted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// Its name, without `minecraft:`.
    pub item: &'static str,
    /// Crafts one after another that are needed at least.
    pub depth: u32,
}

/// Recipes, and indices over them.
#[derive(Debug)]
pub(super) struct Book {
    recipes: Vec<Recipe>, // in the table's order
    by_item: BTreeMap<&'static str, Vec<usize>>,
    items: BTreeSet<&'static str>,
    tag_of: BTreeMap<&'static str, &'static str>,
    members: BTreeMap<&'static str, Vec<&'static str>>,
    goals: Vec<Goal>,
}

/// A line of the table.
struct Line {
    item: &'static str,
    count: u64,
    group: Option<&'static str>,
    ingredients: Vec<Ingredient>,
}

/// As agents read a name: `oak planks` for `oak_planks`.
pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// The command that crafts with these ingredients, by their names.
pub(super) fn command(item: &str, count: u64, used: impl Iterator<Item = (&'static str, u64)>) -> String {
    let used: Vec<String> = used.map(|(name, count)| format!("{count} {}", words(name))).collect();
    format!("craft {count} {} using {}", words(item), used.join(", "))
}

impl Line {
    /// `COUNT ITEM [GROUP] = COUNT INGREDIENT, …`; see `engine/tests/fixtures/gym/textcraft_table.py`.
    fn parse(line: &'static str) -> Option<Self> {
        let (output, inputs) = line.split_once(" = ")?;
        let (count, output) = output.split_once(' ')?;
        let (item, group) = match output.split_once(" [") {
            Some((item, group)) => (item, Some(group.strip_suffix(']')?)),
            None => (output, None),
        };
        let ingredient = |input: &'static str| {
            let (count, name) = input.split_once(' ')?;
            let kind = name.strip_prefix('#').map_or(Kind::Item(name), Kind::Tag);
            Some(Ingredient { kind, count: count.parse().ok()? })
        };
        let ingredients = inputs.split(", ").map(ingredient).collect::<Option<_>>()?;
        Some(Self { item, count: count.parse().ok()?, group, ingredients })
    }

    /// A block that is taken apart again would be a way round its recipe.
    fn is_from_a_block(&self) -> bool {
        matches!(self.ingredients[..], [Ingredient { kind, .. }] if kind.name().ends_with("_block"))
    }
}

/// Without the recipes that take a block apart, and without those that would close a circle with the lines before.
fn without_circles(lines: Vec<Line>) -> Vec<Line> {
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut kept = Vec::new();
    for line in lines {
        let names = || line.ingredients.iter().map(|ingredient| ingredient.kind.name());
        let is_circle = names().any(|name| needs.get(name).is_some_and(|needs| needs.contains(line.item)));
        if line.is_from_a_block() || is_circle {
            continue;
        }
        let mut all: BTreeSet<&str> = names().collect();
        all.extend(names().filter_map(|name| needs.get(name)).flatten());
        needs.entry(line.item).or_default().extend(all);
        kept.push(line);
    }
    kept
}

impl Book {
    /// The original's rules, in the order of the lines, which decides what would be a circle.
    fn load(table: &'static str) -> Self {
        let lines: Vec<Line> = table
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| Line::parse(line).expect("invariant: the table's lines have its form"))
            .collect();
        let mut items: BTreeSet<&str> = lines.iter().map(|line| line.item).collect();
        let lines = without_circles(lines);
        let (mut tag_of, mut members) = (BTreeMap::new(), BTreeMap::<&str, Vec<&str>>::new());
        for line in &lines {
            if let Some(tag) = line.group.filter(|tag| *tag != line.item) {
                // A bed has two: the one of its last recipe counts.
                tag_of.insert(line.item, tag);
                let items = members.entry(tag).or_default();
                if !items.contains(&line.item) {
                    items.push(line.item);
                }
            }
        }
        let recipes: Vec<Recipe> = lines.into_iter().map(|line| recipe(line, &members)).collect();
        let mut by_item: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, recipe) in recipes.iter().enumerate() {
            by_item.entry(recipe.item).or_default().push(index);
            items.extend(recipe.ingredients.iter().filter_map(|ingredient| match ingredient.kind {
                Kind::Item(name) => Some(name),
                Kind::Tag(_) => None,
            }));
        }
        let mut book = Self { recipes, by_item, items, tag_of, members, goals: Vec::new() };
        book.goals = book.sorted_goals();
        book
    }

    /// All items that can be crafted, by depth and then by their first recipes.
    fn sorted_goals(&self) -> Vec<Goal> {
        let depths = self.depths();
        let mut goals: Vec<Goal> = Vec::new();
        for (index, recipe) in self.recipes.iter().enumerate() {
            if self.by_item[recipe.item][0] == index {
                goals.push(Goal { item: recipe.item, depth: depths[recipe.item] });
            }
        }
        goals.sort_by_key(|goal| goal.depth);
        goals
    }

    /// The least depth of each item that can be crafted: one more than its deepest ingredient's, by its best recipe.
    fn depths(&self) -> BTreeMap<&'static str, u32> {
        let mut depths: BTreeMap<&str, u32> = BTreeMap::new();
        let of = |depths: &BTreeMap<&str, u32>, kind| match kind {
            Kind::Item(name) if self.is_craftable(name) => depths.get(name).copied(),
            Kind::Item(_) => Some(0),
            Kind::Tag(tag) => self.members(tag).iter().filter_map(|name| depths.get(name).copied()).min(),
        };
        loop {
            let mut changed = false;
            for recipe in &self.recipes {
                let below = recipe.ingredients.iter().map(|ingredient| of(&depths, ingredient.kind));
                let Some(depth) = below.collect::<Option<Vec<u32>>>().and_then(|below| below.into_iter().max()) else {
                    continue;
                };
                if depths.get(recipe.item).is_none_or(|known| depth + 1 < *known) {
                    depths.insert(recipe.item, depth + 1);
                    changed = true;
                }
            }
            if !changed {
                return depths;
            }
        }
    }

    /// All goals in their order.
    pub(super) fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// The recipes that make an item, in the order in which the original tries them.
    pub(super) fn recipes_of(&self, item: &str) -> impl Iterator<Item = &Recipe> {
        self.by_item.get(item).into_iter().flatten().map(|index| &self.recipes[*index])
    }

    pub(super) fn is_craftable(&self, item: &str) -> bool {
        self.by_item.contains_key(item)
    }

    /// The item of this name.
    pub(super) fn item(&self, name: &str) -> Option<&'static str> {
        self.items.get(name).copied()
    }

    /// The tag of this name.
    pub(super) fn tag(&self, name: &str) -> Option<&'static str> {
        self.members.get_key_value(name).map(|(tag, _)| *tag)
    }

    /// The items of a tag, by their first recipes.
    pub(super) fn members(&self, tag: &str) -> &[&'static str] {
        self.members.get(tag).map_or(&[], Vec::as_slice)
    }

    /// Whether an item serves as this.
    pub(super) fn accepts(&self, kind: Kind, item: &str) -> bool {
        match kind {
            Kind::Item(name) => name == item,
            Kind::Tag(tag) => self.tag_of.get(item) == Some(&tag),
        }
    }

    /// The goal's recipes, those of their ingredients, and so on.
    pub(super) fn tree(&self, goal: &str) -> Vec<&Recipe> {
        let (mut found, mut next) = (BTreeSet::new(), Vec::new());
        let mut order: Vec<usize> = self.by_item.get(goal).cloned().unwrap_or_default();
        found.extend(order.iter().copied());
        while next.len() < order.len() {
            let index = order[next.len()];
            next.push(&self.recipes[index]);
            for ingredient in &self.recipes[index].ingredients {
                let items = match &ingredient.kind {
                    Kind::Item(name) => std::slice::from_ref(name),
                    Kind::Tag(tag) => self.members(tag),
                };
                let recipes = items.iter().filter_map(|item| self.by_item.get(item)).flatten();
                order.extend(recipes.filter(|index| found.insert(**index)));
            }
        }
        next
    }

    /// Recipes outside of a tree that use what is used in it.
    pub(super) fn neighbours(&self, tree: &[&Recipe]) -> Vec<&Recipe> {
        let kinds = |recipe: &Recipe| recipe.ingredients.iter().map(|ingredient| ingredient.kind).collect::<Vec<_>>();
        let used: BTreeSet<Kind> = tree.iter().flat_map(|recipe| kinds(recipe)).collect();
        let mut commands: BTreeSet<&str> = tree.iter().map(|recipe| recipe.command.as_str()).collect();
        self.recipes
            .iter()
            .filter(|recipe| kinds(recipe).iter().any(|kind| used.contains(kind)))
            .filter(|recipe| commands.insert(&recipe.command))
            .collect()
    }
}

/// A tag of which no item can be crafted is an item itself.
fn recipe(line: Line, members: &BTreeMap<&str, Vec<&str>>) -> Recipe {
    let Line { item, count, mut ingredients, .. } = line;
    for ingredient in &mut ingredients {
        if !members.contains_key(ingredient.kind.name()) {
            ingredient.kind = Kind::Item(ingredient.kind.name());
        }
    }
    let command = command(item, count, ingredients.iter().map(|ingredient| (ingredient.kind.name(), ingredient.count)));
    Recipe { item, count, ingredients, command }
}

#[cfg(test)]
impl Book {
    pub(super) fn all(&self) -> &[Recipe] {
        &self.recipes
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &'static str> {
        self.items.iter().copied()
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &'static str> {
        self.members.keys().copied()
    }

    pub(super) fn tags_of_items(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.tag_of.iter().map(|(item, tag)| (*item, *tag))
    }
}
