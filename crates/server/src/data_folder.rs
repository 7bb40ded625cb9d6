//! The data folder: only its owner may read it, because it contains the database and the secret.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The files of Deskbell in the data folder.
const FILES: [&str; 5] = [
    DATABASE,
    "deskbell.db-wal",
    "deskbell.db-shm",
    "secret.key",
    LOCK_FILE,
];
const DATABASE: &str = "deskbell.db";
const LOCK_FILE: &str = "deskbell.lock";

/// The lock of a data folder. It ends with the value, or with the process.
pub struct FolderLock(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Creates the data folder, for its owner only, if it does not exist; removes the rights of others to
/// an existing one and to its files. Failures of the latter are logged: the files may belong to another user.
pub fn prepare(folder: &Path) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return create(folder);
    }
    let files = FILES.map(|name| folder.join(name));
    // A folder with foreign files, such as a home folder, is not changed.
    if is_empty(folder) || files.iter().any(|file| file.exists()) {
        restrict(folder, 0o700);
    }
    for file in files.iter().filter(|file| file.exists()) {
        restrict(file, 0o600);
    }
    Ok(())
}

fn create(folder: &Path) -> anyhow::Result<()> {
    if let Some(file) = folder.ancestors().find(|path| path.is_file()) {
        bail!(
            "{} is a file, but a folder is needed for the data: choose another one with --data",
            file.display()
        );
    }
    let parent = folder.parent().unwrap_or(folder);
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    std::fs::create_dir_all(parent)
        .and_then(|()| builder.recursive(true).create(folder))
        .with_context(|| format!("cannot create the data folder {}", folder.display()))
}

/// Locks a prepared data folder with a SQLite database for one server. Two servers could write to the file, but
/// neither would notify its clients of what the other has saved.
pub fn lock(folder: &Path) -> anyhow::Result<FolderLock> {
    let path = folder.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!(
            "another Deskbell uses the data folder {}: stop it, or choose another folder with --data; \
             several servers need Postgres, see --database-url",
            folder.display()
        ),
        // Some network file systems have no locks.
        Err(TryLockError::Error(error)) => tracing::warn!(
            path = %path.display(), %error,
            "the data folder cannot be locked: make sure that no other Deskbell uses it"
        ),
    }
    Ok(FolderLock(file))
}

/// The path of the SQLite database.
pub fn database(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;

    let Ok(metadata) = std::fs::metadata(path) else {
        return;
    };
    let others = metadata.permissions().mode() & 0o077;
    if others == 0 {
        return;
    }
    let path_name = path.display();
    match std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)) {
        Ok(()) => {
            tracing::info!(path = %path_name, "others could access this: now only its owner can");
        }
        Err(error) => tracing::warn!(
            path = %path_name, %error,
            "others on this machine may access this: set its mode to {mode:o}"
        ),
    }
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) {}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it exists").permissions().mode() & 0o777
    }

    #[test]
    fn others_lose_their_rights_to_the_folder_and_its_files() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        prepare(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);

        let database = folder.join("deskbell.db");
        fs::write(&database, "").unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&database, Permissions::from_mode(0o644)).unwrap();
        prepare(&folder).unwrap();
        assert_eq!((mode(&folder), mode(&database)), (0o700, 0o600));
    }

    #[test]
    fn a_new_folder_is_for_its_owner_only_and_its_parents_are_not_changed() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("deskbell/data");
        prepare(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        let usual = parent.path().join("usual");
        fs::create_dir(&usual).unwrap();
        assert_eq!(mode(&parent.path().join("deskbell")), mode(&usual));
    }

    #[test]
    fn a_folder_with_foreign_files_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        prepare(folder.path()).unwrap();
        assert_eq!(mode(folder.path()), 0o755);
    }
}
