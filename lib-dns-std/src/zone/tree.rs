//! Pages in order, and the searches in them.

use super::page::{Marks, Node, Page, PageBuilder, prefix_of};
use std::cmp::Ordering;
use std::sync::Arc;

/// A page, and what a search must know of it before it reads it.
#[derive(Clone, Debug)]
struct Leaf {
    prefix: u64,
    marks: Marks,
    page: Arc<Page>,
}

/// Names with their records, sorted by key: two levels, of which the lower is shared between versions.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    leaves: Box<[Leaf]>,
}

/// The last node at or before a key, and how it was found.
pub(super) struct Before<'z> {
    pub(super) node: Node<'z>,
    /// Is it at the key?
    pub(super) exact: bool,
    leaf: usize,
    index: usize,
}

impl Tree {
    /// The last node at or before a key.
    pub(super) fn at_or_before(&self, key: &[u8]) -> Option<Before<'_>> {
        let prefix = prefix_of(key);
        let above = self.leaves.partition_point(|leaf| {
            let order = match leaf.prefix.cmp(&prefix) {
                Ordering::Equal => leaf.page.first_key().cmp(key),
                unequal => unequal,
            };
            order != Ordering::Greater
        });
        let leaf = above.checked_sub(1)?;
        let page = &*self.leaves[leaf].page;
        let (index, exact) = match page.position(prefix, key) {
            Ok(index) => (index, true),
            // The page's first key is not after `key`.
            Err(index) => (index.saturating_sub(1), false),
        };
        Some(Before {
            node: page.node(index),
            exact,
            leaf,
            index,
        })
    }

    /// The node at a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<Node<'_>> {
        self.at_or_before(key)
            .filter(|before| before.exact)
            .map(|before| before.node)
    }

    /// The last node at or before a key that has one of the marks, going round.
    pub(super) fn marked_at_or_before(&self, key: &[u8], marks: Marks) -> Option<Node<'_>> {
        if let Some(before) = self.at_or_before(key) {
            let page = &self.leaves[before.leaf].page;
            if let Some(node) = page.marked_at_or_before(before.index, marks) {
                return Some(node);
            }
            if let Some(node) = self.last_marked_before(before.leaf, marks) {
                return Some(node);
            }
        }
        self.last_marked(marks)
    }

    /// The last node of all that has one of the marks.
    pub(super) fn last_marked(&self, marks: Marks) -> Option<Node<'_>> {
        self.last_marked_before(self.leaves.len(), marks)
    }

    /// The last node with one of the marks in the first `leaves` pages.
    fn last_marked_before(&self, leaves: usize, marks: Marks) -> Option<Node<'_>> {
        let mut leaves = self.leaves[..leaves].iter().rev();
        let page = &leaves.find(|leaf| leaf.marks.any(marks))?.page;
        page.marked_at_or_before(page.len(), marks)
    }

    /// The last node at or before a key, going round.
    pub(super) fn at_or_before_round(&self, key: &[u8]) -> Option<Node<'_>> {
        if let Some(before) = self.at_or_before(key) {
            return Some(before.node);
        }
        let page = &self.leaves.last()?.page;
        Some(page.node(page.len() - 1))
    }

    /// All nodes in order.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let pages = self.leaves.iter().map(|leaf| &*leaf.page);
        pages.flat_map(|page| (0..page.len()).map(|index| page.node(index)))
    }

    /// Octets that it takes in memory.
    pub(super) fn size(&self) -> usize {
        let pages = self.leaves.iter().map(|leaf| leaf.page.size());
        size_of_val(&*self.leaves) + pages.sum::<usize>()
    }
}

/// Puts a tree together from names that come in the order of their keys.
#[derive(Default)]
pub(super) struct TreeBuilder {
    leaves: Vec<Leaf>,
    page: PageBuilder,
}

impl TreeBuilder {
    /// Where the records of the next name go.
    pub(super) fn page(&mut self) -> &mut PageBuilder {
        &mut self.page
    }

    /// Ends a name.
    pub(super) fn end_name(&mut self, marks: Marks) {
        let page = self.page.end(marks);
        self.keep(page);
    }

    /// Adds a name without records.
    pub(super) fn empty_name(&mut self, key: &[u8], owner: &[u8], marks: Marks) {
        self.page.begin(key, owner);
        self.page.begin_signatures();
        self.end_name(marks);
    }

    fn keep(&mut self, page: Option<Page>) {
        self.leaves.extend(page.map(|page| Leaf {
            prefix: prefix_of(page.first_key()),
            marks: page.marks(),
            page: Arc::new(page),
        }));
    }

    /// The tree.
    pub(super) fn finish(mut self) -> Tree {
        let page = self.page.close();
        self.keep(page);
        Tree {
            leaves: self.leaves.into(),
        }
    }
}
