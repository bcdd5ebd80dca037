//! Mails and letters.

use std::fs;

pub struct Mail {
    pub title: Option<String>,
    pub body: Option<String>,
}

pub trait Render {
    fn render(&self, mail: &Mail) -> String;
}

pub struct Html;
pub struct Text;

impl Render for Html {
    fn render(&self, mail: &Mail) -> String {
        format!("<h1>{}</h1>", mail.title.as_ref().unwrap())
    }
}

impl Render for Text {
    fn render(&self, mail: &Mail) -> String {
        mail.body.as_ref().unwrap().to_uppercase()
    }
}

pub fn render_all<R: Render>(renderer: &R, mails: &[Mail]) -> Vec<String> {
    mails.iter().map(|mail| renderer.render(mail)).collect()
}

pub fn render_as(format: &str, mail: &Mail) -> String {
    let renderer: Box<dyn Render> = if format == "html" { Box::new(Html) } else { Box::new(Text) };
    renderer.render(mail)
}

pub fn letter(customer: &str) -> String {
    fs::read_to_string(format!("/var/lib/shop/letters/{customer}.txt"))
        .unwrap_or_else(|error| panic!("letter for {customer}: {error}"))
}

pub fn logo() -> Vec<u8> {
    fs::read("/var/lib/shop/logo.svg").unwrap()
}

pub fn settings(text: &str) -> u16 {
    let (_, port) = text.split_once('=').expect("a setting is a name and a value");
    port.parse().unwrap()
}
