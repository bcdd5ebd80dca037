//! Requests that come in one, as pages and imports send them.

use faults::{Fault, Result};
use harbour::{Request, Router};

pub fn run(router: &Router<Fault>, requests: &[Request]) -> Result<()> {
    requests.iter().try_for_each(|request| router.dispatch(request))
}
