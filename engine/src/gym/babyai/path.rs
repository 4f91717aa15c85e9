//! The way to something in sight, as AgentGym's server finds it: breadth first over places and directions, in the square
//! that the agent sees. What it does not see, it takes to be free.
//!
//! Kept as the recordings have it: the square is measured between two corners on the map, and where that measure runs
//! down an axis it is a cell too long. So the row behind the agent belongs to it when the agent looks east or south, and
//! the column beyond its right edge when it looks south or west.

use std::collections::VecDeque;

use super::object::{Cell, Point, Way};
use super::world::{EYE, Image, Move, VIEW};

/// Cells to a side of the square and what may be beyond it.
const SIDE: usize = VIEW as usize + 1;

/// A place in the square, and a way as the agent sees it: it looks north.
type Node = (Point, Way);

fn index((place, way): Node) -> usize {
    (place.x as usize * SIDE + place.y as usize) * Way::ALL.len() + way.index()
}

fn is_within(place: Point, looking: Way) -> bool {
    let right = if matches!(looking, Way::South | Way::West) { VIEW + 1 } else { VIEW };
    let behind = if matches!(looking, Way::East | Way::South) { VIEW + 1 } else { VIEW };
    (0..right).contains(&place.x) && (0..behind).contains(&place.y)
}

/// Moves after which the agent faces a place of the square; none where no way is known. Of two ways of one length, the
/// one that was found last.
pub(super) fn path(image: &Image, looking: Way, goal: Point) -> Option<Vec<Move>> {
    let start = (EYE, Way::North);
    let mut from: Vec<Option<(Node, Move)>> = vec![None; SIDE * SIDE * Way::ALL.len()];
    let mut done = vec![false; from.len()];
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        if std::mem::replace(&mut done[index(node)], true) {
            continue;
        }
        let (place, way) = node;
        let ahead = place + way.ahead();
        if ahead == goal {
            return Some(backwards(&from, node));
        }
        let free = is_within(ahead, looking) && !image.get(ahead).unwrap_or(Cell::Empty).is_obstacle();
        let steps = [(Move::Forward, ahead, way), (Move::Left, place, way.left()), (Move::Right, place, way.right())];
        for (action, place, way) in steps.into_iter().skip(usize::from(!free)) {
            if !done[index((place, way))] {
                from[index((place, way))] = Some((node, action));
                open.push_back((place, way));
            }
        }
    }
    None
}

fn backwards(from: &[Option<(Node, Move)>], end: Node) -> Vec<Move> {
    let mut moves: Vec<Move> =
        std::iter::successors(from[index(end)], |(node, _)| from[index(*node)]).map(|(_, action)| action).collect();
    moves.reverse();
    moves
}
