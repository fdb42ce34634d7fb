//! Arguments in, exit code out.

fn main() -> std::process::ExitCode {
    medsettle::cli::main()
}
