//! Writes JSON text piece by piece.

/// JSON text in the making.
#[derive(Default)]
pub(super) struct Json {
    text: Vec<u8>,
    /// Whether a value stands before, so that a comma is due.
    comma: bool,
}

impl Json {
    pub(super) fn finish(self) -> Vec<u8> {
        self.text
    }

    /// A member's name; its value must follow.
    pub(super) fn key(&mut self, name: &str) -> &mut Json {
        self.quote(name);
        self.text.push(b':');
        self.comma = false;
        self
    }

    pub(super) fn object<T>(&mut self, write: impl FnOnce(&mut Json) -> T) {
        self.enclosed(b'{', b'}', write);
    }

    pub(super) fn array<T>(&mut self, write: impl FnOnce(&mut Json) -> T) {
        self.enclosed(b'[', b']', write);
    }

    fn enclosed<T>(&mut self, open: u8, close: u8, write: impl FnOnce(&mut Json) -> T) {
        self.separate();
        self.text.push(open);
        self.comma = false;
        write(self);
        self.text.push(close);
        self.comma = true;
    }

    pub(super) fn string(&mut self, value: &str) {
        self.quote(value);
        self.comma = true;
    }

    /// A value that is JSON text already.
    pub(super) fn raw(&mut self, value: &str) {
        self.separate();
        self.text.extend_from_slice(value.as_bytes());
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.text.push(b',');
        }
    }

    fn quote(&mut self, value: &str) {
        self.separate();
        self.text.push(b'"');
        for byte in value.bytes() {
            match byte {
                b'"' | b'\\' => self.text.extend_from_slice(&[b'\\', byte]),
                b'\n' => self.text.extend_from_slice(b"\\n"),
                0..0x20 => self.text.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                _ => self.text.push(byte),
            }
        }
        self.text.push(b'"');
    }
}
