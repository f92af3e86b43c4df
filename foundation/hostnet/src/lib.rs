//! Linux networking as values.
//!
//! A caller says what a network namespace should hold ([`Wanted`]) and [`Namespace::apply`] makes the difference between that and what is there:
//! nothing that is already right is touched, and whatever the caller owns but no longer asks for is removed. So a restarted process adopts
//! what runs, and a half-made network (the maker was killed) is completed by applying the same value once more.
//!
//! Ownership is by [`Owner`]: links and nftables tables by a prefix of their name, routes and rules by their protocol number, addresses by the
//! link they are on or, on a link that is not the owner's, by their label. Without an owner nothing is ever removed.
//!
//! Everything here blocks: an asynchronous caller uses a blocking thread. Work in another namespace happens on a thread made for it, so that the
//! caller's own threads never change their namespace.

mod apply;
mod cidr;
mod error;
mod links;
mod namespace;
mod nft;
mod routes;
mod wanted;

pub use apply::Changes;
pub use cidr::Cidr;
pub use error::Error;
pub use namespace::{Namespace, Namespaces};
pub use nft::{Chain, Family, Hook, Table, run_script};
pub use wanted::{Address, Link, LinkKind, Owner, Route, RouteKind, Rule, Wanted};
