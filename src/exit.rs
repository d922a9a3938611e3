//! The documented exit codes, and the error that ends a command early with one of them.

use std::fmt;

/// How the process ends. The numbers are an interface: scripts and monitors are written against them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Ok,
    /// The 24-hour tripwire fired (windows only).
    AtRisk,
    /// The objective is missed, the gate blocked, or a contract check failed.
    Breach,
    /// No data, an inconclusive gate, blame that can't be told, or an invalid measurement.
    NoData,
    /// Wrong usage or configuration.
    Usage,
    /// A file that can't be read as what it should be.
    Data,
    /// A part of ours could not start: a port is taken, a store is out of reach.
    Unavailable,
    /// A defect of ours, panics included.
    Defect,
    /// Interrupted by the person; the partial report is written.
    Interrupted,
}

impl Exit {
    /// Every exit code, in ascending order.
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::AtRisk,
        Self::Breach,
        Self::NoData,
        Self::Usage,
        Self::Data,
        Self::Unavailable,
        Self::Defect,
        Self::Interrupted,
    ];

    /// The process's exit status.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::AtRisk => 1,
            Self::Breach => 2,
            Self::NoData => 3,
            Self::Usage => 64,
            Self::Data => 65,
            Self::Unavailable => 69,
            Self::Defect => 70,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What ends a command before it has a report: what is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abort {
    /// The exit code this ends with.
    pub exit: Exit,
    /// What is wrong, naming the place (a flag, a file and line, an address).
    pub problem: String,
    /// What the person can do about it.
    pub remedy: Option<String>,
}

impl Abort {
    /// Wrong usage or configuration, exit 64.
    pub fn usage(problem: impl Into<String>) -> Self {
        Self::new(Exit::Usage, problem)
    }

    /// A file that can't be read as what it should be, exit 65.
    pub fn data(problem: impl Into<String>) -> Self {
        Self::new(Exit::Data, problem)
    }

    /// A part of ours that could not start, exit 69.
    pub fn unavailable(problem: impl Into<String>) -> Self {
        Self::new(Exit::Unavailable, problem)
    }

    /// A defect of ours, exit 70.
    pub fn defect(problem: impl Into<String>) -> Self {
        Self::new(Exit::Defect, problem)
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    fn new(exit: Exit, problem: impl Into<String>) -> Self {
        Self { exit, problem: problem.into(), remedy: None }
    }
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)?;
        self.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "\n  {remedy}"))
    }
}

impl std::error::Error for Abort {}
