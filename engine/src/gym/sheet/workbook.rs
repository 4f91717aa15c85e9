//! Sheets by name.

use std::sync::Arc;

use super::Grid;

/// Sheets by name, in their order. Those that nobody changes are shared between episodes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Workbook {
    sheets: Vec<(String, Arc<Grid>)>,
}

impl Workbook {
    /// The sheet of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Grid> {
        self.sheets.iter().find(|(found, _)| found == name).map(|(_, grid)| &**grid)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Grid> {
        self.sheets.iter_mut().find(|(found, _)| found == name).map(|(_, grid)| Arc::make_mut(grid))
    }

    /// Puts a sheet at the end, or in the place of the one that has its name.
    pub fn put(&mut self, name: &str, grid: Grid) {
        let grid = Arc::new(grid);
        match self.sheets.iter_mut().find(|(found, _)| found == name) {
            Some((_, old)) => *old = grid,
            None => self.sheets.push((name.to_owned(), grid)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Arc<Grid>> {
        let at = self.sheets.iter().position(|(found, _)| found == name)?;
        Some(self.sheets.remove(at).1)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sheets.iter().map(|(name, _)| name.as_str())
    }
}
