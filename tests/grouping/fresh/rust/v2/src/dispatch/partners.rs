//! The depot, which wants to know who comes, and a service that knows the traffic.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use plight::{Result, WrapErr};

/// The depot listens on the machine beside us.
const DEPOT: &str = "127.0.0.1:1";
const PATIENCE: Duration = Duration::from_millis(20);

#[derive(Clone, Copy)]
pub struct Partners {
    traffic: SocketAddr,
}

impl Partners {
    pub fn new(traffic: SocketAddr) -> Partners {
        Partners { traffic }
    }

    pub fn announce(&self, truck: &str) -> Result<()> {
        let mut depot = TcpStream::connect(DEPOT).wrap_err(|| format!("announcing {truck}"))?;
        depot.write_all(truck.as_bytes())?;
        Ok(())
    }

    pub fn delay(&self, road: &str) -> Result<String> {
        self.ask(road).wrap_err(|| format!("asking for the delay on {road}"))
    }

    pub fn delays(&self, roads: &[&str]) -> Result<Vec<String>> {
        roads.iter().map(|road| self.delay(road)).collect()
    }

    fn ask(&self, road: &str) -> Result<String> {
        let mut service = TcpStream::connect(self.traffic)?;
        service.set_read_timeout(Some(PATIENCE))?;
        service.write_all(road.as_bytes())?;
        let mut answer = String::new();
        service.read_to_string(&mut answer)?;
        Ok(answer)
    }
}
