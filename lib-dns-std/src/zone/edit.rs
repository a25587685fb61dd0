//! From one version of a tree to the next.

use super::page::{NAMES_A_PAGE, Node, OCTETS_A_PAGE, PageBuilder};
use super::records::{Record, add_records};
use super::tree::{Branch, Covering, LEAVES_A_BRANCH, Leaf, Sorted, Tree};
use lib_dns_core::name::Name;
use lib_dns_core::zone::{Marks, label_ends};
use std::collections::BTreeMap;

/// Above this, what stood in one page goes into several.
const MAX_NAMES: usize = NAMES_A_PAGE * 3 / 2;
/// Below this, what is left of a page joins the next one.
const FEW_NAMES: usize = NAMES_A_PAGE / 4;
const FEW_OCTETS: usize = OCTETS_A_PAGE / 4;
/// The same of the leaves of a branch.
const MAX_LEAVES: usize = LEAVES_A_BRANCH * 3 / 2;
const FEW_LEAVES: usize = LEAVES_A_BRANCH / 4;

/// What becomes of a name.
#[derive(Debug)]
pub(super) enum Edit<'a> {
    /// It has these records, in order; an empty non-terminal has none.
    Put {
        owner: Name<'a>,
        records: Vec<Record<'a>>,
        /// All but whether it is occluded.
        marks: Marks,
    },
    /// It is gone.
    Remove,
}

impl Edit<'_> {
    /// A name without records that others stand below.
    pub(super) fn empty(owner: Name<'_>) -> Edit<'_> {
        Edit::Put {
            owner,
            records: Vec::new(),
            marks: Marks::NONE,
        }
    }
}

/// What becomes of names, by their keys below the apex.
pub(super) type Edits<'a> = BTreeMap<Vec<u8>, Edit<'a>>;

impl Tree {
    /// The tree with some names changed. Pages in which nothing changes are shared.
    pub(super) fn edited(&self, edits: &Edits<'_>) -> Tree {
        if edits.is_empty() {
            return self.clone();
        }
        let editor = Editor {
            tree: self,
            edits,
            turned: self.turned(edits),
        };
        editor.run()
    }

    /// The topmost names whose records now cover what is below, but did not, or the other way round.
    fn turned<'e>(&self, edits: &'e Edits<'_>) -> Vec<&'e [u8]> {
        let mut turned = Vec::<&[u8]>::new();
        for (key, edit) in edits {
            let covers = match edit {
                Edit::Put { marks, .. } => marks.any(Marks::COVERS),
                Edit::Remove => false,
            };
            let covered = self
                .get(key)
                .is_some_and(|node| node.marks().any(Marks::COVERS));
            let is_below = turned.last().is_some_and(|top| key.starts_with(top));
            if covers != covered && !is_below {
                turned.push(key);
            }
        }
        turned
    }
}

/// A name of a page that is made anew.
#[derive(Clone, Copy)]
enum Piece<'e> {
    Old(Node<'e>),
    New(&'e [u8], Name<'e>, &'e [Record<'e>], Marks),
}

impl Piece<'_> {
    fn key(&self) -> &[u8] {
        match self {
            Self::Old(node) => node.key(),
            Self::New(key, ..) => key,
        }
    }

    /// About how many octets it takes.
    fn size(&self) -> usize {
        match self {
            Self::Old(node) => node.size(),
            Self::New(key, _, records, _) => {
                2 * key.len()
                    + records
                        .iter()
                        .map(|record| record.data.len() + 12)
                        .sum::<usize>()
            }
        }
    }
}

struct Editor<'e> {
    tree: &'e Tree,
    edits: &'e Edits<'e>,
    turned: Vec<&'e [u8]>,
}

impl<'e> Editor<'e> {
    fn run(&self) -> Tree {
        let mut edits = self.edits.iter().peekable();
        let mut branches = Vec::with_capacity(self.tree.branches().len() + 1);
        // Leaves that wait for others of their branch.
        let mut leaves = Vec::new();
        let old = self.tree.branches();
        for (at, branch) in old.iter().enumerate() {
            let next = old.get(at + 1).map(Sorted::first_key);
            if leaves.is_empty() && !self.is_touched(branch, edits.peek(), next) {
                branches.push(branch.clone());
                continue;
            }
            // Names that wait for others of their page.
            let mut pieces = Vec::new();
            for (at, leaf) in branch.leaves.iter().enumerate() {
                let next = branch.leaves.get(at + 1).map(Sorted::first_key).or(next);
                if pieces.is_empty() && !self.is_touched(leaf, edits.peek(), next) {
                    leaves.push(leaf.clone());
                    continue;
                }
                let mut nodes = leaf.page.nodes().peekable();
                while let Some((key, edit)) =
                    edits.next_if(|(key, _)| next.is_none_or(|next| key.as_slice() < next))
                {
                    while let Some(node) = nodes.next_if(|node| node.key() < key.as_slice()) {
                        pieces.push(Piece::Old(node));
                    }
                    nodes.next_if(|node| node.key() == key.as_slice());
                    pieces.extend(new_piece(key, edit));
                }
                pieces.extend(nodes.map(Piece::Old));
                let size = pieces.iter().map(Piece::size).sum::<usize>();
                if pieces.len() >= FEW_NAMES || size >= FEW_OCTETS {
                    self.add_pages(&mut pieces, &mut leaves);
                }
            }
            self.add_pages(&mut pieces, &mut leaves);
            if leaves.len() >= FEW_LEAVES {
                add_branches(&mut leaves, &mut branches);
            }
        }
        // What goes into a tree without any name.
        let mut pieces = edits
            .filter_map(|(key, edit)| new_piece(key, edit))
            .collect();
        self.add_pages(&mut pieces, &mut leaves);
        add_branches(&mut leaves, &mut branches);
        Tree::new(branches)
    }

    /// Does anything change in what stands from here up to the key `next`?
    fn is_touched(
        &self,
        here: &impl Sorted,
        edit: Option<&(&Vec<u8>, &Edit<'_>)>,
        next: Option<&[u8]>,
    ) -> bool {
        let edited = edit.is_some_and(|(key, _)| next.is_none_or(|next| key.as_slice() < next));
        let first = here.first_key();
        let above = self.turned.partition_point(|top| *top <= first);
        let turned = above
            .checked_sub(1)
            .is_some_and(|top| first.starts_with(self.turned[top]));
        edited || turned
    }

    /// Makes pages of names.
    fn add_pages(&self, pieces: &mut Vec<Piece<'_>>, leaves: &mut Vec<Leaf>) {
        let Some(first) = pieces.first() else {
            return;
        };
        let names = share(pieces.len(), MAX_NAMES, NAMES_A_PAGE);
        let mut covering = Covering::below(self.covering(first.key()));
        let mut page = PageBuilder::default();
        for piece in pieces.drain(..) {
            let marks = match piece {
                Piece::Old(node) => {
                    page.copy(node);
                    node.marks().without(Marks::OCCLUDED)
                }
                Piece::New(key, owner, records, marks) => {
                    add_records(&mut page, key, owner.as_flat().unwrap_or_default(), records);
                    marks
                }
            };
            page.end(covering.pass(piece.key(), marks));
            if page.is_full(names) {
                leaves.extend(page.close().map(Leaf::new));
            }
        }
        leaves.extend(page.close().map(Leaf::new));
    }

    /// The topmost cut or DNAME above a key.
    fn covering<'k>(&self, key: &'k [u8]) -> Option<&'k [u8]> {
        let above = label_ends(key).filter(|end| *end < key.len());
        above.map(|end| &key[..end]).find(|key| {
            let marks = match self.edits.get(*key) {
                Some(Edit::Put { marks, .. }) => *marks,
                Some(Edit::Remove) => Marks::NONE,
                None => self.tree.get(key).map_or(Marks::NONE, |node| node.marks()),
            };
            marks.any(Marks::COVERS)
        })
    }
}

fn new_piece<'e>(key: &'e [u8], edit: &'e Edit<'e>) -> Option<Piece<'e>> {
    match edit {
        Edit::Put {
            owner,
            records,
            marks,
        } => Some(Piece::New(key, *owner, records, *marks)),
        Edit::Remove => None,
    }
}

/// Makes branches of leaves.
fn add_branches(leaves: &mut Vec<Leaf>, branches: &mut Vec<Branch>) {
    if !leaves.is_empty() {
        let size = share(leaves.len(), MAX_LEAVES, LEAVES_A_BRANCH);
        branches.extend(leaves.chunks(size).map(Branch::new));
        leaves.clear();
    }
}

/// How many each part has, if so many are divided evenly when they are too many for one.
fn share(count: usize, most: usize, usual: usize) -> usize {
    if count <= most {
        count
    } else {
        count.div_ceil(count.div_ceil(usual))
    }
}
