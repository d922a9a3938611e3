//! The control target: a URL outside the app that shows whether the probe's own network works.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use crate::transport::{Request, Target, Transport};
use crate::verdict::Control;

/// How long an answer of the control target is taken to hold.
const FRESH: Duration = Duration::from_secs(1);

/// Tried when a callback fails before its connection stands, at most once a second.
#[derive(Debug)]
pub struct ControlTarget {
    transport: Transport,
    target: Target,
    last: RefCell<Option<(Instant, Control)>>,
}

impl ControlTarget {
    /// A control target that is reached through `transport`.
    pub fn new(transport: Transport, target: Target) -> Self {
        Self { transport, target, last: RefCell::new(None) }
    }

    /// Whether our own network works now. Any response at all shows that it does.
    pub async fn ask(&self) -> Control {
        let last = *self.last.borrow();
        if let Some((at, answer)) = last
            && at.elapsed() < FRESH
        {
            return answer;
        }
        let asked = Instant::now();
        // A slow question must not be put twice at the same time; whoever comes meanwhile can't tell.
        self.last.replace(Some((asked, Control::Unknown)));
        let request = Request::get(self.target.clone());
        let exchange = self.transport.connections().exchange(request, asked).await;
        let answer = if exchange.head.is_some() { Control::Answered } else { Control::Failed };
        self.last.replace(Some((Instant::now(), answer)));
        answer
    }
}
