//! Databases for tests: a SQLite file, or a database of its own in the PostgreSQL that the run was given.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Any, AnyConnection, Connection, QueryBuilder};
use store::Store;
use tokio::sync::OnceCell;

pub(crate) struct Database {
    pub(crate) url: String,
    home: Home,
}

enum Home {
    File(PathBuf),
    /// Its name in the cluster.
    Cluster(String),
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// A file that is not there yet.
    pub(crate) fn sqlite() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("roomly-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let url = format!("sqlite://{}/roomly.db?mode=rwc", dir.display());
        Self { url, home: Home::File(dir) }
    }

    /// A migrated database, copied from one that was migrated once.
    pub(crate) async fn postgres() -> Option<Self> {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        services::given::postgres()?;
        let template = TEMPLATE
            .get_or_init(|| async {
                let template = Self::empty_postgres().await.unwrap();
                Store::open(&template.url).await.unwrap().close().await;
                // It stays as long as the cluster, which is the run's own.
                let Home::Cluster(name) = &template.home else { unreachable!("made in the cluster") };
                let name = name.clone();
                std::mem::forget(template);
                name
            })
            .await;
        Some(Self::create(&format!(" TEMPLATE {template}")).await)
    }

    /// A database without a table.
    pub(crate) async fn empty_postgres() -> Option<Self> {
        services::given::postgres()?;
        Some(Self::create("").await)
    }

    async fn create(options: &str) -> Self {
        sqlx::any::install_default_drivers();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("roomly_store_{}_{number}", std::process::id());
        drop_database(&name).await;
        in_cluster(&format!("CREATE DATABASE {name}{options}")).await;
        let given = services::given::postgres().unwrap();
        let (server, _) = given.rsplit_once('/').unwrap();
        Self { url: format!("{server}/{name}"), home: Home::Cluster(name) }
    }

    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self.home, Home::Cluster(_))
    }

    /// A connection as the login role, past every wall but row-level security.
    pub(crate) async fn connect(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&self.url).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.home {
            Home::File(dir) => {
                std::fs::remove_dir_all(dir).ok();
            }
            Home::Cluster(name) => {
                let name = name.clone();
                let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                std::thread::spawn(move || runtime().block_on(drop_database(&name))).join().ok();
            }
        }
    }
}

/// The same address for the cluster's superuser, whose name every test cluster shares.
pub(crate) fn as_superuser(url: &str) -> String {
    let (_, server) = url.split_once('@').unwrap();
    format!("postgres://postgres@{server}")
}

/// PostgreSQL's own vacuum may be in it, which only a superuser may end by force, and which ends by itself for a drop
/// without.
async fn drop_database(name: &str) {
    let mut connection = AnyConnection::connect(&services::given::postgres().unwrap()).await.unwrap();
    for force in [" WITH (FORCE)", ""] {
        if execute(&mut connection, &format!("DROP DATABASE IF EXISTS {name}{force}")).await.is_ok() {
            return;
        }
    }
}

/// Names of databases are no parameters.
pub(crate) async fn in_cluster(sql: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&services::given::postgres().unwrap()).await.unwrap();
    execute(&mut connection, sql).await.unwrap();
    connection.close().await.unwrap();
}

pub(crate) async fn execute(connection: &mut AnyConnection, sql: &str) -> Result<(), sqlx::Error> {
    let sql = QueryBuilder::<Any>::new(sql.to_owned()).into_sql();
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}
