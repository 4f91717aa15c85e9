//! The step from a `.wgsl` file in `/shaders` to the text of one variant.
//!
//! Lines that begin with `#` are directives: `#include "file"`, `#define NAME value`, `#ifdef NAME`, `#ifndef NAME`,
//! `#else`, `#endif`, and `#repeat i N` … `#end`, which writes its lines N times with `$i` replaced by 0 to N − 1:
//! WGSL has no unrolling, and compilers that do not unroll keep indexed local arrays in memory. N is a number or a
//! defined name. Elsewhere every identifier that is a defined name is replaced by its value.

use std::collections::BTreeMap;

/// Names and their replacements.
pub(super) type Defines = BTreeMap<&'static str, String>;

/// Expands `source`; `file` finds what is included.
///
/// # Errors
/// One sentence with the offending line.
pub(super) fn expand(
    source: &str,
    defines: &Defines,
    file: &dyn Fn(&str) -> Option<&'static str>,
) -> Result<String, String> {
    let mut expander = Expander { defines, file, out: String::new() };
    let lines: Vec<String> = source.lines().map(str::to_owned).collect();
    expander.block(&lines)?;
    Ok(expander.out)
}

struct Expander<'a> {
    defines: &'a Defines,
    file: &'a dyn Fn(&str) -> Option<&'static str>,
    out: String,
}

impl Expander<'_> {
    fn block(&mut self, lines: &[String]) -> Result<(), String> {
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            let mut words = line.strip_prefix('#').unwrap_or_default().split_whitespace();
            let directive = words.next();
            let name = words.next();
            at += 1;
            match (directive, name) {
                (None, _) => {
                    self.out.push_str(&substitute(line, self.defines));
                    self.out.push('\n');
                }
                (Some("include"), Some(name)) => self.include(name)?,
                (Some("ifdef" | "ifndef"), Some(name)) => {
                    let wanted = self.defines.contains_key(name) == (directive == Some("ifdef"));
                    let end = closing(lines, at, "endif")?;
                    let middle = branch(lines, at, end);
                    self.block(if wanted { &lines[at..middle] } else { &lines[(middle + 1).min(end)..end] })?;
                    at = end + 1;
                }
                (Some("repeat"), Some(name)) => {
                    let end = closing(lines, at, "end")?;
                    for i in 0..self.count(words.next(), line)? {
                        let turn = |line: &String| line.replace(&format!("${name}"), &i.to_string());
                        self.block(&lines[at..end].iter().map(turn).collect::<Vec<_>>())?;
                    }
                    at = end + 1;
                }
                _ => return Err(format!("`{line}` is no directive")),
            }
        }
        Ok(())
    }

    fn include(&mut self, quoted: &str) -> Result<(), String> {
        let name = quoted.trim_matches('"');
        let source = (self.file)(name).ok_or_else(|| format!("`{name}` is no shader file"))?;
        self.block(&source.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    fn count(&self, word: Option<&str>, line: &str) -> Result<usize, String> {
        let word = word.ok_or_else(|| format!("`{line}` lacks its count"))?;
        let value = self.defines.get(word).map_or(word, String::as_str);
        value.trim_end_matches('u').parse().map_err(|_| format!("`{line}`: `{value}` is no count"))
    }
}

fn directive(line: &str) -> &str {
    line.strip_prefix('#').and_then(|line| line.split_whitespace().next()).unwrap_or_default()
}

/// The line that closes the block whose first line is `from`.
fn closing(lines: &[String], from: usize, close: &str) -> Result<usize, String> {
    let opens = |word: &str| if close == "end" { word == "repeat" } else { word == "ifdef" || word == "ifndef" };
    let mut depth = 0;
    for (at, line) in lines.iter().enumerate().skip(from) {
        let word = directive(line);
        if word == close {
            if depth == 0 {
                return Ok(at);
            }
            depth -= 1;
        } else if opens(word) {
            depth += 1;
        }
    }
    Err(format!("`{}` is not closed", lines[from - 1]))
}

/// The `#else` of a conditional, or its end.
fn branch(lines: &[String], from: usize, end: usize) -> usize {
    let mut depth = 0;
    for (at, line) in lines.iter().enumerate().take(end).skip(from) {
        match directive(line) {
            "ifdef" | "ifndef" => depth += 1,
            "endif" => depth -= 1,
            "else" if depth == 0 => return at,
            _ => {}
        }
    }
    end
}

/// Replaces identifiers that are defined; comments are dropped.
fn substitute(line: &str, defines: &Defines) -> String {
    let code = line.split("//").next().unwrap_or_default();
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let len = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, tail) = rest.split_at(len);
        out.push_str(defines.get(word).map_or(word, String::as_str));
        rest = tail;
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Defines, expand};

    fn check(source: &str, expected: Result<&str, &str>) {
        let defines = Defines::from([("N", "2u".to_owned()), ("YES", String::new())]);
        let got = expand(source, &defines, &|name| (name == "part").then_some("part N\n"));
        assert_eq!(got.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn expands_directives() {
        check("a N; // note\n", Ok("a 2u;\n"));
        check("#include \"part\"\nNN N_N", Ok("part 2u\nNN N_N\n"));
        check("#ifdef YES\na\n#ifdef NO\nb\n#else\nc\n#endif\n#else\nd\n#endif\ne", Ok("a\nc\ne\n"));
        check("#ifndef YES\na\n#endif\nb", Ok("b\n"));
        check("#repeat i N\nx$i\n#repeat j 2\ny$i$j\n#end\n#end", Ok("x0\ny00\ny01\nx1\ny10\ny11\n"));
    }

    #[test]
    fn names_what_is_wrong() {
        check("#include \"gone\"", Err("`gone` is no shader file"));
        check("#pragma x", Err("`#pragma x` is no directive"));
        check("#repeat i M\n#end", Err("`#repeat i M`: `M` is no count"));
        check("#ifdef YES", Err("`#ifdef YES` is not closed"));
    }
}
