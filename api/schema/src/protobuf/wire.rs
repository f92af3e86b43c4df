//! Protobuf's wire format: keys, varints, lengths.

use crate::Error;

/// How a field's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Varint,
    Fixed64,
    Bytes,
    StartGroup,
    EndGroup,
    Fixed32,
}

/// Writes a message back to front, as Go does: a message's length is known once its content is written. So fields are given by
/// descending number, and a list's elements from the last.
pub(super) struct Writer {
    reversed: Vec<u8>,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Writer {
        Writer { reversed: Vec::with_capacity(bytes) }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.reversed.reverse();
        self.reversed
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.reversed.extend(bytes.iter().rev());
    }

    fn varint(&mut self, mut value: u64) {
        let mut bytes = [0_u8; 10];
        let mut length = 0;
        loop {
            let low = (value & 0x7f) as u8;
            value >>= 7;
            bytes[length] = if value == 0 { low } else { low | 0x80 };
            length += 1;
            if value == 0 {
                break;
            }
        }
        self.raw(&bytes[..length]);
    }

    fn key(&mut self, number: u16, wire: u64) {
        self.varint((u64::from(number) << 3) | wire);
    }

    pub(super) fn bytes(&mut self, number: u16, bytes: &[u8]) {
        self.raw(bytes);
        self.varint(bytes.len() as u64);
        self.key(number, 2);
    }

    /// A whole number; negative ones take ten bytes whatever their type, as protobuf has it.
    pub(super) fn integer(&mut self, number: u16, value: i64) {
        self.varint(value.cast_unsigned());
        self.key(number, 0);
    }

    pub(super) fn float(&mut self, number: u16, value: f64) {
        self.raw(&value.to_bits().to_le_bytes());
        self.key(number, 1);
    }

    /// A message in a field, whose content `write` writes.
    pub(super) fn message<T>(&mut self, number: u16, write: impl FnOnce(&mut Writer) -> T) -> T {
        let before = self.reversed.len();
        let result = write(self);
        self.varint((self.reversed.len() - before) as u64);
        self.key(number, 2);
        result
    }
}

/// Reads a message's fields.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    message: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], message: &'a str) -> Reader<'a> {
        Reader { rest: bytes, message }
    }

    pub(super) fn malformed(&self, what: &'static str) -> Error {
        Error::Malformed { what, message: self.message.to_owned() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn raw_varint(&mut self) -> Result<u64, Error> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or_else(|| self.malformed("unexpected EOF"))?;
            self.rest = rest;
            if shift < 64 {
                value |= u64::from(byte & 0x7f) << shift;
            }
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.malformed("integer overflow"))
    }

    /// The next field's number and wire type; none at the message's end.
    pub(super) fn key(&mut self) -> Result<Option<(u32, Wire)>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.raw_varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|&number| number > 0);
        let number = number.ok_or_else(|| self.malformed("illegal tag"))?;
        let wire = match key & 7 {
            0 => Wire::Varint,
            1 => Wire::Fixed64,
            2 => Wire::Bytes,
            3 => Wire::StartGroup,
            4 => Wire::EndGroup,
            5 => Wire::Fixed32,
            _ => return Err(self.malformed("illegal wireType")),
        };
        Ok(Some((number, wire)))
    }

    pub(super) fn integer(&mut self, wire: Wire) -> Result<i64, Error> {
        if wire != Wire::Varint {
            return Err(self.malformed("wrong wireType"));
        }
        Ok(self.raw_varint()?.cast_signed())
    }

    pub(super) fn float(&mut self, wire: Wire) -> Result<f64, Error> {
        if wire != Wire::Fixed64 {
            return Err(self.malformed("wrong wireType"));
        }
        Ok(f64::from_bits(u64::from_le_bytes(self.fixed::<8>()?)))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| self.malformed("unexpected EOF"))?;
        self.rest = rest;
        Ok(*bytes)
    }

    pub(super) fn bytes(&mut self, wire: Wire) -> Result<&'a [u8], Error> {
        if wire != Wire::Bytes {
            return Err(self.malformed("wrong wireType"));
        }
        let length = self.raw_varint()?;
        let length = usize::try_from(length).ok().filter(|&length| length <= self.rest.len());
        let length = length.ok_or_else(|| self.malformed("unexpected EOF"))?;
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(bytes)
    }

    /// A string. Go takes any bytes and JSON then replaces what is not UTF-8, and so do we.
    pub(super) fn string(&mut self, wire: Wire) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(self.bytes(wire)?).into_owned())
    }

    /// Passes over a field that nobody knows.
    pub(super) fn skip(&mut self, number: u32, wire: Wire) -> Result<(), Error> {
        match wire {
            Wire::Varint => self.raw_varint().map(drop),
            Wire::Fixed64 => self.fixed::<8>().map(drop),
            Wire::Bytes => self.bytes(wire).map(drop),
            Wire::Fixed32 => self.fixed::<4>().map(drop),
            Wire::EndGroup => Err(self.malformed("unexpected end of group")),
            Wire::StartGroup => self.skip_group(number),
        }
    }

    fn skip_group(&mut self, number: u32) -> Result<(), Error> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            match self.key()? {
                None => return Err(self.malformed("unexpected EOF")),
                Some((number, Wire::StartGroup)) if open.len() < crate::MAX_DEPTH => open.push(number),
                Some((_, Wire::StartGroup)) => return Err(Error::TooDeep),
                Some((number, Wire::EndGroup)) if number == innermost => drop(open.pop()),
                Some((number, wire)) => self.skip(number, wire)?,
            }
        }
        Ok(())
    }
}
