//! A revisioned key-value store with watches, with etcd's semantics.
