//! The descriptions beside the table: unpacked for a document, then dropped.

use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::builtin;
use crate::table::{Shape, Table, TypeId};

/// Every description, a line each.
pub(super) struct Descriptions {
    text: String,
    /// Where each line begins.
    lines: Vec<u32>,
    /// For each named type, which line is its.
    types: Vec<u32>,
}

impl Descriptions {
    /// Unpacks them, about 0.8 MB. Without them (which a test rules out) the documents have no descriptions.
    pub(super) fn unpack(table: &Table) -> Descriptions {
        let mut text = String::new();
        if GzDecoder::new(builtin::DESCRIPTIONS).read_to_string(&mut text).is_err() {
            text.clear();
        }
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).filter_map(|at| u32::try_from(at).ok()).collect();
        let mut line = 0;
        let mut types = Vec::with_capacity(table.named + 1);
        for ty in &table.types[..table.named] {
            types.push(line);
            line += 1;
            if let Shape::Struct { fields, .. } = &ty.shape {
                line += u32::try_from(fields.len()).unwrap_or(0);
            }
        }
        types.push(line);
        Descriptions { text, lines, types }
    }

    fn line(&self, number: usize) -> String {
        let bounds = self.lines.get(number).zip(self.lines.get(number + 1));
        let line = bounds.and_then(|(from, to)| self.text.get(*from as usize..(*to as usize).saturating_sub(1)));
        let mut unescaped = String::new();
        let mut letters = line.unwrap_or_default().chars();
        while let Some(letter) = letters.next() {
            unescaped.push(match letter {
                '\\' => match letters.next() {
                    Some('n') => '\n',
                    other => other.unwrap_or('\\'),
                },
                _ => letter,
            });
        }
        unescaped
    }

    /// A named type's own.
    pub(super) fn of_type(&self, ty: TypeId) -> String {
        self.types.get(ty.0 as usize).map_or_else(String::new, |line| self.line(*line as usize))
    }

    /// That of a named type's field, by its position among the fields.
    pub(super) fn of_field(&self, ty: TypeId, position: usize) -> String {
        self.types.get(ty.0 as usize).map_or_else(String::new, |line| self.line(*line as usize + 1 + position))
    }

    /// That of one of the types that are written by hand, by its position among them.
    pub(super) fn of_special(&self, position: usize) -> String {
        self.types.last().map_or_else(String::new, |line| self.line(*line as usize + position))
    }
}
