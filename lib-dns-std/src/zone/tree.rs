//! Pages in order, and the searches in them.

use super::page::{NAMES_A_PAGE, Node, Page, PageBuilder};
use lib_dns_core::zone::{Marks, key_prefix};
use std::cmp::Ordering;
use std::sync::Arc;

/// Leaves after which a branch is closed. A change copies one list of branches and the leaves of a branch
/// for each place that it touches, so both should be short. In tests they are few, as names in a page are.
pub(super) const LEAVES_A_BRANCH: usize = if cfg!(test) { 8 } else { 128 };

/// A page, and what a search must know of it before it reads it.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    prefix: u64,
    marks: Marks,
    pub(super) page: Arc<Page>,
}

impl Leaf {
    pub(super) fn new(page: Page) -> Self {
        Self::with(key_prefix(page.first_key()), page.marks(), page)
    }

    /// A leaf of which it is known what the page has.
    pub(super) fn with(prefix: u64, marks: Marks, page: Page) -> Self {
        let page = Arc::new(page);
        Self {
            prefix,
            marks,
            page,
        }
    }
}

/// Some leaves, and what a search must know of them before it reads them.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    prefix: u64,
    marks: Marks,
    pub(super) leaves: Arc<[Leaf]>,
}

impl Branch {
    /// For leaves that are not none.
    pub(super) fn new(leaves: &[Leaf]) -> Self {
        Self {
            prefix: leaves.first().map_or(0, |leaf| leaf.prefix),
            marks: leaves
                .iter()
                .fold(Marks::NONE, |marks, leaf| marks | leaf.marks),
            leaves: leaves.into(),
        }
    }
}

/// What has a first key.
pub(super) trait Sorted {
    fn prefix(&self) -> u64;
    fn first_key(&self) -> &[u8];
}

impl Sorted for Leaf {
    #[inline]
    fn prefix(&self) -> u64 {
        self.prefix
    }

    #[inline]
    fn first_key(&self) -> &[u8] {
        self.page.first_key()
    }
}

impl Sorted for Branch {
    #[inline]
    fn prefix(&self) -> u64 {
        self.prefix
    }

    #[inline]
    fn first_key(&self) -> &[u8] {
        self.leaves.first().map_or(&[], Leaf::first_key)
    }
}

/// The last of those whose first key is at or before a key.
#[inline]
fn last_at_or_before<T: Sorted>(sorted: &[T], prefix: u64, key: &[u8]) -> Option<usize> {
    let above = sorted.partition_point(|item| {
        let order = match item.prefix().cmp(&prefix) {
            Ordering::Equal => item.first_key().cmp(key),
            unequal => unequal,
        };
        order != Ordering::Greater
    });
    above.checked_sub(1)
}

/// Names with their records, sorted by key: three levels, of which the lower two are shared between
/// versions.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    branches: Box<[Branch]>,
}

/// The last node at or before a key, and how it was found.
pub(super) struct Before<'z> {
    pub(super) node: Node<'z>,
    /// Is it at the key?
    pub(super) exact: bool,
    branch: usize,
    leaf: usize,
    index: usize,
}

impl Tree {
    pub(super) fn new(branches: Vec<Branch>) -> Self {
        Self {
            branches: branches.into(),
        }
    }

    pub(super) fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The tree of pages that follow one another.
    pub(super) fn of_leaves(leaves: &[Leaf]) -> Self {
        Self::new(leaves.chunks(LEAVES_A_BRANCH).map(Branch::new).collect())
    }

    /// The last node at or before a key.
    #[inline]
    pub(super) fn at_or_before(&self, key: &[u8]) -> Option<Before<'_>> {
        let prefix = key_prefix(key);
        let branch = last_at_or_before(&self.branches, prefix, key)?;
        let leaves = &*self.branches[branch].leaves;
        let leaf = last_at_or_before(leaves, prefix, key)?;
        let page = &*leaves[leaf].page;
        let (index, exact) = match page.position(prefix, key) {
            Ok(index) => (index, true),
            // The page's first key is not after `key`.
            Err(index) => (index.saturating_sub(1), false),
        };
        Some(Before {
            node: page.node(index),
            exact,
            branch,
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
            let leaves = &self.branches[before.branch].leaves;
            let page = &leaves[before.leaf].page;
            let marked = page
                .marked_at_or_before(before.index, marks)
                .or_else(|| last_marked_leaf(&leaves[..before.leaf], marks))
                .or_else(|| last_marked_branch(&self.branches[..before.branch], marks));
            if marked.is_some() {
                return marked;
            }
        }
        self.last_marked(marks)
    }

    /// The last node of all that has one of the marks.
    pub(super) fn last_marked(&self, marks: Marks) -> Option<Node<'_>> {
        last_marked_branch(&self.branches, marks)
    }

    /// Has any node one of the marks?
    pub(super) fn has_marked(&self, marks: Marks) -> bool {
        self.branches.iter().any(|branch| branch.marks.any(marks))
    }

    /// The last node at or before a key, going round.
    pub(super) fn at_or_before_round(&self, key: &[u8]) -> Option<Node<'_>> {
        if let Some(before) = self.at_or_before(key) {
            return Some(before.node);
        }
        let page = &self.branches.last()?.leaves.last()?.page;
        Some(page.node(page.len() - 1))
    }

    /// All nodes in order.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let pages = self.leaves().map(|leaf| &*leaf.page);
        pages.flat_map(Page::nodes)
    }

    /// The nodes after a key, in order.
    pub(super) fn nodes_after<'t>(
        &'t self,
        key: &[u8],
    ) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let before = self.at_or_before(key);
        let (branch, leaf, index) = before.map_or((0, 0, 0), |before| {
            (before.branch, before.leaf, before.index + 1)
        });
        let (first, others) = match self.branches.get(branch..) {
            Some([first, others @ ..]) => (&first.leaves[leaf..], others),
            _ => (&[][..], &[][..]),
        };
        let leaves = first
            .iter()
            .chain(others.iter().flat_map(|branch| &*branch.leaves));
        leaves.flat_map(|leaf| leaf.page.nodes()).skip(index)
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.branches.iter().flat_map(|branch| &*branch.leaves)
    }

    /// Octets that it takes in memory.
    pub(super) fn size(&self) -> usize {
        let leaves = self
            .leaves()
            .map(|leaf| size_of::<Leaf>() + leaf.page.size());
        size_of_val(&*self.branches) + leaves.sum::<usize>()
    }
}

#[cfg(test)]
impl Tree {
    /// Do the upper levels say what is below them, and is everything in order and of fair size?
    pub(super) fn assert_sound(&self) {
        let keys = self.nodes().map(|node| node.key());
        assert!(keys.is_sorted_by(|a, b| a < b));
        for branch in &self.branches {
            assert_eq!(branch.prefix, key_prefix(branch.first_key()));
            let leaves = branch.leaves.iter();
            let marks = leaves.fold(Marks::NONE, |marks, leaf| marks | leaf.page.marks());
            assert_eq!(branch.marks, marks);
            assert!((1..=LEAVES_A_BRANCH * 3 / 2).contains(&branch.leaves.len()));
            for leaf in &*branch.leaves {
                assert_eq!(leaf.prefix, key_prefix(leaf.first_key()));
                assert_eq!(leaf.marks, leaf.page.marks());
                assert!((1..=NAMES_A_PAGE * 3 / 2).contains(&leaf.page.len()));
            }
        }
    }
}

/// The last node with one of the marks.
fn last_marked_branch(branches: &[Branch], marks: Marks) -> Option<Node<'_>> {
    let branch = branches.iter().rfind(|branch| branch.marks.any(marks))?;
    last_marked_leaf(&branch.leaves, marks)
}

/// The last node with one of the marks.
fn last_marked_leaf(leaves: &[Leaf], marks: Marks) -> Option<Node<'_>> {
    let page = &leaves.iter().rfind(|leaf| leaf.marks.any(marks))?.page;
    page.marked_at_or_before(page.len(), marks)
}

/// Knows which names are below a cut or a DNAME, when they come in the order of their keys.
#[derive(Debug, Default)]
pub(super) struct Covering {
    /// The key of the topmost cut or DNAME at or above the last name, if there is one.
    key: Option<Vec<u8>>,
}

impl Covering {
    /// For names that do not start with the apex: below the cut or DNAME at this key, if there is one.
    pub(super) fn below(key: Option<&[u8]>) -> Self {
        Self {
            key: key.map(<[u8]>::to_vec),
        }
    }

    /// The marks of the next name: those of its records, and whether it is covered.
    pub(super) fn pass(&mut self, key: &[u8], marks: Marks) -> Marks {
        match &self.key {
            Some(covering) if key.starts_with(covering) => return marks | Marks::OCCLUDED,
            _ => self.key = None,
        }
        if marks.any(Marks::COVERS) {
            self.key = Some(key.to_vec());
        }
        marks
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
        self.page.end(marks);
        if self.page.is_full(NAMES_A_PAGE) {
            self.leaves.extend(self.page.close().map(Leaf::new));
        }
    }

    /// Adds a name without records.
    pub(super) fn empty_name(&mut self, key: &[u8], owner: &[u8], marks: Marks) {
        self.page.begin(key, owner);
        self.page.begin_signatures();
        self.end_name(marks);
    }

    /// The pages.
    pub(super) fn into_leaves(mut self) -> Vec<Leaf> {
        self.leaves.extend(self.page.close().map(Leaf::new));
        self.leaves
    }

    /// The tree.
    pub(super) fn finish(self) -> Tree {
        Tree::of_leaves(&self.into_leaves())
    }
}
