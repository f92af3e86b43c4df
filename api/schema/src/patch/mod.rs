//! Patches: strategic merge patches, over the table, and JSON merge patches.

mod merge;
mod order;
mod strategic;

pub use merge::json_merge;
pub use strategic::strategic_merge;

/// Why a patch cannot be applied. The API server answers 422, or 400 for [`PatchError::BadFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// The patch, or the object, is no JSON object.
    #[error("a strategic merge patch is a JSON object, and changes one")]
    NotAnObject,
    /// An element of a merged list lacks the field that tells it apart.
    #[error("map: {element} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The element, as JSON.
        element: String,
        /// The field that it lacks.
        key: String,
    },
    /// `$patch` says something else than `replace`, `delete` or, in an object, `merge`.
    #[error("unknown patch type: {0}; it is `replace` or `delete`")]
    BadPatchType(String),
    /// A directive's value does not have the directive's form.
    #[error("the patch's {0} has an invalid format")]
    BadFormat(String),
    /// `$setElementOrder` names elements in another order than the patch has them.
    #[error("The order in patch list doesn't match the list of $setElementOrder/{0}")]
    OrderMismatch(String),
    /// A list's elements are not all of one sort.
    #[error("the list {0} mixes objects with other values; a merged list has only the one or the other")]
    MixedList(String),
    /// The patch is nested too deep.
    #[error("exceeded max depth: no patch may be nested deeper than {}", crate::MAX_DEPTH)]
    TooDeep,
}
