//! Exit codes: a contract with schedulers, frozen.

/// How the program ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Finished; all is well.
    Ok,
    /// A bug was caught. Alert, do not retry.
    Internal,
    /// Wrong usage or configuration. Fix, do not retry.
    Usage,
    /// Published, but refusals, breaks or held records need people.
    Attention,
    /// An expected submission is missing; nothing was published. Retry later.
    NotReady,
    /// Every submission was refused; nothing was published. Call the senders.
    AllRefused,
    /// Out of balance; nothing was published. Stop the line.
    OutOfBalance,
    /// Another run holds the store. Retry later.
    Locked,
    /// Disk, permission, storage. Retry with back-off.
    Io,
    /// Interrupted; the next run starts the night again.
    Interrupted,
}

impl Exit {
    pub const ALL: [Exit; 10] = [
        Exit::Ok,
        Exit::Internal,
        Exit::Usage,
        Exit::Attention,
        Exit::NotReady,
        Exit::AllRefused,
        Exit::OutOfBalance,
        Exit::Locked,
        Exit::Io,
        Exit::Interrupted,
    ];

    pub fn code(self) -> u8 {
        self as u8
    }

    /// From a code kept by a run.
    pub fn from_code(code: u8) -> Exit {
        Exit::ALL.into_iter().find(|exit| exit.code() == code).unwrap_or(Exit::Internal)
    }
}
