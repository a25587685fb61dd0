//! The rules of the mesh (ZDNS architecture 11, 12, 14 to 17), each beside its number.
//!
//! Everything here decides and does nothing: it is told what happened and when, and says what follows. What has a
//! capacity works over slots that the caller lends.
//!
//! | to | use | source |
//! |---|---|---|
//! | say which node | [`NodeId`] | 5.2, 11.1 |
//! | say what an answer is worth | [`ResolutionFlags`] | 11.3, 14.2 |

mod node_id;

pub use crate::messages::options::ZdnsFlags as ResolutionFlags;
pub use node_id::NodeId;
