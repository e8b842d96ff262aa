//! Temporary folders that do not outlive their owner by more than one run.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use crate::failed;

/// What all folders of this crate begin with.
const PREFIX: &str = "roomly-services-";
/// Locked for as long as the owner lives. The system lets go of the lock however the owner ends.
const LOCK: &str = "lock";
/// How often, and after which pause, removing is tried.
const ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// A folder of its own, removed on drop.
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes a folder below `parent`, after removing there what dead owners left.
    pub(crate) fn make(parent: &Path, kind: &str) -> io::Result<Self> {
        sweep(parent);
        static COUNT: AtomicU32 = AtomicU32::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("{PREFIX}{kind}-{}-{count}", std::process::id()));
            // The lock is taken under another name: a sweep at this very moment must not see it free.
            match fs::create_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            let young = path.join("lock.young");
            let lock = File::create(&young)?;
            lock.lock()?;
            fs::rename(young, path.join(LOCK))?;
            return Ok(Self { path, _lock: lock });
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A server's last helpers may write for a moment after it has ended. What cannot be removed now keeps its lock,
        // which nobody holds then: the next run removes it.
        for _ in 0..ATTEMPTS {
            if clear(&self.path).is_ok() {
                let _ = fs::remove_dir_all(&self.path);
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Removes everything in the folder but the lock.
fn clear(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        // The shell beside the server was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name() == LOCK {
            continue;
        }
        let removed = match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path()),
            false => fs::remove_file(entry.path()),
        };
        if removed.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
            return removed;
        }
    }
    Ok(())
}

/// Removes the folders whose owner is dead. A folder without a lock is being made or being removed.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    let Ok(lock) = File::open(folder.join(LOCK)) else { return false };
    !matches!(lock.try_lock(), Err(TryLockError::WouldBlock))
}

/// Whose files this process makes: `(user, group)`.
#[cfg(unix)]
pub(crate) fn owner_of(path: &Path) -> io::Result<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(path)?;
    Ok((metadata.uid(), metadata.gid()))
}

#[cfg(not(unix))]
pub(crate) fn owner_of(_: &Path) -> io::Result<(u32, u32)> {
    Err(failed("private servers are started on Unix only; on Windows use WSL"))
}

/// Gives a folder to another user.
#[cfg(unix)]
pub(crate) fn give(path: &Path, (user, group): (u32, u32)) -> io::Result<()> {
    std::os::unix::fs::chown(path, Some(user), Some(group))
        .map_err(|error| failed(format!("cannot give {} to user {user}: {error}", path.display())))
}

#[cfg(not(unix))]
pub(crate) fn give(_: &Path, _: (u32, u32)) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place for one test, so that tests do not sweep each other's folders.
    fn place(name: &str) -> Folder {
        Folder::make(&std::env::temp_dir(), name).unwrap()
    }

    #[test]
    fn a_folder_goes_with_its_owner() {
        let place = place("owner");
        let folder = Folder::make(place.path(), "x").unwrap();
        let path = folder.path().to_owned();
        fs::write(path.join("data"), "1").unwrap();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_written_while_a_folder_is_removed_is_removed_too() {
        let place = place("late");
        let folder = Folder::make(place.path(), "x").unwrap();
        let path = folder.path().to_owned();
        let data = path.join("data");
        fs::create_dir(&data).unwrap();
        let helper = thread::spawn(move || {
            // Not for ever: a helper that never ends would be a server that never ends.
            for late in 0..2_000 {
                let _ = fs::write(data.join(late.to_string()), "late");
            }
        });
        drop(folder);
        helper.join().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn the_folder_of_a_dead_run_is_removed_and_that_of_a_live_one_is_not() {
        let place = place("sweep");
        let live = Folder::make(place.path(), "live").unwrap();
        // Locked by nobody: its owner was killed.
        let dead = place.path().join(format!("{PREFIX}x-1-0"));
        fs::create_dir_all(dead.join("data")).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        // Not locked yet: its owner is at it.
        let young = place.path().join(format!("{PREFIX}x-2-0"));
        fs::create_dir(&young).unwrap();
        // Not ours.
        let other = place.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join(LOCK), "").unwrap();

        let next = Folder::make(place.path(), "next").unwrap();

        assert!(!dead.exists());
        assert!(live.path().exists() && next.path().exists() && young.exists() && other.exists());
    }
}
