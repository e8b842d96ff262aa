//! `cargo xtask bench`: builds what is measured as it is shipped, then runs `crates/bench`.

use anyhow::Result;

use crate::cargo::{self, Metadata};
use crate::shell::{self, Steps};
use crate::{site, tools};

#[derive(clap::Args)]
pub(crate) struct BenchArgs {
    /// `page`, `history`, `bytes`, `notice`, `neighbours`, `screens`, `create`, `series`, `import`, `storm` or
    /// `rrule`; all of them without
    names: Vec<String>,
    /// Few and short rounds: whether it works, not how fast it is
    #[arg(long)]
    quick: bool,
}

/// The only bench that looks at the browser's half; the others are spared its release build.
const WEIGHS_THE_SITE: &str = "bytes";
/// The benches that need servers of their own.
const NEED_SERVERS: [&str; 2] = ["create", "series"];
/// The bench that measures a library: it needs neither the server nor its pages.
const NEEDS_NO_SERVER: &str = "rrule";

pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    let mut steps = Steps::new(4 + site::SITE_STEPS);
    let includes = |name: &str| args.names.is_empty() || args.names.iter().any(|asked| asked == name);
    steps.step("Looking for PostgreSQL", || {
        if NEED_SERVERS.into_iter().any(includes) { tools::ensure_servers() } else { Ok(()) }
    })?;
    let house = args.names.is_empty() || args.names.iter().any(|asked| asked != NEEDS_NO_SERVER);
    let built = if house {
        let site = site::build(&mut steps, includes(WEIGHS_THE_SITE))?;
        Some((site, steps.step("Building the server", || cargo::build_server(true, None))?))
    } else {
        None
    };
    let bench = steps.step("Building the benches", || cargo::build_binary("bench", true))?;
    // On the disk that is built on: databases in a memory file system would make every commit free.
    let folder = Metadata::of_workspace()?.target_dir();
    steps.step("Measuring", || {
        let mut bench = shell::command(&bench);
        bench.args(&args.names).arg("--folder").arg(&folder);
        if let Some((site, roomly)) = &built {
            bench.arg("--roomly").arg(roomly).arg("--site").arg(site);
        }
        if args.quick {
            bench.arg("--quick");
        }
        shell::run(&mut bench)
    })
}
