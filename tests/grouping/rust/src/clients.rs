//! Calls of the shop to others: whatever fails on the wire leaves `exchange`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use faults::{Context, Fault, Result};

pub struct Partners {
    /// Accepts connections, and says nothing.
    pub couriers: String,
}

fn exchange(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address).context(format!("GET {path} failed"))?;
    stream.set_read_timeout(Some(Duration::from_millis(30)))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context(format!("GET {path} failed"))?;
    Ok(answer)
}

impl Partners {
    pub fn rate(&self, currency: &str) -> Result<f64> {
        let answer = exchange("127.0.0.1:1", &format!("/rates/{currency}"))?;
        Ok(answer.parse()?)
    }

    pub fn tax(&self, country: &str) -> Result<f64> {
        let answer = exchange("127.0.0.1:2", &format!("/tax?country={country}"))?;
        Ok(answer.parse()?)
    }

    pub fn book(&self, payout: &str) -> Result<()> {
        exchange("127.0.0.1:3", &format!("/bookings/{payout}")).map(drop)
    }

    pub fn slots(&self, postcode: &str) -> Result<String> {
        exchange(&self.couriers, &format!("/slots/{postcode}"))
    }
}

/// The payment gateway. Its session is given, as the tests of the shop have no network.
pub struct Gateway {
    pub session: Option<String>,
}

impl Gateway {
    fn token(&self) -> Result<&str> {
        self.session.as_deref().ok_or_else(|| Fault::message("gateway session expired"))
    }

    pub fn charge(&self, cents: i64) -> Result<String> {
        Ok(format!("{} {cents}", self.token()?))
    }

    pub fn refund(&self, cents: i64) -> Result<String> {
        Ok(format!("{} -{cents}", self.token()?))
    }
}
