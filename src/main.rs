//! Arguments in, exit code out.

/// Millions of short-lived rows on two threads: several per cent of a night are spent in the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    medsettle::cli::main()
}
