//! What must hold, looked at from outside: the answers people got, the change feed, and the truth at Google. All of it is
//! pure: what was seen goes in, what is wrong comes out.

pub(crate) mod agree;
pub(crate) mod feed;
pub(crate) mod kept;
pub(crate) mod mail;
