//! A throwaway Postgres: one cluster a test process, one database a test.
//!
//! The cluster has its data and its socket in a temporary folder, and no port. A shell watches a
//! pipe to this process and stops the cluster when the pipe breaks, so that it also ends when the
//! tests are killed. Postgres refuses to run as root: it is then run as nobody. Databases that need
//! the tables are copies of a template, which is migrated once a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, anyhow, ensure};
use tempfile::TempDir;

use crate::temp_folder;

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static DURABLE_CLUSTER: OnceLock<Cluster> = OnceLock::new();
static TEMPLATE: OnceLock<Result<String, String>> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Stops the cluster and removes its folder once standard input ends.
const WATCHDOG: &str = r#"cat > /dev/null; "$1/pg_ctl" -D "$2/data" -m immediate -w stop > /dev/null 2>&1; rm -rf "$2""#;

struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    as_root: bool,
    /// Holds the pipe whose end stops the cluster.
    _watchdog: Child,
}

/// Settings of a cluster whose data need not survive a crash of the machine.
const FAST: &str = "-c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0";
/// Many tests run at once on a machine with many cores, and each server has a pool.
const MAX_CONNECTIONS: u32 = 1_000;

/// The URL of a new, empty database. Blocks while the cluster starts.
pub fn new_database() -> String {
    cluster()
        .new_database(None)
        .expect("a database for a test can be created")
}

/// The URL of a new database that is a copy of the template. The first call of a process creates
/// the template: `migrate` gets the URL of an empty database and must close its connections to it.
/// Blocks meanwhile.
pub fn new_migrated_database(migrate: impl FnOnce(&str) -> Result<()>) -> Result<String> {
    let cluster = cluster();
    let template = TEMPLATE.get_or_init(|| {
        let url = cluster
            .new_database(None)
            .map_err(|error| format!("{error:#}"))?;
        migrate(&url).map_err(|error| format!("the template cannot be migrated: {error:#}"))?;
        let name = url.rsplit('/').next().unwrap_or_default();
        Ok(name.to_owned())
    });
    let template = template.as_ref().map_err(|error| anyhow!("{error}"))?;
    cluster.new_database(Some(template))
}

fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(|| {
        Cluster::start(&temp_folder::parent(), FAST)
            .expect("a Postgres for the tests can be started")
    })
}

/// The URL of a new, empty database on a durable cluster with Postgres' default settings, and the
/// process id of its server: for benchmarks.
pub fn new_durable_database() -> Result<(String, u32)> {
    let cluster = match DURABLE_CLUSTER.get() {
        Some(cluster) => cluster,
        None => {
            // The data is on disk, because the benchmarks include the disk.
            let cluster = Cluster::start(&std::env::temp_dir(), "")?;
            DURABLE_CLUSTER.get_or_init(|| cluster)
        }
    };
    Ok((cluster.new_database(None)?, cluster.process_id()?))
}

/// Crashes the cluster of [`new_durable_database`] and starts it again; returns when it answers.
pub fn crash_durable_cluster() -> Result<()> {
    let cluster = DURABLE_CLUSTER.get().context("it was never started")?;
    cluster.crash()
}

impl Cluster {
    fn start(parent: &Path, settings: &str) -> Result<Self> {
        let programs =
            find_programs().context("Postgres is not installed: install the package postgresql")?;
        let as_root = user_id()? == "0";
        // A short name, because a socket's path may have 107 bytes. The watchdog deletes it.
        let folder = TempDir::with_prefix_in("deskbell-pg-", parent)?.keep();
        if as_root {
            ensure!(
                Command::new("chown")
                    .arg("nobody")
                    .arg(&folder)
                    .status()?
                    .success(),
                "chown failed"
            );
        }
        let data = folder.join("data");
        run(program(&programs, "initdb", as_root)
            .arg("-D")
            .arg(&data)
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ]))?;
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories={} -c max_connections={MAX_CONNECTIONS} {settings}",
            folder.display()
        );
        run(program(&programs, "pg_ctl", as_root)
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(folder.join("log"))
            .args(["-w", "-o", &options, "start"]))?;
        let watchdog = watch(&programs, &folder, as_root)?;
        Ok(Self {
            programs,
            folder,
            as_root,
            _watchdog: watchdog,
        })
    }

    fn new_database(&self, template: Option<&str>) -> Result<String> {
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut createdb = program(&self.programs, "createdb", self.as_root);
        run(createdb
            .arg("-h")
            .arg(&self.folder)
            .args(["-U", "postgres", "-T", template.unwrap_or("template1")])
            .arg(&name))?;
        let folder = self.folder.display().to_string().replace('/', "%2F");
        Ok(format!("postgres://postgres@{folder}/{name}"))
    }

    /// Crashes the server. It recovers committed data from its log.
    fn crash(&self) -> Result<()> {
        run(program(&self.programs, "pg_ctl", self.as_root)
            .arg("-D")
            .arg(self.folder.join("data"))
            .arg("-l")
            .arg(self.folder.join("log"))
            .args(["-m", "immediate", "-w", "restart"]))
    }

    fn process_id(&self) -> Result<u32> {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid"))?;
        let line = file.lines().next().context("the file names a process")?;
        Ok(line.trim().parse()?)
    }
}

/// Starts the watchdog as the owner of the cluster, in its own process group, so that Ctrl-C does
/// not end it early.
fn watch(programs: &Path, folder: &Path, as_root: bool) -> Result<Child> {
    let mut shell = if as_root {
        as_nobody("sh")
    } else {
        Command::new("sh")
    };
    shell
        .args(["-c", WATCHDOG, "watchdog"])
        .arg(programs)
        .arg(folder);
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    let child = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(child)
}

fn program(programs: &Path, name: &str, as_root: bool) -> Command {
    let path = programs.join(name);
    let mut command = if as_root {
        as_nobody(&path.display().to_string())
    } else {
        Command::new(path)
    };
    command.current_dir("/");
    command
}

fn as_nobody(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=nobody",
        "--regid=nogroup",
        "--clear-groups",
        program,
    ]);
    command
}

fn run(command: &mut Command) -> Result<()> {
    // pg_ctl starts a server that would keep a pipe open, so its output goes to a file.
    let output = tempfile::NamedTempFile::new()?;
    command
        .stdin(Stdio::null())
        .stdout(output.reopen()?)
        .stderr(output.reopen()?);
    let status = command
        .status()
        .with_context(|| format!("{command:?} cannot be run"))?;
    ensure!(
        status.success(),
        "{command:?}: {}",
        fs::read_to_string(output.path())?
    );
    Ok(())
}

fn user_id() -> Result<String> {
    let output = Command::new("id").arg("-u").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Finds the folder of `initdb`: Debian installs it outside the path, in one folder per version.
fn find_programs() -> Option<PathBuf> {
    let in_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"));
    let mut debian: Vec<PathBuf> = debian.collect();
    debian.sort();
    debian
        .into_iter()
        .rev()
        .chain(in_path)
        .find(|folder| folder.join("initdb").is_file() && folder.join("createdb").is_file())
}
