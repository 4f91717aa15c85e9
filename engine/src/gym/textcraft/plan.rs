//! What is still to be done for a goal: what to get, and which recipes to follow, in as few actions as it finds.
//!
//! Getting any number of an item is one action, and so is one use of a recipe. For each thing that is missing, every recipe
//! and both orders of its ingredients are tried on a copy of the draft and the cheapest copy is kept; what is left over
//! of one thing serves the next. No recipe needs itself, so this ends: 1551 calls for the goal with most ways (a painting).

use super::Stack;
use super::book::{BOOK, Kind, Recipe, command, words};

/// One use of a recipe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Craft {
    pub(super) recipe: &'static Recipe,
    /// The item that serves as its tag. No recipe has two tags.
    pub(super) member: Option<&'static str>,
}

/// A plan in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// What would be there and is not yet meant for anything.
    stock: Vec<Stack>,
    gets: Vec<Stack>,
    pub(super) crafts: Vec<Craft>,
}

impl Craft {
    /// Which item serves as an ingredient.
    pub(super) fn item(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Item(name) => name,
            Kind::Tag(tag) => self.member.unwrap_or(tag),
        }
    }

    /// The action.
    pub(super) fn action(&self) -> String {
        let used = self.recipe.ingredients.iter().map(|ingredient| (self.item(ingredient.kind), ingredient.count));
        command(self.recipe.item, self.recipe.count, used)
    }
}

/// How many of an item there are.
pub(super) fn held(stacks: &[Stack], item: &str) -> u64 {
    stacks.iter().find(|stack| stack.item == item).map_or(0, |stack| stack.count)
}

fn add(stacks: &mut Vec<Stack>, item: &'static str, count: u64) {
    match stacks.iter_mut().find(|stack| stack.item == item) {
        Some(stack) => stack.count = stack.count.saturating_add(count),
        None => stacks.push(Stack { item, count }),
    }
}

impl Draft {
    /// A plan to have one more of an item than is carried.
    pub(super) fn of(goal: &'static str, inventory: &[Stack]) -> Self {
        let mut draft = Self { stock: inventory.to_vec(), ..Self::default() };
        draft.obtain(goal, held(inventory, goal).saturating_add(1));
        draft
    }

    /// The first of its actions.
    pub(super) fn next(&self) -> Option<String> {
        let get = self.gets.first().map(|Stack { item, count }| format!("get {count} {}", words(item)));
        get.or_else(|| self.crafts.first().map(Craft::action))
    }

    /// How many actions it is.
    pub(super) fn actions(&self) -> usize {
        self.gets.len() + self.crafts.len()
    }

    /// Sees to it that so many of an item will be in stock.
    fn obtain(&mut self, item: &'static str, count: u64) {
        let missing = count.saturating_sub(held(&self.stock, item));
        if missing == 0 {
            return;
        }
        let followed = |recipe: &'static Recipe, order| {
            let mut draft = self.clone();
            draft.follow(recipe, missing.div_ceil(recipe.count), order);
            draft
        };
        let orders = |recipe: &Recipe| [Order::Listed, Order::Reversed].into_iter().take(recipe.ingredients.len());
        let ways = BOOK.recipes_of(item).flat_map(|recipe| orders(recipe).map(move |order| (recipe, order)));
        let drafts = ways.map(|(recipe, order)| followed(recipe, order));
        match drafts.min_by_key(Self::actions) {
            Some(draft) => *self = draft,
            None => {
                add(&mut self.gets, item, missing);
                add(&mut self.stock, item, missing);
            }
        }
    }

    /// Uses a recipe so many times.
    fn follow(&mut self, recipe: &'static Recipe, times: u64, order: Order) {
        let mut member = None;
        for at in 0..recipe.ingredients.len() {
            let ingredient = match order {
                Order::Listed => recipe.ingredients[at],
                Order::Reversed => recipe.ingredients[recipe.ingredients.len() - 1 - at],
            };
            let count = ingredient.count.saturating_mul(times);
            let item = match ingredient.kind {
                Kind::Item(item) => {
                    self.obtain(item, count);
                    item
                }
                Kind::Tag(tag) => *member.insert(self.obtain_any(tag, count)),
            };
            if let Some(stack) = self.stock.iter_mut().find(|stack| stack.item == item) {
                stack.count = stack.count.saturating_sub(count);
            }
        }
        self.crafts.extend((0..times).map(|_| Craft { recipe, member }));
        add(&mut self.stock, recipe.item, recipe.count.saturating_mul(times));
    }

    /// Sees to it that so many of one of a tag's items will be in stock, and says which.
    fn obtain_any(&mut self, tag: &'static str, count: u64) -> &'static str {
        let drafts = BOOK.members(tag).iter().map(|member| {
            let mut draft = self.clone();
            draft.obtain(member, count);
            (*member, draft)
        });
        match drafts.min_by_key(|(_, draft)| draft.actions()) {
            Some((member, draft)) => {
                *self = draft;
                member
            }
            None => tag,
        }
    }
}

/// In which order the ingredients of a recipe are seen to: what is left over of the first may serve the second.
#[derive(Debug, Clone, Copy)]
enum Order {
    Listed,
    Reversed,
}
