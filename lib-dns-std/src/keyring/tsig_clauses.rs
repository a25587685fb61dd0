//! `key` clauses of named.conf, as tsig-keygen and ddns-confgen print them.

use super::secret_text::{self, SecretText};
use super::tsig_secret::{Draft, MAX_KEYS};
use super::{KeyError, KeyProblem, TsigSecret};

/// Blocks within blocks that are passed over, at the most.
const MAX_DEPTH: u32 = 32;

/// Does the text have something that is a clause? Else it is of another format.
pub(super) fn has_clause(text: &str) -> bool {
    let mut lexer = Lexer::new(text);
    while let Ok(Some(token)) = lexer.next() {
        if token == Token::Open {
            return true;
        }
    }
    false
}

/// Reads all `key` clauses. Other statements are passed over; `key` within them refers to a key.
pub(super) fn read(text: &str) -> Result<Vec<TsigSecret>, KeyError> {
    let mut lexer = Lexer::new(text);
    let mut keys = Vec::new();
    while let Some(token) = lexer.next()? {
        let line = lexer.line;
        if token != Token::Word("key") {
            lexer.skip_statement(token)?;
            continue;
        }
        if keys.len() == MAX_KEYS {
            return Err(KeyError::invalid("more than 1024 keys in one text").at_line(line));
        }
        let key = read_clause(&mut lexer).map_err(|error| error.at_line(lexer.line))?;
        keys.push(key.finish().map_err(|error| error.at_line(line))?);
    }
    Ok(keys)
}

/// Reads what follows the word `key`.
fn read_clause(lexer: &mut Lexer<'_>) -> Result<Draft, KeyError> {
    let mut draft = Draft::default();
    draft.set_name(lexer.value("the key's name")?)?;
    lexer.expect(Token::Open, "the brace { after the key's name")?;
    loop {
        match lexer.next()? {
            Some(Token::Word("algorithm")) => {
                draft.set_algorithm(lexer.value("the algorithm")?)?;
            }
            Some(Token::Word("secret")) => draft.set_secret(lexer.value("the secret")?)?,
            Some(Token::Close) => break,
            Some(_) => {
                return Err(KeyError::invalid(
                    "a key clause has only 'algorithm' and 'secret'",
                ));
            }
            None => return Err(KeyProblem::Missing("the brace } of the key clause").into()),
        }
        lexer.expect(Token::End, "the semicolon after the statement")?;
    }
    lexer.expect(Token::End, "the semicolon after the key clause")?;
    Ok(draft)
}

/// Writes a clause.
pub(super) fn write(key: &TsigSecret) -> SecretText {
    let (name, secret) = (key.name_text(), key.secret_text());
    let algorithm = key.algorithm().mnemonic();
    let parts = [
        "key \"",
        &name,
        "\" {\n\talgorithm ",
        algorithm,
        ";\n\tsecret \"",
        &secret,
        "\";\n};\n",
    ];
    let mut text = secret_text::room(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        text.push_str(part);
    }
    text
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    /// What stands between quotation marks.
    Quoted(&'t str),
    Open,
    Close,
    End,
}

/// Cuts a configuration of BIND's into tokens; three kinds of comments are left out.
struct Lexer<'t> {
    rest: &'t str,
    line: u32,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            rest: text,
            line: 1,
        }
    }

    fn next(&mut self) -> Result<Option<Token<'t>>, KeyError> {
        self.skip_blanks()?;
        let mut characters = self.rest.chars();
        let Some(first) = characters.next() else {
            return Ok(None);
        };
        let rest = characters.as_str();
        let (token, rest) = match first {
            '{' => (Token::Open, rest),
            '}' => (Token::Close, rest),
            ';' => (Token::End, rest),
            '"' => {
                let end = rest.find(['"', '\n']).unwrap_or(rest.len());
                let (quoted, rest) = rest.split_at(end);
                let rest = rest.strip_prefix('"').ok_or(
                    KeyError::invalid("a quoted text does not end in its line").at_line(self.line),
                )?;
                (Token::Quoted(quoted), rest)
            }
            _ => {
                let is_end =
                    |c: char| c.is_ascii_whitespace() || matches!(c, '{' | '}' | ';' | '"');
                let end = self.rest.find(is_end).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                (Token::Word(word), rest)
            }
        };
        self.rest = rest;
        Ok(Some(token))
    }

    fn skip_blanks(&mut self) -> Result<(), KeyError> {
        loop {
            let trimmed = self.rest.trim_ascii_start();
            let skipped = self.rest.len() - trimmed.len();
            let comment_len = if trimmed.starts_with('#') || trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if let Some(comment) = trimmed.strip_prefix("/*") {
                let end = comment.find("*/").ok_or(
                    KeyError::invalid("a comment /* without its end */").at_line(self.line),
                )?;
                end + 4
            } else {
                0
            };
            let (passed, rest) = self.rest.split_at(skipped + comment_len);
            self.line = self
                .line
                .saturating_add(passed.matches('\n').count() as u32);
            self.rest = rest;
            if passed.is_empty() {
                return Ok(());
            }
        }
    }

    /// Passes over a statement that begins with this token: up to its semicolon outside of braces.
    fn skip_statement(&mut self, first: Token<'t>) -> Result<(), KeyError> {
        let line = self.line;
        let mut depth = 0u32;
        let mut token = Some(first);
        while let Some(current) = token {
            match current {
                Token::Open => depth += 1,
                Token::Close => {
                    depth = depth
                        .checked_sub(1)
                        .ok_or(KeyError::invalid("a brace } without its {").at_line(self.line))?;
                }
                Token::End if depth == 0 => return Ok(()),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return Err(KeyError::invalid("blocks nested too deep").at_line(self.line));
            }
            token = self.next()?;
        }
        if depth == 0 {
            // ddns-confgen ends with a command for a person to type.
            return Ok(());
        }
        Err(KeyError::invalid("a brace { without its }").at_line(line))
    }

    fn value(&mut self, what: &'static str) -> Result<&'t str, KeyError> {
        match self.next()? {
            Some(Token::Word(text) | Token::Quoted(text)) => Ok(text),
            _ => Err(KeyProblem::Missing(what).into()),
        }
    }

    fn expect(&mut self, expected: Token<'_>, what: &'static str) -> Result<(), KeyError> {
        match self.next()? {
            Some(token) if token == expected => Ok(()),
            _ => Err(KeyProblem::Missing(what).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZg==";

    #[test]
    fn clauses_are_found_among_comments_and_other_statements() {
        let text = format!(
            "# by hand\n/* key \"no\" {{\n}}; */\noptions {{ allow {{ key \"a\"; }}; }};\n\
             key one. {{ algorithm HMAC-SHA1; // old\n secret {SECRET}; }};\n\
             key \"Two\"{{secret \"{SECRET}\";algorithm hmac-sha512-256;}};\n\
             zone \"x\" {{ update-policy {{ grant two zonesub ANY; }}; }};"
        );
        let keys = read(&text).unwrap();
        let names: Vec<_> = keys
            .iter()
            .map(|key| format!("{} {}", key.name(), key.algorithm()))
            .collect();
        assert_eq!(names, ["one. hmac-sha1", "two. hmac-sha512-256"]);
        assert_eq!(keys[0].secret(), b"0123456789abcdef");
        let again = read(&write(&keys[1])).unwrap();
        assert_eq!(*again[0].to_text(), *keys[1].to_text());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_never_with_the_secret() {
        for (text, told) in [
            ("key {", "line 1: the key's name is missing"),
            ("key a {\n secret \"AAA\";\n};", "line 2: base64 is cut off"),
            (
                "key a {\n secret \"AAAA\"\n};",
                "line 3: the semicolon after the statement is missing",
            ),
            (
                "\nkey a { algorithm hmac-sha1; };",
                "line 2: the secret is missing",
            ),
            (
                "key a { secret AAAA; secret AAAA; };",
                "line 1: the secret is there twice",
            ),
            (
                "key a { algorithm md6; secret AAAA; };",
                "line 1: no algorithm of TSIG; hmac-sha256 is one, and the default",
            ),
            (
                "key \"a\n\" {};",
                "line 1: a quoted text does not end in its line",
            ),
            ("/* {", "line 1: a comment /* without its end */"),
            ("};", "line 1: a brace } without its {"),
            ("options {", "line 1: a brace { without its }"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert_eq!(error, told, "{text}");
        }
        let deep = format!("{}{}", "{".repeat(100), "}".repeat(100));
        assert!(read(&deep).is_err());
    }
}
