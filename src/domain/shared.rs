//! A value that its copies share until one of them is changed.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A `T` that is copied by counting: what the vendor said of a board is in memory once, however many versions, rows and
/// catalogs say it.
///
/// It is read as a `T`. Changing it changes this copy alone, which becomes one of its own where there are others.
pub struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    /// Whether both are copies of one value, so that nothing need be compared. Two values may be equal all the same.
    pub fn is_same(&self, other: &Shared<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Shared<T> {
        Shared(Arc::new(value))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        Shared(Arc::clone(&self.0))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Eq> PartialEq for Shared<T> {
    fn eq(&self, other: &Shared<T>) -> bool {
        self.is_same(other) || *self.0 == *other.0
    }
}

impl<T: Eq> Eq for Shared<T> {}

impl<T: Eq> PartialEq<T> for Shared<T> {
    fn eq(&self, other: &T) -> bool {
        *self.0 == *other
    }
}

impl<T: Hash> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_is_changed_leaves_the_others_as_they_were() {
        let first = Shared::from(vec![1]);
        let mut second = first.clone();
        assert!(second.is_same(&first));
        second.push(2);
        assert_eq!((&*first, &*second), (&vec![1], &vec![1, 2]));
        assert!(!second.is_same(&first) && second != first);
        assert_eq!(Shared::from(vec![1]), first);
    }

    #[test]
    fn it_is_written_as_its_value() {
        let shared = Shared::from(vec!["a"]);
        assert_eq!(serde_json::to_string(&shared).unwrap(), r#"["a"]"#);
        assert_eq!(format!("{shared:?}"), r#"["a"]"#);
    }
}
